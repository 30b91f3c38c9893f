import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { aSecret, defaultMetadata, failure, information, keyPair, refusal } from '../support/builders.js';
import { count, query } from '../support/database.js';
import { initialAccessToken, register, send, webClient } from '../support/http.js';
import { adminToken, startApp, type TestApp } from '../support/test-app.js';
import { authenticates, lookUp, manage, refusalOf, unauthorized } from './support.js';

const json = { 'content-type': 'application/json' };
const service = { grant_types: ['client_credentials'] };
const jwks = { keys: [keyPair().publicKey] };

let app: TestApp;

beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

const registerWith = (members: object) => register(app.url, { ...webClient, ...members });

/** Posts a body just as it is, with a token that could register. */
async function post(body: string | Uint8Array | undefined, headers: Record<string, string> = json) {
  return send('POST', `${app.url}/register`, { token: await initialAccessToken(app.url), body, headers });
}

describe('the registration endpoint', () => {
  it('takes metadata by POST as JSON and answers 201 (RFC 7591 section 3)', async () => {
    const answer = await post(JSON.stringify(webClient));
    expect(answer).toMatchObject({ status: 201, body: webClient });
  });

  it('does not start with a public address in plain http that is not loopback (RFC 7591 section 5)', async () => {
    await expect(startApp({ PUBLIC_URL: 'http://clients.example' })).rejects.toMatchObject({
      faults: [expect.stringMatching(/^PUBLIC_URL: use https/)],
    });
  });

  it('takes an initial access token, and answers 401 without one (RFC 7591 section 3)', async () => {
    expect(await register(app.url)).toMatchObject({ status: 201 });
    expect(await send('POST', `${app.url}/register`, { json: webClient })).toMatchObject(unauthorized);
  });

  it.each(['GET', 'PUT', 'PATCH', 'DELETE'])(
    'answers 405 to %s and names POST (RFC 9110 section 15.5.6)',
    async (method) => {
      const answer = await send(method, `${app.url}/register`, { token: await initialAccessToken(app.url) });
      expect(answer).toMatchObject({ status: 405, body: failure('method_not_allowed') });
      expect(answer.headers.get('allow')).toBe('OPTIONS, POST');
    },
  );

  it.each([
    'application/x-www-form-urlencoded',
    'text/plain',
    'application/jwt',
    'application/jose',
    'application/json; charset=latin1',
  ])('answers 415 to %s and registers nothing (RFC 7591 section 3.1)', async (type) => {
    const before = await count(app, 'clients');
    const answer = await post(JSON.stringify(webClient), { 'content-type': type });
    expect(answer).toMatchObject({ status: 415, body: failure('unsupported_media_type') });
    expect(await count(app, 'clients')).toBe(before);
  });

  it.each(['application/json', 'Application/JSON; charset=UTF-8', 'application/json;charset="utf-8"'])(
    'takes %s (RFC 9110 section 8.3.1)',
    async (type) => {
      expect(await post(JSON.stringify(webClient), { 'content-type': type })).toMatchObject({ status: 201 });
    },
  );

  it.each(['[]', '"x"', '5', 'null', 'true', '{', '', `[${JSON.stringify(webClient)}]`])(
    'refuses the body %s, which is not one JSON object (RFC 7591 section 3.1)',
    async (body) => {
      expect(await post(body)).toMatchObject({ status: 400, body: failure('invalid_client_metadata') });
    },
  );

  it('reads and writes JSON in UTF-8 (RFC 8259 section 8.1)', async () => {
    const client_name = 'Grüße 😀 שלום 例え';
    expect((await registerWith({ client_name })).body).toMatchObject({ client_name });
    const broken = Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]);
    expect(await post(broken)).toMatchObject({ status: 400, body: failure('invalid_client_metadata') });
  });

  it('refuses a member that is named twice (RFC 8259 section 4)', async () => {
    const body = '{"redirect_uris":["https://a.example/"],"redirect_uris":["https://b.example/"]}';
    expect(await post(body)).toMatchObject({ status: 400, body: failure('invalid_client_metadata') });
  });

  it('answers 413 or 400 to a body beyond its limits (RFC 7591 section 5)', async () => {
    const uris = Array.from({ length: 101 }, (_, index) => `https://app.example/${index}`);
    expect(await post(`{"x":"${'x'.repeat(1_000_000)}"}`)).toMatchObject({
      status: 413,
      body: failure('payload_too_large'),
    });
    expect(await registerWith({ redirect_uris: uris })).toMatchObject(
      refusalOf('redirect_uris', 'invalid_redirect_uri'),
    );
    expect(await registerWith({ redirect_uris: [`https://app.example/${'a'.repeat(2048)}`] })).toMatchObject(
      refusalOf('redirect_uris', 'invalid_redirect_uri'),
    );
    const deep = `${'['.repeat(1000)}${']'.repeat(1000)}`;
    expect(await post(`{"x":${deep}}`)).toMatchObject({ status: 400, body: failure('invalid_client_metadata') });
  });

  it.each(['text/html', 'application/xml;q=1', 'image/*'])(
    'answers JSON to a caller that accepts %s (RFC 7591 section 3.2)',
    async (accept) => {
      const [good, bad] = [
        await post(JSON.stringify(webClient), { ...json, accept }),
        await post('{', { ...json, accept }),
      ];
      expect([good.status, bad.status]).toEqual([201, 400]);
      for (const { headers } of [good, bad])
        expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
    },
  );

  it('registers all of a client or nothing (RFC 7591 section 3.2)', async () => {
    const token = await initialAccessToken(app.url, { uses: 2 });
    const stored = async () => [await count(app, 'clients'), await count(app, 'audit_events', "outcome = 'done'")];
    const before = await stored();
    await send('POST', `${app.url}/register`, { token, json: { ...webClient, redirect_uris: ['nope'] } });
    expect(await stored()).toEqual(before);
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => send('POST', `${app.url}/register`, { token, json: webClient })),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(2);
    expect(await count(app, 'clients')).toBe(before[0]! + 2);
  });

  it('makes two clients of two equal requests (RFC 7591 section 3.1)', async () => {
    const token = await initialAccessToken(app.url, { uses: 2 });
    const first = await send('POST', `${app.url}/register`, { token, json: webClient });
    const second = await send('POST', `${app.url}/register`, { token, json: webClient });
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(first.body.client_id).not.toBe(second.body.client_id);
  });
});

