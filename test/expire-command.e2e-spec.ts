import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { BuiltProgram, type Ended } from './support/built-program.js';
import { query } from './support/database.js';
import { initialAccessToken, send, webClient } from './support/http.js';
import { startApp } from './support/test-app.js';

const folder = mkdtempSync(join(tmpdir(), 'clientele-expire-'));
const url = `sqlite:${join(folder, 'clientele.db')}`;
const SECRET_KEY = Buffer.alloc(32, 3).toString('base64url');
let built: BuiltProgram;

const expire = (...options: string[]): Promise<Ended> =>
  built.run('clients-command.js', ['expire', ...options], { SECRET_KEY, DATA_SOURCE_DEFAULT_URL: url });
const start = () => startApp({ SECRET_KEY }, { url, drop: () => Promise.resolve() });

/** 120 clients: 105 of them ended long ago, and five more are expired for more than 30 days. */
beforeAll(async () => {
  built = await BuiltProgram.build();
  const program = await start();
  const token = await initialAccessToken(program.url, { uses: 120 });
  for (let turn = 0; turn < 120; turn++)
    await send('POST', `${program.url}/register`, { token, json: { ...webClient, software_version: String(turn) } });
  const some = (count: number) => `(SELECT client_id FROM clients WHERE expires_at IS NULL LIMIT ${count})`;
  await query(program, `UPDATE clients SET expires_at = 5 WHERE client_id IN ${some(105)}`);
  await query(program, `UPDATE clients SET expires_at = 6, status = 'expired' WHERE client_id IN ${some(5)}`);
  await program.close();
});

afterAll(() => {
  built?.remove();
  rmSync(folder, { recursive: true });
});

describe('npm run clients -- expire', () => {
  it('tells beside a running program what there is to do, and leaves the work to it', async () => {
    const program = await start();
    try {
      const looked = await expire('--dry-run');
      const told = `default (${url}): 105 to expire, 5 to be forgotten\n`;
      expect(looked).toEqual({ code: 0, stdout: told, stderr: expect.any(String) });
      expect(await expire()).toMatchObject({ code: 1, stdout: '' });
      const [row] = await query(program, "SELECT COUNT(*) AS n FROM clients WHERE status = 'active'");
      expect(row).toEqual({ n: 115 });
    } finally {
      await program.close();
    }
  });

  it('writes it down, tells how far it is, and has nothing to do then', async () => {
    const { code, stdout } = await expire();
    expect(code).toBe(0);
    expect(stdout).toMatch(/^expiring 0 of 110\n(expiring \d+ of 110\n)+/);
    expect(stdout).toContain(`default (${url}): 105 expired, 5 forgotten\n`);
    expect((await expire('--dry-run')).stdout).toBe(`default (${url}): 0 to expire, 0 to be forgotten\n`);
    const program = await start();
    try {
      const statuses = await query(
        program,
        'SELECT status, COUNT(*) AS n FROM clients GROUP BY status ORDER BY status',
      );
      expect(statuses).toEqual([
        { status: 'active', n: 10 },
        { status: 'deleted', n: 5 },
        { status: 'expired', n: 105 },
      ]);
    } finally {
      await program.close();
    }
  });
});
