import { randomBytes, randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Clock } from '../src/clock.js';
import { IdempotencyKeys } from '../src/dynamic-clients/idempotency-keys.js';
import { failure, information, keyPair, refusal } from './support/builders.js';
import { count, dump, eventsOf, filesOf } from './support/database.js';
import { describeOn, startMariadb, startPostgres } from './support/databases.js';
import { type Answer, initialAccessToken, patiently, send, sendAtOnce, sendRaw, webClient } from './support/http.js';
import { adminToken, startApp, type TestApp } from './support/test-app.js';
import { createDatabase } from './support/test-database.js';

const day = 86_400;
const other = { ...webClient, client_name: 'Climate' };

interface Asking {
  readonly token: string;
  readonly key?: string;
  readonly json?: object;
}

const asHeader = (key?: string): string[] => (key === undefined ? [] : ['Idempotency-Key', key]);

const ask = ({ url }: TestApp, { token, key, json = webClient }: Asking): Promise<Answer> =>
  send('POST', `${url}/register`, {
    token,
    json,
    headers: Object.fromEntries(key === undefined ? [] : [['idempotency-key', key]]),
  });

/** Sends a whole registration, and is gone after a number of milliseconds, whether it was answered or not. */
function askAndVanish(app: TestApp, { token, key, json = webClient }: Asking, after: number): Promise<void> {
  const body = JSON.stringify(json);
  const head = ['POST /register HTTP/1.1', `Authorization: Bearer ${token}`, `Idempotency-Key: ${key}`];
  const lines = [...head, 'Content-Type: application/json', `Content-Length: ${Buffer.byteLength(body)}`, '', body];
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(app.url).port), '127.0.0.1');
    socket.on('error', reject).on('close', () => resolve());
    socket.write(lines.join('\r\n'), () => void wait(after).then(() => socket.destroy()));
  });
}

/** Expects every answer to be the same as the first one in all that a caller can read. */
function expectSame(first: Answer, answers: readonly Answer[]): void {
  const read = ({ status, text, headers }: Answer) =>
    [status, headers.get('etag'), headers.get('content-type'), headers.get('cache-control'), text].join('\n');
  expect(first.status).toBe(201);
  expect(first.headers.get('etag')).toBe('"1"');
  expect([...new Set(answers.map(read))]).toEqual([read(first)]);
}

const engines = [
  ['sqlite', undefined],
  ['mariadb', startMariadb],
  ['postgres', startPostgres],
] as const;

