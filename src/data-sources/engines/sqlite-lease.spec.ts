import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DataSource } from 'typeorm';
import { SqliteEngine } from './sqlite.js';
import { leaseConnection } from './sqlite-lease.js';

describe('the leased connection', () => {
  let folder: string;
  let dataSource: DataSource;
  let engine: SqliteEngine;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'clientele-'));
    engine = new SqliteEngine(join(folder, 'a.db'));
    dataSource = await new DataSource(engine.options({ entities: [], migrations: [] })).initialize();
    leaseConnection(dataSource, 2_000);
    await dataSource.query('CREATE TABLE numbers (n int PRIMARY KEY)');
  });
  afterEach(async () => {
    await dataSource.destroy();
    rmSync(folder, { recursive: true });
  });

  const numbers = async () =>
    (await dataSource.query('SELECT n FROM numbers ORDER BY n')).map(({ n }: { n: number }) => n);
  const insert = (n: number) => `INSERT INTO numbers VALUES (${n})`;

  it('survives a power cut: write-ahead log, synchronised in full', async () => {
    expect(await dataSource.query('PRAGMA journal_mode')).toEqual([{ journal_mode: 'wal' }]);
    expect(await dataSource.query('PRAGMA synchronous')).toEqual([{ synchronous: 1 }]);
  });

  it('keeps a query out of the open transaction of another', async () => {
    const failing = dataSource.transaction(async (transaction) => {
      await transaction.query(insert(1));
      await wait(50);
      throw new Error('rolled back');
    });
    await wait(10);
    await Promise.all([dataSource.query(insert(2)), expect(failing).rejects.toThrow('rolled back')]);
    expect(await numbers()).toEqual([2]);
  });

  it('runs parallel transactions one after the other', async () => {
    const one = (n: number) =>
      dataSource.transaction(async (transaction) => {
        await transaction.query(insert(n));
        await wait(1);
        await transaction.query(insert(n + 100));
      });
    await Promise.all(Array.from({ length: 20 }, (_, n) => one(n)));
    expect(await numbers()).toHaveLength(40);
  });

  it('turns a query outside of its own transaction into an outage, and goes on', async () => {
    const careless = dataSource.transaction(async () => {
      await dataSource.query(insert(1));
    });
    const error = await careless.catch((caught: unknown) => caught);
    expect(engine.isOutage(error)).toBe(true);
    await dataSource.query(insert(2));
    expect(await numbers()).toEqual([2]);
  });
});
