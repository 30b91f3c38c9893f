import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { aSecret, plainText } from '../support/builders.js';
import { eventsOf } from '../support/database.js';
import { type Answer, initialAccessToken, send } from '../support/http.js';
import { saveTemplate } from '../support/templates.js';
import { adminToken, startApp, type TestApp } from '../support/test-app.js';
import { example } from './portal.js';

let program: TestApp;
let url: string;
let token: string;
let otherToken: string;

beforeAll(async () => {
  program = await startApp({ SCOPES: 'orders:read', REQUIRE_IF_MATCH: 'on' });
  url = `${program.url}/portals/gloo/gloo/applications`;
  await saveTemplate(program, example('gloo'));
  token = await initialAccessToken(program.url, { template: 'gloo', uses: 1000, manages: true });
  otherToken = await initialAccessToken(program.url, { template: 'gloo', uses: 10, manages: true });
});
afterAll(() => program.close());

const call = (method: string, below = '', json?: unknown, sent = token): Promise<Answer> =>
  send(method, url + below, { json, headers: { token: sent } });

const admin = (method: string, below: string, json?: unknown, headers = {}) =>
  send(method, `${program.url}/admin/${below}`, { token: adminToken, json, headers });

const glooError = (code: number, message: string) => ({ code, message, reason: plainText });

