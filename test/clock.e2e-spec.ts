import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { initialAccessToken, register, replacementOf, send } from './support/http.js';
import { Instance } from './support/instance.js';
import { adminToken } from './support/test-app.js';
import { createDatabase, type TestDatabase } from './support/test-database.js';

const minute = 60;
const day = 86_400;
/** One second after the last that 31 bits can count. */
const beyond31Bits = 2 ** 31;

let folder: string;
let database: TestDatabase;
let instances: Instance[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'clientele-clock-'));
  database = await createDatabase();
  instances = [];
});
afterEach(async () => {
  for (const instance of instances) await instance.remove();
  await database.drop();
  rmSync(folder, { recursive: true });
});

const preload = fileURLToPath(new URL('support/shifted-clock.mjs', import.meta.url));
const setClock = (which: number, seconds: number) => writeFileSync(join(folder, String(which)), String(seconds));

/** Starts the program with a clock that is wrong by so many seconds. */
async function startAt(seconds: number, settings: Record<string, string> = {}): Promise<Instance> {
  const which = instances.length;
  setClock(which, seconds);
  const instance = await Instance.start({
    ...{ DATA_SOURCE_DEFAULT_URL: database.url, MIGRATE: 'on' },
    ...{ NODE_OPTIONS: `--import ${preload}`, CLOCK_SHIFT: join(folder, String(which)) },
    ...settings,
  });
  instances.push(instance);
  await instance.ready();
  return instance;
}

const seconds = () => Math.floor(Date.now() / 1000);
const asAdministrator = (url: string, below: string) => send('GET', `${url}/admin/${below}`, { token: adminToken });
/** Ages in the metrics that are below nought. */
const negativeAges = async (url: string) =>
  (await send('GET', `${url}/metrics`)).text.split('\n').filter((line) => /^clientele_\w*age\w*(\{.*\})? -/.test(line));

/** Registers, reads, replaces and deletes a client on the one or the other, and answers when it says that it was made. */
async function live(one: string, other: string): Promise<number> {
  const { status, body } = await register(one);
  expect(status).toBe(201);
  const uri = `${other}/register/${body.client_id}`;
  const token = body.registration_access_token;
  expect((await send('GET', uri, { token })).body).toMatchObject({ client_id_issued_at: body.client_id_issued_at });
  const json = replacementOf(body, { client_name: 'Later' });
  expect((await send('PUT', uri, { token, json })).body).toMatchObject({ client_name: 'Later' });
  const issued = body.client_id_issued_at as number;
  const listed = await asAdministrator(other, `clients?created_after=${issued - 1}&created_before=${issued + 1}`);
  expect(listed.body.items).toEqual(expect.arrayContaining([expect.objectContaining({ client_id: body.client_id })]));
  expect((await send('DELETE', uri, { token })).status).toBe(204);
  expect((await send('GET', uri, { token })).status).toBe(401);
  return issued;
}

describe('a clock', () => {
  it('may go beyond the seconds that 31 bits can count', async () => {
    const { url } = await startAt(beyond31Bits + day - seconds());
    expect(await live(url, url)).toBeGreaterThan(beyond31Bits);
    const { body } = await asAdministrator(url, 'audit-events?limit=1');
    expect(body.items[0].at).toBeGreaterThan(beyond31Bits);
    expect(await negativeAges(url)).toEqual([]);
  });

  it('may be set back by a day under load: nothing ends or begins by that but what its time says', async () => {
    const { url } = await startAt(0);
    const token = await initialAccessToken(url, { uses: 1_000, expires_in: 10 * minute });
    const before = await register(url);
    const statuses = new Set<number>();
    for (const shift of [0, -day, -day, minute, 0]) {
      setClock(0, shift);
      const json = { redirect_uris: ['https://app.example/cb'] };
      const answers = Array.from({ length: 20 }, () => send('POST', `${url}/register`, { token, json }));
      for (const { status } of await Promise.all(answers)) statuses.add(status);
      await live(url, url);
      const { registration_client_uri: uri, registration_access_token } = before.body;
      const own = uri.replace(/^.*(?=\/register)/, url);
      expect((await send('GET', own, { token: registration_access_token })).status).toBe(200);
      expect(await negativeAges(url)).toEqual([]);
    }
    expect([...statuses]).toEqual([201]);
    setClock(0, 11 * minute);
    await new Promise((later) => setTimeout(later, 20));
    expect((await send('POST', `${url}/register`, { token, json: {} })).status).toBe(401);
  });

  it('may be in another time zone than anybody else', async () => {
    const { url } = await startAt(0, { TZ: 'Pacific/Kiritimati' });
    expect(Math.abs((await live(url, url)) - seconds())).toBeLessThan(minute);
  });

  const betweenInstances = async () => {
    const fast = await startAt(5 * minute);
    const slow = await startAt(-5 * minute);
    for (const [one, other] of [
      [fast.url, slow.url],
      [slow.url, fast.url],
    ] as const) {
      await live(one, other);
      const token = await initialAccessToken(one);
      const calls = [one, other, one, other].map((url) =>
        send('POST', `${url}/register`, { token, json: { redirect_uris: ['https://app.example/cb'] } }),
      );
      expect((await Promise.all(calls)).map(({ status }) => status).sort()).toEqual([201, 401, 401, 401]);
    }
    expect([...(await negativeAges(fast.url)), ...(await negativeAges(slow.url))]).toEqual([]);
  };
  // One process works on an SQLite file.
  if (engine !== 'sqlite')
    it('may differ by ten minutes between two instances: each lets in whom the other does', betweenInstances);
});
