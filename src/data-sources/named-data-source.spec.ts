import { copyFileSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DataSource, type EntityManager } from 'typeorm';
import type { Engine } from './engines/engine.js';
import { MysqlEngine } from './engines/mysql.js';
import { PostgresEngine } from './engines/postgres.js';
import { SqliteEngine } from './engines/sqlite.js';
import type { SqliteFile } from './engines/sqlite-file.js';
import { leaseConnection } from './engines/sqlite-lease.js';
import { SqliteLog } from './engines/sqlite-log.js';
import { NamedDataSource } from './named-data-source.js';

const address = {
  engine: 'mysql',
  scheme: 'mysql',
  hosts: [{ host: '127.0.0.1', port: 1 }],
  user: 'a',
  database: 'a',
} as const;
const judges = {
  mysql: new MysqlEngine(address, 1),
  postgres: new PostgresEngine({ ...address, engine: 'postgres' }, 1),
  sqlite: new SqliteEngine(''),
};

const conflicts: [keyof typeof judges, object][] = [
  ['mysql', { errno: 1213, code: 'ER_LOCK_DEADLOCK' }],
  ['mysql', { errno: 1205, code: 'ER_LOCK_WAIT_TIMEOUT' }],
  ['mysql', { errno: 1020, code: 'ER_CHECKREAD' }],
  ['mysql', { errno: 1047, code: 'ER_UNKNOWN_COM_ERROR' }],
  ['mysql', { errno: 8002 }],
  ['mysql', { errno: 8022 }],
  ['mysql', { errno: 9007 }],
  ['postgres', { code: '40001' }],
  ['postgres', { code: '40P01' }],
  ['sqlite', { code: 'SQLITE_BUSY' }],
];

