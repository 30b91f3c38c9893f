import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from '../src/clients/client.entity.js';
import { dataSourceOf } from './support/database.js';
import { type DatabaseServer, type ServerEngine, startServer } from './support/database-servers.js';
import { initialAccessToken, register, send, webClient } from './support/http.js';
import { startApp, type TestApp } from './support/test-app.js';
import type { TestDatabase } from './support/test-database.js';

describe('on a database server', () => {
  let server: DatabaseServer;
  let database: TestDatabase;
  let app: TestApp;

  // A server of its own, since it is killed.
  beforeAll(async () => {
    server = await startServer(engine as ServerEngine);
    database = { url: server.url, drop: () => server.remove() };
    app = await startApp({}, database);
  });
  afterAll(async () => {
    await app?.close();
    await server?.remove();
  });

  it('has the schema that the entities describe', async () => {
    const drift = await dataSourceOf(app).driver.createSchemaBuilder().log();
    expect(drift.upQueries.map(({ query }) => query)).toEqual([]);
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

  it('sees in a transaction what others have committed meanwhile', async () => {
    const runner = dataSourceOf(app).createQueryRunner();
    await runner.startTransaction();
    const before = await runner.manager.count(Client);
    await register(app.url, webClient);
    expect(await runner.manager.count(Client)).toBe(before + 1);
    await runner.rollbackTransaction();
    await runner.release();
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

  it('lets 100 registrations wait in line for its ten connections', async () => {
    const token = await initialAccessToken(app.url, { uses: 1000 });
    const answers = await Promise.all(
      Array.from({ length: 100 }, () => send('POST', `${app.url}/register`, { token, json: webClient })),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(100).fill(201));
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
    const early = await startApp({}, database);
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
