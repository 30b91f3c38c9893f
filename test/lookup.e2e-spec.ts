import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { anId, defaultMetadata, failure, justNow, keyPair, refusal } from './support/builders.js';
import { apiKey, dump, eventsOf, filesOf, query } from './support/database.js';
import {
  type Answer,
  credentialsSeen,
  initialAccessToken,
  register,
  send,
  type Sending,
  sendRaw,
  webClient,
} from './support/http.js';
import { adminToken, startApp, type TestApp } from './support/test-app.js';

let program: TestApp;
let lookupKey: string;
let secretsKey: string;

beforeAll(async () => {
  program = await startApp();
  lookupKey = await apiKey(program, ['clients:lookup']);
  secretsKey = await apiKey(program, ['clients:lookup', 'clients:secrets']);
});

afterAll(() => program.close());

const web = (changes: object) => ({ ...webClient, ...changes });
const client = async (metadata: object = webClient, bounds: object = {}): Promise<Record<string, any>> =>
  (await register(program.url, metadata, bounds)).body;
const lookUp = (below: string, token: string | undefined = lookupKey): Promise<Answer> =>
  send('GET', `${program.url}/lookup/clients/${below}`, { token });
const authenticate = (id: string, json: unknown, token: string | undefined = lookupKey): Promise<Answer> =>
  send('POST', `${program.url}/lookup/clients/${id}/authenticate`, { token, json });
const remove = (one: Record<string, any>) =>
  send('DELETE', one.registration_client_uri, { token: one.registration_access_token });
const replace = (one: Record<string, any>, changes: object) =>
  send('PUT', one.registration_client_uri, {
    token: one.registration_access_token,
    json: { client_id: one.client_id, ...webClient, ...changes },
  });

/** A client whose initial access token was revoked, and it with it. */
async function suspended(metadata: object = webClient): Promise<Record<string, any>> {
  const tokens = `${program.url}/admin/initial-access-tokens`;
  const { body } = await send('POST', tokens, { token: adminToken, json: {} });
  const made = await send('POST', `${program.url}/register`, { token: body.token, json: metadata });
  await send('DELETE', `${tokens}/${body.id}?clients=suspend`, { token: adminToken });
  return made.body;
}

/** The whole of a client that was registered with nothing said about it. */
const complete = {
  client_id: anId,
  kind: 'dynamic',
  status: 'active',
  template_id: 'default',
  template_version: 1,
  bounds: {},
  registrar: { type: 'initial_access_token', token_id: anId },
  tags: [],
  verification: 'vouched',
  metadata: { ...defaultMetadata, ...webClient },
  secrets: [{ id: anId, created_at: justNow, expires_at: 0 }],
  created_at: justNow,
  updated_at: justNow,
  version: 1,
};

