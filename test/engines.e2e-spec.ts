import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type DatabaseServer, describeOn, startMariadb, startPostgres } from './support/databases.js';
import { initialAccessToken, register, send, webClient } from './support/http.js';
import { startApp, type TestApp } from './support/test-app.js';
import { NAMED_DATA_SOURCES } from '../src/data-sources/data-sources.service.js';

const engines = [
  ['mariadb', startMariadb],
  ['postgres', startPostgres],
] as const;

for (const [engine, start] of engines)
  describeOn(engine)(`on ${engine}`, () => {
    let server: DatabaseServer;
    let app: TestApp;

    beforeAll(async () => {
      server = await start();
      app = await startApp({ DATA_SOURCE_DEFAULT_URL: server.url, MIGRATE: 'on' });
    }, 60_000);
    afterAll(async () => {
      await app?.close();
      await server?.remove();
    });

    it('has the schema that the entities describe', async () => {
      const [{ dataSource }] = app.app.get(NAMED_DATA_SOURCES);
      const drift = await dataSource.driver.createSchemaBuilder().log();
      expect(drift.upQueries.map(({ query }: { query: string }) => query)).toEqual([]);
    });

    it('registers, reads, replaces and deletes', async () => {
      const made = await register(app.url, { client_name: 'Wetter 🌦', redirect_uris: ['https://app.example/cb'] });
      expect(made.status).toBe(201);
      const token = made.body.registration_access_token;
      const url = made.body.registration_client_uri;
      expect((await send('GET', url, { token })).body.client_name).toBe('Wetter 🌦');
      const json = { client_id: made.body.client_id, redirect_uris: ['https://app.example/other'] };
      expect((await send('PUT', url, { token, json })).status).toBe(200);
      expect((await send('DELETE', url, { token })).status).toBe(204);
      expect((await send('GET', url, { token })).status).toBe(401);
    });

    it('makes one client from a one-use token under 100 parallel calls', async () => {
      for (let round = 0; round < 5; round++) {
        const token = await initialAccessToken(app.url);
        const answers = await Promise.all(
          Array.from({ length: 100 }, () =>
            send('POST', `${app.url}/register`, { token, json: { redirect_uris: ['https://a.example/'] } }),
          ),
        );
        const counts = answers
          .map(({ status }) => status)
          .reduce<Record<number, number>>((all, one) => ({ ...all, [one]: (all[one] ?? 0) + 1 }), {});
        expect(counts).toEqual({ 201: 1, 401: 99 });
      }
    });

    it('refuses within 2 s while the database is gone, says so, and heals by itself', async () => {
      const token = await initialAccessToken(app.url, { uses: 10 });
      const attempt = () => send('POST', `${app.url}/register`, { token, json: webClient });
      expect((await attempt()).status).toBe(201);
      await server.kill();
      for (let tries = 0; tries < 5; tries++) {
        const begun = Date.now();
        const refused = await attempt();
        expect(Date.now() - begun).toBeLessThan(2_500);
        expect(refused).toMatchObject({ status: 503, body: { error: 'temporarily_unavailable' } });
        expect(refused.headers.get('retry-after')).toBe('2');
      }
      const { status, body } = await send('GET', `${app.url}/health/ready`);
      expect(status).toBe(503);
      expect(body.error_description).toBe('these data sources do not answer: default');
      expect((await send('GET', `${app.url}/health/live`)).status).toBe(200);

      await server.start();
      const healed = await until(attempt, ({ status }) => status === 201);
      expect(healed.status).toBe(201);
      expect((await send('GET', `${app.url}/health/ready`)).status).toBe(200);
    });

    it('starts while the database is down, and is ready when it comes', async () => {
      await server.kill();
      const early = await startApp({ DATA_SOURCE_DEFAULT_URL: server.url });
      try {
        expect((await send('GET', `${early.url}/health/ready`)).status).toBe(503);
        expect((await send('GET', `${early.url}/.well-known/openid-configuration`)).status).toBe(200);
        await server.start();
        const ready = await until(
          () => send('GET', `${early.url}/health/ready`),
          ({ status }) => status === 200,
        );
        expect(ready.status).toBe(200);
      } finally {
        await early.close();
      }
    });
  });

/** Asks again until the answer is as wished, for ten seconds at most. */
async function until<T>(ask: () => Promise<T>, isWished: (answer: T) => boolean): Promise<T> {
  for (const end = Date.now() + 10_000; ; await wait(100)) {
    const answer = await ask();
    if (isWished(answer) || Date.now() > end) return answer;
  }
}
