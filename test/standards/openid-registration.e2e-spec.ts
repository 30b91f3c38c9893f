import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { aSecret, information, keyPair, refusal } from '../support/builders.js';
import { initialAccessToken, register, replacementOf, send, sendRaw, webClient } from '../support/http.js';
import { certificate, certifiedKey } from '../support/metadata-language.js';
import { startApp, type TestApp } from '../support/test-app.js';
import { lookUp, manage, refusalOf, unauthorized } from './support.js';

const rsaKey = keyPair('RSA').publicKey;
const jwks = { keys: [rsaKey] };
const privateKeyJwt = { token_endpoint_auth_method: 'private_key_jwt', jwks };
const publicClient = { token_endpoint_auth_method: 'none' };
const native = (...redirect_uris: string[]) => ({ application_type: 'native', redirect_uris });

let app: TestApp;

beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

const registerWith = (members: object) => register(app.url, { ...webClient, ...members });
const refusesRedirects = { status: 400, body: refusal('redirect_uris', 'invalid_redirect_uri') };

const preflight = (url: string, method: string) =>
  send('OPTIONS', url, { headers: { origin: 'https://app.example', 'access-control-request-method': method } });

describe('registration', () => {
  it('takes an initial access token from the Authorization header (OpenID Connect Registration 1.0 section 3)', async () => {
    expect(await register(app.url)).toMatchObject({ status: 201 });
  });

  it('can be asked for by a page of any origin, without cookies (OpenID Connect Registration 1.0 section 3)', async () => {
    const { status, headers } = await preflight(`${app.url}/register`, 'POST');
    expect(status).toBe(204);
    expect(headers.get('access-control-allow-origin')).toBe('*');
    expect(headers.get('access-control-allow-methods')).toBe('POST');
    expect(headers.get('access-control-allow-headers')).toMatch(/Authorization,Content-Type/);
    expect(headers.get('access-control-allow-credentials')).toBeNull();
    const answer = await send('POST', `${app.url}/register`, {
      json: webClient,
      headers: { origin: 'https://app.example' },
    });
    expect(answer.headers.get('access-control-allow-origin')).toBe('*');
  });

  it('never puts other redirect URIs in the place of those that were asked for (OpenID Connect Registration 1.0 section 3.2)', async () => {
    const redirect_uris = ['https://app.example/a', 'http://app.example/b'];
    expect(await registerWith({ redirect_uris })).toMatchObject(refusesRedirects);
    expect((await registerWith({ redirect_uris: redirect_uris.slice(0, 1) })).body).toMatchObject({
      redirect_uris: redirect_uris.slice(0, 1),
    });
  });

  it('tells what was narrowed, and ignores what it does not know (OpenID Connect Registration 1.0 section 3.2)', async () => {
    const { body } = await registerWith({ scope: 'openid everything', x_unknown: true });
    expect(body).toEqual(information(app.url, { ...webClient, scope: 'openid' }));
  });

  it('answers 201 with JSON (OpenID Connect Registration 1.0 section 3.2)', async () => {
    const { status, headers } = await register(app.url);
    expect(status).toBe(201);
    expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
  });

  it('gives each client an identifier and a secret of its own (OpenID Connect Registration 1.0 section 3.2)', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => register(app.url)));
    for (const member of ['client_id', 'client_secret'])
      expect(new Set(answers.map(({ body }) => body[member])).size).toBe(20);
  });

  it('gives a client with keys no secret (OpenID Connect Registration 1.0 section 3.2)', async () => {
    expect((await registerWith(privateKeyJwt)).body).not.toHaveProperty('client_secret');
  });

  it.each([
    { id_token_signed_response_alg: 'HS256' },
    { userinfo_encrypted_response_alg: 'A128KW' },
    { request_object_encryption_alg: 'A256KW' },
    { request_object_signing_alg: 'HS512' },
  ])(
    'gives a client with keys a secret where %j needs one (OpenID Connect Registration 1.0 section 2)',
    async (members) => {
      const { body } = await registerWith({ ...privateKeyJwt, ...members });
      expect(body).toMatchObject({ client_secret: aSecret, client_secret_expires_at: 0 });
    },
  );

  it('gives address and token of the registration together (OpenID Connect Registration 1.0 section 3.2)', async () => {
    for (const { body } of [await register(app.url), await registerWith(publicClient)]) {
      expect(body).toHaveProperty('registration_client_uri');
      expect(body).toHaveProperty('registration_access_token');
    }
  });

  it('says when a secret expires, and only where there is one (OpenID Connect Registration 1.0 section 3.2)', async () => {
    expect((await register(app.url)).body).toMatchObject({ client_secret_expires_at: 0 });
    expect((await registerWith(publicClient)).body).not.toHaveProperty('client_secret_expires_at');
  });

  it('is refused with 400, a code and a description (OpenID Connect Registration 1.0 section 3.3)', async () => {
    expect(await registerWith({ redirect_uris: ['nope'] })).toMatchObject(refusesRedirects);
    expect(await registerWith({ default_max_age: -1 })).toMatchObject({
      status: 400,
      body: refusal('default_max_age'),
    });
  });

  it('uses nothing of what it refuses (OpenID Connect Registration 1.0 section 7)', async () => {
    const { body: client } = await register(app.url);
    const before = (await lookUp(app.url, client)).text;
    const json = { ...webClient, client_id: client.client_id, client_name: 'Other', default_max_age: -1 };
    expect(await manage('PUT', client, { json })).toMatchObject({ status: 400, body: refusal('default_max_age') });
    expect((await lookUp(app.url, client)).text).toBe(before);
  });

  it('asks only clients that redirect for redirect URIs (OpenID Connect Registration 1.0 section 2)', async () => {
    expect(await register(app.url, { scope: 'openid' })).toMatchObject(refusesRedirects);
    expect(await register(app.url, { grant_types: ['client_credentials'], scope: 'openid' })).toMatchObject({
      status: 201,
    });
  });
});