describe('looking a client up', () => {
  it('answers the complete client, and no credential', async () => {
    const one = await client();
    const answer = await lookUp(one.client_id);
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      ...complete,
      client_id: one.client_id,
      created_at: one.client_id_issued_at,
      updated_at: one.client_id_issued_at,
    });
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
  });

  it('answers the bounds and the owner that the initial access token gave, and which token it was', async () => {
    const limits = { scope: 'openid email', redirect_hosts: ['app.example'], software_id: 'weather' };
    const json = { ...limits, owner: 'team-payments', label: 'not shown' };
    const made = await send('POST', `${program.url}/admin/initial-access-tokens`, { token: adminToken, json });
    const one = (await send('POST', `${program.url}/register`, { token: made.body.token, json: webClient })).body;
    expect((await lookUp(one.client_id)).body).toEqual({
      ...complete,
      client_id: one.client_id,
      bounds: limits,
      owner: 'team-payments',
      registrar: { type: 'initial_access_token', token_id: made.body.id },
      metadata: { ...complete.metadata, scope: 'openid email', software_id: 'weather' },
    });
  });

  it('answers no secrets for a client without one', async () => {
    const one = await client(web({ token_endpoint_auth_method: 'none' }));
    expect((await lookUp(one.client_id)).body.secrets).toEqual([]);
  });

  it('may be kept by the asker only, who asks again before each use (RFC 9111 section 5.2.2)', async () => {
    const one = await client();
    const { headers } = await lookUp(one.client_id);
    expect(headers.get('cache-control')).toBe('private, no-cache');
    expect(headers.get('etag')).toBe('"1"');
  });

  it('is 304 for one who has the newest already (RFC 9110 section 13.1.2)', async () => {
    const one = await client();
    const ask = (etag: string) =>
      sendRaw('GET', `${program.url}/lookup/clients/${one.client_id}`, {
        headers: ['Authorization', `Bearer ${lookupKey}`, 'If-None-Match', etag],
      });
    const unchanged = await ask('"1"');
    expect(unchanged).toMatchObject({ status: 304, text: '' });
    expect(unchanged.headers.get('etag')).toBe('"1"');
    await replace(one, { client_name: 'Weather 2' });
    const changed = await ask('"1"');
    expect(changed).toMatchObject({ status: 200, body: { version: 2 } });
    expect(changed.headers.get('etag')).toBe('"2"');
  });

  it('has another version and ETag after each change, and the time of the last one', async () => {
    const one = await client();
    await replace(one, { client_name: 'Weather 2' });
    const answer = await lookUp(one.client_id);
    expect(answer.body).toEqual({
      ...complete,
      client_id: one.client_id,
      metadata: { ...complete.metadata, client_name: 'Weather 2' },
      version: 2,
    });
    expect(answer.headers.get('etag')).toBe('"2"');
  });

  it('answers a client that is suspended, with its status', async () => {
    const one = await suspended();
    const answer = await lookUp(one.client_id);
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ ...complete, client_id: one.client_id, status: 'suspended', version: 2 });
  });

  it('answers a client whose time is over as expired, which is 401 at its own address (RFC 7592 section 2.1)', async () => {
    const one = await client();
    await query(program, 'UPDATE clients SET expires_at = created_at WHERE client_id = ?', [one.client_id]);
    const { status, body } = await lookUp(one.client_id);
    expect(status).toBe(200);
    expect(body).toEqual({
      ...complete,
      client_id: one.client_id,
      status: 'expired',
      expires_at: one.client_id_issued_at,
    });
    const own = await send('GET', one.registration_client_uri, { token: one.registration_access_token });
    expect(own).toMatchObject({ status: 401, body: failure('invalid_token') });
    expect((await authenticate(one.client_id, { client_secret: one.client_secret })).body).toEqual({
      authenticated: false,
    });
  });

  it.each(['nobody', '01890000-0000-7000-8000-000000000000', '%20', '%00', 'a%2Fb', '%F0%9F%8C%A6', 'x'.repeat(4000)])(
    'is 404 for %s, who was never there (RFC 9110 section 15.5.5)',
    async (id) => {
      const answer = await lookUp(id);
      expect(answer.status).toBe(404);
      expect(answer.body).toEqual(failure('not_found'));
    },
  );

  it('is 404 for another spelling of an id', async () => {
    const one = await client();
    expect((await lookUp(one.client_id.toUpperCase())).status).toBe(404);
  });

  it('is 410 for a client that was deleted, so that the application can register again (RFC 9110 section 15.5.11)', async () => {
    const one = await client();
    await remove(one);
    for (const question of ['', '?include=secrets']) {
      const answer = await lookUp(one.client_id + question, secretsKey);
      expect(answer.status).toBe(410);
      expect(answer.body).toEqual(failure('client_deleted'));
      expect(answer.headers.get('cache-control')).toBe('no-store');
    }
  });

  it('changes nothing', async () => {
    const one = await client();
    const first = await lookUp(one.client_id);
    expect((await lookUp(one.client_id)).text).toBe(first.text);
    expect(await eventsOf(program, one.client_id)).toHaveLength(1);
  });

  it.each([
    'include=',
    'include=everything',
    'include=secrets&include=secrets',
    'Include=secrets',
    'made_up=1',
    '__proto__=x',
  ])('is 400 for a question that nobody understands: %s', async (question) => {
    const one = await client();
    const answer = await lookUp(`${one.client_id}?${question}`, secretsKey);
    expect(answer.status).toBe(400);
    expect(answer.body).toEqual(failure('invalid_request'));
  });

  it.each(['PUT', 'DELETE', 'POST', 'PATCH'])('does not take %s (RFC 9110 section 15.5.6)', async (method) => {
    const answer = await send(method, `${program.url}/lookup/clients/some-id`, { token: lookupKey });
    expect(answer.status).toBe(405);
    expect(answer.headers.get('allow')).toBe('GET, HEAD, OPTIONS');
    expect(answer.body).toEqual(failure('method_not_allowed'));
  });
});

