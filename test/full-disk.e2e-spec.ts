import { execFileSync } from 'node:child_process';
import { chownSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Keyring } from '../src/clients/keyring.js';
import { apiKey, count, dataSourceOf, query } from './support/database.js';
import { idsOf, isRoot, startServer } from './support/database-servers.js';
import { describeOn } from './support/databases.js';
import { type Answer, initialAccessToken, send, webClient } from './support/http.js';
import { startApp, type TestApp } from './support/test-app.js';
import { createDatabase, type TestDatabase } from './support/test-database.js';

/** A database with little room: what takes the rest of it, and what gives it back. */
interface Cramped {
  readonly database: TestDatabase;
  fill(app: TestApp): Promise<unknown>;
  free(app: TestApp): Promise<unknown>;
}

/** A file system in memory with room for some megabytes, on a folder of its own; only root may make one. */
function smallDisk(megabytes: number, owner?: string): { folder: string; remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'clientele-small-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'none', folder]);
  if (owner !== undefined) chownSync(folder, idsOf(owner).uid, idsOf(owner).gid);
  const remove = () => {
    execFileSync('umount', ['--lazy', folder]);
    rmSync(folder, { recursive: true });
  };
  return { folder, remove };
}

const canMount = (): boolean => {
  try {
    smallDisk(1).remove();
    return true;
  } catch {
    return false;
  }
};

/** Fills a table until the database has no room for more, then for less and less. */
async function fillTable(app: TestApp): Promise<void> {
  const isPostgres = app.database.url.startsWith('postgres');
  await query(app, `CREATE TABLE filler (filling ${isPostgres ? 'text' : 'mediumtext'})`);
  // It would store what is all the same in next to no room.
  if (isPostgres) await query(app, 'ALTER TABLE filler ALTER filling SET STORAGE EXTERNAL');
  for (const rows of [64, 8, 1]) {
    const values = Array<string>(rows)
      .fill(`('${'x'.repeat(7_000)}')`)
      .join(', ');
    for (let isFull = false; !isFull;)
      await query(app, `INSERT INTO filler VALUES ${values}`).catch(() => (isFull = true));
  }
}

const dropTable = (app: TestApp) => query(app, 'DROP TABLE filler');

async function crampedSqlite(): Promise<Cramped> {
  const pages = (app: TestApp, most: string) => query(app, `PRAGMA max_page_count = ${most}`);
  return {
    database: await createDatabase('sqlite'),
    fill: (app) => pages(app, '1'),
    free: (app) => pages(app, '1000000'),
  };
}

function crampedSqliteDisk(): Promise<Cramped> {
  const { folder, remove } = smallDisk(2);
  const filler = join(folder, 'filler');
  // Without a room of its own the write-ahead log would not even hold one change.
  const dd = () => execFileSync('dd', ['if=/dev/zero', `of=${filler}`, 'bs=4k'], { stdio: 'ignore' });
  return Promise.resolve({
    database: { url: `sqlite:${join(folder, 'a.db')}`, folder, drop: () => Promise.resolve(remove()) },
    fill: () =>
      Promise.resolve()
        .then(dd)
        .catch(() => undefined),
    free: () => Promise.resolve(rmSync(filler)),
  });
}

async function crampedMariadb(): Promise<Cramped> {
  const more = ['--innodb-file-per-table=0', '--innodb-data-file-path=ibdata1:12M:autoextend:max:24M'];
  const server = await startServer('mariadb', { more });
  return { database: { url: server.url, drop: () => server.remove() }, fill: fillTable, free: dropTable };
}

async function crampedPostgres(): Promise<Cramped> {
  const { folder, remove } = smallDisk(16, 'postgres');
  const server = await startServer('postgres');
  const drop = () => server.remove().finally(remove);
  const psql = (statement: string) =>
    execFileSync('psql', [
      '-h',
      '127.0.0.1',
      '-p',
      String(server.port),
      '-U',
      'clientele',
      '-d',
      'registry',
      '-c',
      statement,
    ]);
  psql(`CREATE TABLESPACE small LOCATION '${folder}'`);
  psql('ALTER DATABASE registry SET default_tablespace = small');
  return { database: { url: server.url, drop }, fill: fillTable, free: dropTable };
}

const onSmallDisk = canMount() ? describe : describe.skip;
const engines: readonly [string, typeof describe.skip, () => Promise<Cramped>][] = [
  ['an SQLite file that must not grow', describe, crampedSqlite],
  ['SQLite on a small disk', onSmallDisk, crampedSqliteDisk],
  ['MariaDB with a tablespace that must not grow', describeOn('mariadb'), crampedMariadb],
  [
    'PostgreSQL on a small disk',
    isRoot ? (canMount() ? describeOn('postgres') : describe.skip) : describe.skip,
    crampedPostgres,
  ],
];

