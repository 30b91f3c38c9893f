import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { claimsByScope } from '../src/token-service/sign-in/users.js';
import { failure, information, keyPair, refusal } from './support/builders.js';
import { type Answer, initialAccessToken, register, send, sendRaw, webClient } from './support/http.js';
import { adminToken, startApp, type TestApp } from './support/test-app.js';

const documents = ['/.well-known/oauth-authorization-server', '/.well-known/openid-configuration'];

let program: TestApp;
let token: string;

beforeAll(async () => {
  program = await startApp();
  token = await initialAccessToken(program.url, { uses: 10_000 });
});

afterAll(() => program.close());

const published = async ({ url } = program, document = documents[0]): Promise<Record<string, any>> =>
  (await send('GET', url + document)).body;

describe('the metadata of the server', () => {
  it('are the same at the OAuth and at the OpenID address (RFC 8414 section 3, OpenID Connect Discovery 1.0 section 4)', async () => {
    const [oauth, openid] = await Promise.all(documents.map((path) => send('GET', program.url + path)));
    for (const answer of [oauth, openid]) {
      expect(answer?.status).toBe(200);
      expect(answer?.headers.get('content-type')).toBe('application/json; charset=utf-8');
    }
    expect(oauth?.body).toEqual(openid?.body);
  });

  it('name the issuer that they were asked of, byte for byte (RFC 8414 section 3.3)', async () => {
    expect((await published()).issuer).toBe(program.url);
  });

  it('name an address for registration that answers as it is, without a redirect (RFC 8414 section 2)', async () => {
    const { registration_endpoint } = await published();
    expect(registration_endpoint).toBe(`${program.url}/register`);
    expect((await send('POST', registration_endpoint, { token, json: webClient })).status).toBe(201);
  });

  it('have what is required of an OpenID provider (OpenID Connect Discovery 1.0 section 3)', async () => {
    const document = await published();
    for (const endpoint of ['authorization_endpoint', 'token_endpoint', 'userinfo_endpoint', 'jwks_uri'])
      expect(document[endpoint]).toMatch(new RegExp(`^${program.url}/`));
    expect(document.response_types_supported).toEqual(['code']);
    expect(document.subject_types_supported).toEqual(['public', 'pairwise']);
    expect(document.id_token_signing_alg_values_supported).toContain('RS256');
    expect(document.scopes_supported).toContain('openid');
    expect(document.code_challenge_methods_supported).toEqual(['S256']);
    expect(document.claims_supported).toEqual(expect.arrayContaining(Object.values(claimsByScope).flat()));
  });

  it('have no null, no empty text and no empty list (RFC 8414 section 3.2)', async () => {
    for (const value of Object.values(await published())) expect([null, '', []]).not.toContainEqual(value);
  });

  it('are of this server only: an issuer with a path has none here (RFC 8414 section 3.1)', async () => {
    for (const path of [
      ...documents.map((document) => `${document}/tenant`),
      '/tenant/.well-known/openid-configuration',
    ])
      expect(await send('GET', program.url + path)).toMatchObject({ status: 404, body: failure('not_found') });
  });

  it('are not repeated below the token service', async () => {
    for (const document of documents)
      expect(await send('GET', `${program.url}/oauth${document}`)).toMatchObject({
        status: 404,
        body: failure('not_found'),
      });
  });

  it('may be read from any web page (Fetch standard)', async () => {
    const { headers } = await send('GET', program.url + documents[0], { headers: { origin: 'https://app.example' } });
    expect(headers.get('access-control-allow-origin')).toBe('*');
    expect(headers.get('access-control-allow-credentials')).toBeNull();
  });

  it('can only be read (RFC 9110 section 15.5.6)', async () => {
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH']) {
      const answer = await send(method, program.url + documents[0]);
      expect(answer).toMatchObject({ status: 405, body: failure('method_not_allowed') });
      expect(answer.headers.get('allow')).toBe('GET, HEAD, OPTIONS');
    }
  });
});