describe('reading a registration', () => {
  it('takes the token of the client from the Authorization header (OpenID Connect Registration 1.0 section 4)', async () => {
    const { body } = await register(app.url);
    expect(await manage('GET', body)).toMatchObject({ status: 200, body: { client_id: body.client_id } });
    expect(
      await send('GET', `${body.registration_client_uri}?access_token=${body.registration_access_token}`),
    ).toMatchObject(unauthorized);
  });

  it.each(['GET', 'PUT', 'DELETE'])(
    'can be asked for by a page of any origin: %s (OpenID Connect Registration 1.0 section 4)',
    async (method) => {
      const { body } = await register(app.url);
      const { status, headers } = await preflight(body.registration_client_uri, method);
      expect(status).toBe(204);
      expect(headers.get('access-control-allow-origin')).toBe('*');
      expect(headers.get('access-control-allow-methods')!.split(',')).toContain(method);
      expect(headers.get('access-control-allow-headers')).toMatch(/Authorization,Content-Type/);
    },
  );

  it('answers the same every time, with everything that is registered (OpenID Connect Registration 1.0 section 4.3)', async () => {
    const { body } = await registerWith({ ...publicClient, contacts: ['a@app.example'], jwks });
    const [first, second] = [await manage('GET', body), await manage('GET', body)];
    expect(first.status).toBe(200);
    expect(first.body).toEqual(body);
    expect(second.text).toBe(first.text);
  });

  it('is 401 for a wrong token, a missing client and a deleted client (OpenID Connect Registration 1.0 section 4.4)', async () => {
    const [one, two, three] = await Promise.all([1, 2, 3].map(async () => (await register(app.url)).body));
    await manage('DELETE', three);
    const missing = { ...two, registration_client_uri: `${app.url}/register/unknown` };
    for (const answer of [
      await manage('GET', one, { token: 'crat_wrong' }),
      await manage('GET', missing),
      await manage('GET', three),
    ]) {
      expect(answer).toMatchObject(unauthorized);
      expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="clientele", error="invalid_token"');
    }
  });

  it.each(['unknown', '..%2f', '%2e%2e', '%00', '%', '%zz', 'a/b', '/', 'x'.repeat(2000), 'https%3A%2F%2Fapp.example'])(
    'is never 404, also at /register/%s (OpenID Connect Registration 1.0 section 4.4)',
    async (path) => {
      for (const method of ['GET', 'PUT', 'DELETE']) {
        const headers = ['Authorization', 'Bearer crat_wrong'];
        expect(await sendRaw(method, app.url, { path: `/register/${path}`, headers })).toMatchObject(unauthorized);
      }
    },
  );
});

