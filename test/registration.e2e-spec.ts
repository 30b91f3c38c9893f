import { createServer, type Server } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { aRegistrationToken, aSecret, failure, information, keyPair, plainText, refusal } from './support/builders.js';
import { count, dump, eventsOf, filesOf, query } from './support/database.js';
import {
  type Answer,
  credentialsSeen,
  initialAccessToken,
  register,
  send,
  sendRaw,
  webClient,
} from './support/http.js';
import { adminToken, startApp, type TestApp } from './support/test-app.js';

let program: TestApp;
let token: string;

beforeAll(async () => {
  program = await startApp();
  token = await initialAccessToken(program.url, { uses: 100_000 });
});

afterAll(() => program.close());

const post = (metadata: unknown): Promise<Answer> => send('POST', `${program.url}/register`, { token, json: metadata });
const lookUp = async (clientId: string) =>
  (await send('GET', `${program.url}/lookup/clients/${clientId}`, { token: adminToken })).body;

/** The answer for what is registered as it was sent, with the defaults beside it. */
async function accepted(metadata: object, expected: object = metadata, secret: unknown = aSecret): Promise<Answer> {
  const answer = await post(metadata);
  expect(answer.body).toEqual(information(program.url, expected, { secret }));
  expect(answer.status).toBe(201);
  return answer;
}

/** The answer for what is refused for one reason, of this member. */
async function refused(metadata: object, member: string, error?: string): Promise<Answer> {
  const answer = await post(metadata);
  expect(answer.body).toEqual(refusal(member, error));
  expect(answer.status).toBe(400);
  return answer;
}

const web = (changes: object) => ({ ...webClient, ...changes });
const service = { redirect_uris: undefined, grant_types: ['client_credentials'], response_types: [] };

describe('a request', () => {
  const asJson = ['Content-Type', 'application/json'];
  const raw = (headers: string[], body?: string) =>
    sendRaw('POST', `${program.url}/register`, { headers: ['Authorization', `Bearer ${token}`, ...headers], body });

  it.each([
    'application/json',
    'application/json; charset=utf-8',
    'application/json;charset="UTF-8"',
    'Application/JSON',
  ])('is read as %s (RFC 7591 section 3.1)', async (type) => {
    const answer = await raw(['Content-Type', type], JSON.stringify(webClient));
    expect(answer.status).toBe(201);
    expect(answer.body).toEqual(information(program.url, webClient));
  });

  it.each([[], ['Accept', '*/*'], ['Accept', 'text/html, application/json;q=0.5'], ['Accept', 'text/html']])(
    'is answered in JSON whatever it accepts: %s %s (RFC 7591 section 3.2.1)',
    async (...accept) => {
      const answer = await raw([...asJson, ...accept], JSON.stringify(webClient));
      expect(answer.status).toBe(201);
      expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
    },
  );

  it.each([
    [[]],
    [['Content-Type', 'application/x-www-form-urlencoded']],
    [['Content-Type', 'text/plain']],
    [['Content-Type', 'application/jose']],
    [['Content-Type', 'application/json; charset=latin1']],
    [['Content-Type', 'application/json', 'Content-Type', 'application/json']],
  ])('sent with %j is 415 and stores nothing (RFC 9110 section 15.5.16)', async (headers) => {
    const before = await count(program, 'clients');
    const answer = await raw(headers, JSON.stringify(webClient));
    expect(answer.status).toBe(415);
    expect(answer.body).toEqual(failure('unsupported_media_type'));
    expect(await count(program, 'clients')).toBe(before);
  });

  it.each([
    '',
    '{',
    '{"client_name":"Weather"',
    'null',
    '[]',
    '"text"',
    '7',
    'true',
    '{"a":1,"a":2}',
    '\u0000',
    '{a:1}',
  ])('with the body %j is refused without a word of the parser (RFC 7591 section 3.2.2)', async (body) => {
    const answer = await raw(asJson, body);
    expect(answer.status).toBe(400);
    expect(answer.body).toEqual(failure('invalid_client_metadata'));
    expect(answer.text).not.toMatch(/unexpected|position|token|parse/i);
  });

  it('that is too large is 413 (RFC 9110 section 15.5.14)', async () => {
    const answer = await post(web({ client_name: 'x'.repeat(70_000) }));
    expect(answer.status).toBe(413);
    expect(answer.body).toEqual(failure('payload_too_large'));
  });

  it('for nothing is refused, since the code grant needs to know where to send the user (RFC 7591 section 2)', async () => {
    await refused({}, 'redirect_uris', 'invalid_redirect_uri');
  });

  it('may have members that nobody knows, which are ignored (RFC 7591 section 2)', async () => {
    const unknown = {
      made_up: 'x',
      nested: { deep: [{ client_name: 'Other' }] },
      'made_up#de': 'y',
      CLIENT_NAME: 'Other',
    };
    await accepted(web(unknown), webClient);
  });

  it.each(['constructor', 'toString', 'hasOwnProperty', 'valueOf', 'prototype', '__defineGetter__', 'constructor#de'])(
    'may have a member named %s, which does no harm',
    async (name) => {
      await accepted(web({ [name]: { name: 'x' } }), webClient);
    },
  );

  it.each(['"__proto__"', '"\\u005f_proto__"', '"nested":{"__proto__"'])('with %s in it is refused', async (name) => {
    const end = name.includes('{') ? '}' : '';
    const answer = await raw(asJson, `{"redirect_uris":["https://app.example/"],${name}:{"status":"x"}${end}}`);
    expect(answer.status).toBe(400);
    expect(answer.body).toEqual(failure('invalid_client_metadata'));
  });

  it.each([
    'Grüße',
    '天気',
    '🌦️ \u{1F468}\u200d\u{1F469}\u200d\u{1F467}',
    'مرحبا',
    'שלום',
    '\u{20000}',
    'e\u0301 é',
    '"<&>\\/',
  ])('may have the text %s, which comes back unharmed (RFC 7591 section 2.2)', async (client_name) => {
    const { body } = await accepted(web({ client_name }));
    const read = await send('GET', body.registration_client_uri, { token: body.registration_access_token });
    expect(read.body.client_name).toBe(client_name);
  });

  it('keeps the blanks around a name', async () => {
    await accepted(web({ client_name: '  Weather \u00a0' }));
  });

  it.each(['\ud800', 'a\udc00b', 'a\u0000b', 'a\nb', '\u0085', 'a\u202eb'])(
    'may not have control characters or broken Unicode in a name: %j (RFC 8259 section 8.2)',
    async (client_name) => {
      await refused(web({ client_name }), 'client_name');
    },
  );

  it('may have null members, which count as left out (RFC 7592 section 2.2)', async () => {
    const nulls = {
      client_name: null,
      contacts: null,
      grant_types: null,
      jwks: null,
      default_max_age: null,
      scope: null,
    };
    await accepted(web(nulls), { redirect_uris: webClient.redirect_uris });
    await refused({ redirect_uris: null }, 'redirect_uris', 'invalid_redirect_uri');
  });

  it.each([
    ['client_name', 7],
    ['client_name', ['Weather']],
    ['client_uri', { href: 'https://app.example' }],
    ['scope', ['openid']],
    ['contacts', 'ada@app.example'],
    ['grant_types', 'authorization_code'],
    ['response_types', 'code'],
    ['token_endpoint_auth_method', ['client_secret_basic']],
    ['software_id', 1],
    ['software_version', 1.5],
    ['default_max_age', '10'],
    ['require_auth_time', 'true'],
    ['require_auth_time', 1],
    ['default_acr_values', 'urn:example:gold'],
    ['request_uris', 'https://app.example/request'],
    ['post_logout_redirect_uris', 'https://app.example/out'],
    ['jwks', []],
    ['jwks', 'https://app.example/jwks'],
    ['jwks_uri', ['https://app.example/jwks']],
    ['subject_type', ['public']],
    ['application_type', 1],
    ['id_token_signed_response_alg', ['RS256']],
    ['dpop_bound_access_tokens', 'false'],
    ['tls_client_certificate_bound_access_tokens', 0],
    ['frontchannel_logout_session_required', 'false'],
    ['backchannel_logout_session_required', {}],
  ])('with a value of the wrong type is refused: %s %j (RFC 7591 section 2)', async (member, value) => {
    await refused(web({ [member]: value }), member);
  });

  it.each(['https://app.example/callback', { 0: 'https://app.example/' }, 7, true])(
    'with %j in place of the list of redirect URIs is refused (RFC 7591 section 2)',
    async (redirect_uris) => {
      await refused({ redirect_uris }, 'redirect_uris', 'invalid_redirect_uri');
    },
  );

  it.each([
    ['redirect_uris', [null], 'invalid_redirect_uri'],
    ['redirect_uris', [['https://app.example/']], 'invalid_redirect_uri'],
    ['redirect_uris', ['https://app.example/', 7], 'invalid_redirect_uri'],
    ['contacts', ['ada@app.example', null], 'invalid_client_metadata'],
    ['contacts', [['ada@app.example']], 'invalid_client_metadata'],
    ['grant_types', ['authorization_code', {}], 'invalid_client_metadata'],
    ['response_types', ['code', 1], 'invalid_client_metadata'],
    ['default_acr_values', [true], 'invalid_client_metadata'],
  ])(
    'with something else than strings in a list is refused: %s %j (RFC 7591 section 2)',
    async (member, value, error) => {
      await refused(web({ [member]: value }), member, error);
    },
  );

  it('may name grants and scopes in any order (RFC 6749 section 3.3)', async () => {
    const given = { grant_types: ['refresh_token', 'authorization_code'], scope: 'profile openid' };
    await accepted(web(given));
  });

  it('may name something twice, which counts once', async () => {
    const once = {
      redirect_uris: ['https://app.example/a'],
      grant_types: ['authorization_code'],
      scope: 'openid email',
    };
    const twice = {
      redirect_uris: ['https://app.example/a', 'https://app.example/a'],
      grant_types: ['authorization_code', 'authorization_code'],
      scope: 'openid email openid',
    };
    await accepted(twice, once);
  });

  it.each([
    [
      'redirect_uris',
      Array.from({ length: 101 }, (_, at) => `https://app.example/${at}`),
      '100',
      'invalid_redirect_uri',
    ],
    ['contacts', Array.from({ length: 101 }, (_, at) => `${at}@app.example`), '100', 'invalid_client_metadata'],
    ['jwks', { keys: Array.from({ length: 33 }, () => keyPair().publicKey) }, '32', 'invalid_client_metadata'],
  ])('with too many %s is refused, and the limit named', async (member, value, limit, error) => {
    const answer = await refused(web({ [member]: value }), member, error);
    expect(answer.body.error_description).toContain(limit);
  });

  it('with too many languages of one member is refused, and the limit named', async () => {
    const tags = 'de fr it es pt nl da sv fi pl cs hu ro bg el tr uk'.split(' ');
    const names = Object.fromEntries(tags.map((tag) => [`client_name#${tag}`, 'Wetter']));
    const answer = await refused(web(names), 'client_name');
    expect(answer.body.error_description).toContain('16');
  });

  it('may fill each limit', async () => {
    const tags = 'de fr it es pt nl da sv fi pl cs hu ro bg el tr'.split(' ');
    await accepted({
      redirect_uris: Array.from({ length: 100 }, (_, at) => `https://app.example/${at}`),
      contacts: Array.from({ length: 100 }, (_, at) => `${at}@app.example`),
      jwks: { keys: Array.from({ length: 32 }, () => keyPair().publicKey) },
      ...Object.fromEntries(tags.map((tag) => [`client_name#${tag}`, 'Wetter'])),
    });
  });

  it('cannot choose what the server issues (RFC 7591 section 3.2.1)', async () => {
    const chosen = {
      client_id: 'my-own',
      client_secret: 'my-own-secret-of-some-length-for-sure',
      client_id_issued_at: 1,
      client_secret_expires_at: 1,
      registration_access_token: 'crat_my-own',
      registration_client_uri: 'https://evil.example/register/my-own',
    };
    const { body } = await accepted(web(chosen), webClient);
    for (const [member, value] of Object.entries(chosen)) expect(body[member]).not.toBe(value);
    expect(await send('GET', `${program.url}/register/my-own`, { token: 'crat_my-own' })).toMatchObject({
      status: 401,
    });
  });

  it('cannot set what only administrators set', async () => {
    const desired = {
      kind: 'database',
      status: 'suspended',
      template: 'open',
      template_id: 'open',
      template_version: 7,
      bounds: { scope: 'admin' },
      registrar: { type: 'administrator' },
      owner: 'root',
      tags: ['trusted'],
      notes: 'x',
      verification: 'approved',
      expires_at: 1,
      version: 9,
      secrets: [{ id: 'x', digest: 'y' }],
      metadata: { skip_consent: true },
      skip_consent: true,
    };
    const { body } = await accepted(web(desired), webClient);
    const client = await lookUp(body.client_id);
    expect(client).toMatchObject({
      kind: 'dynamic',
      status: 'active',
      template_id: 'default',
      template_version: 1,
      bounds: {},
      tags: [],
      verification: 'vouched',
      version: 1,
    });
    for (const member of ['owner', 'notes', 'expires_at', 'skip_consent']) expect(client).not.toHaveProperty(member);
    expect(client.metadata).not.toHaveProperty('skip_consent');
  });
});

