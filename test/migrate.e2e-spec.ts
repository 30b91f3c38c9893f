import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DataSource, type MigrationInterface, type QueryRunner } from 'typeorm';
import { readAddress } from '../src/config/data-source-address.js';
import { engineAt } from '../src/data-sources/engines/engines.js';
import { ranMigrations } from '../src/data-sources/migrations.js';
import { NamedDataSource } from '../src/data-sources/named-data-source.js';
import { BuiltProgram } from './support/built-program.js';
import { describeOn, type DatabaseServer, startMariadb, startPostgres } from './support/databases.js';
import { freePort } from './support/free-port.js';
import { openSql } from './support/sql.js';
import { startApp } from './support/test-app.js';

const files = mkdtempSync(join(tmpdir(), 'clientele-migrate-'));
const SECRET_KEY = 'A'.repeat(43);
const first = 'CreateTables1764000000000';
let program: BuiltProgram;

beforeAll(async () => {
  program = await BuiltProgram.build();
});
afterAll(() => {
  program?.remove();
  rmSync(files, { recursive: true });
});

const migrate = (url: string, options: string[] = [], more: Record<string, string> = {}) =>
  program.run('migrate.js', options, { SECRET_KEY, DATA_SOURCE_DEFAULT_URL: url, ...more });

/** What every engine has to do. */
function stepsForwardAndBack(url: () => string, shown: () => string): void {
  it('tells what is missing, runs it once, and takes it back', async () => {
    const steps: [string[], string][] = [
      [['--status'], `missing ${first}; npm run migrate runs what is missing`],
      [[], `ran ${first}`],
      [[], 'nothing to do'],
      [['--status'], 'up to date'],
      [['--undo'], `took ${first} back`],
      [['--undo'], 'nothing to take back'],
      [['--status'], `missing ${first}; npm run migrate runs what is missing`],
      [[], `ran ${first}`],
    ];
    for (const [options, sentence] of steps)
      expect(await migrate(url(), options)).toEqual({
        code: 0,
        stdout: `default (${shown()}): ${sentence}\n`,
        stderr: '',
      });
  });

  it('does nothing where a newer release was', async () => {
    const sql = openSql(url());
    await sql.query("INSERT INTO migrations (timestamp, name) VALUES (9000000000000, 'FromTheFuture')");
    await sql.close();
    for (const options of [[], ['--status'], ['--undo']])
      expect(await migrate(url(), options)).toEqual({
        code: 1,
        stdout: '',
        stderr: `default (${shown()}): a newer release has run FromTheFuture; use that release here, also to take it back\n`,
      });
  });
}

describe('npm run migrate on SQLite', () => {
  const path = join(files, 'steps.db');
  const url = () => `sqlite:${path}`;

  it('makes no file to tell that there is none', async () => {
    const { code, stdout } = await migrate(url(), ['--status']);
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: `default (${url()}): there is no such file yet; npm run migrate makes it\n`,
    });
    expect(existsSync(path)).toBe(false);
    expect((await migrate(url())).code).toBe(0);
    expect((await migrate(url(), ['--undo'])).code).toBe(0);
  });

  stepsForwardAndBack(url, url);

  it('looks beside the running program, and changes nothing under it', async () => {
    const app = await startApp();
    try {
      const address = app.database.url;
      expect((await migrate(address, ['--status'])).stdout).toBe(`default (${address}): up to date\n`);
      for (const options of [[], ['--undo']])
        expect(await migrate(address, options)).toEqual({
          code: 1,
          stdout: '',
          stderr: `default (${address}): another process has it open, and an SQLite file serves one process; end that one first, or use a database server for several\n`,
        });
    } finally {
      await app.close();
    }
  });

  it('goes on with the other data sources when one is down', async () => {
    const port = await freePort();
    const { code, stdout, stderr } = await migrate(`sqlite:${join(files, 'other.db')}`, [], {
      DATA_SOURCES: 'away,default',
      DATA_SOURCE_AWAY_URL: `mysql://a:secret@127.0.0.1:${port}/a`,
    });
    expect({ code, stdout, stderr }).toEqual({
      code: 1,
      stdout: `default (sqlite:${join(files, 'other.db')}): ran ${first}\n`,
      stderr: `away (mysql://a@127.0.0.1:${port}/a): connect ECONNREFUSED 127.0.0.1:${port}; see that the database runs, and that host and port in its address are right\n`,
    });
  });

  it.each([
    ['an unknown option', ['--force'], /--force/],
    ['two steps at once', ['--undo', '--status'], /^ask for --status or --undo, not for both\n$/],
  ])('ends with 78 for %s', async (_what, options, sentence) => {
    const { code, stdout, stderr } = await migrate(url(), options);
    expect({ code, stdout }).toEqual({ code: 78, stdout: '' });
    expect(stderr).toMatch(sentence);
    expect(stderr).not.toMatch(/^ +at /m);
  });
});

for (const [engine, start] of [
  ['mariadb', startMariadb],
  ['postgres', startPostgres],
] as const)
  describeOn(engine)(`npm run migrate on ${engine}`, () => {
    let server: DatabaseServer;

    beforeAll(async () => {
      server = await start();
    });
    afterAll(() => server?.remove(), 60_000);

    stepsForwardAndBack(
      () => server.url,
      () => server.url.replace(':p%40ss', ''),
    );

    it('takes the time that it needs, unlike a request', async () => {
      const sleep = engine === 'mariadb' ? 'SELECT SLEEP(3)' : 'SELECT pg_sleep(3)';
      class Slow1764000000001 implements MigrationInterface {
        name = 'Slow1764000000001';
        up = async (runner: QueryRunner) => void (await runner.query(sleep));
        down = this.up;
      }
      const fresh = await start();
      const at = engineAt(readAddress(fresh.url), 2);
      const dataSource = new DataSource(at.options({ entities: [], migrations: [Slow1764000000001] }));
      try {
        const source = new NamedDataSource('default', 'its address', at, dataSource);
        await source.open({ migrate: true, strict: false });
        expect(await ranMigrations(dataSource)).toEqual(['Slow1764000000001']);
        // On each of its two connections.
        const requests = [1, 2].map(() => dataSource.query(sleep));
        expect((await Promise.allSettled(requests)).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
      } finally {
        await dataSource.destroy();
        await fresh.remove();
      }
    });

    it('runs once when three begin together', async () => {
      const sql = openSql(server.url);
      await sql.query("DELETE FROM migrations WHERE name = 'FromTheFuture'");
      await sql.close();
      expect((await migrate(server.url, ['--undo'])).code).toBe(0);
      const together = await Promise.all([1, 2, 3].map(() => migrate(server.url)));
      expect(together.map(({ code }) => code)).toEqual([0, 0, 0]);
      expect(together.filter(({ stdout }) => stdout.includes(`ran ${first}`))).toHaveLength(1);
    });
  });
