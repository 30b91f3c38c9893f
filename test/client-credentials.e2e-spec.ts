import { scryptSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { hash } from '@node-rs/argon2';
import { aRegistrationToken, aSecret, anId, failure, justNow, refusal } from './support/builders.js';
import { apiKey, count, dump, eventsOf, query } from './support/database.js';
import {
  type Answer,
  initialAccessToken,
  register,
  replacementOf,
  send,
  type Sending,
  webClient,
} from './support/http.js';
import { adminToken, startApp, type TestApp } from './support/test-app.js';
import { createDatabase } from './support/test-database.js';

let program: TestApp;

beforeAll(async () => {
  program = await startApp();
});

afterAll(() => program.close());

const admin = (method: string, path = '', sending: Sending = {}): Promise<Answer> =>
  send(method, `${program.url}/admin/clients${path}`, { token: adminToken, ...sending });
const make = (json: object): Promise<Answer> => admin('POST', '', { json });
const service = { grant_types: ['client_credentials'] };
const authenticate = (id: string, client_secret: string): Promise<Answer> =>
  send('POST', `${program.url}/lookup/clients/${id}/authenticate`, { token: adminToken, json: { client_secret } });
const authenticates = async (id: string, secret: string): Promise<boolean> =>
  (await authenticate(id, secret)).body.authenticated;
const actions = async (id: string) => (await eventsOf(program, id)).map(({ action }) => action);
const now = () => Math.floor(Date.now() / 1000);

describe('the secrets of a client', () => {
  it('are listed by their ids, never in the clear', async () => {
    const { body } = await make({ metadata: { ...webClient, token_endpoint_auth_method: 'client_secret_jwt' } });
    const listed = await admin('GET', `/${body.client_id}/secrets`);
    expect([listed.status, listed.body]).toEqual([200, { items: [{ id: anId, created_at: justNow, expires_at: 0 }] }]);
    expect((await admin('GET', '/nobody/secrets')).status).toBe(404);
  });

  it('give way to a new one at once, unless they may overlap', async () => {
    const { body: one } = await make({ metadata: service });
    const path = `/${one.client_id}/secrets`;
    const second = await admin('POST', path, { json: {} });
    expect([second.status, second.body]).toEqual([
      201,
      { id: anId, client_secret: aSecret, created_at: justNow, expires_at: 0 },
    ]);
    expect(await authenticates(one.client_id, one.client_secret)).toBe(false);
    expect(await authenticates(one.client_id, second.body.client_secret)).toBe(true);
    const third = await admin('POST', path, { json: { overlap: 3600 } });
    for (const { body } of [second, third]) expect(await authenticates(one.client_id, body.client_secret)).toBe(true);
    const { items } = (await admin('GET', path)).body;
    expect(items).toEqual([
      { id: second.body.id, created_at: justNow, expires_at: expect.any(Number) },
      { id: third.body.id, created_at: justNow, expires_at: 0 },
    ]);
    expect(items[0].expires_at - now()).toBeGreaterThan(3500);
    expect((await admin('DELETE', `${path}/${second.body.id}`)).status).toBe(204);
    expect(await authenticates(one.client_id, second.body.client_secret)).toBe(false);
    expect(await authenticates(one.client_id, third.body.client_secret)).toBe(true);
    expect((await admin('DELETE', `${path}/${second.body.id}`)).status).toBe(404);
    const issued = ['client.secret_issued', 'client.secret_issued', 'client.secret_revoked'];
    expect(await actions(one.client_id)).toEqual(['client.made', ...issued]);
    const texts = [one, second.body, third.body].map(({ client_secret }) => client_secret);
    const stored = await dump(program);
    for (const secret of texts) expect(stored).not.toContain(secret);
  });

  it('give way to a new one that is asked for without a body', async () => {
    const { body: one } = await make({ metadata: service });
    const issued = await admin('POST', `/${one.client_id}/secrets`);
    expect([issued.status, issued.body]).toEqual([
      201,
      { id: anId, client_secret: aSecret, created_at: justNow, expires_at: 0 },
    ]);
    expect(await authenticates(one.client_id, one.client_secret)).toBe(false);
    const form = { body: 'overlap=5', headers: { 'content-type': 'application/x-www-form-urlencoded' } };
    expect((await admin('POST', `/${one.client_id}/secrets`, form)).status).toBe(415);
  });

  it('end with the overlap', async () => {
    const { body: one } = await make({ metadata: service });
    await admin('POST', `/${one.client_id}/secrets`, { json: { overlap: 3 } });
    expect(await authenticates(one.client_id, one.client_secret)).toBe(true);
    await new Promise((resolve) => setTimeout(resolve, 4_100));
    expect(await authenticates(one.client_id, one.client_secret)).toBe(false);
  });

  it('are at most ten', async () => {
    const { body: one } = await make({ metadata: service });
    const issue = async () => (await admin('POST', `/${one.client_id}/secrets`, { json: { overlap: 60 } })).status;
    for (let turn = 0; turn < 9; turn++) expect(await issue()).toBe(201);
    expect(await issue()).toBe(409);
  });

  it('are not for a client without need of one', async () => {
    const { body } = await make({ metadata: { ...webClient, token_endpoint_auth_method: 'none' } });
    const refused = await admin('POST', `/${body.client_id}/secrets`, { json: {} });
    expect([refused.status, refused.body]).toEqual([409, failure('conflict')]);
  });

  it.each([{ overlap: -1 }, { overlap: 1.5 }, { overlap: 'x' }, { overlap: 1e9 }, { overlaps: 1 }])(
    'refuse %j',
    async (json) => {
      const { body } = await make({ metadata: service });
      const answer = await admin('POST', `/${body.client_id}/secrets`, { json });
      expect([answer.status, answer.body]).toEqual([400, refusal(Object.keys(json)[0]!, 'invalid_request')]);
    },
  );

  it('need the scope clients:secrets', async () => {
    const { body } = await make({ metadata: service });
    const token = await apiKey(program, ['clients:read', 'clients:write']);
    const answers = [
      await admin('GET', `/${body.client_id}/secrets`, { token }),
      await admin('POST', `/${body.client_id}/secrets`, { token, json: {} }),
      await admin('DELETE', `/${body.client_id}/secrets/${body.secrets[0].id}`, { token }),
      await admin('POST', `/${body.client_id}/registration-access-token`, { token }),
      await admin('DELETE', `/${body.client_id}/registration-access-token`, { token }),
    ];
    expect(answers.map(({ status }) => status)).toEqual(Array(5).fill(403));
  });
});

describe('a secret from elsewhere', () => {
  const secret = 'a secret: from elsewhere, 32+ characters';
  const salt = Buffer.from('sixteen bytes ..');
  const text = (bytes: Buffer) => bytes.toString('base64').replaceAll('=', '');
  const scryptHash = `$scrypt$ln=12,r=8,p=1$${text(salt)}$${text(scryptSync(secret, salt, 32, { N: 4096 }))}`;

  it('is taken in the clear, and kept as a digest', async () => {
    for (const token_endpoint_auth_method of ['client_secret_basic', 'client_secret_jwt']) {
      const { status, body } = await make({
        metadata: { ...webClient, token_endpoint_auth_method },
        client_secret: secret,
      });
      expect([status, body.client_secret]).toEqual([201, secret]);
      expect(await authenticates(body.client_id, secret)).toBe(true);
      expect(await authenticates(body.client_id, `${secret}x`)).toBe(false);
    }
    expect(await dump(program)).not.toContain(secret);
  });

  it('is taken as a hash of scrypt or argon2id, and kept as a digest of ours once it was right', async () => {
    const argonHash = await hash(secret, { memoryCost: 4096, timeCost: 2, parallelism: 1 });
    for (const client_secret_hash of [scryptHash, argonHash]) {
      const { status, body } = await make({ metadata: service, client_secret_hash });
      expect([status, body.client_secret]).toEqual([201, undefined]);
      expect(body.secrets).toEqual([{ id: anId, created_at: justNow, expires_at: 0 }]);
      const stored = async () => {
        const [row] = await query<{ secrets: string }>(program, 'SELECT secrets FROM clients WHERE client_id = ?', [
          body.client_id,
        ]);
        return row!.secrets;
      };
      expect((await authenticate(body.client_id, 'another secret')).body).toEqual({ authenticated: false });
      expect(await stored()).toContain(client_secret_hash);
      const answers = await Promise.all(Array.from({ length: 60 }, () => authenticate(body.client_id, secret)));
      for (const answer of answers)
        expect([answer.status, answer.body]).toEqual([200, { authenticated: true, secret_id: body.secrets[0].id }]);
      expect(await stored()).not.toContain(client_secret_hash);
      expect(await authenticates(body.client_id, secret)).toBe(true);
      expect(await authenticates(body.client_id, 'another secret')).toBe(false);
      expect((await admin('GET', `/${body.client_id}`)).body.version).toBe(1);
    }
  });

  it('stays when the client is changed before its first use', async () => {
    const { body } = await make({ metadata: service, client_secret_hash: scryptHash });
    const changed = await admin('PATCH', `/${body.client_id}`, { json: { metadata: { client_name: 'Other' } } });
    expect(changed.body.secrets).toEqual(body.secrets);
    expect(changed.body).not.toHaveProperty('client_secret');
    expect(await authenticates(body.client_id, secret)).toBe(true);
  });

  it('is compared with a hash only so often', async () => {
    const { body } = await make({ metadata: service, client_secret_hash: scryptHash });
    const statuses = [];
    for (let turn = 0; turn < 12; turn++) statuses.push(await authenticate(body.client_id, `wrong ${turn}`));
    expect(statuses.map(({ status }) => status)).toEqual([...Array<number>(10).fill(200), 429, 429]);
    expect(Number(statuses.at(-1)!.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(statuses.at(-1)!.body).toEqual(failure('rate_limited'));
  });

  it('that is short enough to be guessed is compared only so often, and one that is not always', async () => {
    const short = 'Summer-2026';
    const hashed = `$scrypt$ln=12,r=8,p=1$${text(salt)}$${text(scryptSync(short, salt, 32, { N: 4096 }))}`;
    const statusesOf = async (clientId: string, right: string) => {
      const statuses = [(await authenticate(clientId, right)).status];
      for (let turn = 0; turn < 11; turn++) statuses.push((await authenticate(clientId, `wrong ${turn}`)).status);
      return [...statuses, (await authenticate(clientId, right)).status];
    };
    for (const given of [{ client_secret: short }, { client_secret_hash: hashed }]) {
      const { body } = await make({ metadata: service, ...given });
      expect(await statusesOf(body.client_id, short)).toEqual([...Array<number>(11).fill(200), 429, 429]);
      for (const overlap of [3600, 0]) {
        const { body: issued } = await admin('POST', `/${body.client_id}/secrets`, { json: { overlap } });
        expect(await authenticates(body.client_id, issued.client_secret)).toBe(true);
        expect((await authenticate(body.client_id, 'wrong')).status).toBe(overlap === 0 ? 200 : 429);
      }
    }
    const { body } = await make({ metadata: service, client_secret: secret });
    expect(await statusesOf(body.client_id, secret)).toEqual(Array(13).fill(200));
  });

  it.each([
    '',
    'secret',
    '$2b$12$abcdefghijklmnopqrstuv',
    '$argon2i$v=19$m=4096,t=2,p=1$c29tZXNhbHQ$RdescudvJCsgt3ub+b+dWRWJTmaaJObG',
    '$argon2id$v=19$m=9000000,t=2,p=1$c29tZXNhbHQ$RdescudvJCsgt3ub+b+dWRWJTmaaJObG',
    '$argon2id$v=19$m=4096,t=99,p=9$c29tZXNhbHQ$RdescudvJCsgt3ub+b+dWRWJTmaaJObG',
    '$argon2id$v=19$m=4096,t=2,p=1$YQ$RdescudvJCsgt3ub+b+dWRWJTmaaJObG',
    '$scrypt$ln=30,r=8,p=1$c29tZXNhbHQ$RdescudvJCsgt3ub+b+dWRWJTmaaJObG',
    '$scrypt$ln=0,r=8,p=1$c29tZXNhbHQ$RdescudvJCsgt3ub+b+dWRWJTmaaJObG',
    'x'.repeat(1000),
    7,
  ])('is refused as the hash %j', async (client_secret_hash) => {
    const { status, body } = await make({ metadata: service, client_secret_hash });
    expect([status, body]).toEqual([400, refusal('client_secret_hash', 'invalid_request')]);
  });

  it.each([
    [{ client_secret: 'short' }, {}, 'client_secret'],
    [{ client_secret: 'with a\nbreak' }, {}, 'client_secret'],
    [{ client_secret: 'sixteen letters.' }, { token_endpoint_auth_method: 'client_secret_jwt' }, 'client_secret'],
    [{ client_secret: secret }, { id_token_signed_response_alg: 'HS512' }, 'client_secret'],
    [{ client_secret: secret, client_secret_hash: scryptHash }, {}, 'client_secret_hash'],
    [{ client_secret: secret }, { token_endpoint_auth_method: 'none' }, 'client_secret'],
    [{ client_secret_hash: scryptHash }, { token_endpoint_auth_method: 'none' }, 'client_secret_hash'],
    [{ client_secret_hash: scryptHash }, { token_endpoint_auth_method: 'client_secret_jwt' }, 'client_secret_hash'],
  ])('is refused where it does not fit: %j with %j', async (given, metadata, member) => {
    const { status, body } = await make({ metadata: { ...webClient, ...metadata }, ...given });
    if (body.error === 'invalid_client_metadata') throw new Error(body.error_description);
    expect([status, body]).toEqual([400, refusal(member, 'invalid_request')]);
  });
});

describe('the registration access token of a client', () => {
  it('is issued anew for a client that lost its own, which ends', async () => {
    const { body: one } = await register(program.url);
    const { status, body } = await admin('POST', `/${one.client_id}/registration-access-token`);
    expect([status, body]).toEqual([
      201,
      { registration_access_token: aRegistrationToken, registration_client_uri: one.registration_client_uri },
    ]);
    const read = (token: string) => send('GET', one.registration_client_uri, { token });
    expect((await read(one.registration_access_token)).status).toBe(401);
    expect((await read(body.registration_access_token)).status).toBe(200);
    expect((await admin('DELETE', `/${one.client_id}/registration-access-token`)).status).toBe(204);
    expect((await admin('DELETE', `/${one.client_id}/registration-access-token`)).status).toBe(204);
    expect((await read(body.registration_access_token)).status).toBe(401);
    expect(await authenticates(one.client_id, one.client_secret)).toBe(true);
    const events = ['registration_access_token_issued', 'registration_access_token_revoked'];
    expect(await actions(one.client_id)).toEqual(['client.registered', ...events.map((event) => `client.${event}`)]);
    expect(await dump(program)).not.toContain(body.registration_access_token);
  });

  it('is not for database clients', async () => {
    const { body } = await make({ metadata: service });
    const refused = await admin('POST', `/${body.client_id}/registration-access-token`);
    expect([refused.status, refused.body]).toEqual([409, failure('conflict')]);
  });
});

describe('adoption', () => {
  it('makes a dynamic client a database client, with all that it has but its registration', async () => {
    const { body: one } = await register(program.url, webClient, { owner: 'team', scope: 'openid' });
    const before = (await admin('GET', `/${one.client_id}`)).body;
    const { status, body, headers } = await admin('POST', `/${one.client_id}/adopt`);
    expect([status, body]).toEqual([200, { ...before, kind: 'database', updated_at: justNow, version: 2 }]);
    expect(headers.get('etag')).toBe('"2"');
    const token = one.registration_access_token;
    expect((await send('GET', one.registration_client_uri, { token })).status).toBe(401);
    expect(await authenticates(one.client_id, one.client_secret)).toBe(true);
    expect((await admin('GET', '?kind=database&owner=team')).body.items).toEqual([body]);
    const again = await admin('POST', `/${one.client_id}/adopt`);
    expect([again.status, again.body]).toEqual([409, failure('conflict')]);
    expect(await actions(one.client_id)).toEqual(['client.registered', 'client.adopted']);
  });

  it('takes a client out of the reach of the token that made it', async () => {
    const token = await initialAccessToken(program.url, { manages: true });
    const { body } = await send('POST', `${program.url}/register`, { token, json: webClient });
    expect((await send('GET', body.registration_client_uri, { token })).status).toBe(200);
    await admin('POST', `/${body.client_id}/adopt`);
    expect((await send('GET', body.registration_client_uri, { token })).status).toBe(401);
  });
});

describe('with two data sources', () => {
  let second: { drop(): Promise<void> };

  beforeAll(async () => {
    await program.close();
    const database = await createDatabase();
    second = database;
    program = await startApp({
      DATA_SOURCES: 'default,archive',
      DATABASE_CLIENTS_DATA_SOURCE: 'archive',
      DATA_SOURCE_ARCHIVE_URL: database.url,
      REQUIRE_IF_MATCH: 'on',
    });
  });
  afterAll(async () => {
    await program.close();
    await second.drop();
    program = await startApp();
  });

  it('merges both in the order in which clients were made', async () => {
    const made: string[] = [];
    for (let turn = 0; turn < 12; turn++) {
      const { body } = turn % 3 === 0 ? await register(program.url) : await make({ metadata: service, tags: ['t'] });
      made.push(body.client_id);
    }
    const found: any[] = [];
    let path = '?limit=5';
    for (;;) {
      const { body } = await admin('GET', path);
      found.push(...body.items);
      if (body.next === undefined) break;
      path = `?limit=5&after=${body.next}`;
    }
    expect(found.map(({ client_id }) => client_id).sort()).toEqual([...made].sort());
    const inOrder = [...found].sort(
      (one, other) => one.created_at - other.created_at || (one.client_id < other.client_id ? -1 : 1),
    );
    expect(found).toEqual(inOrder);
    expect(await count(program, 'clients')).toBe(4);
    expect((await admin('GET', '?tag=t&kind=database')).body.items).toHaveLength(8);
    expect((await admin('GET', '?kind=dynamic')).body.items).toHaveLength(4);
  });

  it('changes a client where it is, also an adopted one, and finds its id taken in both', async () => {
    const { body: one } = await register(program.url);
    await admin('POST', `/${one.client_id}/adopt`);
    const headers = { 'if-match': '"2"' };
    const { status, body } = await admin('PATCH', `/${one.client_id}`, { json: { tags: ['mine'] }, headers });
    expect([status, body.version]).toEqual([200, 3]);
    expect(await authenticates(one.client_id, one.client_secret)).toBe(true);
    expect(await count(program, 'clients', 'client_id = ?', [one.client_id])).toBe(1);
    expect((await admin('GET', '?tag=mine')).body.items).toEqual([body]);
    await make({ client_id: 'chosen', metadata: service });
    expect((await make({ client_id: 'chosen', metadata: service })).status).toBe(409);
    expect((await admin('GET', '/chosen')).body.client_id).toBe('chosen');
  });

  it('demands If-Match where it is required (RFC 6585 section 3)', async () => {
    await make({ client_id: 'careful', metadata: service });
    for (const [method, json] of [
      ['PATCH', { owner: 'x' }],
      ['PUT', { metadata: service }],
      ['DELETE', undefined],
    ] as const) {
      const { status, body } = await admin(method, '/careful', { json });
      expect([status, body]).toEqual([428, failure('precondition_required')]);
    }
    expect((await admin('DELETE', '/careful', { headers: { 'if-match': '"1"' } })).status).toBe(204);
    const { body: one } = await register(program.url);
    const token = one.registration_access_token;
    expect((await send('PUT', one.registration_client_uri, { token, json: replacementOf(one) })).status).toBe(428);
  });
});
