import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { aSecret, defaultMetadata, information, keyPair, refusal } from '../support/builders.js';
import { register, webClient } from '../support/http.js';
import { certificate, certifiedKey } from '../support/metadata-language.js';
import { startApp, type TestApp } from '../support/test-app.js';
import { lookUp, manage, refusalOf } from './support.js';

let app: TestApp;

beforeAll(async () => {
  app = await startApp();
  app.documents.set('https://app.example/sector', webClient.redirect_uris);
});
afterAll(() => app.close());

const registerWith = (members: object) => register(app.url, { ...webClient, ...members });

/** One member of the registry: where it is defined, a value that is not its default, what has to stand beside it. */
interface Row {
  readonly member: string;
  readonly clause: string;
  readonly value: unknown;
  readonly beside?: object;
}

const jwks = { keys: [keyPair('RSA').publicKey] };
const tlsClient = { token_endpoint_auth_method: 'tls_client_auth' };
const page = 'https://app.example/page?x=1';

const rowsOf = (clause: string, values: Record<string, unknown>, beside?: object): Row[] =>
  Object.entries(values).map(([member, value]) => ({ member, clause, value, beside }));

const rfc7591 = rowsOf('RFC 7591 section 2', {
  redirect_uris: ['https://app.example/a', 'https://app.example/b?x=1'],
  token_endpoint_auth_method: 'client_secret_post',
  grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
  response_types: ['code'],
  client_name: ' \u0394\u03bf\u03ba\u03b9\u03bc\u03ae \ud83d\ude80 ',
  client_uri: page,
  logo_uri: 'https://app.example/logo.png',
  scope: 'openid profile',
  contacts: ['ada@app.example', 'ops'],
  tos_uri: page,
  policy_uri: page,
  jwks_uri: 'https://app.example/keys',
  jwks,
  software_id: '4NRB1-0XZABZI9E6-5SM3R',
  software_version: '1.10',
});

const encrypted = { jwks };
const openId = [
  ...rowsOf('OpenID Connect Registration 1.0 section 2', {
    application_type: 'native',
    subject_type: 'pairwise',
    id_token_signed_response_alg: 'ES256',
    userinfo_signed_response_alg: 'PS256',
    default_max_age: 3600,
    require_auth_time: true,
    default_acr_values: ['urn:example:gold', '0'],
    initiate_login_uri: 'https://app.example/login',
    request_uris: ['https://app.example/request.jwt#digest'],
  }),
  ...rowsOf('OpenID Connect Registration 1.0 section 5', { sector_identifier_uri: 'https://app.example/sector' }),
  ...rowsOf(
    'OpenID Connect Registration 1.0 section 2',
    {
      id_token_encrypted_response_alg: 'RSA-OAEP-256',
      userinfo_encrypted_response_alg: 'RSA-OAEP',
      request_object_signing_alg: 'RS256',
      request_object_encryption_alg: 'RSA-OAEP-256',
    },
    encrypted,
  ),
  ...['id_token_encrypted_response', 'userinfo_encrypted_response', 'request_object_encryption'].flatMap((family) =>
    rowsOf(
      'OpenID Connect Registration 1.0 section 2',
      { [`${family}_enc`]: 'A256GCM' },
      { ...encrypted, [`${family}_alg`]: 'RSA-OAEP' },
    ),
  ),
  ...rowsOf(
    'OpenID Connect Registration 1.0 section 2',
    { token_endpoint_auth_signing_alg: 'ES256' },
    { ...encrypted, token_endpoint_auth_method: 'private_key_jwt' },
  ),
  ...rowsOf('OpenID Connect RP-Initiated Logout 1.0 section 3.1', {
    post_logout_redirect_uris: ['https://app.example/bye'],
  }),
  ...rowsOf('OpenID Connect Front-Channel Logout 1.0 section 2', {
    frontchannel_logout_uri: 'https://app.example/out',
    frontchannel_logout_session_required: true,
  }),
  ...rowsOf('OpenID Connect Back-Channel Logout 1.0 section 2.2', {
    backchannel_logout_uri: 'https://app.example/out?x=1',
    backchannel_logout_session_required: true,
  }),
];