describe('what is published is what is registered (RFC 7591 section 2)', () => {
  const { publicKey } = keyPair();
  const keys = { jwks: { keys: [publicKey] } };
  const isSymmetric = (algorithm: string) => /^(HS|A\d+KW|dir)/.test(algorithm);
  const keysFor = (algorithm: string) => (isSymmetric(algorithm) ? {} : keys);
  const algorithm = (member: string) => (value: string) => ({ [member]: value, ...keysFor(value) });
  const content = (member: string) => (value: string) => ({
    [member.replace(/enc$/, 'alg')]: 'dir',
    [member]: value,
  });

  const companions: Record<string, object> = {
    client_credentials: { response_types: [], redirect_uris: [] },
    refresh_token: { grant_types: ['authorization_code', 'refresh_token'] },
    'urn:ietf:params:oauth:grant-type:device_code': { response_types: [], redirect_uris: [] },
    private_key_jwt: keys,
    self_signed_tls_client_auth: { jwks_uri: 'https://app.example/jwks' },
    tls_client_auth: { tls_client_auth_san_dns: 'app.example' },
  };
  const lists: [string, string, (value: string) => object][] = [
    ['grant_types_supported', 'grant_types', (value) => ({ grant_types: [value], ...companions[value] })],
    ['response_types_supported', 'response_types', (value) => ({ response_types: [value] })],
    ['response_modes_supported', 'response_modes', (value) => ({ response_modes: [value] })],
    [
      'token_endpoint_auth_methods_supported',
      'token_endpoint_auth_method',
      (value) => ({ token_endpoint_auth_method: value, ...companions[value] }),
    ],
    [
      'token_endpoint_auth_signing_alg_values_supported',
      'token_endpoint_auth_signing_alg',
      (value) => ({
        token_endpoint_auth_method: isSymmetric(value) ? 'client_secret_jwt' : 'private_key_jwt',
        token_endpoint_auth_signing_alg: value,
        ...keysFor(value),
      }),
    ],
    ['subject_types_supported', 'subject_type', (value) => ({ subject_type: value })],
    ['scopes_supported', 'scope', (value) => ({ scope: value })],
    ...['id_token', 'userinfo', 'authorization', 'introspection'].flatMap(
      (what): [string, string, (value: string) => object][] => [
        [
          `${what}_signing_alg_values_supported`,
          `${what}_signed_response_alg`,
          algorithm(`${what}_signed_response_alg`),
        ],
        [
          `${what}_encryption_alg_values_supported`,
          `${what}_encrypted_response_alg`,
          algorithm(`${what}_encrypted_response_alg`),
        ],
        [
          `${what}_encryption_enc_values_supported`,
          `${what}_encrypted_response_enc`,
          content(`${what}_encrypted_response_enc`),
        ],
      ],
    ),
    [
      'request_object_signing_alg_values_supported',
      'request_object_signing_alg',
      algorithm('request_object_signing_alg'),
    ],
    [
      'request_object_encryption_alg_values_supported',
      'request_object_encryption_alg',
      algorithm('request_object_encryption_alg'),
    ],
    [
      'request_object_encryption_enc_values_supported',
      'request_object_encryption_enc',
      content('request_object_encryption_enc'),
    ],
  ];

  it.each(lists)('%s: every value can be registered', async (list, member, metadataWith) => {
    const values: string[] = (await published())[list];
    expect(values.length).toBeGreaterThan(0);
    const refused = [];
    for (const value of values) {
      const metadata = { ...webClient, ...metadataWith(value) };
      const { status, body } = await send('POST', `${program.url}/register`, { token, json: metadata });
      const [given] = [body[member]].flat();
      const echoed: unknown = value === 'refresh_token' ? body.grant_types?.[1] : given;
      if (status !== 201 || echoed !== value) refused.push({ value, status, body });
    }
    expect(refused).toEqual([]);
  });

  it.each(lists.filter(([list]) => list !== 'scopes_supported'))(
    '%s: no other value can be registered',
    async (_list, member, metadataWith) => {
      const json = { ...webClient, ...keys, ...metadataWith('unheard-of') };
      const answer = await send('POST', `${program.url}/register`, { token, json });
      expect(answer.status).toBe(400);
      expect(answer.body).toEqual(refusal(member));
    },
  );

  it.each([
    ['grant_types', ['implicit']],
    ['grant_types', ['password']],
    ['response_types', ['token']],
    ['id_token_signed_response_alg', 'none'],
    ['request_object_signing_alg', 'none'],
    ['token_endpoint_auth_signing_alg', 'none'],
  ])('%s is never %j (RFC 9700 section 2, OpenID Connect Registration 1.0 section 2)', async (member, value) => {
    const answer = await send('POST', `${program.url}/register`, { token, json: { ...webClient, [member]: value } });
    expect(answer.status).toBe(400);
    expect(answer.body.error).toBe('invalid_client_metadata');
    expect(answer.body.violations.map((violation: { member: string }) => violation.member)).toContain(member);
  });
});