describe('a transaction', () => {
  let folder: string;
  let dataSource: DataSource;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'clientele-'));
    const sqlite = new SqliteEngine(join(folder, 'a.db'));
    dataSource = await new DataSource(sqlite.options({ entities: [], migrations: [] })).initialize();
    leaseConnection(dataSource);
    await dataSource.query('CREATE TABLE migrations (id int, timestamp int, name text)');
    await dataSource.query('CREATE TABLE steps (id int PRIMARY KEY, step text)');
  });
  afterEach(async () => {
    await dataSource.destroy();
    rmSync(folder, { recursive: true });
  });

  /** The real data source on SQLite, with the judgement of another engine. */
  async function sourceOf(kind: keyof typeof judges): Promise<NamedDataSource> {
    const judge = judges[kind];
    const engine: Partial<Engine> = {
      kind,
      host: 0,
      failOver: () => undefined,
      prepare: () => undefined,
      storageFault: (of) => judges.sqlite.storageFault(of),
      flush: (of) => judges.sqlite.flush(of),
      isConflict: (error) => judge.isConflict(error),
      isOutage: (error) => judge.isOutage(error),
      dangers: () => Promise.resolve([]),
      explain: ({ message }) => message,
    };
    const source = new NamedDataSource('default', 'a', engine as Engine, dataSource);
    await source.open({ migrate: false, strict: false });
    return source;
  }

  const failure = (codes: object) => Object.assign(new Error('lost'), codes);
  const stored = () => dataSource.query<{ id: number; step: string }[]>('SELECT id, step FROM steps ORDER BY id');
  const landed = async (reader: EntityManager) =>
    (await reader.query<unknown[]>('SELECT 1 FROM steps WHERE id = 1')).length > 0;
  const write = (transaction: EntityManager, step: string) =>
    transaction.query(`INSERT INTO steps VALUES (1, '${step}')`);

  /** Answers when the test lets what was committed reach the disk. */
  function holdDisk(): { let: () => void; fail: () => void } {
    const file = (dataSource.driver as unknown as { databaseConnection: SqliteFile }).databaseConnection;
    const held: { let: () => void; fail: () => void } = { let: () => undefined, fail: () => undefined };
    const sync = () =>
      new Promise<void>((resolve, reject) => {
        held.let = resolve;
        held.fail = () => reject(new Error('EIO'));
      });
    Object.assign(file, { log: new SqliteLog(join(folder, 'a.db-wal'), sync) });
    return held;
  }

  /** Makes COMMIT fail as often as there are errors; whether it is carried out nevertheless is said with each. */
  function failCommits(...failures: { codes: object; isStored: boolean }[]): void {
    const { driver } = dataSource;
    const createQueryRunner = driver.createQueryRunner.bind(driver);
    driver.createQueryRunner = (mode) => {
      const runner = createQueryRunner(mode);
      const commit = runner.commitTransaction.bind(runner);
      runner.commitTransaction = async () => {
        const next = failures.shift();
        if (!next || next.isStored) await commit();
        if (next) throw failure(next.codes);
      };
      return runner;
    };
  }

  for (const [kind, codes] of conflicts)
    describe(`that fails with ${JSON.stringify(codes)}`, () => {
      it('is run again from its start', async () => {
        const source = await sourceOf(kind);
        let tries = 0;
        const result = await source.transaction(async (transaction) => {
          await write(transaction, `try ${++tries}`);
          if (tries < 4) throw failure({ driverError: codes });
          return tries;
        }, landed);
        expect(result).toBe(4);
        expect(await stored()).toEqual([{ id: 1, step: 'try 4' }]);
      });

      it('is run again when it is COMMIT that fails', async () => {
        const source = await sourceOf(kind);
        failCommits({ codes, isStored: false }, { codes, isStored: false });
        let tries = 0;
        await source.transaction((transaction) => write(transaction, `try ${++tries}`), landed);
        expect(await stored()).toEqual([{ id: 1, step: 'try 3' }]);
      });

      it('is given up after five tries and within 2 s, with nothing stored', async () => {
        const source = await sourceOf(kind);
        let tries = 0;
        const begun = Date.now();
        const failing = source.transaction(async (transaction) => {
          await write(transaction, `try ${++tries}`);
          throw failure(codes);
        }, landed);
        await expect(failing).rejects.toThrow('lost');
        expect(tries).toBe(5);
        expect(Date.now() - begun).toBeLessThan(2_000);
        expect(await stored()).toEqual([]);
      });
    });

  it.each([
    ['the connection was lost', { code: 'PROTOCOL_CONNECTION_LOST' }],
    ['COMMIT has failed for a reason that nobody knows', { errno: 1180, code: 'ER_ERROR_DURING_COMMIT' }],
  ])('is asked for, not run again, when %s after it was stored', async (_why, codes) => {
    const source = await sourceOf('mysql');
    failCommits({ codes, isStored: true });
    let tries = 0;
    expect(
      await source.transaction((transaction) => write(transaction, `try ${++tries}`).then(() => tries), landed),
    ).toBe(1);
    expect(tries).toBe(1);
    expect(await stored()).toEqual([{ id: 1, step: 'try 1' }]);
  });

  it('succeeds when its COMMIT was still under way as it was asked for, and the next try met what it had stored', async () => {
    const source = await sourceOf('mysql');
    failCommits({ codes: { code: 'PROTOCOL_CONNECTION_LOST' }, isStored: true });
    let [tries, questions] = [0, 0];
    const askedTooEarly = async (reader: EntityManager) => ++questions > 1 && (await landed(reader));
    const result = await source.transaction(
      (transaction) => write(transaction, `try ${++tries}`).then(() => tries),
      askedTooEarly,
    );
    expect(result).toBe(1);
    expect(tries).toBe(2);
    expect(await stored()).toEqual([{ id: 1, step: 'try 1' }]);
  });

  it('is an outage when its time is over, and nothing is stored', async () => {
    const source = await sourceOf('sqlite');
    const failing = source.transaction(async (transaction) => {
      await write(transaction, 'late');
      // Nothing else gets its turn meanwhile, not even the timer that ends the request.
      for (const end = Date.now() + 1_900; Date.now() < end;);
    }, landed);
    const error: unknown = await failing.catch((caught: unknown) => caught);
    expect(source.isOutage(error)).toBe(true);
    expect(await stored()).toEqual([]);
  });

  it('is not run again for a fault of its own', async () => {
    const source = await sourceOf('mysql');
    let tries = 0;
    const failing = source.transaction(() => Promise.reject(failure({ errno: 1062, tries: ++tries })), landed);
    await expect(failing).rejects.toThrow('lost');
    expect(tries).toBe(1);
  });

  it('is acknowledged when it is on the disk, and keeps nobody from working until then', async () => {
    const source = await sourceOf('sqlite');
    const disk = holdDisk();
    let isAcknowledged = false;
    const writing = source.transaction((transaction) => write(transaction, 'kept'), landed);
    void writing.then(() => (isAcknowledged = true));
    await wait(50);
    expect(isAcknowledged).toBe(false);
    expect(await source.read((reader) => reader.query('SELECT step FROM steps'))).toEqual([{ step: 'kept' }]);
    disk.let();
    await writing;
  });

  it.each(['transaction', 'write'] as const)(
    'a %s is not acknowledged when the disk fails, nor is any after it',
    async (kind) => {
      const source = await sourceOf('sqlite');
      const disk = holdDisk();
      const writing =
        kind === 'write'
          ? source.write((writer) => write(writer, 'lost'))
          : source.transaction((transaction) => write(transaction, 'lost'), landed);
      const failing = expect(writing).rejects.toThrow('its disk has failed to keep what was written');
      await wait(50);
      disk.fail();
      await failing;
      await expect(source.read((reader) => reader.query('SELECT 1'))).rejects.toThrow('start the program again');
    },
  );

  it.each([
    ['removed', (file: string) => rmSync(file)],
    ['replaced', (file: string) => (copyFileSync(file, `${file}.copy`), renameSync(`${file}.copy`, file))],
    ['parted from its log', (file: string) => rmSync(`${file}-wal`)],
  ])('is not acknowledged when its file was %s meanwhile', async (_what, change) => {
    const source = await sourceOf('sqlite');
    const writing = source.transaction(async (transaction) => {
      await write(transaction, 'lost');
      change(join(folder, 'a.db'));
    }, landed);
    await expect(writing).rejects.toThrow('its file was removed or replaced while it was open; put it back as it was');
    await expect(source.read((reader) => reader.query('SELECT 1'))).rejects.toThrow('removed or replaced');
  });

  it('is stored once when its file was away for a moment', async () => {
    const source = await sourceOf('sqlite');
    const [file, elsewhere] = [join(folder, 'a.db'), join(folder, 'b.db')];
    let tries = 0;
    await source.transaction(async (transaction) => {
      tries++;
      await write(transaction, 'kept');
      renameSync(file, elsewhere);
      setTimeout(() => renameSync(elsewhere, file), 20);
    }, landed);
    expect(tries).toBe(1);
    expect(await stored()).toEqual([{ id: 1, step: 'kept' }]);
  });
});