describe('the metadata as a whole', () => {
  it.each(['client_id', 'client_secret', 'registration_access_token', 'registration_client_uri'])(
    'never takes %s from the request (RFC 7591 section 3.2.1)',
    async (member) => {
      const { status, body } = await registerWith({ [member]: 'chosen-by-the-client' });
      expect(status).toBe(201);
      expect(JSON.stringify(body)).not.toContain('chosen-by-the-client');
    },
  );

  it.each(['client_id_issued_at', 'client_secret_expires_at'])(
    'never takes the time %s from the request (RFC 7591 section 3.2.1)',
    async (member) => {
      const { body } = await registerWith({ [member]: 4_000_000_000 });
      expect(body).toEqual(information(app.url, webClient));
    },
  );

  it('ignores what it does not understand (RFC 7591 section 2)', async () => {
    const unknown = { x_unknown: { deep: [1] }, 'x-other': null, code_challenge_method: 'S256' };
    expect((await registerWith(unknown)).body).toEqual(information(app.url, webClient));
  });

  it('neither keeps nor shows what it ignored (RFC 7591 section 3.2.1)', async () => {
    const { body } = await registerWith({ x_unknown: 'left out' });
    expect((await manage('GET', body)).body).not.toHaveProperty('x_unknown');
    expect((await lookUp(app.url, body)).text).not.toContain('left out');
  });

  it('fills in what was left out, and shows all of it (RFC 7591 section 3.2.1)', async () => {
    const { body } = await register(app.url, { redirect_uris: webClient.redirect_uris });
    const metadata = { ...defaultMetadata, redirect_uris: webClient.redirect_uris };
    expect(body).toEqual(information(app.url, metadata));
    expect((await lookUp(app.url, body)).body.metadata).toEqual(metadata);
  });

  it('refuses what it cannot serve rather than put something else in its place (RFC 7591 section 3.2.1)', async () => {
    expect(await registerWith({ token_endpoint_auth_method: 'private_magic' })).toMatchObject({
      status: 400,
      body: refusal('token_endpoint_auth_method'),
    });
  });

  it.each([
    ['redirect_uris', 'https://app.example/cb', 'invalid_redirect_uri'],
    ['redirect_uris', { 0: 'https://app.example/cb' }, 'invalid_redirect_uri'],
    ['grant_types', {}, 'invalid_client_metadata'],
    ['response_types', 'code', 'invalid_client_metadata'],
    ['client_name', 5, 'invalid_client_metadata'],
    ['scope', ['openid'], 'invalid_client_metadata'],
    ['contacts', 'a@app.example', 'invalid_client_metadata'],
    ['software_version', 1.1, 'invalid_client_metadata'],
    ['jwks', '{"keys":[]}', 'invalid_client_metadata'],
  ])('refuses %s as %j, a value of another JSON type (RFC 7591 section 2)', async (member, value, error) => {
    expect(await registerWith({ [member]: value })).toMatchObject(refusalOf(member, error));
  });

  it('tells names of members apart by case (RFC 8259 section 8.3)', async () => {
    const { body } = await registerWith({ Client_Name: 'Other', SCOPE: 'openid' });
    expect(body).toEqual(information(app.url, webClient));
  });

  it('compares names by their characters, not by how they are escaped (RFC 8259 section 8.3)', async () => {
    const answer = await post('{"redirect_uris":["https:\\/\\/app.example\\/cb"],"clie\\u006et_name":"Weather"}');
    expect(answer.body).toMatchObject({ client_name: 'Weather', redirect_uris: ['https://app.example/cb'] });
  });

  it('keeps text as it is, however Unicode could compose it (RFC 7591 section 2.2)', async () => {
    for (const client_name of ['Caf\u00e9', 'Cafe\u0301', '  spaced  '])
      expect((await registerWith({ client_name })).body.client_name).toBe(client_name);
  });

  it('takes null for left out, and never answers null (RFC 7591 section 2)', async () => {
    const { body } = await registerWith({ client_uri: null, grant_types: null, contacts: null });
    expect(body).toEqual(information(app.url, webClient));
  });

  it('keeps an empty list apart from one that was left out (RFC 7591 section 2)', async () => {
    expect((await register(app.url, { ...service, response_types: [] })).body).toMatchObject({ response_types: [] });
    expect(await registerWith({ response_types: [] })).toMatchObject(refusalOf('response_types'));
  });

  it('judges metadata and initial access token together (RFC 7591 section 5)', async () => {
    const bounds = { scope: 'openid', redirect_hosts: ['app.example'] };
    const narrowed = await register(app.url, { ...webClient, scope: 'openid email' }, bounds);
    expect(narrowed).toMatchObject({ status: 201, body: { scope: 'openid' } });
    const foreignHost = await register(app.url, { redirect_uris: ['https://other.example/cb'] }, bounds);
    expect(foreignHost).toMatchObject({ status: 400, body: refusal('redirect_uris', 'invalid_redirect_uri') });
  });

  it('treats what a client says of itself as vouched for by its token at most (RFC 7591 section 5)', async () => {
    const { body } = await registerWith({ verification: 'approved' });
    expect((await lookUp(app.url, body)).body).toMatchObject({ verification: 'vouched' });
  });
});