describe('the answer', () => {
  it('has everything that is registered, with defaults, and nothing else (RFC 7591 section 3.2.1)', async () => {
    const answer = await register(program.url);
    expect(answer.status).toBe(201);
    expect(answer.body).toEqual(information(program.url, webClient));
  });

  it('is JSON that no cache keeps (RFC 7591 section 3.2.1, RFC 6749 section 5.1)', async () => {
    const { headers } = await register(program.url);
    expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('pragma')).toBe('no-cache');
    expect(headers.get('etag')).toBe('"1"');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
  });

  it('has another client_id, secret and token for each registration, also of the same document (RFC 7591 section 3.2.1)', async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, () => post(webClient)));
    for (const member of ['client_id', 'client_secret', 'registration_access_token', 'registration_client_uri'])
      expect(new Set(answers.map(({ body }) => body[member])).size).toBe(10);
  });

  it('has a client_id of 36 visible ASCII characters, that sorts by time (RFC 6749 appendix A.1)', async () => {
    const first = (await post(webClient)).body.client_id;
    const second = (await post(webClient)).body.client_id;
    expect(first).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(second > first).toBe(true);
  });

  it('leads to the registration by itself (RFC 7592 section 3)', async () => {
    const { body } = await post(webClient);
    const read = await send('GET', body.registration_client_uri, { token: body.registration_access_token });
    expect(read.status).toBe(200);
    const { client_secret, ...rest } = body;
    expect(read.body).toEqual(rest);
  });

  it('never has null or an empty URI (RFC 7591 section 3.2.1)', async () => {
    const nothings = { logo_uri: null, tos_uri: null, jwks_uri: null, contacts: null };
    const { body } = await post(web(nothings));
    expect(Object.values(body)).not.toContain(null);
    expect(Object.values(body)).not.toContain('');
    for (const member of Object.keys(nothings)) expect(body).not.toHaveProperty(member);
    for (const uri of ['logo_uri', 'client_uri', 'tos_uri', 'policy_uri', 'jwks_uri', 'initiate_login_uri'])
      await refused(web({ [uri]: '' }), uri);
  });

  it('repeats what is shown to people (RFC 7591 section 3.2.1)', async () => {
    await accepted(
      web({
        client_uri: 'https://app.example',
        logo_uri: 'https://app.example/logo.png',
        tos_uri: 'https://app.example/tos',
        policy_uri: 'https://app.example/privacy',
        contacts: ['ada@app.example'],
        software_id: '4NRB1-0XZABZI9E6-5SM3R',
        software_version: '2.1',
      }),
    );
  });

  it('repeats each member of each standard with its value and type (RFC 7591 section 3.2.1)', async () => {
    const { publicKey } = keyPair('RSA');
    const everything = {
      redirect_uris: ['https://app.example/cb?b=2&a=1', 'https://app.example/CB'],
      token_endpoint_auth_method: 'private_key_jwt',
      token_endpoint_auth_signing_alg: 'PS256',
      grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
      response_types: ['code'],
      client_name: 'Weather',
      'client_name#ja-Jpan-JP': '天気',
      client_uri: 'https://app.example',
      'client_uri#de': 'https://app.example/de',
      logo_uri: 'https://app.example/logo.png',
      scope: 'openid offline_access',
      contacts: ['ada@app.example'],
      tos_uri: 'https://app.example/tos',
      policy_uri: 'https://app.example/privacy',
      jwks: {
        keys: [
          { ...publicKey, kid: '1', use: 'sig', alg: 'PS256', x_extra: [1] },
          { ...publicKey, use: 'enc' },
        ],
      },
      software_id: 'weather',
      software_version: '1',
      application_type: 'web',
      subject_type: 'pairwise',
      id_token_signed_response_alg: 'ES256',
      id_token_encrypted_response_alg: 'RSA-OAEP-256',
      id_token_encrypted_response_enc: 'A256GCM',
      userinfo_signed_response_alg: 'PS256',
      userinfo_encrypted_response_alg: 'ECDH-ES',
      userinfo_encrypted_response_enc: 'A128GCM',
      request_object_signing_alg: 'ES384',
      request_object_encryption_alg: 'RSA-OAEP',
      request_object_encryption_enc: 'A192GCM',
      default_max_age: 0,
      require_auth_time: true,
      default_acr_values: ['urn:example:gold', 'urn:example:silver'],
      initiate_login_uri: 'https://app.example/login',
      request_uris: ['https://app.example/request#GkurKxf5T0Y-mnPFCHqWOMiZi4VS138cQO_V7PZHAdM'],
      post_logout_redirect_uris: ['https://other.example/out'],
      frontchannel_logout_uri: 'https://app.example/front',
      frontchannel_logout_session_required: true,
      backchannel_logout_uri: 'https://app.example/back',
      backchannel_logout_session_required: true,
      tls_client_certificate_bound_access_tokens: true,
      use_mtls_endpoint_aliases: true,
      require_signed_request_object: true,
      require_pushed_authorization_requests: true,
      dpop_bound_access_tokens: true,
      authorization_details_types: ['payment'],
      response_modes: ['query.jwt'],
      authorization_signed_response_alg: 'ES256',
      authorization_encrypted_response_alg: 'ECDH-ES',
      authorization_encrypted_response_enc: 'A128GCM',
      introspection_signed_response_alg: 'PS256',
      introspection_encrypted_response_alg: 'RSA-OAEP',
      introspection_encrypted_response_enc: 'A128GCM',
      claims_redirect_uris: ['https://app.example/claims'],
      nfv_token_signed_response_alg: 'ES256',
      nfv_token_encrypted_response_alg: 'RSA-OAEP',
      nfv_token_encrypted_response_enc: 'A128GCM',
      subject_syntax_types_supported: ['did:key'],
      client_registration_types: ['explicit'],
      signed_jwks_uri: 'https://app.example/signed-jwks',
      organization_name: 'Weather Ltd',
      description: 'Tells the weather',
      keywords: ['rain', 'sun'],
      information_uri: 'https://app.example/info',
      organization_uri: 'https://app.example/organization',
      encrypted_response_enc_values_supported: ['A128GCM'],
      vp_formats_supported: { 'dc+sd-jwt': { 'sd-jwt_alg_values': ['ES256'] } },
      digest_algorithm: 'sha-256',
      credential_offer_endpoint: 'https://app.example/offer',
      command_endpoint: 'https://app.example/command',
    };
    const { body } = await accepted(everything, everything, 'none');
    const read = await send('GET', body.registration_client_uri, { token: body.registration_access_token });
    expect(read.body).toEqual(body);
    expect((await lookUp(body.client_id)).metadata).toEqual(everything);
  });
});