for (const [engine, start] of engines)
  (engine === 'sqlite' ? describe : describeOn(engine))(`Idempotency-Key on ${engine}`, () => {
    let server: Awaited<ReturnType<NonNullable<typeof start>>> | undefined;
    let app: TestApp;
    let token: string;

    beforeAll(async () => {
      server = await start?.();
      app = await startApp(server && { DATA_SOURCE_DEFAULT_URL: server.url, MIGRATE: 'on' });
      token = await initialAccessToken(app.url, { uses: 100_000, expires_in: 10 * day });
    });
    afterAll(async () => {
      await app?.close();
      await server?.remove();
    });
    afterEach(() => {
      jest.restoreAllMocks();
    });

    const clients = () => count(app, 'clients');

    it('gives the same client and the same answer for the same key and body', async () => {
      const key = randomUUID();
      const before = await clients();
      const first = await ask(app, { token, key });
      expect(first.body).toEqual(information(app.url, webClient));
      expectSame(first, [await ask(app, { token, key }), await ask(app, { token, key })]);
      expect(await clients()).toBe(before + 1);
      expect(await eventsOf(app, first.body.client_id)).toMatchObject([{ action: 'client.registered' }]);
      const { registration_client_uri: url, registration_access_token } = first.body;
      expect((await send('GET', url, { token: registration_access_token })).status).toBe(200);
    });

    it('gives another client without a key, or with another one', async () => {
      const answers = await Promise.all(
        [undefined, undefined, 'a', 'A', 'a ', 'aa', '"A "'].map((key) => ask(app, { token, key })),
      );
      // The blank at the end is not part of the header; in a string it is.
      expect(new Set(answers.map(({ body }) => body.client_id)).size).toBe(6);
    });

    it('takes a key as bare text or as a string of structured fields', async () => {
      const key = randomUUID();
      expectSame(await ask(app, { token, key }), [await ask(app, { token, key: `"${key}"` })]);
    });

    it('spends one use of the token, and answers also when it was the last one', async () => {
      const made = await send('POST', `${app.url}/admin/initial-access-tokens`, { token: adminToken, json: {} });
      const once = { token: made.body.token, key: randomUUID() };
      const first = await ask(app, once);
      const state = await send('GET', `${app.url}/admin/initial-access-tokens/${made.body.id}`, { token: adminToken });
      expect(state.body).toMatchObject({ status: 'spent', uses: 1, uses_left: 0 });
      expectSame(first, [await ask(app, once), await ask(app, once)]);
      expect(await ask(app, { ...once, json: other })).toMatchObject({
        status: 422,
        body: failure('idempotency_key_reused'),
      });
      for (const key of [undefined, randomUUID(), ''])
        expect(await ask(app, { ...once, key })).toMatchObject({ status: 401, body: failure('invalid_token') });
    });

    it('refuses another body under the same key, and changes nothing by it', async () => {
      const key = randomUUID();
      const first = await ask(app, { token, key });
      const before = await clients();
      for (const json of [other, {}, { ...webClient, unknown: 1 }, { redirect_uris: 'wrong' }]) {
        const refused = await ask(app, { token, key, json });
        expect(refused).toMatchObject({ status: 422, body: failure('idempotency_key_reused') });
      }
      expect(await clients()).toBe(before);
      expectSame(first, [await ask(app, { token, key })]);
    });

    it('takes the same JSON in another order and spacing as the same body', async () => {
      const key = randomUUID();
      const first = await ask(app, { token, key, json: { ...webClient, jwks: { keys: [{ b: 1, ...ec, a: 2 }] } } });
      const body = `{ "jwks": ${JSON.stringify({ keys: [{ a: 2, ...ec, b: 1 }] })},\n "redirect_uris": ${JSON.stringify(
        webClient.redirect_uris,
      )}, "client_name": "We\\u0061ther" }`;
      const headers = { 'content-type': 'application/json', 'idempotency-key': key };
      expectSame(first, [await send('POST', `${app.url}/register`, { token, body, headers })]);
    });

    it('is a key of its registrar only', async () => {
      const key = randomUUID();
      const [mine, theirs] = [await ask(app, { token, key }), await ask(app, { token: await aToken(app), key })];
      expect([mine.status, theirs.status]).toEqual([201, 201]);
      expect(theirs.body.client_id).not.toBe(mine.body.client_id);
    });

    it('answers as before when the client was replaced or deleted since', async () => {
      const key = randomUUID();
      const first = await ask(app, { token, key });
      const { registration_client_uri: url, registration_access_token: own, client_id } = first.body;
      const json = { client_id, redirect_uris: ['https://app.example/other'] };
      expect((await send('PUT', url, { token: own, json })).status).toBe(200);
      expectSame(first, [await ask(app, { token, key })]);
      expect((await send('DELETE', url, { token: own })).status).toBe(204);
      expectSame(first, [await ask(app, { token, key })]);
      expect((await send('GET', url, { token: own })).status).toBe(401);
    });

    it('keeps an answer as large as they come', async () => {
      const key = randomUUID();
      const redirect_uris = Array.from({ length: 100 }, (_, at) => `https://app.example/${at}/${'x'.repeat(600)}`);
      const first = await ask(app, { token, key, json: { client_name: '🌦 "\\', redirect_uris } });
      expect(first.text.length).toBeGreaterThan(60_000);
      expectSame(first, [await ask(app, { token, key, json: { client_name: '🌦 "\\', redirect_uris } })]);
    });

    it('remembers no refusal: the key is still free', async () => {
      const [key, once] = [randomUUID(), await aToken(app)];
      for (let tries = 0; tries < 2; tries++) {
        const refused = await ask(app, { token: once, key, json: {} });
        expect(refused.body).toEqual(refusal('redirect_uris', 'invalid_redirect_uri'));
      }
      expectSame(await ask(app, { token: once, key }), [await ask(app, { token: once, key })]);
    });

    it('makes one client of 50 calls at once, and gives all of them its answer', async () => {
      for (const uses of [1, 1, 60, 5_000]) {
        const [key, many] = [randomUUID(), await initialAccessToken(app.url, { uses })];
        const before = await clients();
        const answers = await sendAtOnce(50, () => ({ ...registration(app, many), more: asHeader(key) }));
        expectSame(answers[0]!, answers);
        expect(await clients()).toBe(before + 1);
      }
    });

    it('makes one client of calls at once with two bodies, and refuses one of them', async () => {
      const key = randomUUID();
      const before = await clients();
      const answers = await sendAtOnce(30, (turn) => ({
        ...registration(app, token, turn % 2 === 0 ? webClient : other),
        more: asHeader(key),
      }));
      expect(await clients()).toBe(before + 1);
      const [won, lost] = [201, 422].map((status) => answers.filter((answer) => answer.status === status));
      expect([won!.length, lost!.length]).toEqual([15, 15]);
      expectSame(won![0]!, won!);
      expect(lost![0]!.body).toEqual(failure('idempotency_key_reused'));
    });

    it('forgets after 24 hours: the key is free again', async () => {
      const key = randomUUID();
      const now = Math.floor(Date.now() / 1000);
      const clock = jest.spyOn(app.app.get(Clock), 'now').mockReturnValue(now);
      const first = await ask(app, { token, key });
      clock.mockReturnValue(now + day - 1);
      expectSame(first, [await ask(app, { token, key })]);
      clock.mockReturnValue(now + day);
      const before = await clients();
      const answers = await sendAtOnce(20, () => ({ ...registration(app, token, other), more: asHeader(key) }));
      expectSame(answers[0]!, answers);
      expect(answers[0]!.body.client_id).not.toBe(first.body.client_id);
      expect(await clients()).toBe(before + 1);
      expect((await ask(app, { token, key })).status).toBe(422);
    });

    it('answers nobody with a token that was revoked or has expired, nor after 24 hours with a spent one', async () => {
      const made = await send('POST', `${app.url}/admin/initial-access-tokens`, { token: adminToken, json: {} });
      const revoked = { token: made.body.token, key: randomUUID() };
      const expired = { token: await initialAccessToken(app.url, { uses: 2, expires_in: 3600 }), key: randomUUID() };
      const spent = { token: await initialAccessToken(app.url, { expires_in: 10 * day }), key: randomUUID() };
      for (const call of [revoked, expired, spent]) expect((await ask(app, call)).status).toBe(201);
      await send('DELETE', `${app.url}/admin/initial-access-tokens/${made.body.id}`, { token: adminToken });
      expect(await ask(app, revoked)).toMatchObject({ status: 401, body: failure('invalid_token') });
      const now = Math.floor(Date.now() / 1000);
      const clock = jest.spyOn(app.app.get(Clock), 'now').mockReturnValue(now + 3600);
      expect(await ask(app, expired)).toMatchObject({ status: 401, body: failure('invalid_token') });
      expect((await ask(app, spent)).status).toBe(201);
      clock.mockReturnValue(now + day + 60);
      expect(await ask(app, spent)).toMatchObject({ status: 401, body: failure('invalid_token') });
    });

    it('sweeps what has expired and nothing else', async () => {
      const [old, young] = [randomUUID(), randomUUID()];
      const now = Math.floor(Date.now() / 1000);
      const clock = jest.spyOn(app.app.get(Clock), 'now').mockReturnValue(now);
      await Promise.all(Array.from({ length: 120 }, (_, n) => ask(app, { token, key: `${old}-${n}` })));
      clock.mockReturnValue(now + day / 2);
      const first = await ask(app, { token, key: young });
      const before = await count(app, 'idempotency_keys');
      const alive = await count(app, 'idempotency_keys', `expires_at > ${now + day}`);
      clock.mockReturnValue(now + day);
      await app.app.get(IdempotencyKeys).sweep();
      expect(before - alive).toBeGreaterThanOrEqual(120);
      expect(await count(app, 'idempotency_keys')).toBe(alive);
      expectSame(first, [await ask(app, { token, key: young })]);
    });

    it('is stored as a digest, and its answer sealed', async () => {
      const key = randomUUID();
      const { body } = await ask(app, { token, key });
      await ask(app, { token, key });
      const stored = [await dump(app), ...(engine === 'sqlite' ? [filesOf(app)] : [])];
      for (const text of [key, body.client_secret, body.registration_access_token, token])
        for (const place of stored) expect(place.includes(text)).toBe(false);
      expect(stored.every((place) => place.includes(body.client_id))).toBe(true);
    });

    describe('that is malformed', () => {
      const malformed = failure('invalid_request');

      it.each([
        ...[[['']], [['two words']], [['a,\tb']], [['"open']], [['""']], [['ä']], [['x'.repeat(256)]], [['"a";b=1']]],
        ...[[['a', 'a']], [['a', 'b']]],
      ] as [string[]][])('is refused in words, and nothing is stored: %j', async (keys) => {
        const before = await clients();
        const refused = await raw(keys.flatMap((key) => asHeader(Buffer.from(key).toString('latin1'))));
        expect(refused).toMatchObject({ status: 400, body: malformed });
        expect(refused.body.error_description).toMatch(/^Idempotency-Key must be sent once/);
        expect(await clients()).toBe(before);
      });

      it('is judged after token, media type, size and text of the body, and before what is in it', async () => {
        const bad = asHeader('two words');
        expect((await raw(bad, { bearer: 'ciat_unknown' })).status).toBe(401);
        expect((await raw(bad, { type: 'text/plain' })).status).toBe(415);
        expect((await raw(bad, { body: 'x'.repeat(70_000) })).status).toBe(413);
        expect((await raw(bad, { body: '{' })).body).toEqual(failure('invalid_client_metadata'));
        expect((await raw(bad, { body: '{}' })).body).toEqual(malformed);
      });
    });

    it('does not let a spent token further than its answer', async () => {
      const [once, key] = [await aToken(app), randomUUID()];
      expect((await ask(app, { token: once, key })).status).toBe(201);
      const known = asHeader(key);
      const spent = { bearer: once };
      for (const headers of [[], asHeader(randomUUID()), asHeader('two words'), [...known, ...known]])
        for (const type of ['application/json', 'text/plain'])
          expect(await raw(headers, { ...spent, type })).toMatchObject({ status: 401, body: failure('invalid_token') });
      expect((await raw(known, { ...spent, type: 'text/plain' })).status).toBe(415);
      expect((await raw(known, { ...spent, body: 'x'.repeat(70_000) })).status).toBe(413);
      expect((await raw(known, { ...spent, body: '{' })).body).toEqual(failure('invalid_client_metadata'));
      expect((await raw(known, { ...spent, body: '{}' })).status).toBe(422);
      expect((await raw(known, spent)).status).toBe(201);
    });

    it('makes one client each of 200 calls that lost their answer and asked again, together too', async () => {
      const before = await clients();
      const found = new Set<string>();
      for (let round = 0; round < 10; round++)
        await Promise.all(
          Array.from({ length: 20 }, async (_, turn) => {
            const call = { token: turn % 4 === 0 ? await aToken(app) : token, key: randomUUID() };
            // Some are gone before they are judged, some while they are, some after they were answered.
            await askAndVanish(app, call, 10 * turn);
            const again = await Promise.all(
              Array.from({ length: 1 + (turn % 4) }, () => patiently(() => ask(app, call))),
            );
            expectSame(again[0]!, again);
            expectSame(again[0]!, [await patiently(() => ask(app, call))]);
            found.add(again[0]!.body.client_id);
          }),
        );
      expect(found.size).toBe(200);
      // A new connection is accepted after all that were made before it, also after those whose caller is gone.
      expect((await raw([], { body: '{' })).status).toBe(400);
      await wait(250);
      expect(await clients()).toBe(before + 200);
    });

    const raw = (
      headers: readonly string[],
      { bearer = token, type = 'application/json', body = JSON.stringify(webClient) } = {},
    ) =>
      sendRaw('POST', `${app.url}/register`, {
        headers: ['Authorization', `Bearer ${bearer}`, 'Content-Type', type, ...headers],
        body,
      });
  });

describe('Idempotency-Key when SECRET_KEY is rotated', () => {
  it('still gives the answer that an older key in the list has sealed', async () => {
    const database = await createDatabase();
    const [older, newer] = [0, 1].map(() => randomBytes(32).toString('base64url')) as [string, string];
    const key = randomUUID();
    const before = await startApp({ SECRET_KEY: older }, database);
    const call = { token: await aToken(before), key };
    const first = await ask(before, call);
    await before.close();
    const after = await startApp({ SECRET_KEY: `${newer},${older}` }, database);
    expectSame(first, [await ask(after, call), await ask(after, call)]);
    expect((await ask(after, { ...call, json: other })).status).toBe(422);
    expect(await count(after, 'clients')).toBe(1);
    await after.close();
    await database.drop();
  });
});

const ec = keyPair().publicKey;

const aToken = ({ url }: TestApp) => initialAccessToken(url);

const registration = ({ url }: TestApp, token: string, json: object = webClient) => ({
  method: 'POST',
  url: `${url}/register`,
  token,
  json,
});