describe('an address', () => {
  it.each(['GET', 'PUT', 'DELETE', 'PATCH'])(
    'for registration does not take %s (RFC 9110 section 15.5.6)',
    async (method) => {
      for (const sent of [undefined, token]) {
        const answer = await send(method, `${program.url}/register`, { token: sent });
        expect(answer.status).toBe(405);
        expect(answer.headers.get('allow')).toBe('OPTIONS, POST');
        expect(answer.body).toEqual(failure('method_not_allowed'));
      }
    },
  );

  it.each(['POST', 'PATCH'])('of a client does not take %s (RFC 9110 section 15.5.6)', async (method) => {
    const { body } = await register(program.url);
    const answer = await send(method, body.registration_client_uri, { token: body.registration_access_token });
    expect(answer.status).toBe(405);
    expect(answer.headers.get('allow')).toBe('DELETE, GET, HEAD, OPTIONS, PUT');
    expect(answer.body).toEqual(failure('method_not_allowed'));
  });

  it('of a client shows nothing of it to HEAD and OPTIONS (RFC 9110 sections 9.3.2 and 9.3.7)', async () => {
    const { body } = await register(program.url);
    const options = await send('OPTIONS', body.registration_client_uri);
    expect(options).toMatchObject({ status: 204, text: '' });
    expect(options.headers.get('allow')).toBe('DELETE, GET, HEAD, OPTIONS, PUT');
    expect(await send('HEAD', body.registration_client_uri)).toMatchObject({ status: 401, text: '' });
    const head = await send('HEAD', body.registration_client_uri, { token: body.registration_access_token });
    expect(head).toMatchObject({ status: 200, text: '' });
  });

  it('where nothing is answers in the one shape of errors (RFC 6749 section 5.2)', async () => {
    for (const path of ['/', '/nowhere', '/Register', '/oauth/nowhere', '/OAuth/token', '/admin/nowhere', '/%zz']) {
      const answer = await sendRaw('GET', program.url, { path });
      expect(answer.status).toBe(404);
      expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
      expect(answer.body).toEqual(failure('not_found'));
    }
  });
});

describe('a web page of any origin (Fetch standard)', () => {
  const preflight = async (url: string, method: string) => {
    const headers = {
      origin: 'https://app.example',
      'access-control-request-method': method,
      'access-control-request-headers': 'authorization,content-type',
    };
    const { status, text, headers: allowed } = await send('OPTIONS', url, { headers });
    expect({ status, text }).toEqual({ status: 204, text: '' });
    expect(allowed.get('access-control-allow-origin')).toBe('*');
    expect(allowed.get('access-control-allow-headers')).toMatch(/\bAuthorization\b.*\bContent-Type\b/);
    expect(allowed.get('access-control-allow-credentials')).toBeNull();
    return allowed.get('access-control-allow-methods')?.split(',').sort();
  };

  it('may register', async () => {
    expect(await preflight(`${program.url}/register`, 'POST')).toEqual(['POST']);
  });

  it('may read, replace and delete a registration', async () => {
    expect(await preflight(`${program.url}/register/some-id`, 'PUT')).toEqual(['DELETE', 'GET', 'PUT']);
  });

  it.each([
    ['POST', '/register', 401],
    ['GET', '/register', 405],
    ['GET', '/register/some-id', 401],
    ['GET', '/.well-known/nothing', 404],
  ])('may read the refusal of %s %s', async (method, path, status) => {
    const answer = await send(method, program.url + path, { headers: { origin: 'https://app.example' } });
    expect(answer.status).toBe(status);
    expect(answer.headers.get('access-control-allow-origin')).toBe('*');
    expect(answer.headers.get('access-control-expose-headers')).toContain('WWW-Authenticate');
  });

  it.each(['/admin/initial-access-tokens', '/lookup/clients/some-id'])('may not call %s', async (path) => {
    const headers = { origin: 'https://app.example', 'access-control-request-method': 'GET' };
    for (const method of ['OPTIONS', 'GET'])
      expect(
        (await send(method, program.url + path, { headers })).headers.get('access-control-allow-origin'),
      ).toBeNull();
  });
});

