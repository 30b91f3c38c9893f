import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { times } from './support/counts.js';
import { describeOn, startMariadb, startPostgres } from './support/databases.js';
import { startGalera } from './support/galera.js';
import { initialAccessToken, patiently, register, send, webClient } from './support/http.js';
import { Instance, startInstances } from './support/instance.js';
import { openSql } from './support/sql.js';
import { adminToken } from './support/test-app.js';
import { clientCredentials, introspect, type Registration, sendForm } from './token-service/oauth.js';
import { makeRegistrar, tokenOf } from './token-service/sign-in-as.js';

const minutes = 60_000;

/** How often, by the uses of the token. */
const rounds = { 1: times(60, 8), 2: times(20, 3), 7: times(20, 3) };
const reads = times(1_000, 100);
const ends = times(300, 50);
const limits = times(20, 4);
const suspensions = { 'PostgreSQL, three instances': times(1_000, 50) } as Readonly<Record<string, number>>;

/** What the instances of a service share: an address for each of them, and its end. */
interface Shared {
  readonly urls: readonly string[];
  remove(): Promise<void>;
}

const shares: readonly { engine: string; on: typeof describe.skip; start: () => Promise<Shared> }[] = [
  {
    engine: 'SQLite, one instance',
    on: describe,
    start: () => {
      const folder = mkdtempSync(join(tmpdir(), 'clientele-'));
      const remove = () => Promise.resolve(rmSync(folder, { recursive: true }));
      return Promise.resolve({ urls: [`sqlite:${join(folder, 'clientele.db')}`], remove });
    },
  },
  {
    engine: 'MariaDB, three instances',
    on: describeOn('mariadb'),
    start: async () => {
      const server = await startMariadb();
      return { urls: Array<string>(3).fill(server.url), remove: () => server.remove() };
    },
  },
  {
    engine: 'PostgreSQL, three instances',
    on: describeOn('postgres'),
    start: async () => {
      const server = await startPostgres();
      return { urls: Array<string>(3).fill(server.url), remove: () => server.remove() };
    },
  },
  {
    engine: 'Galera, an instance on each node',
    on: describeOn('galera'),
    start: async () => {
      const galera = await startGalera();
      return { urls: galera.nodes.map((_, turn) => rotated(galera.url, turn)), remove: () => galera.remove() };
    },
  },
];

/** The same hosts, another one first. */
const rotated = (url: string, turns: number): string =>
  url.replace(/@([^/]+)\//, (_, hosts: string) => {
    const all = hosts.split(',');
    return `@${[...all.slice(turns), ...all.slice(0, turns)].join(',')}/`;
  });

