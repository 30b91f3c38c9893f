import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { aSecret, anId, plainText } from '../support/builders.js';
import { eventsOf } from '../support/database.js';
import { type Answer, initialAccessToken, send, sendRaw } from '../support/http.js';
import { saveTemplate } from '../support/templates.js';
import { adminToken, startApp, type TestApp } from '../support/test-app.js';
import { example } from './portal.js';

let program: TestApp;
let url: string;
let key: string;
let otherKey: string;

beforeAll(async () => {
  program = await startApp({ SCOPES: 'orders:read orders:write', REQUIRE_IF_MATCH: 'on' });
  url = `${program.url}/portals/kong/kong`;
  await saveTemplate(program, example('kong'));
  key = await initialAccessToken(program.url, { template: 'kong', uses: 1000, manages: true });
  otherKey = await initialAccessToken(program.url, { template: 'kong', uses: 10, manages: true });
});
afterAll(() => program.close());

const ids = {
  portal_id: 'd32d905a-ed33-46a3-a093-d8f536af9a8a',
  organization_id: 'e2f0a3bb-2b1d-4b0c-9f7e-0a3b6f2f4f0c',
  developer_id: '5f9fd312-a987-4628-b4c5-bb4f4fddd5f7',
};

/** As Konnect sends it. */
const application = {
  client_name: 'Weather app',
  redirect_uris: ['https://app.example/callback'],
  grant_types: ['client_credentials', 'authorization_code'],
  scopes: ['orders:read'],
  token_endpoint_auth_method: 'client_secret_basic',
  application_description: 'Tells\nthe weather',
  ...ids,
  owner: { type: 'developer', id: ids.developer_id },
  auth_strategy_id: 'b0b5a6a5-6a2c-4a39-8f7e-6b2a8a5d4a1e',
  dcr_provider_id: '8f2a7c1e-30f4-4a51-9d4b-2d2f5d1f7c11',
};

const call = (method: string, below = '', json?: unknown, token = key): Promise<Answer> =>
  send(method, url + below, { json, headers: { 'x-api-key': token } });

const create = async (changes: object = {}): Promise<Record<string, any>> => {
  const { status, body } = await call('POST', '', { ...application, ...changes });
  expect(status).toBe(201);
  return body;
};

const hook = (clientId: string, event: object, token = key) =>
  call(
    'POST',
    `/${clientId}/event-hook`,
    {
      client_id: clientId,
      application_id: '8c1f1f3e-7a8c-44a1-a6d0-5f1e0c1b2a3d',
      application_name: 'Weather app',
      application_description: 'Tells the weather',
      ...ids,
      ...event,
    },
    token,
  );

const stored = async (clientId: string): Promise<Record<string, any>> =>
  (await send('GET', `${program.url}/admin/clients/${clientId}`, { token: adminToken })).body;