describe('behind a proxy', () => {
  let proxied: TestApp;
  const publicUrl = 'https://id.example';
  const misleading = ['Host', 'evil.example', 'X-Forwarded-Host', 'evil.example', 'X-Forwarded-Proto', 'http'];
  const call = (method: string, path: string, bearer: string, json?: object): Promise<Answer> =>
    sendRaw(method, proxied.url, {
      path,
      headers: [...misleading, 'Authorization', `Bearer ${bearer}`, 'Content-Type', 'application/json'],
      body: json && JSON.stringify(json),
    });

  beforeAll(async () => {
    proxied = await startApp({ PUBLIC_URL: publicUrl });
  });

  afterAll(() => proxied.close());

  it('every address that is handed out begins with the public one, whatever the request says (RFC 9110 section 7.2)', async () => {
    const { body: metadata } = await call('GET', documents[0]!, 'none');
    expect(metadata.issuer).toBe(publicUrl);
    expect(metadata.registration_endpoint).toBe(`${publicUrl}/register`);
    expect(JSON.stringify(metadata)).not.toMatch(/evil|localhost|127\.0\.0\.1/);

    const made = await call('POST', '/admin/initial-access-tokens', adminToken, { uses: 2 });
    expect(made.headers.get('location')).toBe(`${publicUrl}/admin/initial-access-tokens/${made.body.id}`);
    await call('POST', '/admin/initial-access-tokens', adminToken, {});
    const page = await call('GET', '/admin/initial-access-tokens?limit=1', adminToken);
    expect(page.headers.get('link')).toBe(
      `<${publicUrl}/admin/initial-access-tokens?limit=1&after=${page.body.next}>; rel="next"`,
    );

    const registered = await call('POST', '/register', made.body.token, webClient);
    expect(registered.body).toEqual(information(publicUrl, webClient));
    const { client_id, registration_access_token } = registered.body;
    const read = await call('GET', `/register/${client_id}`, registration_access_token);
    expect(read.body.registration_client_uri).toBe(`${publicUrl}/register/${client_id}`);
  });

  it('cookies are of this very host, and for no script (RFC 6265bis section 4.1.3)', async () => {
    const made = await call('POST', '/admin/clients', adminToken, { metadata: webClient });
    const query = new URLSearchParams({ response_type: 'code', client_id: made.body.client_id, scope: 'openid' });
    const paths = [`/oauth/authorize?${query.toString()}`, '/oauth/activate'];
    const answers = await Promise.all(paths.map((path) => send('GET', proxied.url + path)));
    const cookies = answers.flatMap(({ headers }) => headers.getSetCookie());
    expect(cookies.map((cookie) => cookie.split('=')[0])).toEqual([
      '__Secure-interaction',
      '__Secure-interaction_resume',
      '__Host-session',
    ]);
    for (const cookie of cookies) expect(cookie).toMatch(/; samesite=lax; secure; httponly/);
    expect(cookies[2]).toContain('; path=/;');
  });

  it('https is demanded for the future (RFC 6797 section 7.2)', async () => {
    const { headers } = await call('GET', documents[0]!, 'none');
    expect(headers.get('strict-transport-security')).toMatch(/^max-age=31536000/);
  });
});

describe('the public address', () => {
  it.each([
    ['with a path', 'https://id.example/tenant'],
    ['over http on a public host', 'http://id.example'],
    ['that is no address', 'id.example'],
  ])('%s does not let the program start (RFC 8414 section 2)', async (_what, PUBLIC_URL) => {
    const faults: unknown = [expect.stringMatching(/^PUBLIC_URL: /)];
    await expect(startApp({ PUBLIC_URL })).rejects.toMatchObject({ faults });
  });
});

