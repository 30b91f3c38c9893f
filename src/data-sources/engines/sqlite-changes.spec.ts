import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DataSource } from 'typeorm';
import { DatabaseTimeout } from './engine.js';
import { type KnownStatement, Unanswered } from './known-statement.js';
import { SqliteChanges } from './sqlite-changes.js';
import { type LeasedConnection, leaseConnection } from './sqlite-lease.js';
import { SqliteEngine } from './sqlite.js';

describe('changes that wait for the connection together', () => {
  let folder: string;
  let dataSource: DataSource;
  let lease: LeasedConnection;
  let changes: SqliteChanges;
  let asked: string[];

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'clientele-'));
    const options = new SqliteEngine(join(folder, 'a.db')).options({ entities: [], migrations: [] });
    dataSource = await new DataSource(options).initialize();
    lease = leaseConnection(dataSource, 300);
    await dataSource.query('CREATE TABLE numbers (n int PRIMARY KEY)');
    asked = [];
    const ask: LeasedConnection['ask'] = (text, values) => {
      asked.push(text);
      return lease.ask(text, values);
    };
    changes = new SqliteChanges({ ...lease, ask });
  });
  afterEach(async () => {
    await dataSource.destroy();
    rmSync(folder, { recursive: true });
  });

  const numbers = async () =>
    (await dataSource.query('SELECT n FROM numbers ORDER BY n')).map(({ n }: { n: number }) => n);
  const inserting = (n: number): KnownStatement => ({ text: 'INSERT INTO numbers VALUES (?)', values: [n] });
  const removing = (n: number): KnownStatement => ({ text: 'DELETE FROM numbers WHERE n = ?', values: [n] });
  const store = (...statements: KnownStatement[]) => changes.store(statements, Date.now() + 1_000);
  const commits = () => asked.filter((text) => text === 'COMMIT').length;

  it('share one transaction', async () => {
    const stored = await Promise.all([store(inserting(1), inserting(2)), store(inserting(3)), store(inserting(4))]);
    expect([stored, commits()]).toEqual([[true, true, true], 1]);
    expect(await numbers()).toEqual([1, 2, 3, 4]);
  });

  it('are each stored or not, whatever becomes of the others', async () => {
    await store(inserting(1));
    const answers = await Promise.allSettled([
      store(inserting(2)),
      store(inserting(3), removing(9)),
      store(inserting(4), inserting(1)),
      store(removing(1), inserting(5)),
    ]);
    expect(answers.map((answer) => (answer.status === 'fulfilled' ? answer.value : String(answer.reason)))).toEqual([
      true,
      false,
      expect.stringContaining('UNIQUE'),
      true,
    ]);
    expect(await numbers()).toEqual([2, 5]);
  });

  it('wait for the transaction of somebody else, and are left out when their time is over then', async () => {
    await lease.take();
    const late = changes.store([inserting(1)], Date.now() + 20);
    const early = store(inserting(2));
    setTimeout(() => lease.end(), 60);
    await expect(late).rejects.toThrow(DatabaseTimeout);
    expect(await early).toBe(true);
    expect(await numbers()).toEqual([2]);
  });

  it('fail together where the connection stays with somebody else', async () => {
    await lease.take();
    const failing = Promise.allSettled([store(inserting(1)), store(inserting(2))]);
    expect((await failing).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    lease.end();
    expect(await store(inserting(3))).toBe(true);
    expect(await numbers()).toEqual([3]);
  });

  it('are in doubt together where COMMIT fails, and leave nothing open', async () => {
    await dataSource.query('CREATE TABLE shares (n int REFERENCES numbers (n) DEFERRABLE INITIALLY DEFERRED)');
    const sharing: KnownStatement = { text: 'INSERT INTO shares VALUES (?)', values: [9] };
    const failing = await Promise.allSettled([store(inserting(1)), store(inserting(2), sharing)]);
    for (const answer of failing) expect(answer).toMatchObject({ reason: expect.any(Unanswered) });
    expect(await store(inserting(3))).toBe(true);
    expect(await numbers()).toEqual([3]);
  });
});
