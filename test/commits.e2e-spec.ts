import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { times } from './support/counts.js';
import { type DatabaseServer, describeOn, startMariadb, startPostgres } from './support/databases.js';
import { type Fault, FaultProxy } from './support/fault-proxy.js';
import { initialAccessToken, send } from './support/http.js';
import { type Instance, startInstances } from './support/instance.js';
import { openSql, type Sql } from './support/sql.js';

const minutes = 60_000;
const rounds = times(100, 20);

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
  });
