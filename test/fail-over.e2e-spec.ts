import { setTimeout as wait } from 'node:timers/promises';
import { expect, it } from '@jest/globals';
import { query } from './support/database.js';
import { type DatabaseServer, startServer } from './support/database-servers.js';
import { describeOn } from './support/databases.js';
import { freePort } from './support/free-port.js';
import { startGalera } from './support/galera.js';
import { register, send } from './support/http.js';
import { openSql } from './support/sql.js';
import { startApp, type TestApp } from './support/test-app.js';

/** How long it may take until another host answers, on a machine with other work. */
const patience = 10_000;

/** Registers again while the answer is 503, and tells all answers. */
async function registerPersistently(app: TestApp): Promise<number[]> {
  const statuses: number[] = [];
  for (const end = Date.now() + patience; Date.now() < end; await wait(50)) {
    statuses.push((await register(app.url).catch(() => ({ status: 503 }))).status);
    if (statuses.at(-1) === 201) break;
  }
  return statuses;
}

/** A token that could not be made lets nobody in: 401. */
async function expectFailOver(app: TestApp, kill: () => Promise<void>): Promise<void> {
  expect((await register(app.url)).status).toBe(201);
  await kill();
  const statuses = await registerPersistently(app);
  expect(statuses.at(-1)).toBe(201);
  expect(statuses.every((status) => [201, 503, 401].includes(status))).toBe(true);
  expect((await send('GET', `${app.url}/health/ready`)).status).toBe(200);
}

for (const engine of ['mariadb', 'postgres'] as const)
  describeOn(engine)(`an address with several hosts of ${engine}`, () => {
    it('is served by the first that answers, and by the next when that one is gone', async () => {
      const servers: DatabaseServer[] = [await startServer(engine), await startServer(engine)];
      const [first, second] = servers as [DatabaseServer, DatabaseServer];
      const hosts = (...ports: number[]) =>
        first.url.replace(`127.0.0.1:${first.port}`, ports.map((port) => `127.0.0.1:${port}`).join(','));
      try {
        for (const { url } of servers) await (await startApp({}, { url, drop: () => Promise.resolve() })).close();
        const url = hosts(await freePort(), first.port, second.port);
        const app = await startApp({}, { url, drop: () => Promise.resolve() });
        try {
          for (const end = Date.now() + patience; Date.now() < end; await wait(100))
            if ((await send('GET', `${app.url}/health/ready`)).status === 200) break;
          await expectFailOver(app, () => first.kill());
        } finally {
          await app.close();
        }
      } finally {
        for (const server of servers) await server.remove();
      }
    });

    it('is served by the next host when one only reads, and no longer by the connections to that one', async () => {
      const servers: DatabaseServer[] = [await startServer(engine), await startServer(engine)];
      const [first, second] = servers as [DatabaseServer, DatabaseServer];
      const own = (url: string) => url.replace(/clientele:[^@]*@/, 'program:secret@');
      try {
        for (const { url } of servers) {
          await (await startApp({}, { url, drop: () => Promise.resolve() })).close();
          // Whoever may do everything may write in spite of it.
          if (engine === 'mariadb')
            await run(
              url.replace(/clientele:[^@]*@/, 'root@'),
              "CREATE USER program@'127.0.0.1' IDENTIFIED BY 'secret'",
              'GRANT ALL ON registry.* TO program@"127.0.0.1"',
            );
        }
        const url = own(first.url).replace(`:${first.port}`, `:${first.port},127.0.0.1:${second.port}`);
        const app = await startApp({}, { url, drop: () => Promise.resolve() });
        const registerTogether = async () =>
          (await Promise.all(Array.from({ length: 8 }, () => register(app.url).catch(() => ({ status: 503 }))))).map(
            ({ status }) => status,
          );
        try {
          expect(await registerTogether()).toEqual(Array(8).fill(201));
          await run(first.url, ...makeReadOnly[engine]);
          const statuses = await registerPersistently(app);
          expect(statuses.at(-1)).toBe(201);
          await registerTogether();
          expect(await registerTogether()).toEqual(Array(8).fill(201));
          expect((await send('GET', `${app.url}/health/ready`)).status).toBe(200);
        } finally {
          await app.close();
        }
      } finally {
        for (const server of servers) await server.remove();
      }
    });
  });

const makeReadOnly = {
  mariadb: ['SET GLOBAL read_only = 1'],
  postgres: ['ALTER SYSTEM SET default_transaction_read_only = on', 'SELECT pg_reload_conf()'],
};

async function run(url: string, ...statements: string[]): Promise<void> {
  const sql = openSql(url);
  for (const statement of statements) await sql.query(statement);
  await sql.close();
}

describeOn('galera')('an address with the nodes of a Galera cluster', () => {
  it('is served by the next node when one is gone, and reads wait for what other nodes acknowledged', async () => {
    const galera = await startGalera();
    try {
      const app = await startApp({}, { url: galera.url, drop: () => Promise.resolve() });
      try {
        expect(await query(app, 'SELECT @@SESSION.wsrep_sync_wait AS mask')).toEqual([{ mask: '1' }]);
        await expectFailOver(app, () => galera.nodes[0]!.kill());
        expect(await query(app, 'SELECT @@SESSION.wsrep_sync_wait AS mask')).toEqual([{ mask: '1' }]);
      } finally {
        await app.close();
      }
    } finally {
      await galera.remove();
    }
  }, 180_000);
});
