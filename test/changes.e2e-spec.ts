import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Clock } from '../src/clock.js';
import { httpLimits } from '../src/http/http-server.js';
import { longestWait } from '../src/lookup/changes.controller.js';
import { failure } from './support/builders.js';
import { apiKey, query } from './support/database.js';
import { register, replacementOf, send } from './support/http.js';
import { adminToken, startApp, type TestApp } from './support/test-app.js';
import { createDatabase } from './support/test-database.js';

let program: TestApp;
let token: string;
beforeAll(async () => {
  program = await startApp();
  token = await apiKey(program, ['clients:lookup']);
});
afterAll(() => program.close());

const ask = (parameters: Record<string, string> = {}) =>
  send('GET', `${program.url}/lookup/changes?${new URLSearchParams(parameters).toString()}`, { token });

/** Where the changes of now begin. */
async function latest(): Promise<string> {
  let after: string | undefined;
  for (;;) {
    const { body } = await ask(after === undefined ? {} : { after });
    after = body.next as string;
    if (body.items.length === 0) return after;
  }
}

const setStatus = (clientId: string, status: string) =>
  send('PATCH', `${program.url}/admin/clients/${clientId}`, { token: adminToken, json: { status } });

/** Runs `work` as if it were so many seconds later. */
async function later<T>(seconds: number, work: () => Promise<T>): Promise<T> {
  const clock = program.app.get(Clock);
  const now = clock.now.bind(clock);
  clock.now = () => now() + seconds;
  try {
    return await work();
  } finally {
    clock.now = now;
  }
}