describe('a refusal', () => {
  const bad = web({ response_types: ['token'] });

  it('says what is wrong in the code of the standard and in words (RFC 7591 section 3.2.2)', async () => {
    const answer = await post(web({ contacts: 'ada' }));
    expect(answer.status).toBe(400);
    expect(answer.body).toEqual({
      error: 'invalid_client_metadata',
      error_description: 'contacts must be a list of strings',
      violations: [{ member: 'contacts', rule: 'RFC 7591 section 2', message: 'contacts must be a list of strings' }],
    });
  });

  it('tells everything that is wrong at once, in the order of the members, the first one in words (RFC 7591 section 3.2.2)', async () => {
    const wrong = {
      subject_type: 'other',
      client_uri: 'ftp://app.example',
      default_max_age: -1,
      redirect_uris: ['https://app.example/#x', 'https://app.example/', 'nowhere'],
      token_endpoint_auth_method: 'private_key_jwt',
      jwks_uri: 'http://app.example/',
      grant_types: ['authorization_code', 'implicit'],
    };
    const { status, body } = await post(wrong);
    expect(status).toBe(400);
    const [first] = body.violations;
    expect(body).toEqual({
      error: 'invalid_redirect_uri',
      error_description: first.message,
      violations: [
        ...['redirect_uris', 'redirect_uris', 'grant_types', 'client_uri', 'jwks_uri', 'subject_type'],
        'default_max_age',
      ].map((member) => ({ member, rule: plainText, message: plainText })),
    });
    expect((await post(Object.fromEntries(Object.entries(wrong).reverse()))).body).toEqual(body);
  });

  it('is JSON that no cache keeps, without a challenge and without a client (RFC 7591 section 3.2.2)', async () => {
    const answer = await post(bad);
    expect(answer.status).toBe(400);
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.headers.get('pragma')).toBe('no-cache');
    expect(answer.headers.get('www-authenticate')).toBeNull();
    expect(Object.keys(answer.body).sort()).toEqual(['error', 'error_description', 'violations']);
  });

  it.each([
    { redirect_uris: ['https://<script>alert(1)</script>/'] },
    { redirect_uris: ['javascript:alert("x\\y")'] },
    { token_endpoint_auth_method: '<img src=x onerror=alert(1)>' },
    { grant_types: ['"><script>'] },
    { 'client_name#<script>': 'Weather' },
    { 'client_name#é"\\': 'Weather' },
    { jwks: { keys: [{ kty: '<script>', use: 1 }] } },
    { scope: '"\\' },
    { application_type: 'wéb<script>' },
    { token_endpoint_auth_methods_supported: ['<script>'] },
    { require_auth_time: '<script>' },
  ])('of %j does not repeat it, and is plain ASCII (RFC 6749 section 5.2)', async (metadata) => {
    const answer = await post(web(metadata));
    expect(answer.status).toBe(400);
    expect(answer.text).not.toMatch(/<|>|<script|alert|onerror|é/);
    const { error_description, violations } = answer.body;
    expect(error_description).toEqual(plainText);
    for (const violation of violations)
      expect(violation).toEqual({ member: plainText, rule: plainText, message: plainText });
    const [member = ''] = Object.keys(metadata);
    expect(error_description).toContain(member.split('#')[0]);
  });

  it('stores nothing, spends nothing and leaves no trace of a change (RFC 7591 section 3.2.2)', async () => {
    const once = await initialAccessToken(program.url);
    const before = await Promise.all([count(program, 'clients'), eventsOf(program).then(({ length }) => length)]);
    for (const metadata of [{}, bad, web({ jwks: {} }), { redirect_uris: ['https://*/'] }])
      expect((await send('POST', `${program.url}/register`, { token: once, json: metadata })).status).toBe(400);
    for (const body of ['', '{', '[]'])
      await send('POST', `${program.url}/register`, {
        token: once,
        body,
        headers: { 'content-type': 'application/json' },
      });
    const after = await Promise.all([count(program, 'clients'), eventsOf(program).then(({ length }) => length)]);
    expect(after).toEqual(before);
    expect((await send('POST', `${program.url}/register`, { token: once, json: webClient })).status).toBe(201);
  });
});