describe('the secrets of a client', () => {
  it.each([
    { token_endpoint_auth_method: 'client_secret_jwt' },
    { id_token_signed_response_alg: 'HS512' },
    { userinfo_encrypted_response_alg: 'dir' },
    {
      token_endpoint_auth_method: 'private_key_jwt',
      jwks: { keys: [keyPair().publicKey] },
      request_object_signing_alg: 'HS256',
    },
  ])('are told where the server has to know them: %j (OpenID Connect Core 1.0 section 10.1)', async (metadata) => {
    const one = await client(web(metadata));
    const { body, headers } = await lookUp(`${one.client_id}?include=secrets`, secretsKey);
    expect(body.secrets).toEqual([{ id: anId, created_at: justNow, expires_at: 0, client_secret: one.client_secret }]);
    expect(headers.get('cache-control')).toBe('private, no-cache');
    const { client_secret, ...hidden } = body.secrets[0];
    expect((await lookUp(one.client_id, secretsKey)).body).toEqual({ ...body, secrets: [hidden] });
  });

  it.each(['client_secret_basic', 'client_secret_post'])('are never told for %s: nobody knows them', async (method) => {
    const one = await client(web({ token_endpoint_auth_method: method }));
    const { status, body } = await lookUp(`${one.client_id}?include=secrets`, secretsKey);
    expect(status).toBe(200);
    expect(body.secrets).toEqual([{ id: anId, created_at: justNow, expires_at: 0 }]);
  });

  it('are no longer told when nothing needs them any more', async () => {
    const one = await client(web({ token_endpoint_auth_method: 'client_secret_jwt' }));
    await replace(one, { token_endpoint_auth_method: 'client_secret_basic' });
    const { body } = await lookUp(`${one.client_id}?include=secrets`, secretsKey);
    expect(body.secrets).toEqual([{ id: anId, created_at: justNow, expires_at: 0 }]);
  });

  it('are told only with a scope of their own (RFC 6750 section 3.1)', async () => {
    const one = await client(web({ token_endpoint_auth_method: 'client_secret_jwt' }));
    const answer = await lookUp(`${one.client_id}?include=secrets`);
    expect(answer.status).toBe(403);
    expect(answer.body).toEqual(failure('insufficient_scope'));
    expect(answer.headers.get('www-authenticate')).toBe(
      'Bearer realm="clientele", error="insufficient_scope", scope="clients:secrets"',
    );
  });
});

describe('checking a secret', () => {
  it('says that it is right, and which one it is', async () => {
    for (const token_endpoint_auth_method of ['client_secret_basic', 'client_secret_post', 'client_secret_jwt']) {
      const one = await client(web({ token_endpoint_auth_method }));
      const answer = await authenticate(one.client_id, { client_secret: one.client_secret });
      expect(answer.status).toBe(200);
      const [{ id }] = (await lookUp(one.client_id)).body.secrets;
      expect(answer.body).toEqual({ authenticated: true, secret_id: id });
      expect(answer.headers.get('cache-control')).toBe('no-store');
      expect(answer.headers.get('pragma')).toBe('no-cache');
    }
  });

  it('says the same of all that is wrong: secret, client, status', async () => {
    const [one, other, gone, held] = [await client(), await client(), await client(), await suspended()];
    const none = await client(web({ token_endpoint_auth_method: 'none' }));
    await remove(gone);
    const secret: string = one.client_secret;
    const attempts = [
      [one.client_id, other.client_secret],
      [one.client_id, secret.slice(0, -1)],
      [one.client_id, `${secret}A`],
      [one.client_id, ` ${secret}`],
      [one.client_id, secret.toUpperCase()],
      [one.client_id, one.registration_access_token],
      [one.client_id, 'é\u0000'],
      [one.client_id, 'x'.repeat(4096)],
      [one.client_id.toUpperCase(), secret],
      ['nobody', secret],
      ['%20', secret],
      [gone.client_id, gone.client_secret],
      [held.client_id, held.client_secret],
      [none.client_id, secret],
    ];
    for (const [id, client_secret] of attempts) {
      const answer = await authenticate(id, { client_secret });
      expect(answer.status).toBe(200);
      expect(answer.text).toBe('{"authenticated":false}');
    }
    expect((await authenticate(one.client_id, { client_secret: secret })).body.authenticated).toBe(true);
  });

  it('is over as soon as the client is deleted or the secret replaced', async () => {
    const one = await client();
    await replace(one, { token_endpoint_auth_method: 'none' });
    const back = (await replace(one, {})).body;
    expect((await authenticate(one.client_id, { client_secret: one.client_secret })).body.authenticated).toBe(false);
    expect((await authenticate(one.client_id, { client_secret: back.client_secret })).body.authenticated).toBe(true);
    await remove(one);
    expect((await authenticate(one.client_id, { client_secret: back.client_secret })).body.authenticated).toBe(false);
  });

  it.each([
    ['client_secret', {}],
    ['client_secret', { client_secret: '' }],
    ['client_secret', { client_secret: null }],
    ['client_secret', { client_secret: 7 }],
    ['client_secret', { client_secret: ['x'] }],
    ['client_secret', { client_secret: 'x'.repeat(4097) }],
    ['made_up', { client_secret: 'x', made_up: 1 }],
    ['client_id', { client_secret: 'x', client_id: 'nobody' }],
  ])('is refused for want of a good %s: %j', async (member, json) => {
    const one = await client();
    const answer = await authenticate(one.client_id, json);
    expect(answer.body).toEqual(refusal(member, 'invalid_request'));
    expect(answer.status).toBe(400);
  });

  it.each(['', '{', 'null', '[]', '"secret"'])('is refused with the body %j', async (body) => {
    const answer = await send('POST', `${program.url}/lookup/clients/nobody/authenticate`, {
      token: lookupKey,
      body,
      headers: { 'content-type': 'application/json' },
    });
    expect(answer.status).toBe(400);
    expect(answer.body).toEqual(failure('invalid_request'));
  });

  it('is 415 for a form and 413 for too much (RFC 9110 sections 15.5.14 and 15.5.16)', async () => {
    const url = `${program.url}/lookup/clients/nobody/authenticate`;
    const form = { body: 'client_secret=x', headers: { 'content-type': 'application/x-www-form-urlencoded' } };
    expect(await send('POST', url, { token: lookupKey, ...form })).toMatchObject({
      status: 415,
      body: failure('unsupported_media_type'),
    });
    expect(await authenticate('nobody', { client_secret: 'x'.repeat(70_000) })).toMatchObject({
      status: 413,
      body: failure('payload_too_large'),
    });
  });

  it('is refused with a parameter that nobody understands', async () => {
    const one = await client();
    const url = `${program.url}/lookup/clients/${one.client_id}/authenticate?made_up=1`;
    const asked = await send('POST', url, { token: lookupKey, json: { client_secret: one.client_secret } });
    expect(asked.status).toBe(400);
    expect(asked.body).toEqual(failure('invalid_request'));
  });

  it('does not take GET (RFC 9110 section 15.5.6)', async () => {
    const answer = await lookUp('nobody/authenticate');
    expect(answer.status).toBe(405);
    expect(answer.headers.get('allow')).toBe('OPTIONS, POST');
  });
});

