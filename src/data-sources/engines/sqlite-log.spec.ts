import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SqliteLog } from './sqlite-log.js';

describe('the log of an SQLite database', () => {
  let folder: string;
  let path: string;
  /** The calls to the disk, each to be ended by the test. */
  let calls: { end: () => void; fail: (error: Error) => void }[];
  let log: SqliteLog;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'clientele-'));
    path = join(folder, 'a.db-wal');
    writeFileSync(path, 'frames');
    calls = [];
    log = new SqliteLog(path, () => new Promise((end, fail) => calls.push({ end, fail })));
  });
  afterEach(() => {
    log.close();
    rmSync(folder, { recursive: true });
  });

  /** What has become of a flush by now. */
  function watch(flush: Promise<void>): { outcome: string } {
    const watched = { outcome: 'waiting' };
    flush.then(
      () => (watched.outcome = 'kept'),
      () => (watched.outcome = 'lost'),
    );
    return watched;
  }

  it('keeps whoever comes during a call waiting for one that begins later, once for all of them', async () => {
    const first = watch(log.flush());
    await turn();
    const others = Array.from({ length: 20 }, () => watch(log.flush()));
    await turn();
    expect(calls).toHaveLength(1);

    calls[0]!.end();
    await turn();
    expect([first.outcome, ...new Set(others.map(({ outcome }) => outcome))]).toEqual(['kept', 'waiting']);
    expect(calls).toHaveLength(2);

    calls[1]!.end();
    await turn();
    expect([...new Set(others.map(({ outcome }) => outcome))]).toEqual(['kept']);
  });

  it('never calls a log good again that the disk failed to keep', async () => {
    const failed = watch(log.flush());
    await turn();
    calls[0]!.fail(new Error('EIO'));
    await turn();
    expect(failed.outcome).toBe('lost');

    const later = watch(log.flush());
    await turn();
    expect([later.outcome, calls.length]).toEqual(['lost', 1]);
    expect(log.fault).toBe('its disk has failed to keep what was written; start the program again');
  });

  it('is good again when it was away for a moment', async () => {
    renameSync(path, `${path}-away`);
    await expect(log.flush()).rejects.toThrow('ENOENT');
    renameSync(`${path}-away`, path);
    const later = watch(log.flush());
    await turn();
    calls[0]!.end();
    await turn();
    expect([later.outcome, log.fault]).toEqual(['kept', undefined]);
  });
});
