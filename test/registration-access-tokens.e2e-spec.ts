import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Clock } from '../src/clock.js';
import { failure, refusal } from './support/builders.js';
import { count, eventsOf } from './support/database.js';
import { type Answer, register, replacementOf, send, sendAtOnce, webClient } from './support/http.js';
import { saveTemplate } from './support/templates.js';
import { adminToken, startApp, type TestApp } from './support/test-app.js';

const year = 31_536_000;

let program: TestApp;
let clock: { mockReturnValue(now: number): unknown };
let now = 1_800_000_000;

function wait(seconds: number): void {
  now += seconds;
  clock.mockReturnValue(now);
}

beforeAll(async () => {
  program = await startApp();
  clock = jest.spyOn(program.app.get(Clock), 'now');
  wait(0);
  const rules = {
    ending: { ttl: year },
    rotating: { rotation: 'on_update' },
    both: { ttl: year, rotation: 'on_update' },
    without: { issue: false },
  };
  for (const [id, registration_access_token] of Object.entries(rules))
    await saveTemplate(program, { id, access: { initial_access_token: true }, registration_access_token });
});

afterAll(() => program.close());

type Information = Record<string, any>;

const registered = async (template: string): Promise<Information> =>
  (await register(program.url, webClient, { template })).body;
const read = (client: Information, token: string = client.registration_access_token): Promise<Answer> =>
  send('GET', client.registration_client_uri, { token });
const replace = (client: Information, token: string = client.registration_access_token): Promise<Answer> =>
  send('PUT', client.registration_client_uri, { token, json: replacementOf(client) });
const tokenOf = async (answer: Promise<Answer>): Promise<string> => (await answer).body.registration_access_token;
const issue = (client: Information): Promise<Answer> =>
  send('POST', `${program.url}/admin/clients/${client.client_id}/registration-access-token`, { token: adminToken });

describe('a registration access token', () => {
  it('lives as long as the client where the template says nothing (RFC 7592 section 5)', async () => {
    const client = await registered('default');
    wait(20 * year);
    expect((await read(client)).body.registration_access_token).toBe(client.registration_access_token);
    expect(await tokenOf(replace(client))).toBe(client.registration_access_token);
  });

  it('ends after its ttl, and an administrator issues a new one with a ttl of its own', async () => {
    const client = await registered('ending');
    wait(year - 1);
    expect((await replace(client)).status).toBe(200);
    wait(1);
    for (const answer of [await read(client), await replace(client)])
      expect(answer).toMatchObject({ status: 401, body: failure('invalid_token') });
    const token = await tokenOf(issue(client));
    expect((await read(client, token)).status).toBe(200);
    wait(year);
    expect((await read(client, token)).status).toBe(401);
  });

  it('is not issued where the template says so', async () => {
    const client = await registered('without');
    expect(client).not.toHaveProperty('registration_access_token');
    const condition = 'client_id = ? AND registration_token_digest IS NULL';
    expect(await count(program, 'clients', condition, [client.client_id])).toBe(1);
  });
});