describe('redirect URIs', () => {
  it('are kept in their order (RFC 7591 section 2)', async () => {
    const redirect_uris = ['https://app.example/b', 'https://app.example/a'];
    expect((await register(app.url, { redirect_uris })).body).toMatchObject({ redirect_uris });
  });

  it.each([
    [{}],
    [{ redirect_uris: [] }],
    [{ redirect_uris: null }],
    [{ grant_types: ['authorization_code', 'refresh_token'] }],
  ])('are demanded of the code flow, unlike in %j (RFC 7591 section 2)', async (metadata) => {
    expect(await register(app.url, metadata)).toMatchObject({
      status: 400,
      body: refusal('redirect_uris', 'invalid_redirect_uri'),
    });
  });

  it('may be left out where no grant redirects (RFC 7591 section 2)', async () => {
    const { status, body } = await register(app.url, service);
    expect(status).toBe(201);
    expect(body).toMatchObject({ ...service, response_types: [] });
    expect(body).not.toHaveProperty('redirect_uris');
  });

  it.each(['/cb', '//app.example/cb', 'cb', '', 'app.example/cb'])(
    'are absolute, unlike %j (RFC 6749 section 3.1.2)',
    async (uri) => {
      expect(await register(app.url, { redirect_uris: [uri] })).toMatchObject({
        status: 400,
        body: refusal('redirect_uris', 'invalid_redirect_uri'),
      });
    },
  );

  it.each(['https://app.example/cb#x', 'https://app.example/cb#', 'com.example.app:/cb#x'])(
    'have no fragment, unlike %s (RFC 6749 section 3.1.2)',
    async (uri) => {
      expect(await register(app.url, { redirect_uris: [uri] })).toMatchObject({
        status: 400,
        body: refusal('redirect_uris', 'invalid_redirect_uri'),
      });
    },
  );

  it.each([
    'https://app.example/cb',
    'http://localhost:1/x',
    'http://127.0.0.1/x',
    'http://[::1]/x',
    'com.example.app:/cb',
  ])('may be protected by TLS, on the own machine or of the app itself, like %s (RFC 7591 section 5)', async (uri) => {
    expect(await register(app.url, { redirect_uris: [uri] })).toMatchObject({
      status: 201,
      body: { redirect_uris: [uri] },
    });
  });

  it.each(['http://app.example/cb', 'http://192.0.2.1/cb', 'http://localhost.app.example/cb'])(
    'are nothing else, unlike %s (RFC 7591 section 5)',
    async (uri) => {
      expect(await register(app.url, { redirect_uris: [uri] })).toMatchObject({
        status: 400,
        body: refusal('redirect_uris', 'invalid_redirect_uri'),
      });
    },
  );

  it.each([
    ...[
      'javascript:alert(1)',
      'JavaScript:alert(1)',
      ' javascript:alert(1)',
      'java\tscript:alert(1)',
      'data:text/html,x',
    ],
    ...[
      'vbscript:x',
      'file:///etc/passwd',
      'blob:https://app.example/x',
      'about:blank',
      'ftp://app.example/',
      'ws://app.example/',
    ],
    ...[
      'https://user@app.example/cb',
      'https://*.app.example/cb',
      'https://app.example\\@evil.example/',
      'https://app.example/%0acb',
    ],
    ...['https://app.example/ cb', 'https://app.example/../cb', 'https://app.example/\u0000'],
  ])('are refused where a browser could run or misread them, like %j (RFC 9700 section 4.1)', async (uri) => {
    expect(await register(app.url, { redirect_uris: [uri] })).toMatchObject({
      status: 400,
      body: refusal('redirect_uris', 'invalid_redirect_uri'),
    });
  });

  it.each([
    'https://app.example/cb?x=1&y=%20',
    'HTTPS://A.example:443/CB',
    'https://app.example',
    'https://app.example/a//b/',
  ])('are kept as they were sent, query included, like %s (RFC 6749 section 3.1.2)', async (uri) => {
    const { body } = await register(app.url, { redirect_uris: [uri] });
    expect(body.redirect_uris).toEqual([uri]);
    expect((await manage('GET', body)).body.redirect_uris).toEqual([uri]);
  });

  it('count once when repeated (RFC 7591 section 2)', async () => {
    const [uri] = webClient.redirect_uris;
    expect((await register(app.url, { redirect_uris: [uri, uri] })).body.redirect_uris).toEqual([uri]);
  });
});