describe('GET /lookup/changes', () => {
  it('tells of clients that are new, replaced, suspended and deleted, each as it is now', async () => {
    const after = await latest();
    const clients = [];
    for (let turn = 0; turn < 4; turn++) clients.push((await register(program.url)).body);
    const [fresh, replaced, suspended, deleted] = clients;
    await send('PUT', replaced.registration_client_uri, {
      token: replaced.registration_access_token,
      json: replacementOf(replaced, { client_name: 'Climate' }),
    });
    await setStatus(suspended.client_id, 'suspended');
    await send('DELETE', deleted.registration_client_uri, { token: deleted.registration_access_token });
    const { status, body, headers } = await ask({ after });
    expect([status, headers.get('cache-control')]).toEqual([200, 'no-store']);
    expect(body).toEqual({ items: expect.any(Array), next: expect.any(String) });
    const byId = (one: { client_id: string }, other: { client_id: string }) =>
      one.client_id < other.client_id ? -1 : 1;
    expect(body.items.sort(byId)).toEqual(
      [
        { client_id: fresh.client_id, version: 1, status: 'active' },
        { client_id: replaced.client_id, version: 2, status: 'active' },
        { client_id: suspended.client_id, version: 2, status: 'suspended' },
        { client_id: deleted.client_id, version: 2, status: 'deleted' },
      ].sort(byId),
    );
  });

  it('has nothing more to tell then, nor when they are old', async () => {
    await register(program.url);
    const after = await latest();
    expect((await ask({ after })).body).toEqual({ items: [], next: after });
    const { items, next } = await later(20, async () => (await ask({ after })).body);
    expect(items).toEqual([]);
    expect(next).not.toBe(after);
    expect((await later(20, () => ask({ after: next }))).body).toEqual({ items: [], next });
  });

  it('skips no change that is stored after others, though it began before them', async () => {
    const late = (await register(program.url)).body.client_id;
    await later(30, async () => {
      await register(program.url);
      const after = await latest();
      // Another instance, whose clock is behind, or who waited for a lock.
      const behind = 'UPDATE clients SET updated_at = updated_at + 22, version = version + 1 WHERE client_id = ?';
      await query(program, behind, [late]);
      const { items } = (await ask({ after })).body;
      expect(items).toContainEqual({ client_id: late, version: 2, status: 'active' });
    });
  });

  it('tells of a client whose time is over when it has ended', async () => {
    const { client_id } = (await register(program.url)).body;
    await query(program, 'UPDATE clients SET expires_at = 1 WHERE client_id = ?', [client_id]);
    const { items } = (await ask()).body;
    expect(items).toContainEqual({ client_id, version: 1, status: 'expired' });
  });

  it('waits for a change, and tells it when it comes', async () => {
    const after = await latest();
    const begun = Date.now();
    const waiting = ask({ after, wait: '20' });
    await pause(300);
    const { client_id } = (await register(program.url)).body;
    const { body } = await waiting;
    expect(body.items).toContainEqual({ client_id, version: 1, status: 'active' });
    expect(Date.now() - begun).toBeLessThan(15_000);
  });

  it('waits no longer than it was asked to', async () => {
    const after = await latest();
    const begun = Date.now();
    const { body } = await ask({ after, wait: '2' });
    expect(body).toEqual({ items: [], next: expect.any(String) });
    expect(Date.now() - begun).toBeGreaterThan(1_900);
  });

  it('waits no longer when garbage is collected meanwhile', async () => {
    setFlagsFromString('--expose-gc');
    const collectGarbage = runInNewContext('gc') as () => void;
    const after = await latest();
    const begun = Date.now();
    const waiting = ask({ after, wait: '3' });
    const collecting = setInterval(collectGarbage, 200);
    expect((await waiting.finally(() => clearInterval(collecting))).status).toBe(200);
    expect(Date.now() - begun).toBeLessThan(15_000);
  });

  it('may wait without its connection being taken for one that stands still', () => {
    expect(httpLimits.standstill).toBeGreaterThan((longestWait + 10) * 1_000);
  });

  it('lets so many wait and no more', async () => {
    const after = await latest();
    const waiting = Array.from({ length: 51 }, () => ask({ after, wait: '4' }));
    const statuses = (await Promise.all(waiting)).map(({ status }) => status).sort();
    expect(statuses).toEqual([...Array<number>(50).fill(200), 429]);
    expect((await ask({ after, wait: '1' })).status).toBe(200);
  });

  it('frees the place of a caller who has gone', async () => {
    const after = await latest();
    const gone = Array.from({ length: 50 }, () => {
      const leaving = new AbortController();
      setTimeout(() => leaving.abort(), 500);
      const url = `${program.url}/lookup/changes?${new URLSearchParams({ after, wait: '30' }).toString()}`;
      return fetch(url, { headers: { authorization: `Bearer ${token}` }, signal: leaving.signal }).catch(() => 'gone');
    });
    expect(new Set(await Promise.all(gone))).toEqual(new Set(['gone']));
    await pause(500);
    expect((await ask({ after, wait: '1' })).status).toBe(200);
  });

  it.each([
    { after: 'nope' },
    { after: '' },
    { wait: '31' },
    { wait: '-1' },
    { wait: 'x' },
    { wait: '' },
    { limit: '5' },
  ])('refuses %j', async (parameters) => {
    const { status, body } = await ask(parameters as unknown as Record<string, string>);
    expect([status, body]).toEqual([400, failure('invalid_request')]);
  });

  it('tells every one of thousands, a thousand at a time', async () => {
    const { client_id } = (await register(program.url)).body;
    const [row] = await query(program, 'SELECT * FROM clients WHERE client_id = ?', [client_id]);
    const ids = Array.from({ length: 1_500 }, () => randomUUID()).sort();
    const copies = ids.map((id, index) => {
      const updated_at = 1_000 + Math.floor(index / 700);
      return Object.values({ ...row, client_id: id, updated_at, registration_token_digest: null });
    });
    const columns = Object.keys(row!);
    const marks = `(${columns.map(() => '?').join(', ')})`;
    for (let first = 0; first < copies.length; first += 25) {
      const batch = copies.slice(first, first + 25);
      const insertion = `INSERT INTO clients (${columns.join(', ')}) VALUES ${batch.map(() => marks).join(', ')}`;
      await query(program, insertion, batch.flat());
    }
    const first = (await ask()).body;
    const second = (await ask({ after: first.next })).body;
    const told = [...first.items, ...second.items].map((item: { client_id: string }) => item.client_id);
    expect(first.items).toHaveLength(1_000);
    expect(told.slice(0, 1_500)).toEqual(ids);
  });
});

describe('with two data sources', () => {
  it('the changes of both are told, and who waits is answered when the program ends', async () => {
    const other = await createDatabase();
    await program.close();
    program = await startApp({
      DATA_SOURCES: 'default,desk',
      DATA_SOURCE_DESK_URL: other.url,
      DATABASE_CLIENTS_DATA_SOURCE: 'desk',
    });
    token = await apiKey(program, ['clients:lookup']);
    const dynamic = (await register(program.url)).body.client_id;
    const json = { metadata: { grant_types: ['client_credentials'] } };
    const made = await send('POST', `${program.url}/admin/clients`, { token: adminToken, json });
    const { items, next } = (await ask()).body;
    const expected = [dynamic, made.body.client_id].map((client_id) => ({ client_id, version: 1, status: 'active' }));
    expect(items).toEqual(expected);
    const begun = Date.now();
    const waiting = ask({ after: next, wait: '30' });
    await pause(500);
    await program.close();
    expect((await waiting).body).toEqual({ items: [], next: expect.any(String) });
    expect(Date.now() - begun).toBeLessThan(12_000);
    await other.drop();
    program = await startApp();
  });
});