describe('the kind of an application', () => {
  it('is web unless said otherwise (OpenID Connect Registration 1.0 section 2)', async () => {
    expect((await register(app.url)).body).toMatchObject({ application_type: 'web' });
    expect((await register(app.url, { grant_types: ['client_credentials'] })).body).toMatchObject({
      application_type: 'web',
    });
  });

  it('is native unless said otherwise where all redirects stay on the device (RFC 8252 section 7)', async () => {
    for (const uri of ['com.example.app:/cb', 'http://127.0.0.1/cb', 'http://localhost:4711/cb'])
      expect((await register(app.url, { redirect_uris: [uri] })).body).toMatchObject({ application_type: 'native' });
  });

  it.each(['desktop', 'Web', ''])(
    'is web or native, and not %j (OpenID Connect Registration 1.0 section 2)',
    async (type) => {
      expect(await registerWith({ application_type: type })).toMatchObject({
        status: 400,
        body: refusal('application_type'),
      });
    },
  );

  it.each(['http://app.example/cb', 'https://localhost/cb'])(
    'web with the implicit grant and %s is refused, as is the grant itself (OpenID Connect Registration 1.0 section 2)',
    async (uri) => {
      const implicit = { grant_types: ['implicit'], response_types: ['id_token'], application_type: 'web' };
      const { status, body } = await register(app.url, { ...implicit, redirect_uris: [uri] });
      expect(status).toBe(400);
      expect(body.violations.map(({ member }: { member: string }) => member)).toContain('grant_types');
    },
  );

  it.each([
    ['http://app.example/cb', 400],
    ['com.example.app:/cb', 400],
    ['https://localhost/cb', 201],
    ['http://localhost:3000/cb', 201],
  ])('web with the code flow and %s is %i (RFC 9700 section 2.6)', async (uri, status) => {
    const answer = await registerWith({ application_type: 'web', redirect_uris: [uri] });
    expect(answer).toMatchObject(status === 400 ? refusesRedirects : { status, body: { redirect_uris: [uri] } });
  });

  it.each(['com.example.app:/cb', 'http://localhost/cb', 'http://127.0.0.1:4711/cb', 'http://[::1]/cb'])(
    'native may be sent back to %s (OpenID Connect Registration 1.0 section 2)',
    async (uri) => {
      expect(await register(app.url, native(uri))).toMatchObject({ status: 201, body: native(uri) });
    },
  );

  it.each([
    ...['http://app.example/cb', 'http://127.0.0.2/cb', 'http://localhost.evil.example/cb'],
    ...['http://2130706433/cb', 'http://[::ffff:127.0.0.1]/cb', 'http://127.1/cb', 'https://localhost/cb'],
  ])('native may not be sent back to %s (OpenID Connect Registration 1.0 section 2)', async (uri) => {
    expect(await register(app.url, native(uri))).toMatchObject(refusesRedirects);
  });

  it('native may claim an https address (RFC 8252 section 7.2)', async () => {
    const client = native('https://app.example/cb');
    expect(await register(app.url, client)).toMatchObject({ status: 201, body: client });
  });

  it('is judged by all redirect URIs, not by the first (OpenID Connect Registration 1.0 section 2)', async () => {
    const good = 'https://app.example/cb';
    for (const bad of ['http://app.example/cb', 'com.example.app:/cb', 'nope'])
      expect(await register(app.url, { application_type: 'web', redirect_uris: [good, bad] })).toMatchObject(
        refusesRedirects,
      );
    expect(await register(app.url, native('com.example.app:/cb', 'http://app.example/cb'))).toMatchObject(
      refusesRedirects,
    );
  });
});

describe('response types and grants', () => {
  it.each([
    [['code'], ['client_credentials']],
    [['id_token'], ['authorization_code']],
    [['id_token token'], ['authorization_code']],
    [['code id_token'], ['authorization_code']],
    [['code token'], ['authorization_code']],
    [['code id_token token'], ['authorization_code']],
  ])(
    '%j without its grants is refused (OpenID Connect Registration 1.0 section 2)',
    async (response_types, grant_types) => {
      expect(await registerWith({ response_types, grant_types })).toMatchObject(refusalOf('response_types'));
    },
  );

  it('code with its grant is registered (OpenID Connect Registration 1.0 section 2)', async () => {
    const document = { response_types: ['code'], grant_types: ['authorization_code'] };
    expect(await registerWith(document)).toMatchObject({ status: 201, body: document });
  });
});

