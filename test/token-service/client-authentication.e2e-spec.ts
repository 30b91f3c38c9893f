import { X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { administratorScopes } from '../../src/config/scopes.js';
import { plainText } from '../support/builders.js';
import { query } from '../support/database.js';
import { docsHost } from '../support/docs-host.js';
import { register, send, sendRaw } from '../support/http.js';
import { adminToken, startApp, type TestApp } from '../support/test-app.js';
import { namedCertificate } from './named-certificate.js';
import { basic, clientCredentials, introspect, type Registration, sendForm } from './oauth.js';

const resources = [
  { resource: 'https://orders.example/', scopes: ['orders:read'], format: 'opaque' },
  { resource: 'https://api.example/', scopes: ['orders:read', 'orders:write'] },
];

let program: TestApp;
beforeAll(async () => {
  program = await startApp({
    SCOPES: 'openid profile orders:read orders:write',
    TRUST_PROXY: '127.0.0.1,::1',
    RESOURCES: JSON.stringify(resources),
  });
});
afterAll(() => program.close());

type Client = Registration & Record<string, any>;

const service = { grant_types: ['client_credentials'], scope: 'orders:read' };
const registered = async (metadata: object): Promise<Client> =>
  (await register(program.url, { ...service, ...metadata })).body;

const tokenUrl = () => `${program.url}/oauth/token`;
const grant = { grant_type: 'client_credentials' };

type Signer = Parameters<SignJWT['sign']>[0];

const assertion = ({ client_id }: Client, key: Signer, alg: string, claims: object = {}, header: object = {}) =>
  new SignJWT({ iss: client_id, sub: client_id, aud: program.url, jti: crypto.randomUUID(), ...claims })
    .setProtectedHeader({ alg, ...header })
    .setIssuedAt()
    .setExpirationTime('1m')
    .sign(key);

const asserted = (client_assertion: string) => ({
  ...grant,
  client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
  client_assertion,
});

describe('a client', () => {
  it('signs assertions with its secret, each good once (OpenID Connect Core 1.0 section 9)', async () => {
    const client = await registered({ token_endpoint_auth_method: 'client_secret_jwt' });
    const form = asserted(await assertion(client, Buffer.from(client.client_secret!), 'HS256'));
    expect((await sendForm(tokenUrl(), form)).status).toBe(200);
    const again = await sendForm(tokenUrl(), form);
    expect([again.status, again.body.error]).toEqual([401, 'invalid_client']);
  });

  it('uses an assertion five times at once, and is heard once', async () => {
    const client = await registered({ token_endpoint_auth_method: 'client_secret_jwt' });
    const form = asserted(await assertion(client, Buffer.from(client.client_secret!), 'HS256'));
    const answers = await Promise.all(Array.from({ length: 5 }, () => sendForm(tokenUrl(), form)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status >= 500)).toEqual([]);
  });

  it('signs assertions with a key of its own (OpenID Connect Core 1.0 section 9)', async () => {
    const { privateKey, publicKey } = await generateKeyPair('ES256');
    const { privateKey: another } = await generateKeyPair('ES256');
    const client = await registered({
      token_endpoint_auth_method: 'private_key_jwt',
      jwks: { keys: [await exportJWK(publicKey)] },
    });
    const right = await sendForm(tokenUrl(), asserted(await assertion(client, privateKey, 'ES256')));
    expect(right.status).toBe(200);
    const wrong = await sendForm(tokenUrl(), asserted(await assertion(client, another, 'ES256')));
    expect([wrong.status, wrong.body.error]).toEqual([401, 'invalid_client']);
    const elsewhere = await assertion(client, privateKey, 'ES256', { aud: 'https://evil.example' });
    expect((await sendForm(tokenUrl(), asserted(elsewhere))).status).toBe(401);
  });

  it('signs assertions for this server and nobody else (RFC 7523 section 3)', async () => {
    const client = await registered({ token_endpoint_auth_method: 'client_secret_jwt' });
    const answers = async (claims: object, header: object = {}) => {
      const signed = await assertion(client, Buffer.from(client.client_secret!), 'HS256', claims, header);
      const { status, body } = await sendForm(tokenUrl(), asserted(signed));
      return [claims, status, body.error];
    };
    const { url } = program;
    for (const aud of [url, [url], tokenUrl(), [tokenUrl(), url]])
      expect(await answers({ aud })).toEqual([{ aud }, 200, undefined]);
    for (const aud of [
      [url, 'https://evil.example'],
      [tokenUrl(), 'https://evil.example/token'],
      [],
      `${url}/`,
      [[url]],
    ])
      expect(await answers({ aud })).toEqual([{ aud }, 401, 'invalid_client']);
    for (const typ of ['JWT', 'client-authentication+jwt', 'application/client-authentication+jwt'])
      expect(await answers({ typ }, { typ })).toEqual([{ typ }, 200, undefined]);
    for (const typ of ['oauth-authz-req+jwt', 'at+jwt', 'dpop+jwt'])
      expect(await answers({ typ }, { typ })).toEqual([{ typ }, 401, 'invalid_client']);
  });

  it('signs assertions for an hour at most, each remembered until it ends (RFC 7523 section 3)', async () => {
    const client = await registered({ token_endpoint_auth_method: 'client_secret_jwt' });
    const key = Buffer.from(client.client_secret!);
    const now = Date.now() / 1000;
    const signed = (exp: number) =>
      new SignJWT({ iss: client.client_id, sub: client.client_id, aud: program.url, jti: crypto.randomUUID(), exp })
        .setProtectedHeader({ alg: 'HS256' })
        .sign(key);
    const answers: number[] = [];
    for (const exp of [now + 60.25, now + 3500, now + 3700, now + 1e9, 1e300])
      answers.push((await sendForm(tokenUrl(), asserted(await signed(exp)))).status);
    expect(answers).toEqual([200, 200, 401, 401, 401]);
    const rows = await query<{ ends: number }>(
      program,
      "SELECT expires_at AS ends FROM token_models WHERE model = 'ReplayDetection'",
    );
    expect(rows.filter(({ ends }) => !Number.isInteger(Number(ends)) || Number(ends) > now + 3610)).toEqual([]);
  });

  it('authenticates with an old secret and a new one while both live', async () => {
    const client = await registered({});
    const { body: made } = await send('POST', `${program.url}/admin/clients/${client.client_id}/secrets`, {
      token: adminToken,
      json: { overlap: 3600 },
    });
    const { client_id } = client;
    expect((await clientCredentials(program.url, client)).status).toBe(200);
    expect((await clientCredentials(program.url, { client_id, client_secret: made.client_secret })).status).toBe(200);
  });

  const certificate = new X509Certificate(docsHost.cert);
  const presented = `:${certificate.raw.toString('base64')}:`;
  const dnsName = /DNS:([^,]+)/.exec(certificate.subjectAltName ?? '')?.[1] ?? '';
  const byCertificate = (client: Client, headers: Record<string, string>) =>
    sendForm(tokenUrl(), { ...grant, client_id: client.client_id }, undefined, headers);

  it('presents a certificate that the proxy has verified (RFC 8705 section 2.1)', async () => {
    const method = { token_endpoint_auth_method: 'tls_client_auth' };
    const client = await registered({ ...method, tls_client_auth_san_dns: dnsName });
    const other = await registered({ ...method, tls_client_auth_san_dns: 'other.example' });
    const verified = { 'client-cert': presented, 'x-ssl-client-verify': 'SUCCESS' };
    expect((await byCertificate(client, verified)).status).toBe(200);
    expect((await byCertificate(client, { 'client-cert': presented })).status).toBe(401);
    expect((await byCertificate(client, {})).status).toBe(401);
    expect((await byCertificate(other, verified)).status).toBe(401);
    expect((await byCertificate(client, { ...verified, 'client-cert': ':bm8=:' })).status).toBe(401);
  });

  it('is known by each name that a certificate may have (RFC 8705 section 2.1.2)', async () => {
    const named = new X509Certificate(namedCertificate);
    const headers = { 'client-cert': `:${named.raw.toString('base64')}:`, 'x-ssl-client-verify': 'SUCCESS' };
    const names: Readonly<Record<string, readonly [right: string, wrong: string]>> = {
      tls_client_auth_subject_dn: ['CN=client one,O=Example\\, Inc,C=DE', 'C=DE,O=Example\\, Inc,CN=client one'],
      tls_client_auth_san_dns: ['client.example', 'evil.client.example'],
      tls_client_auth_san_uri: ['https://client.example/x', 'https://client.example/'],
      tls_client_auth_san_ip: ['10.0.0.7', '10.0.0.70'],
      tls_client_auth_san_email: ['a@client.example', 'b@client.example'],
    };
    const answers: [string, number][] = [];
    for (const [member, values] of Object.entries(names))
      for (const value of values) {
        const client = await registered({ token_endpoint_auth_method: 'tls_client_auth', [member]: value });
        answers.push([value, (await byCertificate(client, headers)).status]);
      }
    expect(answers).toEqual(
      Object.values(names).flatMap(([right, wrong]) => [
        [right, 200],
        [wrong, 401],
      ]),
    );
  });

  it('presents a certificate of its own making (RFC 8705 section 2.2)', async () => {
    const key = { ...certificate.publicKey.export({ format: 'jwk' }), x5c: [certificate.raw.toString('base64')] };
    const client = await registered({
      token_endpoint_auth_method: 'self_signed_tls_client_auth',
      jwks: { keys: [key] },
      tls_client_certificate_bound_access_tokens: true,
    });
    const answer = await byCertificate(client, { 'client-cert': presented });
    expect(answer.status).toBe(200);
    const told = await introspect(program.url, await registered({}), answer.body.access_token);
    expect(told.body.cnf).toEqual({ 'x5t#S256': expect.stringMatching(/^[A-Za-z0-9_-]{43}$/) });
    expect((await byCertificate(client, {})).status).toBe(401);
  });

  it('gets tokens that are bound to its certificate and to its key, if it demands both (RFC 8705 section 3.4)', async () => {
    const client = await registered({
      token_endpoint_auth_method: 'tls_client_auth',
      tls_client_auth_san_dns: dnsName,
      tls_client_certificate_bound_access_tokens: true,
      dpop_bound_access_tokens: true,
    });
    const { privateKey, publicKey } = await generateKeyPair('ES256');
    const dpop = await new SignJWT({ htm: 'POST', htu: tokenUrl(), jti: crypto.randomUUID() })
      .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk: await exportJWK(publicKey) })
      .setIssuedAt()
      .sign(privateKey);
    const verified = { 'client-cert': presented, 'x-ssl-client-verify': 'SUCCESS' };
    const { body } = await byCertificate(client, { ...verified, dpop });
    const thumbprint = expect.stringMatching(/^[A-Za-z0-9_-]{43}$/);
    const told = await introspect(program.url, await registered({}), body.access_token);
    expect(told.body.cnf).toEqual({ 'x5t#S256': thumbprint, jkt: thumbprint });
    expect((await byCertificate(client, verified)).status).toBe(400);
  });
});