const extensions = [
  ...rowsOf('UMA 2.0 Grant section 2', {
    claims_redirect_uris: ['https://app.example/claims', 'https://app.example/x'],
  }),
  ...rowsOf('ETSI GS NFV-SEC 022', { nfv_token_signed_response_alg: 'ES256' }),
  ...rowsOf('ETSI GS NFV-SEC 022', { nfv_token_encrypted_response_alg: 'RSA-OAEP' }, encrypted),
  ...rowsOf(
    'ETSI GS NFV-SEC 022',
    { nfv_token_encrypted_response_enc: 'A256GCM' },
    { ...encrypted, nfv_token_encrypted_response_alg: 'RSA-OAEP' },
  ),
  ...rowsOf('RFC 8705 section 3.4', { tls_client_certificate_bound_access_tokens: true }),
  ...rowsOf(
    'RFC 8705 section 2.1.2',
    {
      tls_client_auth_subject_dn: 'CN=app.example,O=Example\\, Inc,C=DE',
      tls_client_auth_san_dns: 'app.example',
      tls_client_auth_san_uri: 'urn:example:app',
      tls_client_auth_san_ip: '2001:db8::1',
      tls_client_auth_san_email: 'app@app.example',
    },
    tlsClient,
  ),
  ...rowsOf('RFC 9101 section 10.5', { require_signed_request_object: true }),
  ...rowsOf('RFC 9126 section 6', { require_pushed_authorization_requests: true }),
  ...rowsOf('RFC 9701 section 6', { introspection_signed_response_alg: 'PS256' }),
  ...rowsOf('RFC 9701 section 6', { introspection_encrypted_response_alg: 'RSA-OAEP' }, encrypted),
  ...rowsOf(
    'RFC 9701 section 6',
    { introspection_encrypted_response_enc: 'A256GCM' },
    { ...encrypted, introspection_encrypted_response_alg: 'RSA-OAEP' },
  ),
  ...rowsOf('RFC 9396 section 10', { authorization_details_types: ['payment', 'account'] }),
  ...rowsOf('RFC 9449 section 5.2', { dpop_bound_access_tokens: true }),
  ...rowsOf('OpenID Federation 1.0 section 5.1.2', { client_registration_types: ['explicit'] }),
  ...rowsOf('OpenID Federation 1.0 section 5.2.1', { signed_jwks_uri: 'https://app.example/keys.jwt' }),
  ...rowsOf('OpenID Federation 1.0 section 5.2.2', {
    organization_name: 'Example, Inc.',
    description: 'Tells the weather.',
    keywords: ['weather', 'forecast'],
    information_uri: page,
    organization_uri: page,
  }),
  ...rowsOf('FAPI 2.0 Security Profile section 5.2.2.1.1', { use_mtls_endpoint_aliases: true }),
  ...rowsOf('OpenID for Verifiable Presentations 1.0 section 5.1', {
    encrypted_response_enc_values_supported: ['A128GCM', 'A256GCM'],
  }),
  ...rowsOf('OpenID for Verifiable Presentations 1.0 section 11.1', {
    vp_formats_supported: { 'dc+sd-jwt': { 'sd-jwt_alg_values': ['ES256'] } },
  }),
];

/** Those that are only the server's: RFC 7591 section 3.2.1 and RFC 7592 section 3. */
const issued = [
  ...['client_id', 'client_secret', 'client_id_issued_at', 'client_secret_expires_at'],
  ...['registration_access_token', 'registration_client_uri'],
];

const registry = [...rfc7591, ...openId, ...extensions];

/** Members of specifications that the registry does not have yet. */
const beyond = [
  ...rowsOf('JARM section 3', { authorization_signed_response_alg: 'ES256' }),
  ...rowsOf('JARM section 3', { authorization_encrypted_response_alg: 'RSA-OAEP' }, encrypted),
  ...rowsOf(
    'JARM section 3',
    { authorization_encrypted_response_enc: 'A256GCM' },
    { ...encrypted, authorization_encrypted_response_alg: 'RSA-OAEP' },
  ),
  ...rowsOf('FAPI 2.0 Message Signing section 5.3.3', { response_modes: ['query', 'jwt'] }),
  ...rowsOf('OpenID Identity Assurance Attachments 1.0 section 7', { digest_algorithm: 'sha-256' }),
  ...rowsOf('OpenID for Verifiable Credential Issuance 1.0 section 12.1', {
    credential_offer_endpoint: 'https://app.example/offer',
  }),
  ...rowsOf('OpenID Provider Commands 1.0', { command_endpoint: 'https://app.example/commands' }),
  ...rowsOf('Self-Issued OpenID Provider v2', { subject_syntax_types_supported: ['did:key'] }),
];

/** What a client must say at least when it leaves a member out again. */
const without = (member: string) => (member === 'redirect_uris' ? { grant_types: ['client_credentials'] } : webClient);