describe('keys', () => {
  it('are at an https address (OpenID Connect Registration 1.0 section 2)', async () => {
    expect(await registerWith({ jwks_uri: 'http://app.example/keys' })).toMatchObject({
      status: 400,
      body: refusal('jwks_uri'),
    });
  });

  it('each say their use where some sign and others encrypt (OpenID Connect Registration 1.0 section 2)', async () => {
    const keys = (...uses: (string | undefined)[]) => ({
      jwks: { keys: uses.map((use) => ({ ...rsaKey, ...(use && { use }) })) },
    });
    for (const good of [keys('sig', 'enc'), keys('sig'), keys(undefined, undefined)])
      expect(await registerWith(good)).toMatchObject({ status: 201, body: good });
    expect(await registerWith(keys('sig', 'enc', undefined))).toMatchObject({ status: 400, body: refusal('jwks') });
  });

  it('equal the key of their certificate, and stay beside it (OpenID Connect Registration 1.0 section 2)', async () => {
    const keys = (key: object) => ({ jwks: { keys: [{ ...key, x5c: [certificate] }] } });
    expect(await registerWith(keys(certifiedKey))).toMatchObject({ status: 201, body: keys(certifiedKey) });
    expect(await registerWith(keys(keyPair().publicKey))).toMatchObject({ status: 400, body: refusal('jwks') });
    expect(await registerWith(keys({ kty: 'EC' }))).toMatchObject({ status: 400, body: refusal('jwks') });
  });

  it('are public (OpenID Connect Registration 1.0 section 2)', async () => {
    for (const key of [
      keyPair('RSA').privateKey,
      keyPair().privateKey,
      keyPair('Ed25519').privateKey,
      { kty: 'oct', k: 'AAAA' },
    ])
      expect(await registerWith({ jwks: { keys: [key] } })).toMatchObject({ status: 400, body: refusal('jwks') });
  });

  it('are given once, by value or by address (OpenID Connect Registration 1.0 section 2)', async () => {
    const both = { jwks, jwks_uri: 'https://app.example/keys' };
    expect(await registerWith(both)).toMatchObject({ status: 400, body: refusal('jwks') });
  });
});

const families = ['id_token', 'userinfo', 'authorization', 'introspection'];
const encryptions: [string, string][] = [
  ...families.map((family): [string, string] => [
    `${family}_encrypted_response_alg`,
    `${family}_encrypted_response_enc`,
  ]),
  ['request_object_encryption_alg', 'request_object_encryption_enc'],
];