describe('an authorization server', () => {
  const calls: [string, string, Sending][] = [
    ['GET', 'some-id', {}],
    ['GET', 'some-id?include=secrets', {}],
    ['POST', 'some-id/authenticate', { json: { client_secret: 'x' } }],
  ];
  const ask = (method: string, below: string, sending: Sending) =>
    send(method, `${program.url}/lookup/clients/${below}`, sending);

  it.each(calls)('asks %s %s with a token only (RFC 6750 section 3.1)', async (method, below, sending) => {
    const without = await ask(method, below, sending);
    expect(without.status).toBe(401);
    expect(without.body).toEqual(failure('invalid_token'));
    expect(without.headers.get('www-authenticate')).toBe('Bearer realm="clientele"');

    const one = await client();
    const now = Math.floor(Date.now() / 1000);
    const wrong = [
      'wrong',
      one.registration_access_token,
      await initialAccessToken(program.url, { manages: true }),
      await apiKey(program, ['clients:lookup'], now - 1),
    ];
    for (const token of wrong) {
      const answer = await ask(method, below, { ...sending, token });
      expect(answer.status).toBe(401);
      expect(answer.body).toEqual(failure('invalid_token'));
      expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="clientele", error="invalid_token"');
    }
    const valid = await apiKey(program, ['clients:lookup', 'clients:secrets'], now + 60);
    expect([200, 404]).toContain((await ask(method, below, { ...sending, token: valid })).status);
  });

  it.each(calls)('asks %s %s with the scope for it only (RFC 6750 section 3.1)', async (method, below, sending) => {
    const token = await apiKey(program, ['clients:read', 'clients:write', 'clients:secrets', 'tokens:read']);
    const answer = await ask(method, below, { ...sending, token });
    expect(answer.status).toBe(403);
    expect(answer.body).toEqual(failure('insufficient_scope'));
    expect(answer.headers.get('www-authenticate')).toBe(
      'Bearer realm="clientele", error="insufficient_scope", scope="clients:lookup"',
    );
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });

  it('is judged before what it sends (RFC 6750 section 3)', async () => {
    const sending = { body: '{', headers: { 'content-type': 'text/plain' } };
    expect((await ask('POST', 'some-id/authenticate', sending)).status).toBe(401);
  });
});

describe('what is stored', () => {
  it('has no secret and no token in the clear, in no table and no file (RFC 6819 section 5.1.4.1)', async () => {
    const [tables, files] = [await dump(program), filesOf(program)];
    expect(credentialsSeen.size).toBeGreaterThan(50);
    const found = [...credentialsSeen, adminToken, lookupKey, secretsKey].filter((credential) => {
      const bare = credential.replace(/^c(iat|rat|adm)_/, '');
      return tables.includes(bare) || files.includes(bare);
    });
    expect(found).toEqual([]);
  });
});
