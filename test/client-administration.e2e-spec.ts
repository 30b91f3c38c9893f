import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { aSecret, anId, defaultMetadata, failure, justNow, plainText, refusal } from './support/builders.js';
import { apiKey, dump, eventsOf, meeting } from './support/database.js';
import { type Answer, initialAccessToken, register, send, type Sending, webClient } from './support/http.js';
import { adminToken, startApp, type TestApp } from './support/test-app.js';

let program: TestApp;

beforeAll(async () => {
  program = await startApp();
});

afterAll(() => program.close());

const admin = (method: string, path = '', sending: Sending = {}): Promise<Answer> =>
  send(method, `${program.url}/admin/clients${path}`, { token: adminToken, ...sending });
const make = (json: object): Promise<Answer> => admin('POST', '', { json });
const service = { grant_types: ['client_credentials'] };

/** The whole of a database client of ADMIN_TOKEN that has the defaults, except where it says otherwise. */
const databaseClient = (metadata: object, members: object = {}) => ({
  client_id: anId,
  kind: 'database',
  status: 'active',
  bounds: {},
  registrar: { type: 'administrator' },
  tags: [],
  verification: 'approved',
  metadata: { ...defaultMetadata, ...metadata },
  secrets: [{ id: anId, created_at: justNow, expires_at: 0 }],
  created_at: justNow,
  updated_at: justNow,
  version: 1,
  ...members,
});

