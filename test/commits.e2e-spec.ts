import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { times } from './support/counts.js';
import { type DatabaseServer, describeOn, startMariadb, startPostgres } from './support/databases.js';
import { type Fault, FaultProxy } from './support/fault-proxy.js';
import { initialAccessToken, patiently, send } from './support/http.js';
import { type Instance, startInstances } from './support/instance.js';
import { openSql, type Sql } from './support/sql.js';

const minutes = 60_000;
const rounds = times(100, 20);
const crowds = times(20, 2);
const callers = 10;

for (const [engine, protocol, start] of [
  ['mariadb', 'mysql', startMariadb],
  ['postgres', 'postgres', startPostgres],
] as const)
  describeOn(engine)(`a connection to ${engine} that is cut at COMMIT`, () => {
    let server: DatabaseServer;
    let proxy: FaultProxy;
    let instance: Instance;
    let sql: Sql;

    beforeAll(async () => {
      server = await start();
      proxy = await FaultProxy.before(protocol, server.port);
      const url = server.url.replace(`:${server.port}/`, `:${proxy.port}/`);
      [instance] = (await startInstances([{ DATA_SOURCE_DEFAULT_URL: url, MIGRATE: 'on' }])) as [Instance];
      sql = openSql(server.url);
    }, 2 * minutes);
    afterAll(async () => {
      await sql?.close();
      await instance?.remove();
      await proxy?.close();
      await server?.remove();
    }, minutes);

    const count = async (table: string, condition: string): Promise<number> => {
      const [row] = await sql.query<{ n: number }>(`SELECT COUNT(*) AS n FROM ${table} WHERE ${condition}`);
      return Number(row!.n);
    };

    it.each<Fault>(['cut the answer', 'cut the question'])(
      `makes no duplicate and tells nothing wrong: %s, ${rounds} times each for a registration, a replacement and a deletion`,
      async (fault) => {
        const token = await initialAccessToken(instance.url, { uses: 100_000 });
        const before = proxy.cuts;
        for (let round = 0; round < rounds; round++) {
          const json = { client_name: `${fault} ${round}`, redirect_uris: ['https://a.example/'] };
          proxy.arm(fault);
          const made = await send('POST', `${instance.url}/register`, { token, json });
          expect(made.status).toBe(201);
          const { client_id, registration_access_token } = made.body;
          const own = { token: registration_access_token };
          const url = `${instance.url}/register/${client_id}`;
          expect((await send('GET', url, own)).body.client_name).toBe(json.client_name);

          proxy.arm(fault);
          const replaced = await send('PUT', url, {
            ...own,
            json: { ...json, client_id, client_uri: 'https://a.example/' },
          });
          expect(replaced.status).toBe(200);
          expect((await send('GET', url, own)).body.client_uri).toBe('https://a.example/');

          proxy.arm(fault);
          expect((await send('DELETE', url, own)).status).toBe(204);
          expect((await send('GET', url, own)).status).toBe(401);
          expect(await count('audit_events', `client_id = '${client_id}'`)).toBe(3);
        }
        expect(proxy.cuts - before).toBe(3 * rounds);
        const [{ used }] = (await sql.query<{ used: number }>(
          'SELECT SUM(used) AS used FROM initial_access_token_uses',
        )) as [{ used: number }];
        expect(Number(used)).toBe(await count('clients', '1 = 1'));
        expect(Number(used) % rounds).toBe(0);
      },
      5 * minutes,
    );

    /** Waits until the answers to all COMMITs of a crowd are kept, or as long as the program waits for them. */
    const allKept = async (before: number): Promise<void> => {
      for (const end = Date.now() + 1_200; proxy.kept < before + callers && Date.now() < end;) await wait(5);
    };

    it.each<[string, Fault, () => Promise<void>]>([
      ['a connection that is cut', 'cut the answer', () => Promise.resolve()],
      [
        'a database that is gone',
        'keep the answer',
        async () => {
          await allKept(proxy.kept);
          proxy.leave();
          await wait(2_000);
          proxy.comeBack();
        },
      ],
      [
        'kill -9 of the program',
        'keep the answer',
        async () => {
          await allKept(proxy.kept);
          await instance.end('SIGKILL');
          proxy.disarm();
          instance.start();
          await instance.ready();
        },
      ],
    ])(
      `gives the answer that was lost after COMMIT by %s to the same Idempotency-Key, ${crowds * callers} times, ${callers} at once`,
      async (what, fault, lose) => {
        const token = await initialAccessToken(instance.url, { uses: 100_000 });
        const url = `${instance.url}/register`;
        const json = { client_name: `lost by ${what}`, redirect_uris: ['https://a.example/'] };
        const ask = (key: string) => send('POST', url, { token, json, headers: { 'idempotency-key': key } });
        const before = proxy.cuts + proxy.kept;
        let lost = 0;
        for (let crowd = 0; crowd < crowds; crowd++) {
          proxy.arm(fault, callers);
          const keys = Array.from({ length: callers }, () => randomUUID());
          const first = keys.map((key) => ask(key).catch(() => undefined));
          await lose();
          for (const [turn, given] of (await Promise.all(first)).entries()) {
            const again = () => patiently(() => ask(keys[turn]!));
            const answers = await Promise.all(Array.from({ length: 1 + (turn % 3) }, again));
            if (given?.status === 201) answers.push(given);
            else lost++;
            expect(answers[0]!.status).toBe(201);
            expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
          }
          proxy.disarm();
        }
        const stored = `metadata LIKE '%${json.client_name}%'`;
        expect(await count('clients', stored)).toBe(crowds * callers);
        process.stderr.write(
          `${engine}, ${what}: ${proxy.cuts + proxy.kept - before} answers lost after COMMIT, ${lost} to callers\n`,
        );
        // On a slow machine not every COMMIT is reached in time.
        expect(proxy.cuts + proxy.kept - before).toBeGreaterThan((crowds * callers) / 2);
      },
      10 * minutes,
    );
  });