describe('redirect URIs', () => {
  const uris = (...redirect_uris: unknown[]) => ({ redirect_uris });
  const refusedUris = (redirect_uris: unknown[], beside: object = {}) =>
    refused({ redirect_uris, ...beside }, 'redirect_uris', 'invalid_redirect_uri');

  it.each([undefined, null, []])('are needed for the code grant: %j (RFC 7591 section 2)', async (redirect_uris) => {
    await refused({ redirect_uris }, 'redirect_uris', 'invalid_redirect_uri');
    await refused(
      { redirect_uris, grant_types: ['authorization_code', 'client_credentials'] },
      'redirect_uris',
      'invalid_redirect_uri',
    );
  });

  it.each([['client_credentials'], ['urn:ietf:params:oauth:grant-type:device_code']])(
    'are not needed for %s, and may be there (RFC 7591 section 2)',
    async (grant) => {
      const metadata = { grant_types: [grant], response_types: [] };
      await accepted(metadata);
      await accepted({ ...metadata, redirect_uris: ['https://app.example/'] });
    },
  );

  it.each([
    'https://app.example',
    'https://app.example/',
    'https://app.example//a//',
    'https://app.example/?b=2&a=1&a=1&empty=&q=%C3%A9',
    'https://app.example/%7Euser/%2520',
    'https://app.example:443/cb',
    'https://app.example:8443/cb',
    'https://app.example/CaseSensitive',
    'https://app.example?query-without-path',
    'https://xn--mnchen-3ya.example/',
    'https://192.0.2.7/cb',
    'https://[2001:db8::7]/cb',
    'https://my_host.example/cb',
  ])('come back as they were sent: %s (RFC 6749 section 3.1.2, RFC 9700 section 2.1)', async (uri) => {
    const { body } = await accepted(uris(uri));
    const read = await send('GET', body.registration_client_uri, { token: body.registration_access_token });
    expect(read.body.redirect_uris).toEqual([uri]);
  });

  it('are all kept, in their order (RFC 7591 section 2)', async () => {
    await accepted(uris('https://b.example/', 'https://a.example/', 'https://c.example/2', 'https://c.example/1'));
  });

  it.each([
    'https://app.example/#fragment',
    'https://app.example/cb#',
    'https://app.example/?q#',
    'com.example.app:/cb#x',
  ])('never have a fragment: %s (RFC 6749 section 3.1.2)', async (uri) => {
    await refusedUris([uri]);
    await refusedUris([uri], { application_type: 'native' });
  });

  it.each([
    '/callback',
    '//app.example/cb',
    'app.example/cb',
    '',
    ' ',
    'https://',
    'https:///cb',
    'https:app.example',
    '?code',
    '#',
  ])('are absolute and have a host: not %j (RFC 6749 section 3.1.2)', async (uri) => {
    await refusedUris([uri]);
  });

  it.each([
    'https://user@app.example/',
    'https://user:secret@app.example/',
    'https://app.example@evil.example/',
    'https://@app.example/',
  ])('never have user information: %s (RFC 9700 section 4.1)', async (uri) => {
    await refusedUris([uri]);
  });

  const foreign =
    'javascript data vbscript file blob about filesystem view-source mailto tel sms ftp ws wss chrome jar intent';
  it.each([...foreign.split(' '), 'search-ms', 'ms-msdt', 'res', 'shell'])(
    'never have the scheme %s, in any letter case (RFC 8252 section 7.1)',
    async (scheme) => {
      for (const spelling of [scheme, scheme.toUpperCase(), scheme.charAt(0).toUpperCase() + scheme.slice(1)])
        for (const application_type of ['web', 'native', undefined])
          await refusedUris([`${spelling}:alert(1)`], { application_type });
    },
  );

  it.each([
    ' javascript:alert(1)',
    'java\nscript:alert(1)',
    'java\tscript:alert(1)',
    '\u0001javascript:alert(1)',
    ' https://app.example/',
    'https://app.example/ ',
    'https://app.example/a b',
    'https://app.example/\u0000',
    'https://app.example/\u001f',
    'https://app.example/\u007f',
    'https://app.example/\u0085',
    'https://app.example/\u00a0',
    'https://app.example/\r\nLocation:x',
    'https://app.example/%0d%0aLocation:x',
    'https://app.example/%00',
  ])('never have blanks or control characters, and are not cleaned up: %j (RFC 3986 section 2)', async (uri) => {
    await refusedUris([uri]);
    await refusedUris([uri], { application_type: 'native' });
  });

  it.each([
    'https://app.example\\@evil.example/',
    'https://app.example%2Fevil.example/',
    'https://app%2eexample/',
    'https://münchen.example/',
    'https://app.example/ü',
    'https://0x7f000001/',
    'https://2130706433/',
    'https://127.1/',
    'https://app.example:0/',
    'https://app.example:65536/',
    'https://app.example:/',
    'https://app..example/',
    'https://app.example/a/../b',
    'https://app.example/%2e%2e/b',
    'https://app.example/a/%2E%2E%2Fb',
    'https://app.example/%zz',
    'https://[::1/',
  ])('are spelled so that no two readers see different hosts or paths: not %s (RFC 9700 section 4.1)', async (uri) => {
    await refusedUris([uri]);
  });

  it.each(['https://*.app.example/', 'https://app.example/*', 'https://*/', 'https://app.*/cb', 'com.example.app:/*'])(
    'never have wildcards: %s (RFC 9700 section 2.1)',
    async (uri) => {
      await refusedUris([uri]);
      await refusedUris([uri], { application_type: 'native' });
    },
  );

  it('are refused together when one of them is bad, which the answer points at (RFC 7591 section 3.2.2)', async () => {
    const answer = await refusedUris(['https://a.example/', 'https://b.example/#x', 'https://c.example/']);
    expect(answer.body.error_description).toContain('redirect_uris[1]');
  });

  it('are not longer than 2048 characters', async () => {
    const uri = (length: number) => `https://app.example/${'x'.repeat(length - 20)}`;
    await accepted(uris(uri(2048)));
    await refusedUris([uri(2049)]);
  });

  describe('of a web application', () => {
    const application = { application_type: 'web' };

    it.each(['http://localhost/cb', 'http://localhost:3000/cb', 'http://127.0.0.1:8080/', 'http://[::1]:8080/cb'])(
      'may use http on the machine of its developer: %s (RFC 8252 section 8.3)',
      async (uri) => {
        await accepted({ ...application, ...uris(uri) });
      },
    );

    it.each([
      'http://app.example/cb',
      'http://localhost.evil.example/',
      'http://127.0.0.2/',
      'http://192.168.0.1/',
      'http://0.0.0.0/',
    ])('use https everywhere else: not %s (OpenID Connect Registration 1.0 section 2)', async (uri) => {
      await refusedUris([uri], application);
    });

    it.each(['com.example.app:/cb', 'myapp://cb', 'urn:ietf:wg:oauth:2.0:oob'])(
      'have no scheme of an app: not %s (OpenID Connect Registration 1.0 section 2)',
      async (uri) => {
        await refusedUris([uri], application);
      },
    );
  });

  describe('of a native application', () => {
    const application = { application_type: 'native' };

    it.each([
      'http://localhost/cb',
      'http://localhost:53682/',
      'http://127.0.0.1/cb',
      'http://127.0.0.1:1/cb',
      'http://[::1]/cb',
      'http://[::1]:65535/cb',
      'https://app.example/claimed',
      'com.example.app:/cb',
      'com.example.app://cb/path?x=1',
      'com.example.app:cb',
      'myapp://callback',
      'cursor://anysphere.cursor-retrieval/oauth/user/callback',
      'vscode://dynamicauthprovider/callback',
    ])('may be %s (RFC 8252 section 7)', async (uri) => {
      await accepted({ ...application, ...uris(uri) });
    });

    it.each([
      'http://app.example/cb',
      'http://192.168.0.1/',
      'https://localhost/cb',
      'https://127.0.0.1:8443/',
      'com.example.app:',
    ])('may not be %s (OpenID Connect Registration 1.0 section 2, RFC 8252 section 7)', async (uri) => {
      await refusedUris([uri], application);
    });

    it('may be of all three kinds at once (RFC 8252 section 7)', async () => {
      await accepted({
        ...application,
        ...uris('http://127.0.0.1/cb', 'https://app.example/claimed', 'com.example.app:/cb'),
      });
    });
  });

  describe('of an application that does not say what it is', () => {
    it.each([
      [['http://127.0.0.1:33418/', 'http://localhost:33418/'], 'native'],
      [['com.example.app:/cb'], 'native'],
      [['http://[::1]/cb', 'cursor://callback'], 'native'],
      [['https://app.example/cb'], 'web'],
      [['https://app.example/cb', 'http://localhost:3000/cb'], 'web'],
    ])('tell: with %j it is %s one (RFC 8252 section 7)', async (redirect_uris, application_type) => {
      await accepted({ redirect_uris }, { redirect_uris, application_type });
    });

    it('are not both claimed by an app and https, for which it has to say so (OpenID Connect Registration 1.0 section 2)', async () => {
      await refusedUris(['https://app.example/cb', 'com.example.app:/cb']);
    });
  });

  it.each([
    ['https://app.example/#x'],
    ['https://app.example/#'],
    ['http://app.example/'],
    ['javascript:alert(1)'],
    ['/out'],
    ['https://*.app.example/'],
    ['https://user@app.example/'],
  ])(
    'after signing out follow the same rules: not %s (OpenID Connect RP-Initiated Logout 1.0 section 3.1)',
    async (uri) => {
      await refused(web({ post_logout_redirect_uris: [uri] }), 'post_logout_redirect_uris');
    },
  );

  it('after signing out may be anywhere (OpenID Connect RP-Initiated Logout 1.0 section 3.1)', async () => {
    await accepted(web({ post_logout_redirect_uris: ['https://elsewhere.example/out?x=1', 'https://app.example/'] }));
  });

  it('of request objects use https and may have a fragment (OpenID Connect Core 1.0 section 6.2)', async () => {
    await accepted(web({ request_uris: ['https://app.example/request.jwt#digest', 'https://app.example/other'] }));
    await refused(web({ request_uris: ['http://app.example/request.jwt'] }), 'request_uris');
  });
});