async function scopeOfToken({ clientId, clientSecret }: Record<string, any>): Promise<string | undefined> {
  const { body } = await send('POST', `${program.url}/oauth/token`, {
    headers: {
      authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`,
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: 'grant_type=client_credentials&scope=orders:read',
  });
  return body.access_token && body.scope;
}

describe('a portal that speaks the SPI of Gloo', () => {
  it('makes a client under the id that it chose, which gets tokens, and deletes it', async () => {
    const id = randomUUID();
    const { status, body } = await call('POST', '', { id });
    expect([status, body]).toEqual([201, { clientId: id, clientSecret: aSecret, clientName: id }]);
    expect(await scopeOfToken(body)).toBe('orders:read');
    const { body: made } = await admin('GET', `clients/${id}`);
    expect(made).toMatchObject({
      client_id: id,
      kind: 'dynamic',
      template_id: 'gloo',
      registrar: { type: 'initial_access_token' },
      metadata: { client_name: id, grant_types: ['client_credentials'] },
    });
    const [event] = await eventsOf(program, id);
    expect(event!.trace.map((entry) => (entry as { rule: string }).rule)).toContain(
      'compatibility gloo: an application that is an id alone',
    );

    const deleted = await call('DELETE', `/${id}`);
    expect([deleted.status, deleted.text]).toEqual([204, '']);
    expect(await scopeOfToken(body)).toBeUndefined();
  });

  it('gets the same client when it asks again, since the answer was lost, and with the last use of its token', async () => {
    const id = randomUUID();
    const one = await initialAccessToken(program.url, { template: 'gloo', manages: true });
    const first = await call('POST', '', { id }, one);
    const again = await call('POST', '', { id }, one);
    expect([again.status, again.text]).toEqual([201, first.text]);
    expect((await call('POST', '', { id: randomUUID() }, one)).body).toEqual(glooError(401, 'Unauthorized'));
    for (let turn = 0; turn < 2; turn++) expect((await call('DELETE', `/${id}`, undefined, one)).status).toBe(204);
    expect((await eventsOf(program, id)).map(({ action }) => action).sort()).toEqual([
      'client.deleted',
      'client.registered',
    ]);
  });

  it('makes one client of calls at the same time, and deletes it once', async () => {
    const id = randomUUID();
    const answers = await Promise.all([1, 2, 3, 4].map(() => call('POST', '', { id })));
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 201]);
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    const deleted = await Promise.all([1, 2, 3].map(() => call('DELETE', `/${id}`)));
    expect(deleted.map(({ status }) => status)).toEqual([204, 204, 204]);
    expect((await eventsOf(program, id)).map(({ action }) => action).sort()).toEqual([
      'client.deleted',
      'client.registered',
    ]);
  });

  it('never gets an id that is or was that of another client', async () => {
    const id = `database-${randomUUID()}`;
    await admin('POST', 'clients', { client_id: id, metadata: { grant_types: ['client_credentials'] } });
    const foreign = randomUUID();
    await call('POST', '', { id: foreign }, otherToken);
    const deleted = randomUUID();
    await call('POST', '', { id: deleted });
    await call('DELETE', `/${deleted}`);
    for (const taken of [id, foreign, deleted]) {
      const { status, body } = await call('POST', '', { id: taken });
      expect([status, body]).toEqual([409, glooError(409, 'Conflict')]);
    }
    expect((await admin('GET', `clients/${id}`)).body.kind).toBe('database');
    const same = { client_id: foreign, metadata: { grant_types: ['client_credentials'] } };
    expect((await admin('POST', 'clients', same)).status).toBe(409);
  });

  it.each<[string, unknown]>([
    ['of the server', '018f0000-0000-7000-8000-000000000000'],
    ['of a metadata document', 'https://app.example/client'],
    ['of another place', '..'],
    ['with blanks', 'my app'],
    ['that is none', ''],
    ['that is no text', 7],
    ['that is too long', 'a'.repeat(256)],
    ['that is absent', undefined],
  ])('is refused an id %s', async (_what, id) => {
    const { status, body } = await call('POST', '', { id });
    expect([status, body]).toEqual([400, glooError(400, 'Bad Request')]);
    expect(body.reason).toContain('id must');
  });

  it('may choose an id that has to be encoded in an address', async () => {
    const id = `team/app?${randomUUID()}#1`;
    expect((await call('POST', '', { id })).body.clientId).toBe(id);
    expect((await call('DELETE', `/${encodeURIComponent(id)}`)).status).toBe(204);
  });

  it('finds no client but its own', async () => {
    const id = randomUUID();
    await call('POST', '', { id });
    const { body: foreign } = await admin('POST', 'clients', { metadata: { grant_types: ['client_credentials'] } });
    const answers = [
      await call('DELETE', `/${id}`, undefined, otherToken),
      await call('DELETE', `/${foreign.client_id}`),
      await call('DELETE', `/${randomUUID()}`),
    ];
    for (const { status, body } of answers) expect([status, body]).toEqual([404, glooError(404, 'Not Found')]);
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect((await call('DELETE', `/${id}`)).status).toBe(204);
  });

  it('hears that a client is suspended', async () => {
    const id = randomUUID();
    await call('POST', '', { id });
    await admin('PATCH', `clients/${id}`, { status: 'suspended' }, { 'if-match': '"1"' });
    for (const { status, body } of [await call('POST', '', { id }), await call('DELETE', `/${id}`)])
      expect([status, body]).toEqual([403, glooError(403, 'Forbidden')]);
  });

  it('manages at the registration endpoint what it made', async () => {
    const id = randomUUID();
    const { body } = await call('POST', '', { id });
    const read = await send('GET', `${program.url}/register/${id}`, { token });
    expect([read.status, read.body.client_secret]).toEqual([200, body.clientSecret]);
  });

  it('may send its token as a bearer token, beside that of a user in the header token', async () => {
    const id = randomUUID();
    const headers = { token: 'eyJhbGciOiJSUzI1NiJ9.e30.c2ln' };
    expect((await send('POST', url, { token, json: { id }, headers })).status).toBe(201);
    const { status, body } = await send('POST', url, { json: { id }, headers });
    expect([status, body]).toEqual([401, glooError(401, 'Unauthorized')]);
    expect((await send('POST', url, { json: { id }, headers: { 'x-api-key': token } })).status).toBe(401);
  });

  it('has a template whose secrets can be shown again', async () => {
    const { status, body } = await admin('POST', 'templates', { ...example('gloo'), id: 'hidden', secrets: {} });
    expect([status, body.violations[0].member]).toEqual([400, 'secrets.recoverable']);
  });

  it.each<[string, string, Parameters<typeof send>[2] & {}, number, string]>([
    ['GET', '', {}, 405, 'Method Not Allowed'],
    ['POST', '/some/thing', {}, 404, 'Not Found'],
    ['POST', '', { body: 'id=a', headers: { 'content-type': 'text/plain' } }, 415, 'Unsupported Media Type'],
    ['POST', '', { json: 'x'.repeat(70_000) }, 413, 'Payload Too Large'],
    ['POST', '', { json: [] }, 400, 'Bad Request'],
  ])('is refused %s at %s in the words of the SPI', async (method, below, sending, status, message) => {
    const answer = await send(method, url + below, { ...sending, headers: { ...sending.headers, token } });
    expect([answer.status, answer.body]).toEqual([status, glooError(status, message)]);
  });
});