describe('the way of authentication', () => {
  it('is client_secret_basic unless said otherwise (RFC 7591 section 2)', async () => {
    const { body } = await register(app.url);
    expect(body).toMatchObject({ token_endpoint_auth_method: 'client_secret_basic', client_secret: aSecret });
  });

  it('is none for a public client, which gets no secret (RFC 7591 section 2)', async () => {
    const none = { token_endpoint_auth_method: 'none' };
    expect((await registerWith(none)).body).toEqual(
      information(app.url, { ...webClient, ...none }, { secret: 'none' }),
    );
  });

  it.each(['client_secret_basic', 'client_secret_post'])(
    'comes with a secret as %s (RFC 7591 section 2)',
    async (method) => {
      const { body } = await registerWith({ token_endpoint_auth_method: method });
      expect(body).toMatchObject({ token_endpoint_auth_method: method, client_secret: aSecret });
      expect(await authenticates(app.url, body, body.client_secret)).toBe(true);
    },
  );

  it.each(['CLIENT_SECRET_BASIC', 'client_secret', 'magic'])(
    'is one that the server publishes, unlike %s (RFC 8414 section 2)',
    async (method) => {
      expect(await registerWith({ token_endpoint_auth_method: method })).toMatchObject({
        status: 400,
        body: refusal('token_endpoint_auth_method'),
      });
    },
  );

  it.each(['private_key_jwt', 'self_signed_tls_client_auth'])(
    'asks for a key as %s (OpenID Connect Core 1.0 section 9)',
    async (method) => {
      const document = { token_endpoint_auth_method: method };
      expect(await registerWith(document)).toMatchObject(refusalOf('token_endpoint_auth_method'));
      expect(await registerWith({ ...document, jwks: { keys: [] } })).toMatchObject(
        refusalOf('token_endpoint_auth_method'),
      );
      expect(await registerWith({ ...document, jwks_uri: 'https://app.example/keys' })).toMatchObject({ status: 201 });
    },
  );
});

describe('grants and response types', () => {
  it('are authorization_code and code unless said otherwise (RFC 7591 section 2)', async () => {
    expect((await register(app.url)).body).toMatchObject({
      grant_types: ['authorization_code'],
      response_types: ['code'],
    });
  });

  it.each(['authorizationCode', 'client-credentials', 'refreshToken', 'jwt-bearer', 'AUTHORIZATION_CODE'])(
    'are spelled exactly, unlike %s (RFC 7591 section 2)',
    async (grant) => {
      expect(await registerWith({ grant_types: ['authorization_code', grant] })).toMatchObject(
        refusalOf('grant_types'),
      );
    },
  );

  it.each(['implicit', 'password'])('never include %s (RFC 9700 section 2)', async (grant) => {
    const response_types = grant === 'implicit' ? ['id_token'] : [];
    expect(await registerWith({ grant_types: [grant], response_types })).toMatchObject(refusalOf('grant_types'));
  });

  it.each(['token', 'Code', 'none', 'code token'])(
    'are values that the authorization endpoint knows, unlike %s (RFC 7591 section 2)',
    async (type) => {
      expect(await registerWith({ response_types: ['code', type] })).toMatchObject(refusalOf('response_types'));
    },
  );

  it.each([
    [['authorization_code'], ['token'], 'response_types'],
    [['authorization_code'], [], 'response_types'],
    [['authorization_code'], ['id_token'], 'response_types'],
    [['authorization_code'], ['code', 'code id_token'], 'response_types'],
    [['client_credentials'], ['code'], 'response_types'],
    [['implicit'], ['code'], 'grant_types'],
  ])('fit each other, unlike %j with %j (RFC 7591 section 2.1)', async (grant_types, response_types, member) => {
    expect(await registerWith({ grant_types, response_types })).toMatchObject(refusalOf(member));
  });

  it('fit each other as authorization_code and code, with refresh_token beside them (RFC 7591 section 2.1)', async () => {
    const document = { grant_types: ['authorization_code', 'refresh_token'], response_types: ['code'] };
    expect(await registerWith(document)).toMatchObject({ status: 201, body: document });
  });

  it('do not fit when only response_types is sent, and asks for the implicit grant (RFC 7591 section 2.1)', async () => {
    expect(await registerWith({ response_types: ['id_token'] })).toMatchObject(refusalOf('response_types'));
  });

  it('get no response type when no grant redirects (RFC 7591 section 2.1)', async () => {
    expect((await register(app.url, service)).body).toMatchObject({ ...service, response_types: [] });
  });

  it('include refresh_token only beside a grant that yields one (RFC 6749 section 1.5)', async () => {
    for (const grant_types of [['refresh_token'], ['client_credentials', 'refresh_token']])
      expect(await register(app.url, { grant_types })).toMatchObject({ status: 400, body: refusal('grant_types') });
  });

  it('may be of several kinds in one client (RFC 7591 section 5)', async () => {
    const grant_types = ['authorization_code', 'client_credentials'];
    expect(await registerWith({ grant_types })).toMatchObject({ status: 201, body: { grant_types } });
  });

  it('do not include client_credentials for a public client (RFC 6749 section 4.4)', async () => {
    expect(await register(app.url, { ...service, token_endpoint_auth_method: 'none' })).toMatchObject({
      status: 400,
      body: refusal('grant_types'),
    });
  });
});