describe('grants and response types', () => {
  it('are the code grant and code by default (RFC 7591 section 2)', async () => {
    await accepted(webClient, web({ grant_types: ['authorization_code'], response_types: ['code'] }));
  });

  it('follow from the grants where only those are given (RFC 7591 section 2.1)', async () => {
    await accepted(
      { grant_types: ['client_credentials'] },
      { grant_types: ['client_credentials'], response_types: [] },
    );
  });

  it.each([
    ['grant_types', ['authorization_code', 'unheard-of']],
    ['grant_types', ['authorization_code', 'AUTHORIZATION_CODE']],
    ['grant_types', ['authorization_code', 'implicit']],
    ['grant_types', ['authorization_code', 'password']],
    ['grant_types', ['authorization_code', 'urn:ietf:params:oauth:grant-type:saml2-bearer']],
    ['grant_types', ['authorization_code', '']],
    ['response_types', ['code', 'id_token']],
    ['response_types', ['code', 'token']],
    ['response_types', ['code', 'token id_token']],
    ['response_types', ['code', 'unheard-of']],
  ])('%s of %j are refused (RFC 7591 section 2)', async (member, value) => {
    await refused(web({ [member]: value }), member);
  });

  it.each(['implicit', 'password'])('the refusal names %s (RFC 7591 section 3.2.2)', async (grant) => {
    const { body } = await post(web({ grant_types: ['authorization_code', grant] }));
    expect(body.error_description).toContain(grant);
  });

  it.each([
    [{ grant_types: ['client_credentials'], response_types: ['code'] }, 'response_types'],
    [{ grant_types: ['authorization_code'], response_types: [] }, 'response_types'],
    [{ grant_types: ['authorization_code', 'client_credentials'], response_types: [] }, 'response_types'],
    [{ grant_types: [], response_types: ['code'] }, 'response_types'],
  ])('that contradict each other are refused, never stored: %j (RFC 7591 section 2.1)', async (metadata, member) => {
    await refused(web(metadata), member);
  });

  it.each([
    [['client_credentials'], []],
    [['urn:ietf:params:oauth:grant-type:device_code'], []],
    [['urn:ietf:params:oauth:grant-type:device_code', 'refresh_token'], []],
    [['authorization_code', 'refresh_token'], ['code']],
    [['authorization_code', 'client_credentials', 'refresh_token'], ['code']],
  ])('%j with %j are registered (RFC 7591 section 2.1)', async (grant_types, response_types) => {
    await accepted(web({ grant_types, response_types }));
  });

  it('may be none at all, for a client that only serves resources; none is not the default (RFC 7591 section 2)', async () => {
    await accepted({ grant_types: [], response_types: [] });
    await accepted({ grant_types: [] }, { grant_types: [], response_types: [] });
  });

  it.each([[['refresh_token']], [['refresh_token', 'client_credentials']]])(
    '%j are refused: nothing there yields a refresh token (RFC 6749 sections 1.5 and 4.4.3)',
    async (grant_types) => {
      await refused({ grant_types, response_types: [] }, 'grant_types');
    },
  );

  it('with client_credentials are not for a public client (RFC 6749 section 4.4)', async () => {
    await refused({ ...service, token_endpoint_auth_method: 'none' }, 'grant_types');
    await refused(
      web({ grant_types: ['authorization_code', 'client_credentials'], token_endpoint_auth_method: 'none' }),
      'grant_types',
    );
  });
});

describe('the authentication of a client', () => {
  const { publicKey } = keyPair();
  const keys = { jwks: { keys: [publicKey] } };

  it.each(['client_secret_basic', 'client_secret_post', 'client_secret_jwt'])(
    'by %s comes with a secret of 64 characters that never expires (RFC 7591 section 3.2.1)',
    async (token_endpoint_auth_method) => {
      const { body } = await accepted(web({ token_endpoint_auth_method }));
      expect(body.client_secret).toMatch(/^[A-Za-z0-9_-]{64}$/);
      expect(body.client_secret_expires_at).toBe(0);
      expect(encodeURIComponent(body.client_secret)).toBe(body.client_secret);
    },
  );

  it.each([
    ['none', {}],
    ['private_key_jwt', keys],
    ['private_key_jwt', { jwks_uri: 'https://app.example/jwks' }],
    ['self_signed_tls_client_auth', { jwks_uri: 'https://app.example/jwks' }],
    ['tls_client_auth', { tls_client_auth_subject_dn: 'CN=app,O=Example,C=DE' }],
    ['tls_client_auth', { tls_client_auth_san_dns: 'app.example' }],
    ['tls_client_auth', { tls_client_auth_san_uri: 'urn:example:app' }],
    ['tls_client_auth', { tls_client_auth_san_ip: '2001:db8::7' }],
    ['tls_client_auth', { tls_client_auth_san_email: 'app@app.example' }],
  ])('by %s with %j comes without a secret and its expiry (RFC 7591 section 3.2.1)', async (method, beside) => {
    await accepted(web({ token_endpoint_auth_method: method, ...beside }), undefined, 'none');
  });

  it('without one comes with a secret where an algorithm takes its key from it (OpenID Connect Core 1.0 section 10.1)', async () => {
    await accepted(
      web({ token_endpoint_auth_method: 'private_key_jwt', ...keys, id_token_signed_response_alg: 'HS256' }),
    );
    await refused(
      web({ token_endpoint_auth_method: 'none', id_token_signed_response_alg: 'HS256' }),
      'id_token_signed_response_alg',
    );
  });

  it.each(['unheard-of', 'CLIENT_SECRET_BASIC', 'client_secret', 'attest_jwt_client_auth', ''])(
    'is not by %j (RFC 7591 section 2)',
    async (token_endpoint_auth_method) => {
      await refused(web({ token_endpoint_auth_method }), 'token_endpoint_auth_method');
    },
  );

  it.each(['private_key_jwt', 'self_signed_tls_client_auth'])(
    'by %s needs a key (OpenID Connect Core 1.0 section 9, RFC 8705 section 2.2)',
    async (token_endpoint_auth_method) => {
      await refused(web({ token_endpoint_auth_method }), 'token_endpoint_auth_method');
      await refused(web({ token_endpoint_auth_method, jwks: { keys: [] } }), 'token_endpoint_auth_method');
    },
  );

  it.each([
    [{}],
    [{ tls_client_auth_san_dns: 'app.example', tls_client_auth_subject_dn: 'CN=app' }],
    [{ tls_client_auth_san_ip: '192.0.2.7', tls_client_auth_san_uri: 'urn:example:app' }],
  ])('by certificate names exactly one subject: not %j (RFC 8705 section 2.1.2)', async (subjects) => {
    await refused(web({ token_endpoint_auth_method: 'tls_client_auth', ...subjects }), 'token_endpoint_auth_method');
  });

  it.each([
    ['client_secret_jwt', 'none', {}],
    ['client_secret_jwt', 'RS256', {}],
    ['private_key_jwt', 'HS256', keys],
    ['private_key_jwt', 'none', keys],
    ['private_key_jwt', 'ES257', keys],
    ['client_secret_basic', 'HS256', {}],
    ['client_secret_post', 'RS256', {}],
    ['none', 'ES256', {}],
  ])('by %s is not signed with %s (OpenID Connect Core 1.0 section 9)', async (method, algorithm, beside) => {
    const metadata = { token_endpoint_auth_method: method, token_endpoint_auth_signing_alg: algorithm, ...beside };
    await refused(web(metadata), 'token_endpoint_auth_signing_alg');
  });

  it('by an assertion may be signed in any supported way, unless it says which (OpenID Connect Registration 1.0 section 2)', async () => {
    const { body } = await accepted(web({ token_endpoint_auth_method: 'client_secret_jwt' }));
    expect(body).not.toHaveProperty('token_endpoint_auth_signing_alg');
  });
});