/** The scope of the token that a client gets; nothing where it gets none. */
async function scopeOfToken(client_id: string, client_secret: string): Promise<string | undefined> {
  const { body } = await send('POST', `${program.url}/oauth/token`, {
    headers: {
      authorization: `Basic ${Buffer.from(`${client_id}:${client_secret}`).toString('base64')}`,
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: 'grant_type=client_credentials&scope=orders:read',
  });
  return body.access_token && body.scope;
}

const kongError = (error: string) => ({ error, error_description: plainText });

describe('a portal that speaks the HTTP bridge of Kong', () => {
  it('makes a client, changes it, renews its secret and deletes it', async () => {
    const { status, body } = await call('POST', '', application);
    expect([status, body]).toEqual([
      201,
      {
        client_id: anId,
        client_secret: aSecret,
        client_id_issued_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z$/),
      },
    ]);
    const { client_id, client_secret } = body;
    expect(await scopeOfToken(client_id, client_secret)).toBe('orders:read');
    const made = await stored(client_id);
    expect(made.metadata).toMatchObject({
      client_name: 'Weather app',
      scope: 'orders:read',
      application_description: 'Tells the weather',
      ...ids,
    });
    expect(made.metadata).not.toHaveProperty('owner');

    for (const api_product_version_id of ['one', 'two', 'one'])
      expect((await hook(client_id, { event_type: 'add_registration', api_product_version_id })).status).toBe(200);
    expect((await stored(client_id)).metadata.portal_registrations).toEqual(['one', 'two']);
    await hook(client_id, { event_type: 'remove_registration', api_product_version_id: 'one', audience: 'orders' });
    expect((await stored(client_id)).metadata).toEqual({ ...made.metadata, portal_registrations: ['two'] });

    const updated = await hook(client_id, {
      event_type: 'update_application',
      application_name: 'Weather 2',
      redirect_uris: ['https://app.example/two'],
    });
    expect([updated.status, updated.body]).toEqual([200, {}]);
    expect((await stored(client_id)).metadata).toEqual({
      ...made.metadata,
      client_name: 'Weather 2',
      redirect_uris: ['https://app.example/two'],
      portal_registrations: ['two'],
    });

    const renewed = await call('POST', `/${client_id}/new-secret`);
    expect([renewed.status, renewed.body]).toEqual([200, { client_id, client_secret: aSecret }]);
    expect(await scopeOfToken(client_id, client_secret)).toBeUndefined();
    expect(await scopeOfToken(client_id, renewed.body.client_secret)).toBe('orders:read');

    expect((await call('DELETE', `/${client_id}`)).status).toBe(204);
    expect(await scopeOfToken(client_id, renewed.body.client_secret)).toBeUndefined();
    const actions = (await eventsOf(program, client_id)).map(({ action }) => action);
    expect(actions.sort()).toEqual([
      'client.changed',
      'client.changed',
      'client.changed',
      'client.changed',
      'client.deleted',
      'client.registered',
      'client.secret_issued',
    ]);
  });

  it('hears when a secret expires, as a date', async () => {
    await saveTemplate(program, { ...example('kong'), id: 'ending', secrets: { ttl: 86_400 } });
    const token = await initialAccessToken(program.url, { template: 'ending', manages: true });
    const headers = { 'x-api-key': token };
    const { body } = await send('POST', `${program.url}/portals/kong/ending`, { json: application, headers });
    expect(Date.parse(body.client_secret_expires_at) - Date.parse(body.client_id_issued_at)).toBe(86_400_000);
  });

  it('makes one client of two calls with the same Idempotency-Key', async () => {
    const headers = { 'x-api-key': key, 'idempotency-key': '8e03978e-40d5-43e8-bc93-6894a57f9324' };
    const [one, other] = await Promise.all([1, 2].map(() => send('POST', url, { json: application, headers })));
    expect([other!.status, other!.text]).toEqual([201, one!.text]);
  });

  it('goes on when an answer was lost, and it asks again', async () => {
    const { client_id } = await create();
    const event = { event_type: 'update_application', application_name: 'Two' };
    for (let turn = 0; turn < 2; turn++) expect((await hook(client_id, event)).status).toBe(200);
    await call('POST', `/${client_id}/new-secret`);
    const { body } = await call('POST', `/${client_id}/new-secret`);
    expect(await scopeOfToken(client_id, body.client_secret)).toBe('orders:read');
    for (let turn = 0; turn < 2; turn++) expect((await call('DELETE', `/${client_id}`)).status).toBe(204);
    const deletions = (await eventsOf(program, client_id)).filter(({ action }) => action === 'client.deleted');
    expect(deletions).toHaveLength(1);
    expect((await call('POST', `/${client_id}/new-secret`)).status).toBe(401);
  });

  it('loses nothing of what it does at the same time', async () => {
    const { client_id } = await create();
    const versions = ['one', 'two', 'three'];
    const answers = await Promise.all([
      ...versions.map((version) =>
        hook(client_id, { event_type: 'add_registration', api_product_version_id: version }),
      ),
      hook(client_id, { event_type: 'update_application', application_name: 'Two' }),
      call('POST', `/${client_id}/new-secret`),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    const { metadata } = await stored(client_id);
    expect([metadata.client_name, metadata.portal_registrations.sort()]).toEqual(['Two', versions.sort()]);
    expect(await scopeOfToken(client_id, answers[4]!.body.client_secret)).toBe('orders:read');
    const deleted = await Promise.all([1, 2].map(() => call('DELETE', `/${client_id}`)));
    expect(deleted.map(({ status }) => status)).toEqual([204, 204]);
  });

  it('may send its token as a bearer token, and in no other way', async () => {
    expect((await send('POST', url, { token: key, json: application })).status).toBe(201);
    const inHeader = (headers: readonly string[]) =>
      sendRaw('POST', url, { headers: ['Content-Type', 'application/json', ...headers], body: '{}' });
    for (const headers of [
      [],
      ['token', key],
      ['Authorization', `SSWS ${key}`],
      ['X-API-KEY', key, 'X-API-KEY', key],
      ['X-API-KEY', key, 'Authorization', 'Bearer wrong'],
      ['X-API-KEY', `${key}x`],
      ['X-API-KEY', adminToken],
    ]) {
      const { status, body, headers: answered } = await inHeader(headers);
      expect([headers, status, body]).toEqual([headers, 401, kongError('invalid_token')]);
      expect(answered.get('www-authenticate')).toMatch(/^Bearer realm="clientele"/);
    }
  });

  it('keeps to its own clients', async () => {
    const { client_id } = await create();
    const unknown = '018f0000-0000-7000-8000-000000000000';
    const { body: foreign } = await send('POST', `${program.url}/admin/clients`, {
      token: adminToken,
      json: { metadata: { grant_types: ['client_credentials'] } },
    });
    for (const [id, token] of [
      [client_id, otherKey],
      [unknown, key],
      [foreign.client_id, key],
    ] as const) {
      const answers = [
        await call('DELETE', `/${id}`, undefined, token),
        await call('POST', `/${id}/new-secret`, undefined, token),
        await hook(id, { event_type: 'update_application', application_name: 'Mine' }, token),
      ];
      for (const { status, body } of answers) expect([status, body]).toEqual([401, kongError('invalid_token')]);
      expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    }
    // A token that is tried elsewhere is not lost for that.
    expect((await hook(client_id, { event_type: 'update_application', application_name: 'Two' })).status).toBe(200);
    expect((await call('POST', '', application, otherKey)).status).toBe(201);
  });

  it('hears that a client is suspended', async () => {
    const { client_id } = await create();
    const json = { status: 'suspended' };
    const ifMatch = { 'if-match': '"1"' };
    await send('PATCH', `${program.url}/admin/clients/${client_id}`, { token: adminToken, json, headers: ifMatch });
    const { status, body } = await call('POST', `/${client_id}/new-secret`);
    expect([status, body]).toEqual([403, kongError('access_denied')]);
  });
});

describe('an address of the bridge', () => {
  it.each<[string, object, { readonly id: string } | undefined]>([
    ['another template', { template: 'other' }, { ...example('kong'), id: 'other' }],
    ['no template at all', {}, undefined],
    ['a token that does not manage', { template: 'kong', manages: false }, undefined],
    ['a template of another compatibility', { template: 'strict' }, { id: 'strict' }],
  ])('is not for %s, and says so', async (_what, bounds, template) => {
    const access = { initial_access_token: true };
    if (template) await saveTemplate(program, { access, ...template });
    const token = await initialAccessToken(program.url, { manages: true, ...bounds });
    const below = 'template' in bounds && bounds.template === 'strict' ? 'strict' : 'kong';
    const { status, body } = await send('POST', `${program.url}/portals/kong/${below}`, {
      json: application,
      headers: { 'x-api-key': token },
    });
    expect([status, body]).toEqual([403, kongError('access_denied')]);
  });

  it('makes no more clients than the token has uses, and still manages them', async () => {
    const token = await initialAccessToken(program.url, { template: 'kong', manages: true });
    const { body } = await call('POST', '', application, token);
    const second = await call('POST', '', application, token);
    expect([second.status, second.body]).toEqual([401, kongError('invalid_token')]);
    expect((await call('POST', `/${body.client_id}/new-secret`, undefined, token)).status).toBe(200);
  });

  it.each<[string, object, number, string]>([
    ['a redirect that nobody may have', { redirect_uris: ['javascript:alert(1)'] }, 400, 'invalid_redirect_uri'],
    ['a grant that nobody may have', { grant_types: ['password'] }, 400, 'invalid_client_metadata'],
    ['scopes that are no texts', { scopes: [1] }, 400, 'invalid_client_metadata'],
  ])('judges %s as registration does', async (_what, changes, status, error) => {
    const answer = await call('POST', '', { ...application, ...changes });
    expect(answer.status).toBe(status);
    expect(answer.body).toEqual(kongError(error));
  });

  it('tells all that is wrong in one description', async () => {
    const { body } = await call('POST', '', { ...application, grant_types: ['password'], client_uri: 'nowhere' });
    expect(body).toEqual(kongError('invalid_client_metadata'));
    expect(body.error_description).toMatch(/grant_types.*; |; .*grant_types/);
    expect(body.error_description).toContain('client_uri');
  });

  it.each<[string, object]>([
    ['event_type', { event_type: 'delete_application' }],
    ['event_type', {}],
    ['client_id', { event_type: 'update_application', client_id: 'another' }],
    ['api_product_version_id', { event_type: 'add_registration' }],
    ['api_product_version_id', { event_type: 'remove_registration', api_product_version_id: 7 }],
    ['client_name', { event_type: 'update_application', application_name: 7 }],
    ['redirect_uris', { event_type: 'update_application', redirect_uris: ['http://app.example/'] }],
  ])('refuses an event for its %s', async (member, event) => {
    const { client_id } = await create();
    const { status, body } = await hook(client_id, event);
    expect([status, Object.keys(body)]).toEqual([400, ['error', 'error_description']]);
    expect(body.error_description).toContain(member);
  });

  it('takes events that its template has no place for, and changes nothing', async () => {
    const { extensions, ...plain } = example('kong') as { id: string; extensions: object };
    expect(Object.keys(extensions)).toContain('portal_registrations');
    await saveTemplate(program, { ...plain, id: 'plain', unknown_members: 'ignore' });
    const token = await initialAccessToken(program.url, { template: 'plain', manages: true });
    const headers = { 'x-api-key': token };
    const at = `${program.url}/portals/kong/plain`;
    const { body } = await send('POST', at, { json: application, headers });
    const event = { event_type: 'add_registration', api_product_version_id: 'one' };
    expect((await send('POST', `${at}/${body.client_id}/event-hook`, { json: event, headers })).status).toBe(200);
    expect(await stored(body.client_id)).toMatchObject({ version: 1 });
  });

  it.each<[string, string, Parameters<typeof send>[2] & {}, number, string]>([
    ['GET', '', {}, 405, 'method_not_allowed'],
    ['PUT', '/some-client', {}, 405, 'method_not_allowed'],
    ['POST', '/some-client/unheard/of', {}, 404, 'not_found'],
    ['POST', '', { body: 'a=b', headers: { 'content-type': 'text/plain' } }, 415, 'unsupported_media_type'],
    ['POST', '', { json: 'x'.repeat(70_000) }, 413, 'payload_too_large'],
    ['POST', '', { json: [] }, 400, 'invalid_client_metadata'],
    [
      'POST',
      '/some-client/event-hook',
      { body: '{', headers: { 'content-type': 'application/json' } },
      400,
      'invalid_request',
    ],
  ])('refuses %s at %s in the words of the bridge', async (method, below, sending, status, error) => {
    const answer = await send(method, url + below, { ...sending, headers: { ...sending.headers, 'x-api-key': key } });
    expect([answer.status, answer.body]).toEqual([status, kongError(error)]);
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });
});