describe('algorithms', () => {
  it('sign ID tokens as RS256 unless said otherwise (OpenID Connect Registration 1.0 section 2)', async () => {
    expect((await register(app.url)).body).toMatchObject({ id_token_signed_response_alg: 'RS256' });
  });

  it.each(['none', 'RS1', 'rs256'])(
    'for ID tokens are supported ones, and not %s (OpenID Connect Registration 1.0 section 2)',
    async (alg) => {
      expect(await registerWith({ id_token_signed_response_alg: alg })).toMatchObject({
        status: 400,
        body: refusal('id_token_signed_response_alg'),
      });
    },
  );

  it.each([
    { id_token_signed_response_alg: 'HS256' },
    { userinfo_signed_response_alg: 'HS512' },
    { request_object_signing_alg: 'HS256' },
  ])(
    'keyed by a secret are not for public clients, unlike %j (OpenID Connect Core 1.0 section 10.1)',
    async (members) => {
      const [member] = Object.keys(members);
      expect(await registerWith({ ...publicClient, ...members })).toMatchObject({
        status: 400,
        body: refusal(member!),
      });
      const { body } = await registerWith(members);
      expect(Buffer.byteLength(body.client_secret)).toBeGreaterThanOrEqual(64);
    },
  );

  it.each(['A128KW', 'A256KW', 'dir'])(
    'that encrypt under a secret are not for public clients: %s (OpenID Connect Core 1.0 section 10.2)',
    async (alg) => {
      const members = { id_token_encrypted_response_alg: alg };
      expect(await registerWith({ ...publicClient, ...members })).toMatchObject({
        status: 400,
        body: refusal('id_token_encrypted_response_alg'),
      });
      expect(await registerWith(members)).toMatchObject({ status: 201, body: members });
    },
  );

  it.each(encryptions)(
    'for content need one for keys: %s before %s (OpenID Connect Registration 1.0 section 2)',
    async (_alg, enc) => {
      expect(await registerWith({ [enc]: 'A128GCM' })).toMatchObject({ status: 400, body: refusal(enc) });
    },
  );

  it.each(encryptions)(
    'for keys bring A128CBC-HS256 for content: %s sets %s (OpenID Connect Registration 1.0 section 2)',
    async (alg, enc) => {
      const { body } = await registerWith({ [alg]: 'RSA-OAEP', jwks });
      expect(body).toMatchObject({ [alg]: 'RSA-OAEP', [enc]: 'A128CBC-HS256' });
    },
  );

  it('leave userinfo plain unless said otherwise (OpenID Connect Registration 1.0 section 2)', async () => {
    const { body } = await register(app.url);
    for (const member of [
      'userinfo_signed_response_alg',
      'userinfo_encrypted_response_alg',
      'userinfo_encrypted_response_enc',
    ])
      expect(body).not.toHaveProperty(member);
    const signed = { userinfo_signed_response_alg: 'ES256' };
    expect((await registerWith(signed)).body).toMatchObject(signed);
  });

  it.each(families.map((family) => `${family}_encrypted_response_alg`))(
    'that encrypt for a key of the client need that key: %s (OpenID Connect Core 1.0 section 10.2)',
    async (member) => {
      expect(await registerWith({ [member]: 'RSA-OAEP' })).toMatchObject({ status: 400, body: refusal(member) });
    },
  );

  it('for request objects are supported ones, RS256 among them (OpenID Connect Registration 1.0 section 2)', async () => {
    const rs256 = { request_object_signing_alg: 'RS256', jwks };
    expect(await registerWith(rs256)).toMatchObject({ status: 201, body: rs256 });
    for (const alg of ['none', 'RS1'])
      expect(await registerWith({ request_object_signing_alg: alg })).toMatchObject({
        status: 400,
        body: refusal('request_object_signing_alg'),
      });
  });

  it.each([
    ['client_secret_jwt', 'HS256', 201],
    ['client_secret_jwt', 'RS256', 400],
    ['private_key_jwt', 'RS256', 201],
    ['private_key_jwt', 'ES256', 201],
    ['private_key_jwt', 'HS256', 400],
    ['private_key_jwt', 'none', 400],
    ['client_secret_basic', 'RS256', 400],
  ])(
    'for assertions fit the way of authentication: %s with %s is %i (OpenID Connect Core 1.0 section 9)',
    async (method, alg, status) => {
      const members = { token_endpoint_auth_method: method, token_endpoint_auth_signing_alg: alg };
      const answer = await registerWith({ ...members, ...(method === 'private_key_jwt' && { jwks }) });
      expect(answer).toMatchObject(
        status === 400 ? { status, body: refusal('token_endpoint_auth_signing_alg') } : { status, body: members },
      );
    },
  );

  const bounded = [
    ...['id_token_signed_response_alg', 'id_token_encrypted_response_alg', 'userinfo_signed_response_alg'],
    ...['userinfo_encrypted_response_alg', 'request_object_signing_alg', 'request_object_encryption_alg'],
    ...['token_endpoint_auth_signing_alg', 'authorization_signed_response_alg', 'introspection_signed_response_alg'],
    ...['subject_type', 'token_endpoint_auth_method'],
  ];
  it.each(bounded)(
    'and other choices are among those that the server publishes: %s (OpenID Connect Discovery 1.0 section 3)',
    async (member) => {
      expect(await registerWith({ [member]: 'unheard-of' })).toMatchObject({ status: 400, body: refusal(member) });
    },
  );
});

describe('ways of authentication', () => {
  it.each(['client_secret_post', 'client_secret_basic', 'client_secret_jwt', 'private_key_jwt', 'none'])(
    'include %s (OpenID Connect Registration 1.0 section 2)',
    async (token_endpoint_auth_method) => {
      const { status, body } = await registerWith({ ...privateKeyJwt, token_endpoint_auth_method });
      expect(status).toBe(201);
      expect(body).toMatchObject({ token_endpoint_auth_method });
      expect('client_secret' in body).toBe(token_endpoint_auth_method.startsWith('client_secret_'));
    },
  );

  it('are client_secret_basic unless said otherwise (OpenID Connect Registration 1.0 section 2)', async () => {
    expect((await register(app.url)).body).toMatchObject({ token_endpoint_auth_method: 'client_secret_basic' });
  });
});