for (const { engine, on, start } of shares)
  on(`on ${engine}`, () => {
    let shared: Shared;
    let instances: Instance[];

    beforeAll(async () => {
      shared = await start();
      instances = await startInstances(
        shared.urls.map((url) => ({
          DATA_SOURCE_DEFAULT_URL: url,
          MIGRATE: 'on',
          DATA_SOURCE_DEFAULT_POOL_SIZE: '10',
        })),
      );
    }, 2 * minutes);
    afterAll(async () => {
      for (const instance of instances ?? []) await instance.remove();
      await shared?.remove();
    }, minutes);

    /** The url of an instance; one more is the next one. */
    const at = (turn: number): string => instances[turn % instances.length]!.url;

    it.each(Object.entries(rounds))(
      'makes exactly as many clients of a token as it has uses under 100 parallel calls: %s uses, %i times',
      async (of, times) => {
        const uses = Number(of);
        const sql = openSql(shared.urls[0]!);
        const clients = async () => Number((await sql.query<{ n: number }>('SELECT COUNT(*) AS n FROM clients'))[0]!.n);
        const before = await clients();
        const counts: Record<number, number> = {};
        for (let round = 0; round < times; round++) {
          const token = await initialAccessToken(at(round), { uses });
          const answers = await Promise.all(
            Array.from({ length: 100 }, (_, call) =>
              send('POST', `${at(call)}/register`, { token, json: { redirect_uris: ['https://a.example/'] } }),
            ),
          );
          for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1;
          expect(answers.filter(({ status }) => status === 201)).toHaveLength(uses);
        }
        // Who waits for a row for two seconds on a slow machine is refused with 503, and has spent nothing.
        const { 201: made = 0, 401: refused = 0, 503: late = 0, ...others } = counts;
        process.stderr.write(
          `${engine}: ${made} of ${times * 100} registered, ${refused} refused, ${late} told to wait\n`,
        );
        expect(others).toEqual({});
        expect((await clients()) - before).toBe(made);
        await sql.close();
      },
      5 * minutes,
    );

    it(
      `holds a template to its numbers under parallel calls, ${limits} times`,
      async () => {
        for (let round = 0; round < limits; round++) {
          const id = `limited-${round}`;
          const json = { id, access: { initial_access_token: true }, limits: { clients: 10, per_registrar: 7 } };
          const made = await send('POST', `${at(round)}/admin/templates`, { token: adminToken, json });
          expect(made.status).toBe(201);
          const tokens = [1, 2].map(() => initialAccessToken(at(round), { template: id, uses: 100 }));
          const [one = '', other = ''] = await Promise.all(tokens);
          const answers = await Promise.all(
            Array.from({ length: 60 }, (_, turn) =>
              patiently(() =>
                send('POST', `${at(turn)}/register`, {
                  token: turn % 2 ? one : other,
                  json: { redirect_uris: ['https://a.example/'] },
                }),
              ),
            ),
          );
          const statuses = answers.map(({ status }) => status);
          expect(statuses.filter((status) => status !== 403)).toEqual(Array<number>(10).fill(201));
          const mine = statuses.filter((status, turn) => status === 201 && turn % 2).length;
          expect(mine).toBeGreaterThanOrEqual(3);
          expect(mine).toBeLessThanOrEqual(7);
        }
      },
      5 * minutes,
    );

    it(
      `shows on one instance what another has just registered, ${reads} times`,
      async () => {
        let misses = 0;
        await inParallel(8, reads, async (turn) => {
          const { body } = await register(at(turn));
          const url = `${at(turn + 1)}/register/${body.client_id}`;
          const { status } = await send('GET', url, { token: body.registration_access_token });
          if (status !== 200) misses++;
        });
        expect(misses).toBe(0);
      },
      5 * minutes,
    );

    it(
      `lets nobody in on one instance with what another has just deleted or revoked, ${ends} times`,
      async () => {
        const late: number[] = [];
        await inParallel(8, ends, async (turn) => {
          const [here, there] = [at(turn), at(turn + 1)];
          const { body } = await register(here);
          const token = body.registration_access_token;
          await send('DELETE', `${here}/register/${body.client_id}`, { token });
          late.push((await send('GET', `${there}/register/${body.client_id}`, { token })).status);

          const { body: made } = await send('POST', `${here}/admin/initial-access-tokens`, {
            token: adminToken,
            json: { uses: 5 },
          });
          await send('DELETE', `${here}/admin/initial-access-tokens/${made.id}`, { token: adminToken });
          const json = { redirect_uris: ['https://a.example/'] };
          late.push((await send('POST', `${there}/register`, { token: made.token, json })).status);

          const { body: key } = await send('POST', `${here}/admin/api-keys`, {
            token: adminToken,
            json: { label: 'short-lived', scopes: ['tokens:read'] },
          });
          await send('DELETE', `${here}/admin/api-keys/${key.id}`, { token: adminToken });
          late.push((await send('GET', `${there}/admin/initial-access-tokens`, { token: key.token })).status);
        });
        expect(late.filter((status) => status !== 401)).toEqual([]);
        expect(late).toHaveLength(3 * ends);
      },
      5 * minutes,
    );

    it('tells a device to slow down that asks one instance after another (RFC 8628 section 3.5)', async () => {
      const grant_type = 'urn:ietf:params:oauth:grant-type:device_code';
      const json = { grant_types: [grant_type], token_endpoint_auth_method: 'none' };
      const { body: client } = await register(at(0), json);
      const { body } = await sendForm(`${at(0)}/oauth/device`, {}, client);
      const poll = (turn: number) =>
        sendForm(`${at(turn)}/oauth/token`, { grant_type, device_code: body.device_code }, client);
      const answers = await Promise.all([0, 1, 2, 0, 1, 2].map((turn) => poll(turn)));
      const told = answers.map(({ body: { error } }) => error as string).sort();
      expect(told).toEqual(['authorization_pending', ...Array<string>(5).fill('slow_down')]);
    });

    const suspended = suspensions[engine] ?? times(100, 10);
    it(
      `lets nobody in on one instance whom another has just suspended, ${suspended} times`,
      async () => {
        const asking = await makeRegistrar({ url: at(0) });
        const missed: unknown[] = [];
        const all = await Promise.all(Array.from({ length: 8 }, () => makeRegistrar({ url: at(0) })));
        await inParallel(8, suspended, async (turn) => {
          const [here, there] = [at(turn), at(turn + 1)];
          // One client for each caller, who suspends and resumes it in turn.
          const client = all.pop()!;
          const token = await tokenOf({ url: here }, client);
          await setStatus(here, client, 'suspended');
          const outcomes = {
            token: (await clientCredentials(there, client, { scope: 'dcr' })).body.error,
            introspection: (await introspect(there, asking, token)).body,
            registration: (await send('POST', `${there}/register`, { token, json: webClient })).status,
            ...(await lookedUp(there, client)),
          };
          const isRefused = JSON.stringify(outcomes) === JSON.stringify(refusedEverywhere);
          if (!isRefused) missed.push(outcomes);
          await setStatus(here, client, 'active');
          all.push(client);
        });
        expect(missed).toEqual([]);
      },
      10 * minutes,
    );
  });