describe('rotation on update', () => {
  it('gives a new token with each replacement and with nothing else (RFC 7592 section 3.1)', async () => {
    const client = await registered('rotating');
    const first = client.registration_access_token;
    expect(await tokenOf(read(client))).toBe(first);
    const second = await tokenOf(replace(client));
    expect(second).not.toBe(first);
    expect(await tokenOf(read(client, second))).toBe(second);
    expect(await tokenOf(replace(client, second))).not.toBe(second);
  });

  it('lets the old token work until the new one is used, since the answer may be lost', async () => {
    const client = await registered('rotating');
    const first = client.registration_access_token;
    const lost = await tokenOf(replace(client));
    expect((await read(client)).body.registration_access_token).toBe(first);
    const second = await tokenOf(replace(client));
    expect((await read(client, lost)).status).toBe(401);
    expect((await read(client)).status).toBe(200);

    const used = await read(client, second);
    expect({ status: used.status, etag: used.headers.get('etag') }).toEqual({ status: 200, etag: '"3"' });
    expect((await read(client)).status).toBe(401);
    expect((await read(client, second)).headers.get('etag')).toBe('"3"');
    expect((await eventsOf(program, client.client_id)).map(({ action }) => action)).toEqual([
      'client.registered',
      'client.replaced',
      'client.replaced',
      'client.registration_access_token_ended',
    ]);
  });

  it('leaves the client under its template and within the bounds of the token that made it', async () => {
    const bounds = { template: 'rotating', redirect_hosts: ['app.example'], scope: 'openid' };
    const { body: client } = await register(program.url, webClient, bounds);
    const second = await tokenOf(replace(client));
    const third = await tokenOf(replace(client, second));
    const wider = { redirect_uris: ['https://elsewhere.example/'], scope: 'openid email' };
    const json = replacementOf(client, wider);
    const refused = await send('PUT', client.registration_client_uri, { token: third, json });
    expect([refused.status, refused.body]).toEqual([400, refusal('redirect_uris', 'invalid_redirect_uri')]);
    const narrowed = { ...json, redirect_uris: webClient.redirect_uris };
    const { body } = await send('PUT', client.registration_client_uri, { token: third, json: narrowed });
    expect(body.scope).toBe('openid');
    expect(body.registration_access_token).not.toBe(third);
    expect(await count(program, 'clients', "client_id = ? AND template_id = 'rotating'", [client.client_id])).toBe(1);
  });

  it('leaves one token of many replacements at once, beside the old one', async () => {
    const client = await registered('rotating');
    const { registration_client_uri: url, registration_access_token: token } = client;
    const answers = await sendAtOnce(8, () => ({ method: 'PUT', url, token, json: replacementOf(client) }));
    const tokens = answers.map(({ status, body }) => (expect(status).toBe(200), body.registration_access_token));
    expect(new Set([token, ...tokens]).size).toBe(9);
    expect((await read(client)).status).toBe(200);
    const statuses = await Promise.all(tokens.map(async (one) => (await read(client, one)).status));
    expect(statuses.filter((status) => status === 200)).toHaveLength(1);
    expect((await read(client)).status).toBe(401);
  });

  it('ends both tokens when an administrator issues or revokes one', async () => {
    for (const method of ['POST', 'DELETE']) {
      const client = await registered('rotating');
      const second = await tokenOf(replace(client));
      const url = `${program.url}/admin/clients/${client.client_id}/registration-access-token`;
      expect((await send(method, url, { token: adminToken })).status).toBeLessThan(300);
      expect((await read(client)).status).toBe(401);
      expect((await read(client, second)).status).toBe(401);
    }
  });

  it('ends both tokens when one turns up at the address of another client', async () => {
    const client = await registered('rotating');
    const other = await registered('rotating');
    const second = await tokenOf(replace(client));
    expect((await read(other, client.registration_access_token)).status).toBe(401);
    expect((await read(client)).status).toBe(401);
    expect((await read(client, second)).status).toBe(401);
  });

  it('gives each token a ttl of its own', async () => {
    const client = await registered('both');
    wait(year - 10);
    const second = await tokenOf(replace(client));
    wait(10);
    expect((await read(client)).status).toBe(401);
    expect((await read(client, second)).status).toBe(200);
    wait(year - 10);
    expect((await read(client, second)).status).toBe(401);
  });

  it('is no matter of a token that manages several clients', async () => {
    const { body } = await send('POST', `${program.url}/admin/initial-access-tokens`, {
      token: adminToken,
      json: { template: 'rotating', manages: true },
    });
    const client = (await send('POST', `${program.url}/register`, { token: body.token, json: webClient })).body;
    const answer = await replace(client, body.token);
    expect(answer.status).toBe(200);
    expect(answer.body).not.toHaveProperty('registration_access_token');
    expect((await read(client)).status).toBe(200);
  });
});