describe('what a client says of itself', () => {
  const pages = ['client_uri', 'logo_uri', 'tos_uri', 'policy_uri'];
  it.each(pages)('has a web address as %s (RFC 7591 section 2)', async (member) => {
    const uri = 'https://app.example/page?lang=en';
    expect(await registerWith({ [member]: uri })).toMatchObject({ status: 201, body: { [member]: uri } });
    for (const wrong of ['', 'about us', '/page', 'mailto:a@app.example', 'ftp://app.example/page'])
      expect(await registerWith({ [member]: wrong })).toMatchObject({ status: 400, body: refusal(member) });
  });

  it.each([...pages, 'jwks_uri'])('has no address as %s that runs a script (RFC 7591 section 5)', async (member) => {
    for (const wrong of ['javascript:alert(1)', 'JAVASCRIPT:alert(1)', 'data:text/html,x', ' javascript:alert(1)'])
      expect(await registerWith({ [member]: wrong })).toMatchObject({ status: 400, body: refusal(member) });
  });

  it.each(pages)('may have %s on another host than its redirect URIs (RFC 7591 section 5)', async (member) => {
    const uri = 'http://www.other.example/';
    expect(await registerWith({ [member]: uri })).toMatchObject({ status: 201, body: { [member]: uri } });
  });

  it('has a scope of tokens separated by spaces (RFC 7591 section 2)', async () => {
    expect((await registerWith({ scope: 'openid email' })).body).toMatchObject({ scope: 'openid email' });
    for (const scope of ['openid  email', ' openid', 'open"id', 'open\\id', 'open\nid', 'ópenid'])
      expect(await registerWith({ scope })).toMatchObject({ status: 400, body: refusal('scope') });
  });

  it('gets the default scope where it asks for none (RFC 7591 section 2)', async () => {
    expect((await register(app.url)).body).toMatchObject({
      scope: 'openid profile email address phone offline_access',
    });
  });

  it('gets of its scope what may be given, and is told so (RFC 7591 section 3.2.1)', async () => {
    expect((await registerWith({ scope: 'dcr openid clients:write unheard_of' })).body).toMatchObject({
      scope: 'openid',
    });
  });

  it('gets each scope once (RFC 6749 section 3.3)', async () => {
    expect((await registerWith({ scope: 'profile openid profile' })).body).toMatchObject({ scope: 'profile openid' });
  });

  it('may have contacts of any kind (RFC 7591 section 2)', async () => {
    const contacts = ['ops@app.example', 'mailto:dev@app.example', 'the desk on the left'];
    expect((await registerWith({ contacts })).body).toMatchObject({ contacts });
  });

  it('keeps software_id and software_version as they are, over all its instances (RFC 7591 section 2)', async () => {
    const software = { software_id: '4NRB1-0XZABZI9E6-5SM3R', software_version: '1.10' };
    for (const software_version of ['1.10', '1.9', 'v2-beta']) {
      const { body } = await registerWith({ ...software, software_version });
      expect(body).toMatchObject({ ...software, software_version });
    }
  });

  it('leaves its name out if it likes (RFC 7591 section 2)', async () => {
    const { status, body } = await register(app.url, { redirect_uris: webClient.redirect_uris });
    expect(status).toBe(201);
    expect(body).not.toHaveProperty('client_name');
  });
});

describe('keys of the client', () => {
  it('are at an https address (RFC 7591 section 2)', async () => {
    const jwks_uri = 'https://app.example/keys';
    expect(await registerWith({ jwks_uri })).toMatchObject({ status: 201, body: { jwks_uri } });
    for (const wrong of ['http://app.example/keys', 'http://localhost/keys', 'keys', 'https://app.example/keys#1'])
      expect(await registerWith({ jwks_uri: wrong })).toMatchObject({ status: 400, body: refusal('jwks_uri') });
  });

  it('are a JSON object with a list of keys (RFC 7591 section 2)', async () => {
    expect(await registerWith({ jwks })).toMatchObject({ status: 201, body: { jwks } });
    for (const wrong of ['{"keys":[]}', {}, [], { keys: {} }, { keys: ['x'] }, { keys: [{}] }])
      expect(await registerWith({ jwks: wrong })).toMatchObject(refusalOf('jwks'));
  });

  it('are never both by value and by address (RFC 7591 section 2)', async () => {
    const jwks_uri = 'https://app.example/keys';
    expect(await registerWith({ jwks, jwks_uri })).toMatchObject({ status: 400, body: refusal('jwks') });
    const { body } = await registerWith({ jwks });
    const swapped = await manage('PUT', body, { json: { ...webClient, client_id: body.client_id, jwks_uri } });
    expect(swapped).toMatchObject({ status: 200, body: { jwks_uri } });
    expect(swapped.body).not.toHaveProperty('jwks');
  });

  it('may be of kinds that nobody here knows, beside others (RFC 7517 section 5)', async () => {
    const mixed = { keys: [{ kty: 'XYZ', kid: 'new' }, ...jwks.keys], extra: true };
    expect(await registerWith({ jwks: mixed, token_endpoint_auth_method: 'private_key_jwt' })).toMatchObject({
      status: 201,
      body: { jwks: mixed },
    });
  });

  it('name no member twice (RFC 7517 section 4)', async () => {
    const body = `{"redirect_uris":["https://app.example/cb"],"jwks":{"keys":[{"kty":"XYZ","kid":"a","kid":"b"}]}}`;
    expect(await post(body)).toMatchObject({ status: 400, body: failure('invalid_client_metadata') });
  });

  it('are public, and a private one is not repeated in the refusal (RFC 7517 section 9.2)', async () => {
    const { privateKey } = keyPair();
    for (const key of [privateKey, keyPair('RSA').privateKey, { kty: 'oct', k: 'c2VjcmV0' }]) {
      const answer = await registerWith({ jwks: { keys: [key] } });
      expect(answer).toMatchObject({ status: 400, body: refusal('jwks') });
      expect(answer.text).not.toContain(key['d'] ?? key['k']);
    }
  });
});

