import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DataSource, type EntityManager } from 'typeorm';
import { SqliteEngine } from './engines/sqlite.js';
import { GatheredReads } from './gathered-reads.js';
import { Lease } from './lease.entity.js';

describe('reads in the same moment', () => {
  let folder: string;
  let dataSource: DataSource;
  let gathered: GatheredReads;
  /** Called before each statement. */
  let before: () => void;
  let statements: number;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'clientele-'));
    const engine = new SqliteEngine(join(folder, 'a.db'));
    dataSource = await new DataSource(engine.options({ entities: [Lease], migrations: [] })).initialize();
    engine.prepare(dataSource);
    await dataSource.query('CREATE TABLE leases (name text PRIMARY KEY, holder text, expires_at int)');
    for (let n = 0; n < 100; n++) await dataSource.query(`INSERT INTO leases VALUES ('n${n}', 'h${n}', ${n})`);
    [before, statements] = [() => undefined, 0];
    const read = async <T>(work: (reader: EntityManager) => Promise<T>): Promise<T> => {
      statements++;
      before();
      return work(dataSource.manager);
    };
    gathered = new GatheredReads({ dataSource, read, isOutage: (error) => engine.isOutage(error) });
  });
  afterEach(async () => {
    await dataSource.destroy();
    rmSync(folder, { recursive: true });
  });

  const find = (...names: string[]) => gathered.find(Lease, 'name', names);
  const lease = (n: number) => Object.assign(new Lease(), { name: `n${n}`, holder: `h${n}`, expiresAt: n });

  it('are one statement, and each is told of its own rows', async () => {
    const found = await Promise.all([find('n1'), find('n2', 'n3'), find('none'), find('n1'), find()]);
    expect(found).toEqual([[lease(1)], [lease(2), lease(3)], [], [lease(1)], []]);
    expect(statements).toBe(1);
  });

  it('have an entity of their own each', async () => {
    const [[one], [other]] = await Promise.all([find('n1'), find('n1')]);
    one!.holder = 'changed';
    expect(other).toEqual(lease(1));
  });

  it('are not mixed up with those by another column', async () => {
    const [byName, byHolder] = await Promise.all([find('n1'), gathered.find(Lease, 'holder', ['h2'])]);
    expect([byName, byHolder]).toEqual([[lease(1)], [lease(2)]]);
  });

  it('see what was stored before they were asked for, whoever asked earlier', async () => {
    const earlier = find('n1');
    await dataSource.query("UPDATE leases SET holder = 'new' WHERE name = 'n2'");
    const [later] = await find('n2');
    expect(later!.holder).toBe('new');
    expect(await earlier).toEqual([lease(1)]);
  });

  it('are several statements for a crowd', async () => {
    const found = await Promise.all(Array.from({ length: 100 }, (_, n) => find(`n${n}`)));
    expect(found.flat()).toEqual(Array.from({ length: 100 }, (_, n) => lease(n)));
    expect(statements).toBe(4);
  });

  it('are all told of an outage, and none is tried again here', async () => {
    before = () => {
      throw Object.assign(new Error('full'), { code: 'SQLITE_FULL' });
    };
    const outcomes = await Promise.allSettled([find('n1'), find('n2')]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(statements).toBe(1);
  });

  it('do not fail for what one of them asks', async () => {
    before = () => {
      if (statements === 1 || statements === 3) throw new Error('invalid byte sequence');
    };
    const outcomes = await Promise.allSettled([find('n1'), find('bad'), find('n\0'), find('n2')]);
    expect(outcomes).toEqual([
      { status: 'fulfilled', value: [lease(1)] },
      { status: 'rejected', reason: new Error('invalid byte sequence') },
      { status: 'fulfilled', value: [] },
      { status: 'fulfilled', value: [lease(2)] },
    ]);
  });
});