for (const [name, on, make] of engines)
  on(name, () => {
    let app: TestApp;
    let cramped: Cramped;

    afterEach(async () => {
      await app?.close();
      await cramped?.database.drop();
    });

    it('is told as 503 when it is full, keeps all that was acknowledged and no halves, and goes on when there is room', async () => {
      cramped = await make();
      app = await startApp({}, cramped.database);
      const token = await initialAccessToken(app.url, { uses: 1_000 });
      const json = { ...webClient, client_name: 'x'.repeat(250), 'client_name#de': 'y'.repeat(250) };
      const attempt = () => send('POST', `${app.url}/register`, { token, json });
      const acknowledged: Answer[] = [await attempt()];
      expect(acknowledged[0]!.status).toBe(201);

      await cramped.fill(app);
      let refusals = 0;
      for (let tries = 0; tries < 300 && refusals < 5; tries++) {
        const answer = await attempt();
        if (answer.status === 201) {
          acknowledged.push(answer);
          continue;
        }
        refusals++;
        expect(answer).toMatchObject({ status: 503, body: { error: 'temporarily_unavailable' } });
        expect(answer.headers.get('retry-after')).toBe('2');
      }
      expect(refusals).toBe(5);
      expect((await send('GET', `${app.url}/health/live`)).status).toBe(200);
      const read = ({ body }: Answer) =>
        send('GET', body.registration_client_uri, { token: body.registration_access_token });
      for (const answer of acknowledged) expect((await read(answer)).status).toBe(200);

      await cramped.free(app);
      for (const end = Date.now() + 10_000; Date.now() < end; await wait(100)) {
        const answer = await attempt();
        if (answer.status !== 201) continue;
        acknowledged.push(answer);
        break;
      }
      expect((await send('GET', `${app.url}/health/ready`)).status).toBe(200);
      expect(await count(app, 'clients')).toBe(acknowledged.length);
      expect(await count(app, 'audit_events', "action = 'client.registered'")).toBe(acknowledged.length);
      const [{ used } = { used: NaN }] = await query<{ used: number }>(
        app,
        'SELECT SUM(used) AS used FROM initial_access_token_uses',
      );
      expect(Number(used)).toBe(acknowledged.length);
      expect(dataSourceOf(app).isInitialized).toBe(true);
    });
  });

describe('a database that takes no writes just now', () => {
  it('lets in whoever comes with a credential under an old key, and renews that later', async () => {
    const database = await createDatabase('sqlite');
    const [old, current] = ['A', 'B'].map((letter) => letter.repeat(42) + 'A') as [string, string];
    const before = await startApp({ SECRET_KEY: old }, database);
    const key = await apiKey(before, ['clients:lookup']);
    const token = await initialAccessToken(before.url, { manages: true });
    const { body: client } = await send('POST', `${before.url}/register`, { token, json: webClient });
    await before.close();
    const app = await startApp({ SECRET_KEY: `${current},${old}` }, database);
    try {
      const { client_id, client_secret, registration_access_token } = client;
      const own = `${app.url}/register/${client_id}`;
      const authentication = `${app.url}/lookup/clients/${client_id}/authenticate`;
      const statuses = async () => [
        (await send('GET', own, { token: registration_access_token })).status,
        (await send('GET', own, { token })).status,
        (await send('POST', authentication, { token: key, json: { client_secret } })).status,
      ];
      const oldId = new Keyring({ SECRET_KEY: [Buffer.from(old, 'base64url')] } as never).currentId;
      const underOldKey = async () => [
        await count(app, 'clients', 'key_id = ?', [oldId]),
        await count(app, 'initial_access_tokens', 'digest LIKE ?', [`${oldId}.%`]),
        await count(app, 'api_keys', 'digest LIKE ?', [`${oldId}.%`]),
      ];
      await query(app, 'PRAGMA query_only = ON');
      expect(await statuses()).toEqual([200, 200, 200]);
      expect(await underOldKey()).toEqual([1, 1, 1]);
      await query(app, 'PRAGMA query_only = OFF');
      expect(await statuses()).toEqual([200, 200, 200]);
      expect(await underOldKey()).toEqual([0, 0, 0]);
    } finally {
      await app.close();
      await database.drop();
    }
  });
});