describe('what a client asks of a sign-in', () => {
  it.each([
    ['default_max_age', [0, 60, 86_400], ['60', -1, 1.5, true]],
    ['require_auth_time', [true, false], ['true', 1, 0]],
    ['default_acr_values', [['urn:example:gold', '0'], []], ['urn:example:gold', [1], {}]],
    [
      'initiate_login_uri',
      ['https://app.example/login?x=1'],
      ['http://app.example/login', '/login', 'https://app.example/#x'],
    ],
    [
      'request_uris',
      [['https://app.example/r.jwt#GkurKxf5T0Y-mnPFCHqWOMiZi4VS138cQO_V7PZHAdM'], []],
      ['https://app.example/r', ['http://app.example/r']],
    ],
    ['subject_type', ['public', 'pairwise'], ['private', 5]],
    ['contacts', [['ada@app.example'], ['ops']], ['ada@app.example', [5]]],
  ])('is well-formed in %s (OpenID Connect Registration 1.0 section 2)', async (member, right, wrong) => {
    for (const value of right)
      expect(await registerWith({ [member]: value })).toMatchObject({ status: 201, body: { [member]: value } });
    for (const value of wrong as unknown[])
      expect(await registerWith({ [member]: value })).toMatchObject({ status: 400, body: refusal(member) });
  });

  it('has the defaults of the standard (OpenID Connect Registration 1.0 section 2)', async () => {
    const { body } = await register(app.url);
    expect(body).toMatchObject({ require_auth_time: false, subject_type: 'public' });
    for (const member of ['default_max_age', 'default_acr_values', 'initiate_login_uri', 'request_uris'])
      expect(body).not.toHaveProperty(member);
  });
});

describe('pairwise subjects', () => {
  const pairwise = { subject_type: 'pairwise' };
  const sector = { sector_identifier_uri: 'https://app.example/sector.json' };
  const members = [...webClient.redirect_uris, 'https://a.example/cb', 'https://b.example/cb'];
  beforeEach(() => void app.documents.set(sector.sector_identifier_uri, members));

  it('have their sector at an https address (OpenID Connect Registration 1.0 section 5)', async () => {
    expect(await registerWith({ ...pairwise, ...sector })).toMatchObject({ status: 201, body: sector });
    for (const wrong of ['http://app.example/sector.json', '/sector.json', 'https://app.example/sector.json#x'])
      expect(await registerWith({ ...pairwise, sector_identifier_uri: wrong })).toMatchObject({
        status: 400,
        body: refusal('sector_identifier_uri'),
      });
  });

  it('need a sector where redirect URIs are on several hosts (OpenID Connect Core 1.0 section 8.1)', async () => {
    const redirect_uris = ['https://a.example/cb', 'https://b.example/cb'];
    const without = await registerWith({ ...pairwise, redirect_uris });
    expect(without).toMatchObject({ status: 400, body: refusal('sector_identifier_uri') });
    expect(await registerWith({ ...pairwise, ...sector, redirect_uris })).toMatchObject({ status: 201 });
  });

  it('take hosts without their ports, and whatever their case (OpenID Connect Core 1.0 section 8.1)', async () => {
    const redirect_uris = ['https://app.example:8443/cb', 'https://APP.example/cb'];
    expect(await registerWith({ ...pairwise, redirect_uris })).toMatchObject({ status: 201 });
  });

  it('need a sector where redirect URIs have no host (OpenID Connect Core 1.0 section 8.1)', async () => {
    const answer = await register(app.url, { ...pairwise, redirect_uris: ['com.example.app:/cb'] });
    expect(answer).toMatchObject({ status: 400, body: refusal('sector_identifier_uri') });
  });

  it('need a sector again where a replacement adds a host (OpenID Connect Core 1.0 section 8.1)', async () => {
    const { body } = await registerWith(pairwise);
    const redirect_uris = [...webClient.redirect_uris, 'https://b.example/cb'];
    const answer = await manage('PUT', body, { json: { ...pairwise, client_id: body.client_id, redirect_uris } });
    expect(answer).toMatchObject({ status: 400, body: refusal('sector_identifier_uri') });
  });
});