for (const [engine, start] of [
  ['mariadb', startMariadb],
  ['postgres', startPostgres],
] as const)
  describeOn(engine)(`ten instances that start together on an empty database of ${engine}`, () => {
    it(
      'all come up, and one of them has migrated',
      async () => {
        const server = await start();
        const instances = await Promise.all(
          Array.from({ length: 10 }, () => Instance.start({ DATA_SOURCE_DEFAULT_URL: server.url, MIGRATE: 'on' })),
        );
        try {
          await Promise.all(instances.map((instance) => instance.ready()));
          const sql = openSql(server.url);
          expect((await sql.query('SELECT name FROM migrations')).length).toBe(1);
          await sql.close();
          expect((await register(instances[9]!.url)).status).toBe(201);
        } finally {
          for (const instance of instances) await instance.remove();
          await server.remove();
        }
      },
      3 * minutes,
    );
  });

/** What a client meets that is suspended. */
const refusedEverywhere = {
  token: 'invalid_client',
  introspection: { active: false },
  registration: 401,
  status: 'suspended',
  authenticated: false,
};

async function setStatus(url: string, { client_id }: Registration, status: string): Promise<void> {
  const address = `${url}/admin/clients/${client_id}`;
  const answer = await patiently(() => send('PATCH', address, { token: adminToken, json: { status } }));
  expect([answer.status, answer.body.status]).toEqual([200, status]);
}

async function lookedUp(url: string, { client_id, client_secret }: Registration) {
  const address = `${url}/lookup/clients/${client_id}`;
  const asked = { token: adminToken, json: { client_secret } };
  const { status } = (await send('GET', address, { token: adminToken })).body;
  const { authenticated } = (await send('POST', `${address}/authenticate`, asked)).body;
  return { status, authenticated };
}

async function inParallel(callers: number, times: number, work: (turn: number) => Promise<void>): Promise<void> {
  let turn = 0;
  await Promise.all(
    Array.from({ length: callers }, async () => {
      while (turn < times) await work(turn++);
    }),
  );
}