const otherTypes: Readonly<Record<string, readonly unknown[]>> = {
  string: [5, true, {}, ['x']],
  number: ['5', true, {}, [5], 1.5],
  boolean: ['true', 1, {}, [true]],
  list: ['x', 5, true, {}, [5], [null], [['x']]],
  object: ['x', 5, true, ['x']],
};
const typeOf = (value: unknown) => (Array.isArray(value) ? 'list' : typeof value);
const errorFor = (member: string) => (member === 'redirect_uris' ? 'invalid_redirect_uri' : 'invalid_client_metadata');

describe('the IANA registry of client metadata', () => {
  it('has 71 members, each of which has a test here (RFC 7591 section 4.1)', () => {
    expect(new Set([...registry.map(({ member }) => member), ...issued]).size).toBe(71);
  });

  it.each([...registry, ...beyond])(
    'registers, stores, shows and forgets $member ($clause)',
    async ({ member, value, beside }) => {
      const { status, body } = await registerWith({ ...beside, [member]: value });
      expect({ status, value: body[member] }).toEqual({ status: 201, value });
      expect((await manage('GET', body)).body[member]).toEqual(value);
      expect((await lookUp(app.url, body)).body.metadata[member]).toEqual(value);

      const replaced = await manage('PUT', body, { json: { ...without(member), client_id: body.client_id } });
      const fallback = { ...defaultMetadata, ...without(member) } as Record<string, unknown>;
      expect(replaced.status).toBe(200);
      expect(replaced.body[member]).toEqual(fallback[member]);
    },
  );

  it.each([...registry, ...beyond])(
    'refuses $member of another JSON type ($clause)',
    async ({ member, value, beside }) => {
      for (const wrong of otherTypes[typeOf(value)]!) {
        const answer = await registerWith({ ...beside, [member]: wrong });
        expect({ wrong, ...answer }).toMatchObject({ wrong, ...refusalOf(member, errorFor(member)) });
      }
    },
  );

  it.each(issued)('takes no %s from a registration (RFC 7591 section 3.2.1)', async (member) => {
    const { body } = await registerWith({ [member]: 'x' });
    expect(body).toEqual(information(app.url, webClient));
  });
});

describe('the specifications behind the registry', () => {
  it.each<[string, unknown, string]>([
    ['claims_redirect_uris', ['/claims'], 'UMA 2.0 Grant section 2'],
    ['claims_redirect_uris', ['https://app.example/claims#x'], 'UMA 2.0 Grant section 2'],
    ['claims_redirect_uris', ['javascript:alert(1)'], 'UMA 2.0 Grant section 2'],
    ['signed_jwks_uri', 'http://app.example/keys.jwt', 'OpenID Federation 1.0 section 5.2.1'],
    ['keywords', [], 'OpenID Federation 1.0 section 5.2.2'],
    ['information_uri', 'about us', 'OpenID Federation 1.0 section 5.2.2'],
    ['organization_uri', 'javascript:alert(1)', 'OpenID Federation 1.0 section 5.2.2'],
    ['encrypted_response_enc_values_supported', [], 'OpenID for Verifiable Presentations 1.0 section 5.1'],
    ['introspection_signed_response_alg', 'RS1', 'RFC 9701 section 6'],
    ['introspection_encrypted_response_alg', 'RSA1_5', 'RFC 9701 section 6'],
    ['introspection_encrypted_response_alg', 'RSA-OAEP', 'RFC 9701 section 6'],
    ['introspection_encrypted_response_enc', 'A128GCM', 'RFC 9701 section 6'],
    ['nfv_token_encrypted_response_enc', 'A128GCM', 'ETSI GS NFV-SEC 022'],
    ['authorization_signed_response_alg', 'none', 'JARM section 3'],
    ['authorization_signed_response_alg', 'RS1', 'JARM section 3'],
    ['authorization_encrypted_response_alg', 'RSA-OAEP', 'JARM section 3'],
    ['authorization_encrypted_response_enc', 'A128GCM', 'JARM section 3'],
    ['response_modes', ['query', 'pigeon'], 'FAPI 2.0 Message Signing section 5.3.3'],
    ['credential_offer_endpoint', 'offer', 'OpenID for Verifiable Credential Issuance 1.0 section 12.1'],
    ['command_endpoint', 'http://app.example/commands', 'OpenID Provider Commands 1.0'],
    ['command_endpoint', 'https://app.example/commands#x', 'OpenID Provider Commands 1.0'],
  ])('refuse %s as %j (%s)', async (member, value) => {
    expect(await registerWith({ [member]: value })).toMatchObject({ status: 400, body: refusal(member) });
  });

  it('sign authorization responses as RS256 unless said otherwise (JARM section 3)', async () => {
    expect((await register(app.url)).body).toMatchObject({ authorization_signed_response_alg: 'RS256' });
  });

  it('sign introspection answers as RS256 unless said otherwise (RFC 9701 section 6)', async () => {
    expect((await register(app.url)).body).toMatchObject({ introspection_signed_response_alg: 'RS256' });
  });

  it('put A128CBC-HS256 beside an algorithm for keys: nfv_token_encrypted_response_enc (ETSI GS NFV-SEC 022)', async () => {
    const { body } = await registerWith({ nfv_token_encrypted_response_alg: 'RSA-OAEP', jwks });
    expect(body).toMatchObject({ nfv_token_encrypted_response_enc: 'A128CBC-HS256' });
  });

  it('contradict themselves in a demand for signed requests beside unsigned ones (RFC 9101 section 10.5)', async () => {
    const demand = { require_signed_request_object: true };
    const answer = await registerWith({ ...demand, request_object_signing_alg: 'none' });
    expect(answer).toMatchObject(refusalOf('request_object_signing_alg'));
    expect(await registerWith({ ...demand, request_object_signing_alg: 'HS256' })).toMatchObject({ status: 201 });
  });

  it('may bind access tokens to a certificate and to a key at once (RFC 8705 section 3.4)', async () => {
    const both = { tls_client_certificate_bound_access_tokens: true, dpop_bound_access_tokens: true };
    expect(await registerWith(both)).toMatchObject({ status: 201, body: both });
  });
});