describe('a resource that is configured (RFC 8707)', () => {
  const orders = 'https://orders.example/';

  it('has what is left of the scope named, and refuses when nothing is (RFC 6749 sections 3.3 and 5.1)', async () => {
    const client = await registered({ scope: 'openid orders:read orders:write' });
    const asked = async (scope: string) => clientCredentials(program.url, client, { resource: orders, scope });
    expect((await asked('orders:read orders:write')).body).toMatchObject({ scope: 'orders:read' });
    for (const scope of ['orders:write', 'openid', 'openid orders:write']) {
      const { status, body } = await asked(scope);
      expect([status, body]).toEqual([400, { error: 'invalid_scope', error_description: plainText, scope }]);
    }
  });

  it('gets tokens for a client that has no scope of its, and asks for none (RFC 6749 section 3.3)', async () => {
    const client = await registered({ scope: 'orders:write' });
    const { status, body } = await clientCredentials(program.url, client, { resource: orders });
    expect([status, body]).toEqual([200, { access_token: expect.any(String), expires_in: 3600, token_type: 'Bearer' }]);
  });

  it('gets tokens of its form, with its own scopes only', async () => {
    const client = await registered({ scope: 'orders:read orders:write' });
    const opaque = await clientCredentials(program.url, client, { resource: 'https://orders.example/' });
    expect(opaque.body).toMatchObject({ scope: 'orders:read', expires_in: 3600 });
    expect(opaque.body.access_token).toMatch(/^[A-Za-z0-9_-]{43}$/);
    const jwt = await clientCredentials(program.url, client, { resource: 'https://api.example/' });
    expect(jwt.body).toMatchObject({ scope: 'orders:read orders:write', expires_in: 300 });
    expect(jwt.body.access_token.split('.')).toHaveLength(3);
  });

  it('is the only kind that there are tokens for', async () => {
    const answer = await clientCredentials(program.url, await registered({}), { resource: 'https://else.example/' });
    expect([answer.status, answer.body]).toEqual([400, { error: 'invalid_target', error_description: plainText }]);
  });
});