describe('members in several languages', () => {
  const named = {
    client_name: 'Weather',
    'client_name#de': 'Wetter',
    'client_name#ja-Jpan-JP': '\u5929\u6c17',
    'client_uri#DE': 'https://app.example/de',
    'logo_uri#fr-CA': 'https://app.example/logo-fr.png',
    'tos_uri#de': 'https://app.example/agb',
    'policy_uri#de': 'https://app.example/datenschutz',
  };

  it('are kept beside the member, their tags as they were spelled (RFC 7591 section 2.2)', async () => {
    const { body } = await registerWith(named);
    expect(body).toEqual(information(app.url, { ...webClient, ...named }));
    expect((await lookUp(app.url, body)).body.metadata).toMatchObject(named);
  });

  it('have one variant for each language, whatever the case of the tag (RFC 7591 section 2.2)', async () => {
    expect(await registerWith({ 'client_name#en': 'a', 'client_name#EN': 'b' })).toMatchObject(
      refusalOf('client_name'),
    );
  });

  it('leave the language of a member without a tag open, and its value as it is (RFC 7591 section 2.2)', async () => {
    const client_name = '  <b>Wetter</b> & "mehr"  ';
    const { body } = await registerWith({ client_name });
    expect(body).toEqual(information(app.url, { ...webClient, client_name }));
  });

  it('may be there with tags only (RFC 7591 section 2.2)', async () => {
    const { body } = await register(app.url, { redirect_uris: webClient.redirect_uris, 'client_name#de': 'Wetter' });
    expect(body).toMatchObject({ 'client_name#de': 'Wetter' });
    expect(body).not.toHaveProperty('client_name');
  });

  it.each(['client_name#', 'client_name#!!', 'client_name#en_US', 'client_name#de#fr'])(
    'have a well-formed tag, unlike %s (RFC 5646 section 2.1)',
    async (name) => {
      expect(await registerWith({ [name]: 'Weather' })).toMatchObject(refusalOf('client_name'));
    },
  );

  it.each(['de', 'zh-Hant-TW', 'es-419', 'sl-rozaj-biske', 'de-x-formal', 'x-pirate'])(
    'may have any well-formed tag, like %s (RFC 5646 section 2.1)',
    async (tag) => {
      const member = { [`client_name#${tag}`]: 'Weather' };
      expect(await registerWith(member)).toMatchObject({ status: 201, body: member });
    },
  );

  it('are those for people only: a tag elsewhere is an unknown member (RFC 7591 section 2.2)', async () => {
    const { body } = await registerWith({ 'redirect_uris#fr': ['nope'], 'scope#fr': 5, 'jwks_uri#fr': 'nope' });
    expect(body).toEqual(information(app.url, webClient));
  });

  it.each(['client_uri#fr', 'logo_uri#fr', 'tos_uri#fr', 'policy_uri#fr'])(
    'are judged like the member itself as %s (RFC 7591 section 2.2)',
    async (name) => {
      expect(await registerWith({ [name]: 'javascript:alert(1)' })).toMatchObject({ status: 400, body: refusal(name) });
    },
  );

  it('are at most 16 for each member (RFC 7591 section 2.2)', async () => {
    const variants = (n: number) =>
      Object.fromEntries(Array.from({ length: n }, (_, index) => [`client_name#en-x-${index}`, 'Weather']));
    expect(await registerWith(variants(16))).toMatchObject({ status: 201 });
    expect(await registerWith(variants(17))).toMatchObject(refusalOf('client_name'));
  });
});