describe('authentication by a certificate', () => {
  const subjects: Readonly<Record<string, readonly [right: string, wrong: readonly string[]]>> = {
    tls_client_auth_subject_dn: ['CN=app.example', ['app.example', 'CN', '=x', 'CN=a,', 'CN=a;O=b']],
    tls_client_auth_san_dns: ['app.example', ['app..example', '-app', 'app example', '*.example']],
    tls_client_auth_san_uri: ['urn:example:app', ['nope', '/app']],
    tls_client_auth_san_ip: ['192.0.2.1', ['1.2.3', '256.0.0.1', '[::1]', 'fe80::1%eth0']],
    tls_client_auth_san_email: ['app@app.example', ['app', 'app@', '@app.example']],
  };
  const names = Object.keys(subjects);

  it.each(names)('takes %s as the one subject, without a secret (RFC 8705 section 2.1.2)', async (member) => {
    const client = { ...webClient, ...tlsClient, [member]: subjects[member]![0] };
    expect((await register(app.url, client)).body).toEqual(information(app.url, client, { secret: 'none' }));
  });

  it('asks for exactly one subject (RFC 8705 section 2.1.2)', async () => {
    const two = Object.fromEntries(names.slice(0, 2).map((name) => [name, subjects[name]![0]]));
    for (const members of [{}, two])
      expect(await registerWith({ ...tlsClient, ...members })).toMatchObject({
        status: 400,
        body: refusal('token_endpoint_auth_method'),
      });
  });

  it.each(names)('judges the form of %s (RFC 8705 section 2.1.2)', async (member) => {
    for (const wrong of subjects[member]![1])
      expect(await registerWith({ ...tlsClient, [member]: wrong })).toMatchObject({
        status: 400,
        body: refusal(member),
      });
  });

  it.each(names)('has %s for this way of authentication only (RFC 8705 section 2.1.2)', async (member) => {
    expect(await registerWith({ [member]: subjects[member]![0] })).toMatchObject({
      status: 400,
      body: refusal(member),
    });
  });

  it('that is self-signed finds it beside the key (RFC 8705 section 2.2.2)', async () => {
    const selfSigned = (key: object) => ({
      token_endpoint_auth_method: 'self_signed_tls_client_auth',
      jwks: { keys: [key] },
    });
    const right = selfSigned({ ...certifiedKey, x5c: [certificate] });
    const { body } = await registerWith(right);
    expect(body).toEqual(information(app.url, { ...webClient, ...right }, { secret: 'none' }));
    expect(await registerWith(selfSigned(certifiedKey))).toMatchObject({ status: 400, body: refusal('jwks') });
    expect(await registerWith(selfSigned({ ...keyPair().publicKey, x5c: [certificate] }))).toMatchObject({
      status: 400,
      body: refusal('jwks'),
    });
  });
});

describe('a secret as a key', () => {
  it('can still be read after it was issued, as client_secret_jwt needs it (OpenID Connect Core 1.0 section 9)', async () => {
    const { body } = await registerWith({ token_endpoint_auth_method: 'client_secret_jwt' });
    expect(body).toMatchObject({ client_secret: aSecret });
    expect((await manage('GET', body)).body).toMatchObject({ client_secret: body.client_secret });
  });
});