describe('making a database client', () => {
  it('answers with all of it, its secret this once, and its address', async () => {
    const { status, headers, body } = await make({ metadata: webClient });
    expect(status).toBe(201);
    expect(body).toEqual({ ...databaseClient(webClient), client_secret: aSecret });
    expect(headers.get('location')).toBe(`${program.url}/admin/clients/${body.client_id}`);
    expect(headers.get('etag')).toBe('"1"');
    expect(headers.get('cache-control')).toBe('no-store');
    const { client_secret, ...rest } = body;
    const shown = await admin('GET', `/${body.client_id}`);
    expect(shown.body).toEqual(rest);
    expect(shown.headers.get('etag')).toBe('"1"');
    expect((await send('GET', headers.get('location')!, { token: adminToken })).body).toEqual(rest);
  });

  it('takes an id, an owner, tags and notes', async () => {
    const chosen = {
      client_id: 'billing',
      owner: 'team-billing',
      tags: ['internal', 'money'],
      notes: 'since 2019\nAsk Ada.',
    };
    const { status, body } = await make({ ...chosen, metadata: { ...service, token_endpoint_auth_method: 'none' } });
    expect([status, body.error_description]).toEqual([400, plainText]);
    const made = await make({ ...chosen, metadata: service });
    expect(made.status).toBe(201);
    expect(made.body).toEqual({
      ...databaseClient({ ...service, response_types: [] }, chosen),
      client_secret: aSecret,
    });
  });

  it('is found and authenticated by the authorization server at once', async () => {
    const { body } = await make({ metadata: service });
    const url = `${program.url}/lookup/clients/${body.client_id}`;
    const { client_secret, ...rest } = body;
    expect((await send('GET', url, { token: adminToken })).body).toEqual(rest);
    const json = { client_secret };
    expect((await send('POST', `${url}/authenticate`, { token: adminToken, json })).body).toEqual({
      authenticated: true,
      secret_id: body.secrets[0].id,
    });
  });

  it('has no registration: nobody manages it at /register', async () => {
    const { body } = await make({ metadata: service });
    const manager = await initialAccessToken(program.url, { manages: true });
    for (const token of [undefined, body.client_secret, manager])
      expect((await send('GET', `${program.url}/register/${body.client_id}`, { token })).status).toBe(401);
  });

  it.each(['a', '~!$&()*+,;=:@', 'a/b', 'a%2Fb', '100%', '?x=1', '#', '<script>', '"', '\\', 'A', 'x'.repeat(255)])(
    'takes the id %j and gives it an address',
    async (client_id) => {
      const { status, headers } = await make({ client_id, metadata: service });
      expect(status).toBe(201);
      const shown = await send('GET', headers.get('location')!, { token: adminToken });
      expect([shown.status, shown.body.client_id]).toEqual([200, client_id]);
    },
  );

  it.each([
    ...['', 'a b', 'ä', 'a\u0000', 'a\n', 'x'.repeat(256), 5, ['a'], '.', '..'],
    ...[
      'https://client.example/',
      'HTTPS:x',
      '01890000-0000-7000-8000-000000000000',
      '01890000-0000-7000-B000-00000000000A',
    ],
  ])('refuses the id %j', async (client_id) => {
    const { status, body } = await make({ client_id, metadata: service });
    expect([status, body]).toEqual([400, refusal('client_id', 'invalid_request')]);
  });

  it('refuses an id that any client has or had, whatever its kind', async () => {
    const dynamic = (await register(program.url)).body;
    expect((await make({ client_id: 'taken', metadata: service })).status).toBe(201);
    const again = await make({ client_id: 'taken', metadata: service });
    expect([again.status, again.body]).toEqual([409, failure('conflict')]);
    expect((await make({ client_id: 'Taken', metadata: service })).status).toBe(201);
    expect(dynamic.client_id).toEqual(anId);
  });

  it('gives an id to one of many who ask for it at once', async () => {
    const answers = await meeting(program, () =>
      Array.from({ length: 12 }, () => make({ client_id: 'wanted', metadata: service })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array<number>(11).fill(409)]);
    expect((await eventsOf(program, 'wanted')).length).toBe(1);
  });

  it('judges the metadata by the rules of registration', async () => {
    const redirect = await make({ metadata: { redirect_uris: ['https://app.example/#x'] } });
    expect([redirect.status, redirect.body]).toEqual([400, refusal('redirect_uris', 'invalid_redirect_uri')]);
    const grant = await make({ metadata: { ...webClient, grant_types: ['implicit'] } });
    expect([grant.status, grant.body.error]).toEqual([400, 'invalid_client_metadata']);
  });

  it('refuses members that it does not know, by their names, and all that is wrong at once', async () => {
    const { status, body } = await make({ metadata: service, ownr: 'x', tags: ['a', 'a'], notes: '\u0007' });
    expect(status).toBe(400);
    expect(body).toEqual({
      error: 'invalid_request',
      error_description: 'ownr is not a member of this document',
      violations: ['ownr', 'tags', 'notes'].map((member) => ({
        member,
        rule: 'document',
        message: expect.stringContaining(member),
      })),
    });
    const missing = await make({});
    expect([missing.status, missing.body]).toEqual([400, refusal('metadata', 'invalid_request')]);
  });

  it('leaves one event, of the administrator, without the secret', async () => {
    const key = await apiKey(program, ['clients:write']);
    const { body } = await admin('POST', '', { token: key, json: { metadata: service, owner: 'team', notes: 'new' } });
    const events = await eventsOf(program, body.client_id);
    expect(events).toEqual([expect.objectContaining({ action: 'client.made', outcome: 'done' })]);
    expect(events[0]!.actor).toEqual({ type: 'administrator', key_id: body.registrar.token_id });
    expect(events[0]!.changes).toMatchObject({
      owner: { after: 'team' },
      grant_types: { after: ['client_credentials'] },
    });
    expect(await dump(program)).not.toContain(body.client_secret);
  });
});

describe('showing a client', () => {
  it('shows a dynamic one with who registered it and under what', async () => {
    const { body } = await register(program.url, webClient, { owner: 'team-web', scope: 'openid' });
    const shown = await admin('GET', `/${body.client_id}`);
    expect(shown.body).toEqual({
      ...databaseClient({ ...webClient, scope: 'openid' }),
      client_id: body.client_id,
      kind: 'dynamic',
      template_id: 'default',
      template_version: 1,
      bounds: { scope: 'openid' },
      registrar: { type: 'initial_access_token', token_id: anId },
      owner: 'team-web',
      verification: 'vouched',
    });
  });

  it('knows nothing of an id that was never given', async () => {
    for (const id of ['nobody', 'a%00b', '%20', 'x'.repeat(300)]) {
      const { status, body } = await admin('GET', `/${id}`);
      expect([status, body]).toEqual([404, failure('not_found')]);
    }
  });

  it('takes no parameters', async () => {
    const { status, body } = await admin('GET', '/billing?include=secrets');
    expect([status, body]).toEqual([400, failure('invalid_request')]);
  });
});