describe('the answer to a registration', () => {
  it('is 201 with one JSON object, and kept out of every cache (RFC 7591 section 3.2.1)', async () => {
    const { status, headers, body } = await register(app.url);
    expect(status).toBe(201);
    expect(body).toEqual(information(app.url, webClient));
    expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('pragma')).toBe('no-cache');
  });

  it('has an identifier, a secret and a token that no other client has (RFC 7591 section 3.2.1)', async () => {
    const token = await initialAccessToken(app.url, { uses: 200 });
    const answers = await Promise.all(
      Array.from({ length: 200 }, () => send('POST', `${app.url}/register`, { token, json: webClient })),
    );
    for (const member of ['client_id', 'client_secret', 'registration_access_token'])
      expect(new Set(answers.map(({ body }) => body[member])).size).toBe(200);
  });

  it('has an identifier and credentials that need no encoding, and never an https identifier (RFC 6749 section 2.3.1)', async () => {
    const { body } = await register(app.url);
    for (const member of ['client_id', 'client_secret', 'registration_access_token'])
      expect(body[member]).toMatch(/^[A-Za-z0-9._~-]+$/);
  });

  it('has a secret of 384 bits (RFC 6749 section 10.10)', async () => {
    const { body } = await register(app.url);
    expect(Buffer.from(body.client_secret, 'base64url')).toHaveLength(48);
  });

  it('has a secret that serves this client alone (RFC 7591 section 3.2.1)', async () => {
    const [one, other] = [(await register(app.url)).body, (await register(app.url)).body];
    expect(await authenticates(app.url, one, one.client_secret)).toBe(true);
    expect(await authenticates(app.url, one, other.client_secret)).toBe(false);
  });

  it('says when the identifier was issued, in whole seconds (RFC 7591 section 3.2.1)', async () => {
    const before = Math.floor(Date.now() / 1000);
    const { body } = await register(app.url);
    expect(Number.isInteger(body.client_id_issued_at)).toBe(true);
    expect(body.client_id_issued_at).toBeGreaterThanOrEqual(before);
    expect(body.client_id_issued_at).toBeLessThanOrEqual(Date.now() / 1000);
  });

  it('says with every secret when it expires, 0 for never, and only then (RFC 7591 section 3.2.1)', async () => {
    expect((await register(app.url)).body).toMatchObject({ client_secret: aSecret, client_secret_expires_at: 0 });
    const { body } = await registerWith({ token_endpoint_auth_method: 'none' });
    expect(body).not.toHaveProperty('client_secret_expires_at');
  });

  it('has everything that is registered, as an authorization server finds it (RFC 7591 section 3.2.1)', async () => {
    const metadata = { client_uri: 'https://app.example/', contacts: ['a@app.example'], default_max_age: 60, jwks };
    const { body } = await registerWith(metadata);
    expect(body).toEqual(information(app.url, { ...webClient, ...metadata }));
    const stored = (await lookUp(app.url, body)).body.metadata;
    expect(body).toMatchObject(stored);
    expect(stored).toEqual({ ...defaultMetadata, ...webClient, ...metadata });
  });

  it('may be trusted with a secret: only a caller with a right of its own can try one (RFC 6749 section 2.3.1)', async () => {
    const { body } = await register(app.url);
    const url = `${app.url}/lookup/clients/${body.client_id}/authenticate`;
    const sending = { json: { client_secret: body.client_secret } };
    expect(await send('POST', url, sending)).toMatchObject(unauthorized);
    expect(await send('POST', url, { ...sending, token: body.registration_access_token })).toMatchObject(unauthorized);
    expect(await send('POST', url, { ...sending, token: adminToken })).toMatchObject({ body: { authenticated: true } });
  });

  it('has an identifier that tells nothing about the client (RFC 7591 section 6)', async () => {
    const { body } = await register(app.url);
    expect(body.client_id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });
});

describe('a refusal of a registration', () => {
  it.each([
    ['a bad redirect URI', { redirect_uris: ['nope'] }, 'invalid_redirect_uri'],
    ['a missing redirect URI', { redirect_uris: [] }, 'invalid_redirect_uri'],
    ['a bad value', { default_max_age: -1 }, 'invalid_client_metadata'],
    ['a bad combination', { grant_types: ['client_credentials'], response_types: ['code'] }, 'invalid_client_metadata'],
    ['a bad URI elsewhere', { post_logout_redirect_uris: ['nope'] }, 'invalid_client_metadata'],
  ])('is 400 for %s, with its code and JSON (RFC 7591 section 3.2.2)', async (_what, members, error) => {
    const answer = await registerWith(members);
    expect(answer).toMatchObject({ status: 400, body: { ...failure(error), violations: expect.any(Array) } });
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.headers.get('pragma')).toBe('no-cache');
  });

  it('is in ASCII and repeats nothing that was sent (RFC 7591 section 3.2.2)', async () => {
    const { status, text } = await registerWith({
      client_name: 'Gr\u00fc\u00dfe\u0000<script>',
      scope: '"\u00e4',
      token_endpoint_auth_method: '<img src=x>',
      'client_uri#<b>': 'javascript:alert(1)',
    });
    expect(status).toBe(400);
    expect(text).toMatch(/^[\x20-\x7e]+$/);
    expect(text).not.toMatch(/<|alert|Gr/);
  });

  it('tells all that is wrong beside the two members of the standard (RFC 7591 section 3.2.2)', async () => {
    const { body } = await registerWith({ default_max_age: -1, redirect_uris: ['nope'] });
    expect(body).toMatchObject({
      error: 'invalid_redirect_uri',
      violations: [{ member: 'redirect_uris' }, { member: 'default_max_age' }],
    });
  });

  it('names no client (RFC 7591 section 3.2.2)', async () => {
    const { body } = await registerWith({ redirect_uris: ['nope'], client_id: 'mine' });
    expect(body).not.toHaveProperty('client_id');
    expect(JSON.stringify(body)).not.toContain('mine');
  });

  it('is invalid_client_metadata for a body that is no JSON (RFC 7591 section 3.2.2)', async () => {
    expect(await post('{')).toMatchObject({ status: 400, body: failure('invalid_client_metadata') });
  });

  it('is in the form of bearer tokens for a bad initial access token (RFC 7591 section 3.2.2)', async () => {
    const answer = await send('POST', `${app.url}/register`, {
      token: 'ciat_unknown',
      json: { redirect_uris: ['nope'] },
    });
    expect(answer).toMatchObject(unauthorized);
    expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="clientele", error="invalid_token"');
  });
});