describe('algorithms', () => {
  const { publicKey } = keyPair();
  const keys = { jwks: { keys: [publicKey] } };
  const responses = ['id_token', 'userinfo', 'authorization', 'introspection'];

  it.each([
    ...responses.map((what) => `${what}_signed_response_alg`),
    ...responses.map((what) => `${what}_encrypted_response_alg`),
    'request_object_signing_alg',
    'request_object_encryption_alg',
  ])('%s that nobody knows, and none, are refused (OpenID Connect Registration 1.0 section 2)', async (member) => {
    for (const algorithm of ['XS256', 'rs256', '', 'none'])
      await refused(web({ ...keys, [member]: algorithm }), member);
  });

  it('of ID tokens and signed answers are RS256 by default, of userinfo none (OpenID Connect Registration 1.0 section 2)', async () => {
    const { body } = await post(webClient);
    expect(body).toMatchObject({
      id_token_signed_response_alg: 'RS256',
      authorization_signed_response_alg: 'RS256',
      introspection_signed_response_alg: 'RS256',
    });
    expect(body).not.toHaveProperty('userinfo_signed_response_alg');
  });

  it('stay as they are when they are null (JARM section 3)', async () => {
    await accepted(web({ authorization_signed_response_alg: null }), webClient);
  });

  const encryption = [...responses.map((what) => `${what}_encrypted_response`), 'request_object_encryption'];

  it.each(encryption)('%s_enc is not without %s_alg (OpenID Connect Registration 1.0 section 2)', async (member) => {
    await refused(web({ ...keys, [`${member}_enc`]: 'A256GCM' }), `${member}_enc`);
  });

  it.each(encryption)(
    '%s_enc is A128CBC-HS256 unless said (OpenID Connect Registration 1.0 section 2)',
    async (member) => {
      const metadata = web({ ...keys, [`${member}_alg`]: 'ECDH-ES' });
      await accepted(metadata, { ...metadata, [`${member}_enc`]: 'A128CBC-HS256' });
    },
  );

  it.each([...responses.map((what) => `${what}_encrypted_response_alg`), 'request_object_signing_alg'])(
    '%s with a key of the client needs one (OpenID Connect Core 1.0 section 10)',
    async (member) => {
      const algorithm = member.includes('signing') ? 'ES256' : 'ECDH-ES';
      await refused(web({ [member]: algorithm }), member);
      await accepted(
        web({ [member]: algorithm, ...keys }),
        web({
          [member]: algorithm,
          ...keys,
          ...(algorithm === 'ECDH-ES' && { [member.replace(/alg$/, 'enc')]: 'A128CBC-HS256' }),
        }),
      );
    },
  );

  it('that demand signed requests are not none at once (RFC 9101 section 10.5)', async () => {
    const metadata = { require_signed_request_object: true, request_object_signing_alg: 'none' };
    expect((await post(web(metadata))).body.violations[0].member).toBe('request_object_signing_alg');
  });

  it('are chosen by the server out of a list that the client sends (OpenID Connect RP Metadata Choices 1.0 section 4)', async () => {
    const wishes = {
      id_token_signing_alg_values_supported: ['none', 'XS1', 'ES256', 'RS256'],
      token_endpoint_auth_methods_supported: ['attest_jwt_client_auth', 'private_key_jwt', 'client_secret_post'],
    };
    await accepted(
      web({ ...wishes, ...keys }),
      web({ ...keys, id_token_signed_response_alg: 'ES256', token_endpoint_auth_method: 'private_key_jwt' }),
      'none',
    );
  });

  it('are refused when the list has nothing that is supported (OpenID Connect RP Metadata Choices 1.0 section 4)', async () => {
    const member = 'id_token_signing_alg_values_supported';
    await refused(web({ [member]: ['none', 'XS1'] }), member);
    await refused(web({ [member]: [] }), member);
    await refused(web({ [member]: 'RS256' }), member);
  });
});

describe('keys', () => {
  const kinds = ['RSA', 'EC', 'Ed25519'] as const;

  it.each(kinds)('of the kind %s are registered as sent, without a kid too (RFC 7517 section 4.5)', async (kind) => {
    const { publicKey } = keyPair(kind);
    await accepted(web({ jwks: { keys: [publicKey, { ...publicKey, kid: 'second' }] } }));
  });

  it.each(kinds)('of the kind %s are never private (OpenID Connect Registration 1.0 section 2)', async (kind) => {
    const { publicKey, privateKey } = keyPair(kind);
    const answer = await refused(web({ jwks: { keys: [publicKey, privateKey] } }), 'jwks');
    expect(answer.body.error_description).toContain('jwks.keys[1]');
    expect(answer.text).not.toContain(privateKey.d);
  });

  it.each([
    [{ kty: 'AKP', alg: 'ML-DSA-44', pub: 'AAAA', priv: 'BBBB' }],
    [{ kty: 'oct', k: 'c2VjcmV0' }],
    [{ kty: 'oct' }],
    [{ kty: 'RSA', n: keyPair('RSA').publicKey.n, e: 'AQAB', d: 'AQ' }],
    [{ kty: 'EC', crv: 'P-256', x: 'AQ', y: 'AQ', d: '' }],
  ])('are never private or symmetric: %j (OpenID Connect Registration 1.0 section 2)', async (key) => {
    await refused(web({ jwks: { keys: [key] } }), 'jwks');
  });

  it.each([
    [{}, 'jwks.keys'],
    [{ keys: {} }, 'jwks.keys'],
    [{ keys: 'x' }, 'jwks.keys'],
    [{ keys: ['x'] }, 'jwks.keys[0]'],
    [{ keys: [null] }, 'jwks.keys[0]'],
    [{ keys: [[]] }, 'jwks.keys[0]'],
    [{ keys: [{}] }, 'jwks.keys[0]'],
    [{ keys: [{ kty: '' }] }, 'jwks.keys[0]'],
    [{ keys: [keyPair().publicKey, { kty: 'RSA', e: 'AQAB' }] }, 'jwks.keys[1]'],
    [{ keys: [{ kty: 'EC', crv: 'P-256', x: 'AQ' }] }, 'jwks.keys[0]'],
    [{ keys: [{ kty: 'OKP', crv: 'Ed25519' }] }, 'jwks.keys[0]'],
    [{ keys: [{ kty: 'EC', crv: 'P-256', x: 'not base64url!', y: 'AQ' }] }, 'jwks.keys[0]'],
    [{ keys: [{ ...keyPair().publicKey, kid: 7 }] }, 'jwks.keys[0]'],
  ])(
    'are a set of complete keys, else the refusal points at the bad one: %j (RFC 7517 section 5)',
    async (jwks, path) => {
      const answer = await refused(web({ jwks }), 'jwks');
      expect(answer.body.error_description).toMatch(new RegExp(`^${path.replace(/[[\].]/g, '\\$&')} `));
    },
  );

  it('of kinds and uses that nobody knows are registered as sent (RFC 7517 section 5)', async () => {
    const { publicKey } = keyPair();
    const keys = [
      { kty: 'FUTURE', material: 'x' },
      { kty: 'EC', crv: 'P-999', x: 'AQ', y: 'AQ' },
      { ...publicKey, use: 'tls', key_ops: ['verify'], made_up: { nested: true } },
    ];
    await accepted(web({ jwks: { keys, made_up: 1 } }));
  });

  it('may be an empty set where none is needed (RFC 7517 section 5)', async () => {
    await accepted(web({ jwks: { keys: [] } }));
  });

  it('are given either by value or by address (RFC 7591 section 2)', async () => {
    const { publicKey } = keyPair();
    await refused(web({ jwks: { keys: [publicKey] }, jwks_uri: 'https://app.example/jwks' }), 'jwks');
  });

  it.each([
    'http://app.example/jwks',
    'http://localhost/jwks',
    'ftp://app.example/',
    '/jwks',
    'data:application/json,{}',
  ])('are not at %s (OpenID Connect Registration 1.0 section 2)', async (jwks_uri) => {
    await refused(web({ jwks_uri }), 'jwks_uri');
  });
});