describe('a sector', () => {
  const sector_identifier_uri = 'https://app.example/list.json';
  const client = { ...webClient, sector_identifier_uri };
  const notListed = { status: 400, body: refusal('sector_identifier_uri') };

  it.each([undefined, 'public', 'pairwise'])(
    'lists every redirect URI where subject_type is %s (OpenID Connect Registration 1.0 section 5)',
    async (subject_type) => {
      const redirect_uris = ['https://a.example/cb?x=1', 'https://b.example/cb'];
      const asked = { sector_identifier_uri, redirect_uris, subject_type };
      for (const list of [[], ['https://a.example/cb?x=1'], ['https://a.example/cb', 'https://b.example/cb']]) {
        app.documents.set(sector_identifier_uri, list);
        expect(await register(app.url, asked)).toMatchObject(notListed);
      }
      app.documents.set(sector_identifier_uri, [...redirect_uris, 'https://c.example/cb']);
      expect(await register(app.url, asked)).toMatchObject({ status: 201, body: { sector_identifier_uri } });
    },
  );

  it.each([
    {},
    { redirect_uris: webClient.redirect_uris },
    webClient.redirect_uris[0],
    [...webClient.redirect_uris, 5],
    [webClient.redirect_uris],
    null,
  ])('is a list of strings, unlike %j (OpenID Connect Registration 1.0 section 5)', async (document) => {
    app.documents.set(sector_identifier_uri, document);
    expect(await register(app.url, client)).toMatchObject(notListed);
    const service = { grant_types: ['client_credentials'], sector_identifier_uri };
    if (!Array.isArray(document)) expect(await register(app.url, service)).toMatchObject(notListed);
  });

  it('that cannot be read registers nothing, and uses up no token (OpenID Connect Registration 1.0 section 5)', async () => {
    app.documents.delete(sector_identifier_uri);
    const token = await initialAccessToken(app.url);
    const refused = await send('POST', `${app.url}/register`, { token, json: client });
    expect(refused).toMatchObject(notListed);
    app.documents.set(sector_identifier_uri, webClient.redirect_uris);
    expect(await send('POST', `${app.url}/register`, { token, json: client })).toMatchObject({ status: 201 });
  });

  it('lists the redirect URIs of a replacement too, and what it lists no more is refused (OpenID Connect Registration 1.0 section 5)', async () => {
    app.documents.set(sector_identifier_uri, webClient.redirect_uris);
    const { body } = await register(app.url, client);
    const redirect_uris = [...webClient.redirect_uris, 'https://b.example/cb'];
    const json = replacementOf(body, { redirect_uris });
    expect(await manage('PUT', body, { json })).toMatchObject(notListed);
    expect((await manage('GET', body)).body.redirect_uris).toEqual(webClient.redirect_uris);
    app.documents.set(sector_identifier_uri, redirect_uris);
    expect(await manage('PUT', body, { json })).toMatchObject({ status: 200, body: { redirect_uris } });
    app.documents.set(sector_identifier_uri, []);
    expect(await manage('PUT', body, { json })).toMatchObject(notListed);
  });
});

