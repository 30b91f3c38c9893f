import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from '@jest/globals';
import { type DatabaseServer, describeOn } from '../support/databases.js';
import { startServer } from '../support/database-servers.js';
import { initialAccessToken, send, webClient } from '../support/http.js';
import { type Instance, startInstances } from '../support/instance.js';
import { openSql } from '../support/sql.js';
import { adminToken } from '../support/test-app.js';

/** In a process of its own, while the callers in this one go on. */
const run = promisify(execFile);

let removals: (() => unknown)[] = [];
afterEach(async () => {
  for (const remove of removals.reverse()) await remove();
  removals = [];
});

const started = async (url: string): Promise<Instance> => {
  const [instance] = await startInstances([{ DATA_SOURCE_DEFAULT_URL: url, MIGRATE: 'on' }]);
  removals.push(() => instance!.remove());
  return instance!;
};

const registerWith = (url: string, token: string) => send('POST', `${url}/register`, { token, json: webClient });

interface Registered {
  readonly body: any;
  readonly at: number;
}

/** Registers from eight callers while a backup is made, and holds what comes of it to what had been acknowledged before. */
async function backUp(what: string, from: string, to: string, copy: () => Promise<unknown>): Promise<void> {
  const live = await started(from);
  const token = await initialAccessToken(live.url, { uses: 100_000 });
  const registered: Registered[] = [];
  let isOver = false;
  const callers = Array.from({ length: 8 }, async () => {
    while (!isOver) {
      const { status, body } = await registerWith(live.url, token);
      expect(status).toBe(201);
      registered.push({ body, at: Date.now() });
    }
  });
  await wait(3_000);
  const begun = Date.now();
  let took = 0;
  try {
    await copy();
    took = Date.now() - begun;
    await wait(1_000);
  } finally {
    isOver = true;
    await Promise.all(callers);
  }

  const restored = await started(to);
  const sql = openSql(to);
  removals.push(() => sql.close());
  const number = async (text: string) => Number((await sql.query<{ n: number }>(text))[0]!.n);
  const clients = await number('SELECT COUNT(*) AS n FROM clients');
  expect(await number('SELECT SUM(used) AS n FROM initial_access_token_uses')).toBe(clients);
  expect(await number("SELECT COUNT(*) AS n FROM audit_events WHERE action = 'client.registered'")).toBe(clients);
  const before = registered.filter(({ at }) => at < begun);
  expect(clients).toBeGreaterThanOrEqual(before.length);
  for (const { body } of before) {
    const path = `/register/${body.client_id}`;
    expect((await send('GET', restored.url + path, { token: body.registration_access_token })).status).toBe(200);
    const right = await send('POST', `${restored.url}/lookup/clients/${body.client_id}/authenticate`, {
      token: adminToken,
      json: { client_secret: body.client_secret },
    });
    expect(right.body.authenticated).toBe(true);
  }
  expect((await registerWith(restored.url, token)).status).toBe(201);
  process.stderr.write(
    `${what}: backup in ${took} ms, ${before.length} registered before it, ${registered.length} in all, ${clients} in the backup\n`,
  );
}

describe('a backup while it registers', () => {
  it('of SQLite, by VACUUM INTO', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'clientele-backup-'));
    removals.push(() => rmSync(folder, { recursive: true }));
    const [from, to] = [join(folder, 'a.db'), join(folder, 'b.db')];
    const vacuum = `new (require('libsql'))(${JSON.stringify(from)}).exec(${JSON.stringify(`VACUUM INTO '${to}'`)})`;
    await backUp('SQLite', `sqlite:${from}`, `sqlite:${to}`, () => run(process.execPath, ['-e', vacuum]));
  });

  const options = (url: string) => {
    const { port, username, password } = new URL(url);
    return `-h127.0.0.1 -P${port} -u${username} -p'${decodeURIComponent(password)}' registry`;
  };
  const dumps = {
    mariadb: (from: string, to: string) =>
      `mariadb-dump --single-transaction ${options(from)} | mariadb ${options(to)}`,
    postgres: (from: string, to: string) => `pg_dump ${from} | psql -q ${to}`,
  };

  for (const engine of ['mariadb', 'postgres'] as const)
    describeOn(engine)(engine, () => {
      it('by a dump', async () => {
        const servers: DatabaseServer[] = [await startServer(engine), await startServer(engine)];
        removals.push(...servers.map((server) => () => server.remove()));
        const [from, to] = servers.map(({ url }) => url) as [string, string];
        await backUp(engine, from, to, () => run('bash', ['-o', 'pipefail', '-ec', dumps[engine](from, to)]));
      });
    });
});