describe('an initial access token', () => {
  const registerBy = (token: string, metadata: object = webClient) =>
    send('POST', `${app.url}/register`, { token, json: metadata });
  const makeToken = async (bounds: object = {}) =>
    (await send('POST', `${app.url}/admin/initial-access-tokens`, { token: adminToken, json: bounds })).body;

  it('makes as many clients as it has uses, however many try at once (RFC 7592 appendix A)', async () => {
    const token = await initialAccessToken(app.url, { uses: 3 });
    const answers = await Promise.all(Array.from({ length: 20 }, () => registerBy(token)));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(3);
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(17);
  });

  it('is not used up by a refused registration (RFC 7591 section 3.2.2)', async () => {
    const token = await initialAccessToken(app.url);
    expect(await registerBy(token, { redirect_uris: ['nope'] })).toMatchObject({ status: 400 });
    expect(await registerBy(token)).toMatchObject({ status: 201 });
    expect(await registerBy(token)).toMatchObject({ status: 401 });
  });

  it('is good for registration only (RFC 7592 appendix A)', async () => {
    const token = await initialAccessToken(app.url, { uses: 2 });
    const { body } = await registerBy(token);
    expect(await manage('GET', body, { token })).toMatchObject(unauthorized);
    expect(await send('GET', `${app.url}/lookup/clients/${body.client_id}`, { token })).toMatchObject(unauthorized);
    expect(await send('GET', `${app.url}/admin/initial-access-tokens`, { token })).toMatchObject(unauthorized);
  });

  it('is the only token that registers (RFC 7591 section 3)', async () => {
    const { body } = await register(app.url);
    for (const token of [adminToken, body.registration_access_token, body.client_secret])
      expect(await registerBy(token)).toMatchObject(unauthorized);
  });

  it('is named with each client that it made (RFC 7592 appendix A)', async () => {
    const { id, token } = await makeToken();
    const { body } = await registerBy(token);
    expect((await lookUp(app.url, body)).body.registrar).toEqual({ type: 'initial_access_token', token_id: id });
  });

  it('sets limits that hold for every later replacement (RFC 7591 section 5)', async () => {
    const { token } = await makeToken({ scope: 'openid', redirect_hosts: ['app.example'], software_id: 'suite' });
    const { body } = await registerBy(token);
    expect(body).toMatchObject({ scope: 'openid', software_id: 'suite' });
    const replaceBy = (members: object) =>
      manage('PUT', body, { json: { ...webClient, client_id: body.client_id, ...members } });
    expect((await replaceBy({ scope: 'openid email' })).body).toMatchObject({ scope: 'openid' });
    expect(await replaceBy({ redirect_uris: ['https://other.example/'] })).toMatchObject(
      refusalOf('redirect_uris', 'invalid_redirect_uri'),
    );
    expect(await replaceBy({ software_id: 'other' })).toMatchObject(refusalOf('software_id'));
  });

  it('for one software_id and one use makes one instance of that software (RFC 7591 section 5)', async () => {
    const { token } = await makeToken({ software_id: 'suite', uses: 1 });
    expect(await registerBy(token, { ...webClient, software_id: 'other' })).toMatchObject({
      status: 400,
      body: refusal('software_id'),
    });
    expect(await registerBy(token, { ...webClient, software_id: 'suite' })).toMatchObject({ status: 201 });
    expect(await registerBy(token, { ...webClient, software_id: 'suite' })).toMatchObject(unauthorized);
  });
});

describe('protection of users', () => {
  it('refuses a name that reads as another one (RFC 7591 section 5)', async () => {
    for (const client_name of ['evil\u202elagel', 'a\u2066b', 'Bank\u0000', 'Bank\r\nLocation: x'])
      expect(await registerWith({ client_name })).toMatchObject({ status: 400, body: refusal('client_name') });
  });

  it('forgets the contacts of a deleted client, in the audit trail too (RFC 7591 section 6)', async () => {
    const { body } = await registerWith({ contacts: ['jane.doe@private.example'] });
    await manage('DELETE', body);
    for (const table of ['clients', 'audit_events'])
      expect(JSON.stringify(await query(app, `SELECT * FROM ${table}`))).not.toContain('jane.doe');
  });
});