describe('a scope', () => {
  const scopes = ['openid', 'orders:read', 'dcr', 'dcrm', ...administratorScopes, 'unheard-of'];
  const kinds: Readonly<Record<string, { make: () => Promise<Client>; granted: readonly string[] }>> = {
    'a dynamic client with a scope': { make: () => registered({}), granted: ['orders:read'] },
    'a dynamic client that asked for everything': {
      make: () => registered({ scope: scopes.join(' ') }),
      granted: ['openid', 'orders:read'],
    },
    'a dynamic client without a scope': {
      make: () => registered({ scope: undefined }),
      granted: ['openid', 'orders:read'],
    },
    'a database client with reserved scopes': {
      make: () => database('orders:read dcr dcrm clients:lookup'),
      granted: ['orders:read', 'dcr', 'dcrm', 'clients:lookup'],
    },
    'a database client without them': { make: () => database('orders:read'), granted: ['orders:read'] },
  };
  const database = async (scope: string, more: object = {}): Promise<Client> => {
    const metadata = { client_name: 'Portal', grant_types: ['client_credentials'], scope, ...more };
    const { status, body } = await send('POST', `${program.url}/admin/clients`, {
      token: adminToken,
      json: { metadata },
    });
    if (status !== 201) throw new Error(JSON.stringify(body));
    return { ...body, ...body.client };
  };

  it.each(Object.entries(kinds))(
    'is granted to %s if it is listed and may be, and never else',
    async (_kind, { make, granted }) => {
      const client = await make();
      const outcomes: [string, unknown][] = [];
      for (const scope of scopes) {
        const { body } = await clientCredentials(program.url, client, { scope });
        outcomes.push([scope, body.scope === scope && body.access_token ? 'granted' : body.error]);
      }
      expect(outcomes).toEqual(scopes.map((scope) => [scope, granted.includes(scope) ? 'granted' : 'invalid_scope']));
    },
  );

  const web = { grant_types: ['authorization_code'], redirect_uris: ['https://app.example/cb'] };
  const ofUsers: typeof kinds = {
    'a dynamic client that asked for everything': {
      make: () => registered({ ...web, scope: scopes.join(' ') }),
      granted: ['openid', 'orders:read'],
    },
    'a dynamic client without a scope': {
      make: () => registered({ ...web, scope: undefined }),
      granted: ['openid', 'orders:read'],
    },
    'a client that was adopted': {
      make: async () => {
        const client = await registered({ ...web, scope: scopes.join(' ') });
        const address = `${program.url}/admin/clients/${client.client_id}/adopt`;
        expect((await send('POST', address, { token: adminToken })).status).toBe(200);
        return client;
      },
      granted: ['openid', 'orders:read'],
    },
    'a database client with all scopes': {
      make: () => database(scopes.filter((scope) => scope !== 'unheard-of').join(' '), web),
      granted: ['openid', 'orders:read', 'dcr', 'dcrm'],
    },
    'a database client without reserved ones': { make: () => database('orders:read', web), granted: ['orders:read'] },
  };

  it.each(Object.entries(ofUsers))(
    'is asked of the user for %s if it is listed and may be, and never else',
    async (_kind, { make, granted }) => {
      const { client_id } = await make();
      const asked = { client_id, response_type: 'code', code_challenge: 'a'.repeat(43), code_challenge_method: 'S256' };
      const outcomes: [string, unknown][] = [];
      for (const scope of scopes) {
        const query = new URLSearchParams({ ...asked, scope }).toString();
        const { headers } = await send('GET', `${program.url}/oauth/authorize?${query}`);
        const location = new URL(headers.get('location') ?? 'about:blank', program.url);
        const isAsked = location.pathname.startsWith('/oauth/interaction/');
        outcomes.push([scope, isAsked ? 'asked' : location.searchParams.get('error')]);
      }
      expect(outcomes).toEqual(scopes.map((scope) => [scope, granted.includes(scope) ? 'asked' : 'invalid_scope']));
    },
  );

  it('that is reserved comes in opaque tokens only', async () => {
    const client = await database('orders:read dcr');
    const answer = await clientCredentials(program.url, client, { scope: 'dcr', resource: 'https://api.example/' });
    expect([answer.status, answer.body.error]).toEqual([400, 'invalid_target']);
    expect((await clientCredentials(program.url, client)).body.scope).toBe('orders:read');
  });
});

