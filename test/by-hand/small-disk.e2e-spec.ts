import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, expect, it } from '@jest/globals';
import { type Instance, startInstances } from '../support/instance.js';
import { Ledger } from '../support/ledger.js';
import { openSql } from '../support/sql.js';

const rounds = 5;
let instance: Instance | undefined;
let folder: string | undefined;

afterEach(async () => {
  await instance?.remove();
  if (folder === undefined) return;
  execFileSync('umount', ['--lazy', folder]);
  rmSync(folder, { recursive: true });
});

it('a disk of 64 MiB that others fill under load ends nothing that was acknowledged (as root)', async () => {
  folder = mkdtempSync(join(tmpdir(), 'clientele-small-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64m', 'none', folder]);
  const url = `sqlite:${join(folder, 'a.db')}`;
  [instance] = await startInstances([{ DATA_SOURCE_DEFAULT_URL: url, MIGRATE: 'on' }]);
  const ledger = await Ledger.open([instance!.url]);
  ledger.run(12);
  let slowest = 0;
  for (let round = 0; round < rounds; round++) {
    await ledger.nextAcknowledgement();
    await wait(1_000);
    const filler = join(folder, 'filler');
    // It ends when nothing fits any more.
    expect(() => execFileSync('dd', ['if=/dev/zero', `of=${filler}`, 'bs=4k'], { stdio: 'ignore' })).toThrow();
    await wait(3_000);
    expect((await fetch(`${instance!.url}/health/live`)).status).toBe(200);
    rmSync(filler);
    slowest = Math.max(slowest, await ledger.nextAcknowledgement());
  }
  await ledger.stop();
  await ledger.askAgain();
  const sql = openSql(url);
  const wrong = await ledger.check(sql).finally(() => sql.close());
  process.stderr.write(
    `full ${rounds} times: ${ledger.acknowledged} acknowledged, ${ledger.unknown} unknown, writes again after ${slowest} ms at most, slowest answer ${ledger.slowest} ms, ${JSON.stringify(ledger.statuses)}\n`,
  );
  expect(wrong).toEqual([]);
  expect(ledger.unknown).toBeGreaterThan(0);
  expect(instance!.hasEnded).toBe(false);
});