describe('lists to choose from', () => {
  const lists: Readonly<Record<string, readonly [member: string, value: string]>> = {
    subject_types_supported: ['subject_type', 'pairwise'],
    id_token_signing_alg_values_supported: ['id_token_signed_response_alg', 'ES256'],
    id_token_encryption_alg_values_supported: ['id_token_encrypted_response_alg', 'RSA-OAEP'],
    id_token_encryption_enc_values_supported: ['id_token_encrypted_response_enc', 'A256GCM'],
    userinfo_signing_alg_values_supported: ['userinfo_signed_response_alg', 'ES256'],
    userinfo_encryption_alg_values_supported: ['userinfo_encrypted_response_alg', 'RSA-OAEP'],
    userinfo_encryption_enc_values_supported: ['userinfo_encrypted_response_enc', 'A256GCM'],
    request_object_signing_alg_values_supported: ['request_object_signing_alg', 'RS256'],
    request_object_encryption_alg_values_supported: ['request_object_encryption_alg', 'RSA-OAEP'],
    request_object_encryption_enc_values_supported: ['request_object_encryption_enc', 'A256GCM'],
    token_endpoint_auth_methods_supported: ['token_endpoint_auth_method', 'private_key_jwt'],
    token_endpoint_auth_signing_alg_values_supported: ['token_endpoint_auth_signing_alg', 'RS256'],
    backchannel_authentication_request_signing_alg_values_supported: [
      'backchannel_authentication_request_signing_alg',
      'unheard-of',
    ],
    authorization_signing_alg_values_supported: ['authorization_signed_response_alg', 'ES256'],
    authorization_encryption_alg_values_supported: ['authorization_encrypted_response_alg', 'RSA-OAEP'],
    authorization_encryption_enc_values_supported: ['authorization_encrypted_response_enc', 'A256GCM'],
    introspection_signing_alg_values_supported: ['introspection_signed_response_alg', 'ES256'],
    introspection_encryption_alg_values_supported: ['introspection_encrypted_response_alg', 'RSA-OAEP'],
    introspection_encryption_enc_values_supported: ['introspection_encrypted_response_enc', 'A256GCM'],
  };
  const isOffered = ([, [, value]]: [string, readonly [string, string]]) => value !== 'unheard-of';
  const offered = Object.entries(lists).filter(isOffered);

  it('are 19, and each becomes the first value that the server supports (OpenID Connect RP Metadata Choices 1.0 section 2)', async () => {
    expect(Object.keys(lists)).toHaveLength(19);
    const wanted = Object.fromEntries(offered.map(([list, [, value]]) => [list, ['unheard-of', value]]));
    const { status, body } = await registerWith({ ...wanted, jwks });
    expect(status).toBe(201);
    expect(body).toMatchObject(Object.fromEntries(offered.map(([, choice]) => choice)));
  });

  it('are in no answer (OpenID Connect RP Metadata Choices 1.0 section 2)', async () => {
    const wanted = Object.fromEntries(offered.map(([list, [, value]]) => [list, [value]]));
    const { body } = await registerWith({ ...wanted, jwks });
    const read = (await manage('GET', body)).body;
    for (const list of Object.keys(lists)) {
      expect(body).not.toHaveProperty(list);
      expect(read).not.toHaveProperty(list);
    }
  });

  it.each(offered.map(([list, [member]]) => [member, list]))(
    'hold the value of %s that is sent beside %s (OpenID Connect RP Metadata Choices 1.0 section 2)',
    async (member, list) => {
      const answer = await registerWith({ [list]: ['RS256', 'other'], [member]: 'not-in-the-list', jwks });
      expect(answer).toMatchObject(refusalOf(member));
    },
  );

  it('give way where the single value is not supported, and are refused where nothing is (OpenID Connect RP Metadata Choices 1.0 section 4)', async () => {
    const list = 'id_token_signing_alg_values_supported';
    const single = { id_token_signed_response_alg: 'unheard-of' };
    const answer = await registerWith({ ...single, [list]: ['unheard-of', 'ES256'] });
    expect(answer).toMatchObject({ status: 201, body: { id_token_signed_response_alg: 'ES256' } });
    for (const values of [['unheard-of'], [], 'ES256', [5]])
      expect(await registerWith({ [list]: values })).toMatchObject(refusalOf(list));
  });
});

describe('names that no specification has', () => {
  it.each(['code_challenge_method', 'require_pkce', 'display_name', 'native_sso', 'software_statement_id'])(
    'are ignored, like %s (RFC 7591 section 2)',
    async (member) => {
      expect((await registerWith({ [member]: 'x' })).body).toEqual(information(app.url, webClient));
    },
  );
});