describe('without the built-in token service', () => {
  let folder: string;
  const apps: TestApp[] = [];

  const start = async (settings: Record<string, string>) => {
    const app = await startApp({ TOKEN_SERVICE: 'off', ...settings });
    apps.push(app);
    return app;
  };
  const withMetadata = (document: object) => {
    const path = join(folder, 'server.json');
    writeFileSync(path, JSON.stringify(document));
    return start({ SERVER_METADATA: path });
  };

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'clientele-metadata-'));
  });

  afterAll(async () => {
    await Promise.all(apps.map((app) => app.close()));
    rmSync(folder, { recursive: true });
  });

  it('nothing is published, and clients are registered all the same', async () => {
    const app = await start({});
    for (const document of documents)
      expect(await send('GET', app.url + document)).toMatchObject({ status: 404, body: failure('not_found') });
    expect((await register(app.url)).status).toBe(201);
  });

  it('the metadata of the other server are published, with registration at this one (RFC 8414 section 2)', async () => {
    const foreign = {
      issuer: 'https://as.example/tenant',
      authorization_endpoint: 'https://as.example/tenant/authorize',
      token_endpoint: 'https://as.example/tenant/token',
      registration_endpoint: 'https://as.example/tenant/clients',
      response_types_supported: ['code'],
      grant_types_supported: ['authorization_code', 'implicit', 'password', 'urn:openid:params:grant-type:ciba'],
      token_endpoint_auth_methods_supported: ['private_key_jwt', 'client_secret_basic'],
      backchannel_token_delivery_modes_supported: ['poll', 'ping'],
      backchannel_authentication_request_signing_alg_values_supported: ['ES256'],
      acr_values_supported: ['urn:example:gold'],
      authorization_details_types_supported: ['payment'],
      x_of_their_own: { kept: true },
    };
    const app = await withMetadata(foreign);
    for (const document of documents)
      expect(await published(app, document)).toEqual({ ...foreign, registration_endpoint: `${app.url}/register` });
  });

  describe('the metadata of the other server bound what is registered (RFC 7591 section 2)', () => {
    let app: TestApp;
    const ciba = {
      grant_types: ['urn:openid:params:grant-type:ciba'],
      backchannel_token_delivery_mode: 'ping',
      backchannel_client_notification_endpoint: 'https://app.example/notified',
      backchannel_authentication_request_signing_alg: 'ES256',
      backchannel_user_code_parameter: true,
      jwks_uri: 'https://app.example/jwks',
    };

    beforeAll(async () => {
      app = await withMetadata({
        issuer: 'https://as.example',
        response_types_supported: ['code', 'code id_token', 'id_token'],
        grant_types_supported: ['authorization_code', 'implicit', 'password', 'urn:openid:params:grant-type:ciba'],
        token_endpoint_auth_methods_supported: ['private_key_jwt', 'client_secret_basic'],
        backchannel_token_delivery_modes_supported: ['poll', 'ping'],
        backchannel_authentication_request_signing_alg_values_supported: ['ES256'],
        acr_values_supported: ['urn:example:gold'],
        authorization_details_types_supported: ['payment'],
      });
    });

    it.each([
      ['a backchannel client with ping (OpenID Connect CIBA Core 1.0 section 4)', ciba],
      [
        'an authentication context (OpenID Connect Registration 1.0 section 2)',
        { default_acr_values: ['urn:example:gold'] },
      ],
      ['a type of authorization details (RFC 9396 section 10)', { authorization_details_types: ['payment'] }],
    ])('%s is registered as it was sent', async (_what, metadata) => {
      const answer = await register(app.url, { ...webClient, ...metadata });
      expect(answer.status).toBe(201);
      expect(answer.body).toMatchObject(metadata);
    });

    it.each([
      ['grant_types', { grant_types: ['authorization_code', 'implicit'] }],
      ['grant_types', { grant_types: ['password'] }],
      ['token_endpoint_auth_method', { token_endpoint_auth_method: 'client_secret_post' }],
      ['default_acr_values', { default_acr_values: ['urn:example:silver'] }],
      ['authorization_details_types', { authorization_details_types: ['payment', 'account'] }],
      ['dpop_bound_access_tokens', { dpop_bound_access_tokens: true }],
      ['require_pushed_authorization_requests', { require_pushed_authorization_requests: true }],
      ['tls_client_certificate_bound_access_tokens', { tls_client_certificate_bound_access_tokens: true }],
    ])('%s of %j is refused', async (member, metadata) => {
      const answer = await register(app.url, { ...webClient, ...metadata });
      expect(answer.status).toBe(400);
      expect(answer.body).toEqual(refusal(member));
    });

    it.each([
      ['backchannel_token_delivery_mode', 'push'],
      ['backchannel_token_delivery_mode', undefined],
      ['backchannel_client_notification_endpoint', undefined],
      ['backchannel_client_notification_endpoint', 'http://app.example/notified'],
      ['backchannel_authentication_request_signing_alg', 'HS256'],
      ['backchannel_authentication_request_signing_alg', 'none'],
      ['backchannel_user_code_parameter', 'true'],
    ])('a backchannel client is refused with %s %j (OpenID Connect CIBA Core 1.0 section 4)', async (member, value) => {
      const answer = await register(app.url, { ...webClient, ...ciba, [member]: value });
      expect(answer.status).toBe(400);
      expect(answer.body).toEqual(refusal(member));
    });

    it('a response type with an ID token in it needs the implicit grant, which nobody gets (OpenID Connect Registration 1.0 section 2)', async () => {
      for (const type of ['id_token', 'code id_token', 'id_token code']) {
        const answer = await register(app.url, { ...webClient, response_types: ['code', type] });
        expect(answer.status).toBe(400);
        expect(answer.body).toEqual(refusal('response_types'));
        expect(answer.body.error_description).toContain('implicit');
      }
    });
  });
});