describe('signing out', () => {
  it('leads back to any of a list of addresses (OpenID Connect RP-Initiated Logout 1.0 section 3.1)', async () => {
    const post_logout_redirect_uris = ['https://app.example/bye?x=1', 'https://app.example/'];
    expect((await registerWith({ post_logout_redirect_uris })).body).toMatchObject({ post_logout_redirect_uris });
    const nativeBye = { ...native('com.example.app:/cb'), post_logout_redirect_uris: ['com.example.app:/bye'] };
    expect(await register(app.url, nativeBye)).toMatchObject({ status: 201, body: nativeBye });
    for (const wrong of ['https://app.example/bye', ['nope'], ['https://app.example/#x'], [5]])
      expect(await registerWith({ post_logout_redirect_uris: wrong })).toMatchObject({
        status: 400,
        body: refusal('post_logout_redirect_uris'),
      });
  });

  it('leads back over https, for confidential clients too (OpenID Connect RP-Initiated Logout 1.0 section 3.1)', async () => {
    for (const client of [{}, publicClient]) {
      const answer = await registerWith({ ...client, post_logout_redirect_uris: ['http://app.example/bye'] });
      expect(answer).toMatchObject({ status: 400, body: refusal('post_logout_redirect_uris') });
    }
  });

  it('is told to an absolute address without a fragment, its query kept (OpenID Connect Back-Channel Logout 1.0 section 2.2)', async () => {
    const right = { backchannel_logout_uri: 'https://app.example/out?tenant=1' };
    expect(await registerWith(right)).toMatchObject({ status: 201, body: right });
    for (const wrong of ['/out', 'app.example/out', 'https://app.example/out#x', 'https://app.example/out#'])
      expect(await registerWith({ backchannel_logout_uri: wrong })).toMatchObject({
        status: 400,
        body: refusal('backchannel_logout_uri'),
      });
  });

  it('is told over https, to confidential clients too (OpenID Connect Back-Channel Logout 1.0 section 2.2)', async () => {
    for (const client of [{}, publicClient])
      expect(await registerWith({ ...client, backchannel_logout_uri: 'http://app.example/out' })).toMatchObject({
        status: 400,
        body: refusal('backchannel_logout_uri'),
      });
  });

  it.each([
    ['backchannel_logout_session_required', 'OpenID Connect Back-Channel Logout 1.0 section 2.2'],
    ['frontchannel_logout_session_required', 'OpenID Connect Front-Channel Logout 1.0 section 2'],
  ])('tells the session only where %s is true (%s)', async (member) => {
    expect((await register(app.url)).body).toMatchObject({ [member]: false });
    for (const wrong of ['true', 1, []])
      expect(await registerWith({ [member]: wrong })).toMatchObject({ status: 400, body: refusal(member) });
  });

  it('opens a page with scheme, host and port of a redirect URI (OpenID Connect Front-Channel Logout 1.0 section 2)', async () => {
    const right = { frontchannel_logout_uri: 'https://app.example/out?x=1' };
    expect(await registerWith(right)).toMatchObject({ status: 201, body: right });
    for (const wrong of ['https://other.example/out', 'https://app.example:8443/out', 'http://localhost/out'])
      expect(await registerWith({ frontchannel_logout_uri: wrong })).toMatchObject({
        status: 400,
        body: refusal('frontchannel_logout_uri'),
      });
  });

  it('opens an absolute address over https without a fragment (OpenID Connect Front-Channel Logout 1.0 section 2)', async () => {
    for (const wrong of ['/out', 'https://app.example/out#x', 'http://app.example/out'])
      for (const client of [{}, publicClient])
        expect(await registerWith({ ...client, frontchannel_logout_uri: wrong })).toMatchObject(
          refusalOf('frontchannel_logout_uri'),
        );
  });

  it('opens no page whose redirect URI a replacement removes (OpenID Connect Front-Channel Logout 1.0 section 2)', async () => {
    const logout = { frontchannel_logout_uri: 'https://app.example/out' };
    const { body } = await registerWith(logout);
    const json = { ...logout, client_id: body.client_id, redirect_uris: ['https://other.example/cb'] };
    expect(await manage('PUT', body, { json })).toMatchObject({
      status: 400,
      body: refusal('frontchannel_logout_uri'),
    });
  });
});

describe('discovery', () => {
  const discovered = async () => (await send('GET', `${app.url}/.well-known/openid-configuration`)).body;

  it('names the address that registers clients (OpenID Connect Discovery 1.0 section 3)', async () => {
    const { registration_endpoint } = await discovered();
    expect(registration_endpoint).toBe(`${app.url}/register`);
    expect(await send('POST', registration_endpoint, { json: webClient })).toMatchObject(unauthorized);
  });

  it('names RS256 for ID tokens (OpenID Connect Discovery 1.0 section 3)', async () => {
    expect((await discovered()).id_token_signing_alg_values_supported).toContain('RS256');
  });

  it('names the code flow, and neither the implicit flow nor request_uri (OpenID Connect Core 1.0 section 15.2)', async () => {
    expect(await discovered()).toMatchObject({
      response_types_supported: ['code'],
      grant_types_supported: expect.not.arrayContaining(['implicit']),
      request_uri_parameter_supported: false,
    });
  });
});