describe('an address that a request claims', () => {
  const forged = [
    ...['Host', 'evil.example', 'X-Forwarded-Host', 'evil.example', 'X-Forwarded-Proto', 'https'],
    ...['X-Forwarded-For', '6.6.6.6', 'X-Forwarded-Port', '444', 'Forwarded', 'host=evil.example;proto=https'],
    ...['X-Forwarded-Prefix', '/evil', 'Origin', 'https://evil.example'],
  ];

  it.each(['/oauth/device', 'http://evil.example/oauth/device'])(
    'changes no address in an answer, at %s',
    async (path) => {
      const client = await registered({ grant_types: ['urn:ietf:params:oauth:grant-type:device_code'] });
      const headers = ['Authorization', basic(client), 'Content-Type', 'application/x-www-form-urlencoded', ...forged];
      const answer = await sendRaw('POST', program.url, { path, headers, body: 'scope=orders:read' });
      expect(answer.status).toBe(200);
      expect(answer.body.verification_uri).toBe(`${program.url}/oauth/activate`);
      expect(answer.text + JSON.stringify([...answer.headers])).not.toContain('evil');
    },
  );

  const form = 'token=x&user_code=x';
  const got = ['jwks', 'authorize?client_id=nobody', 'authorize/x', 'userinfo', 'activate?user_code=ABCD-EFGH'];
  const pages = ['activate/x', 'logout', 'logout/success', 'interaction/x', 'upstream?state=x', 'nope'];
  const posted = ['authorize', 'token', 'introspection', 'revocation', 'userinfo', 'par', 'device', 'activate'];
  const forms = ['logout', 'logout/confirm', 'interaction/x'];
  const all = [
    ...[...got, ...pages].map((path) => ['GET', path, '']),
    ...[...posted, ...forms].map((path) => ['POST', path, form]),
  ];

  it.each(all)('changes nothing at %s /oauth/%s (RFC 9110 section 7.2)', async (method, path, body) => {
    const type = body === '' ? [] : ['Content-Type', 'application/x-www-form-urlencoded'];
    const headers = [...type, 'Accept', 'text/html', ...forged];
    for (const target of [`/oauth/${path}`, `http://evil.example/oauth/${path}`]) {
      const answer = await sendRaw(method, program.url, { path: target, headers, body });
      const said = answer.text + JSON.stringify([...answer.headers]);
      expect(answer.status).toBeLessThan(500);
      expect(said).not.toMatch(/evil|6\.6\.6\.6|:444|https:\/\/localhost/);
    }
  });

  it('changes nothing in a challenge or where a browser is sent', async () => {
    const { client_id } = await registered({ ...web });
    const query = `client_id=${client_id}&response_type=code&scope=orders:read`;
    const path = `/oauth/authorize?${query}&code_challenge=${'a'.repeat(43)}&code_challenge_method=S256`;
    const sent = await sendRaw('GET', program.url, { path, headers: forged });
    expect([sent.status, sent.headers.get('location')]).toEqual([
      303,
      expect.stringMatching(/^\/oauth\/interaction\//),
    ]);
    expect(JSON.stringify([...sent.headers])).not.toContain('evil');
    const refused = await sendRaw('POST', program.url, {
      path: '/oauth/token',
      headers: ['Authorization', 'Basic YTpi', 'Content-Type', 'application/x-www-form-urlencoded', ...forged],
      body: 'grant_type=client_credentials',
    });
    expect(refused.headers.get('www-authenticate')).toContain(`realm="${program.url}"`);
  });

  const web = { grant_types: ['authorization_code'], redirect_uris: ['https://app.example/cb'] };
});