describe('what is shown to people', () => {
  const addresses = ['client_uri', 'logo_uri', 'tos_uri', 'policy_uri'];

  it.each(addresses)('%s is a web page, in each language (RFC 7591 section 5)', async (member) => {
    for (const name of [member, `${member}#de`]) {
      await accepted(web({ [name]: 'https://app.example/page?x=1#part' }));
      await accepted(web({ [name]: 'http://app.example/page' }));
      for (const uri of [
        'javascript:alert(1)',
        'JavaScript:alert(1)',
        'data:image/png;base64,AA==',
        'vbscript:x',
        'file:///etc/passwd',
        '/page',
        '//app.example/page',
        'app.example',
        ' https://app.example/',
      ])
        await refused(web({ [name]: uri }), name);
    }
  });

  it('keeps its languages, with the letter case of their tags (RFC 7591 section 2.2)', async () => {
    await accepted(
      web({
        'client_name#de': 'Wetter',
        'client_name#zh-Hant-TW': '天氣',
        'client_name#PT-br': 'Tempo',
        'tos_uri#fr': 'https://app.example/fr',
      }),
    );
  });

  it.each(['de-CH-1901', 'sl-rozaj-biske', 'en-a-bbb-x-a-ccc', 'zh-cmn-Hans-CN', 'i-klingon', 'x-private'])(
    'may be in %s, as any well-formed language tag (RFC 7591 section 2.2, RFC 5646 section 2.1)',
    async (tag) => {
      await accepted(web({ [`client_name#${tag}`]: 'Weather' }));
    },
  );

  it('is judged in each language as without one (RFC 7591 section 2.2)', async () => {
    await refused(web({ 'client_name#de': 7 }), 'client_name#de');
    await refused(web({ 'client_name#de': '' }), 'client_name#de');
    await refused(web({ 'client_name#not a tag': 'x' }), 'client_name');
    await refused(web({ 'client_name#de': 'x', 'client_name#DE': 'y' }), 'client_name');
  });

  it('is all that has languages: tags on other members are ignored (RFC 7591 section 2.2)', async () => {
    const tagged = { 'scope#de': 'x', 'redirect_uris#de': ['javascript:x'], 'grant_types#de': 7, 'jwks_uri#de': 'x' };
    await accepted(web(tagged), webClient);
  });

  it('may be contacts in any form of text (RFC 7591 section 2)', async () => {
    await accepted(web({ contacts: ['ada@app.example', '+49 30 123', 'https://app.example/help'] }));
    await refused(web({ contacts: 'ada@app.example' }), 'contacts');
  });

  it('may be markup, which is text and never comes back as a page', async () => {
    const client_name = '<script>alert("x")</script>';
    const { body, headers } = await accepted(web({ client_name }));
    expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
    const read = await send('GET', body.registration_client_uri, {
      token: body.registration_access_token,
      headers: { accept: 'text/html' },
    });
    expect(read.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(read.headers.get('x-content-type-options')).toBe('nosniff');
    expect(read.body.client_name).toBe(client_name);
  });

  describe('and what clients call', () => {
    let server: Server;
    let visits = 0;

    beforeAll(async () => {
      server = createServer((socket) => {
        visits += 1;
        socket.destroy();
      });
      await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    });

    afterAll(() => new Promise((closed) => server.close(closed)));

    it('is not visited when it is registered (RFC 7591 section 5)', async () => {
      const { port } = server.address() as AddressInfo;
      const page = `https://localhost:${port}/`;
      const visited = {
        client_uri: page,
        logo_uri: `http://127.0.0.1:${port}/logo.png`,
        tos_uri: page,
        policy_uri: page,
      };
      const called = { jwks_uri: page, initiate_login_uri: page, backchannel_logout_uri: page, request_uris: [page] };
      await accepted(web({ ...visited, ...called }));
      await new Promise((later) => setTimeout(later, 200));
      expect(visits).toBe(0);
    });
  });
});

describe('the scope of a client', () => {
  const all = 'openid profile email address phone offline_access';

  it.each([
    ['openid', 'openid'],
    ['email openid', 'email openid'],
    ['openid unheard-of email', 'openid email'],
    ['unheard-of', all],
    ['OPENID', all],
    [undefined, all],
    [null, all],
    ['dcr dcrm clients:read openid', 'openid'],
    ['dcr', all],
    ['clients:write clients:secrets tokens:issue keys:write accounts:write', all],
  ])('is %j when asked, and given as %j: never more than is offered (RFC 7591 section 2)', async (scope, given) => {
    const { body } = await accepted(web({ scope }), web({ scope: given }));
    expect((await lookUp(body.client_id)).metadata.scope).toBe(given);
  });

  it.each([['openid  email'], [' openid'], ['openid '], ['open"id'], ['open\\id'], ['öpenid'], ['openid,\temail']])(
    'is tokens separated by single blanks: not %j (RFC 6749 section 3.3)',
    async (scope) => {
      await refused(web({ scope }), 'scope');
    },
  );

  it('is one string, not a list (RFC 7591 section 2)', async () => {
    await refused(web({ scope: ['openid'] }), 'scope');
  });
});

describe('OpenID Connect', () => {
  it.each(['web', 'native'])(
    'knows applications of the type %s (OpenID Connect Registration 1.0 section 2)',
    async (type) => {
      await accepted(web({ application_type: type }));
    },
  );

  it.each(['mobile', 'Web', 'spa', ''])(
    'knows no other: not %j (OpenID Connect Registration 1.0 section 2)',
    async (type) => {
      await refused(web({ application_type: type }), 'application_type');
    },
  );

  it('has public subjects by default, and pairwise ones (OpenID Connect Core 1.0 section 8)', async () => {
    await accepted(webClient, web({ subject_type: 'public' }));
    await accepted(web({ subject_type: 'pairwise' }));
    await refused(web({ subject_type: 'ephemeral' }), 'subject_type');
  });

  it('needs to be told the sector of pairwise subjects where the hosts differ (OpenID Connect Core 1.0 section 8.1)', async () => {
    const redirect_uris = ['https://a.example/', 'https://b.example/'];
    await refused({ redirect_uris, subject_type: 'pairwise' }, 'sector_identifier_uri');
    await accepted({ redirect_uris: ['https://a.example/1', 'https://a.example/2'], subject_type: 'pairwise' });
  });

  it.each(['http://app.example/sector', '/sector', 'urn:sector', 'https://app.example/sector#x'])(
    'takes no sector from %s (OpenID Connect Registration 1.0 section 5)',
    async (sector_identifier_uri) => {
      await refused(web({ sector_identifier_uri }), 'sector_identifier_uri');
    },
  );

  it.each([0, 1, 86_400])(
    'keeps default_max_age %i (OpenID Connect Registration 1.0 section 2)',
    async (default_max_age) => {
      await accepted(web({ default_max_age }));
    },
  );

  it.each([-1, 1.5, '0', 1e99, true])(
    'refuses default_max_age %j (OpenID Connect Registration 1.0 section 2)',
    async (default_max_age) => {
      await refused(web({ default_max_age }), 'default_max_age');
    },
  );

  it('has flags that are false unless said, and repeats them (OpenID Connect Registration 1.0 section 2)', async () => {
    const flags = [
      'require_auth_time',
      'frontchannel_logout_session_required',
      'backchannel_logout_session_required',
      'tls_client_certificate_bound_access_tokens',
      'require_signed_request_object',
      'require_pushed_authorization_requests',
      'dpop_bound_access_tokens',
    ];
    const all = (value: boolean) => web(Object.fromEntries(flags.map((flag) => [flag, value])));
    await accepted(webClient, all(false));
    await accepted(all(true));
    for (const flag of flags) await refused(web({ [flag]: 'true' }), flag);
  });

  it('keeps default_acr_values (OpenID Connect Registration 1.0 section 2)', async () => {
    await accepted(web({ default_acr_values: ['urn:example:gold', '1'] }));
  });

  it('starts a sign-in at an https address only (OpenID Connect Core 1.0 section 4)', async () => {
    await accepted(web({ initiate_login_uri: 'https://app.example/login?x=1' }));
    await refused(web({ initiate_login_uri: 'http://app.example/login' }), 'initiate_login_uri');
  });

  it.each([
    'http://app.example/out',
    '/out',
    'https://app.example/out#x',
    'https://app.example/out#',
    'com.example.app:/out',
  ])(
    'tells no back channel at %s of a logout (OpenID Connect Back-Channel Logout 1.0 section 2.2)',
    async (backchannel_logout_uri) => {
      await refused(web({ backchannel_logout_uri }), 'backchannel_logout_uri');
    },
  );

  it('tells the back channel of a logout, with the session if asked (OpenID Connect Back-Channel Logout 1.0 section 2.2)', async () => {
    await accepted(
      web({ backchannel_logout_uri: 'https://elsewhere.example/out?x=1', backchannel_logout_session_required: true }),
    );
  });

  it.each([
    'https://other.example/out',
    'http://app.example/out',
    'https://app.example:8443/out',
    'https://app.example/out#x',
  ])(
    'opens no front channel at %s, since no redirect URI is there (OpenID Connect Front-Channel Logout 1.0 section 2)',
    async (frontchannel_logout_uri) => {
      await refused(web({ frontchannel_logout_uri }), 'frontchannel_logout_uri');
    },
  );

  it('opens the front channel where a redirect URI is (OpenID Connect Front-Channel Logout 1.0 section 2)', async () => {
    await accepted(web({ frontchannel_logout_uri: 'https://app.example/out?x=1' }));
    await accepted(web({ frontchannel_logout_uri: 'https://app.example:443/out' }));
  });

  it('has no backchannel authentication at this server (OpenID Connect CIBA Core 1.0 section 4)', async () => {
    const { body, status } = await post(
      web({ grant_types: ['authorization_code', 'urn:openid:params:grant-type:ciba'] }),
    );
    expect(status).toBe(400);
    expect(body.violations[0].member).toBe('grant_types');
  });
});

describe('what is stored', () => {
  it('has one event for each registration, which says who did what (RFC 7591 section 5)', async () => {
    const made = await send('POST', `${program.url}/admin/initial-access-tokens`, { token: adminToken, json: {} });
    const answer = await send('POST', `${program.url}/register`, {
      token: made.body.token,
      json: web({ contacts: ['ada@app.example'] }),
      headers: { 'x-request-id': 'request-7' },
    });
    const [event, ...more] = await eventsOf(program, answer.body.client_id);
    expect(more).toEqual([]);
    expect(event).toMatchObject({
      action: 'client.registered',
      actor: { type: 'initial_access_token', token_id: made.body.id },
      clientId: answer.body.client_id,
      outcome: 'done',
      requestId: 'request-7',
    });
    expect(event?.at).toBe(answer.body.client_id_issued_at);
    expect(event?.changes.client_name).toEqual({ after: 'Weather' });
    expect(JSON.stringify(event)).not.toContain('ada@app.example');
  });

  it('has as many registrations as events of registrations', async () => {
    const registered = (await eventsOf(program)).filter(({ action }) => action === 'client.registered');
    expect(registered).toHaveLength(await count(program, 'clients'));
    expect(new Set(registered.map(({ clientId }) => clientId)).size).toBe(registered.length);
  });

  it('has no secret and no token in the clear, in no table and no file (RFC 6819 section 5.1.4.1)', async () => {
    const sealed = await post(web({ token_endpoint_auth_method: 'client_secret_jwt' }));
    expect(sealed.body.client_secret).toEqual(aSecret);
    expect(sealed.body.registration_access_token).toEqual(aRegistrationToken);
    const [tables, files] = [await dump(program), filesOf(program)];
    expect(tables).toContain(sealed.body.client_id);
    expect(files.includes(sealed.body.client_id)).toBe(engine === 'sqlite');
    expect(credentialsSeen.size).toBeGreaterThan(100);
    const found = [...credentialsSeen, adminToken].filter((credential) => {
      const bare = credential.replace(/^c(iat|rat)_/, '');
      return tables.includes(bare) || files.includes(bare);
    });
    expect(found).toEqual([]);
  });
});

// From here on with programs of their own.

describe('a failure inside', () => {
  let broken: TestApp;

  beforeAll(async () => {
    broken = await startApp();
  });

  afterAll(() => broken.close());

  it('is 500 without details, and undoes all of the registration: the client, its event and the use of the token (RFC 7591 section 3)', async () => {
    const once = await initialAccessToken(broken.url);
    await query(broken, 'ALTER TABLE initial_access_token_uses ADD COLUMN hidden TEXT');
    await query(broken, 'ALTER TABLE audit_events RENAME TO hidden_events');
    const failed = await send('POST', `${broken.url}/register`, { token: once, json: webClient });
    await query(broken, 'ALTER TABLE hidden_events RENAME TO audit_events');
    expect(failed.status).toBe(500);
    expect(failed.body).toEqual(failure('server_error'));
    expect(failed.text).not.toMatch(/sql|audit|table/i);
    expect(await count(broken, 'clients')).toBe(0);
    expect(await count(broken, 'initial_access_token_uses', 'used > 0')).toBe(0);

    const answer = await send('POST', `${broken.url}/register`, { token: once, json: webClient });
    expect(answer.status).toBe(201);
    expect(await eventsOf(broken, answer.body.client_id)).toHaveLength(1);
  });
});

describe('the scope of a client, as the operator offers it,', () => {
  it('is out of what the operator offers, and all of it by default (RFC 7591 section 2)', async () => {
    const other = await startApp({ SCOPES: 'orders:read orders:write' });
    try {
      expect((await register(other.url)).body.scope).toBe('orders:read orders:write');
      expect((await register(other.url, web({ scope: 'openid orders:write' }))).body.scope).toBe('orders:write');
    } finally {
      await other.close();
    }
  });

  it.each(['dcr', 'openid dcrm', 'clients:read'])(
    'is never offered as %s: the program does not start',
    async (SCOPES) => {
      const faults: unknown = [expect.stringMatching(/^SCOPES: /)];
      await expect(startApp({ SCOPES })).rejects.toMatchObject({ faults });
    },
  );
});
