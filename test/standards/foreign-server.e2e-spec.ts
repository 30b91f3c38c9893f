import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { keyPair, refusal } from '../support/builders.js';
import { register, send, webClient } from '../support/http.js';
import type { TestApp } from '../support/test-app.js';
import { generousServer, plainServer, refusalOf, startAppFor } from './support.js';

const ciba = 'urn:openid:params:grant-type:ciba';
const jwks = { keys: [keyPair().publicKey] };

describe('for a server that offers much, registration', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startAppFor(generousServer);
  });
  afterAll(() => app.close());

  const registerWith = (members: object) => register(app.url, { ...webClient, ...members });

  it('takes an address as the way of authentication (RFC 7591 section 2)', async () => {
    const method = { token_endpoint_auth_method: 'https://as.example/auth' };
    expect(await registerWith(method)).toMatchObject({ status: 201, body: method });
  });

  it.each([
    ...['client_credentials', 'urn:ietf:params:oauth:grant-type:jwt-bearer'],
    ...['urn:ietf:params:oauth:grant-type:saml2-bearer', 'urn:ietf:params:oauth:grant-type:device_code'],
    ...['urn:ietf:params:oauth:grant-type:token-exchange', 'urn:ietf:params:oauth:grant-type:uma-ticket'],
  ])(
    'takes the grant %s, spelled as at the token endpoint, without a response type (RFC 7591 section 2.1)',
    async (grant) => {
      const client = { grant_types: [grant], response_types: [] };
      expect(await register(app.url, client)).toMatchObject({ status: 201, body: client });
    },
  );

  it.each(['implicit', 'password'])('still refuses the %s grant (RFC 9700 section 2)', async (grant) => {
    const client = { grant_types: [grant], response_types: grant === 'implicit' ? ['id_token'] : [] };
    expect(await registerWith(client)).toMatchObject(refusalOf('grant_types'));
  });

  it.each(['id_token', 'id_token token', 'token id_token', 'code id_token', 'code token', 'code id_token token'])(
    'asks for the grants of the response type %s (OpenID Connect Registration 1.0 section 2)',
    async (type) => {
      const grant_types = ['authorization_code'];
      const answer = await registerWith({ grant_types, response_types: ['code', type] });
      expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_client_metadata' } });
      expect(answer.body.violations[0].member).toBe('response_types');
    },
  );

  it('takes unsigned ID tokens for the code flow, where none comes from the authorization endpoint (OpenID Connect Registration 1.0 section 2)', async () => {
    const unsigned = { id_token_signed_response_alg: 'none' };
    expect(await registerWith(unsigned)).toMatchObject({ status: 201, body: unsigned });
    expect(await registerWith({ ...unsigned, response_types: ['code id_token'] })).toMatchObject(
      refusalOf('response_types'),
    );
  });

  it('takes unsigned request objects, but not beside a demand for signed ones (RFC 9101 section 10.5)', async () => {
    const unsigned = { request_object_signing_alg: 'none' };
    expect(await registerWith(unsigned)).toMatchObject({ status: 201, body: unsigned });
    expect(await registerWith({ ...unsigned, require_signed_request_object: true })).toMatchObject({
      status: 400,
      body: refusal('require_signed_request_object'),
    });
  });

  it.each<[string, unknown, string]>([
    ['default_acr_values', ['urn:example:silver'], 'OpenID Connect Registration 1.0 section 2'],
    ['authorization_details_types', ['unheard-of'], 'RFC 9396 section 10'],
    ['client_registration_types', ['unheard-of'], 'OpenID Federation 1.0 section 5.1.2'],
    ['digest_algorithm', 'md5', 'OpenID Identity Assurance Attachments 1.0 section 7'],
    ['backchannel_token_delivery_mode', 'pull', 'OpenID Connect CIBA Core 1.0 section 4'],
    ['backchannel_authentication_request_signing_alg', 'none', 'OpenID Connect CIBA Core 1.0 section 4'],
    ['backchannel_authentication_request_signing_alg', 'HS256', 'OpenID Connect CIBA Core 1.0 section 4'],
  ])('refuses %s as %j, which the server does not offer (%s)', async (member, value) => {
    expect(await registerWith({ [member]: value, jwks })).toMatchObject({ status: 400, body: refusal(member) });
  });

  describe('of a client with backchannel authentication', () => {
    const endpoint = { backchannel_client_notification_endpoint: 'https://app.example/notify' };
    const registerCiba = (members: object) => register(app.url, { grant_types: [ciba], ...members });

    it.each([
      { backchannel_token_delivery_mode: 'poll' },
      { backchannel_token_delivery_mode: 'ping', ...endpoint },
      { backchannel_token_delivery_mode: 'push', ...endpoint },
    ])('takes %j (OpenID Connect CIBA Core 1.0 section 4)', async (members) => {
      expect(await registerCiba(members)).toMatchObject({ status: 201, body: members });
    });

    it('takes how requests are signed, and whether there is a user code (OpenID Connect CIBA Core 1.0 section 4)', async () => {
      const members = {
        backchannel_token_delivery_mode: 'poll',
        backchannel_authentication_request_signing_alg: 'ES256',
        backchannel_user_code_parameter: true,
      };
      expect(await registerCiba({ ...members, jwks })).toMatchObject({ status: 201, body: members });
      for (const wrong of ['true', 1])
        expect(await registerCiba({ ...members, jwks, backchannel_user_code_parameter: wrong })).toMatchObject({
          status: 400,
          body: refusal('backchannel_user_code_parameter'),
        });
    });

    it('asks for a way to deliver tokens (OpenID Connect CIBA Core 1.0 section 4)', async () => {
      expect(await registerCiba({})).toMatchObject({ status: 400, body: refusal('backchannel_token_delivery_mode') });
    });

    it.each(['ping', 'push'])(
      'asks for an address over https to notify by %s (OpenID Connect CIBA Core 1.0 section 4)',
      async (mode) => {
        const member = 'backchannel_client_notification_endpoint';
        const client = { backchannel_token_delivery_mode: mode };
        expect(await registerCiba(client)).toMatchObject({ status: 400, body: refusal(member) });
        expect(await registerCiba({ ...client, [member]: 'http://app.example/notify' })).toMatchObject({
          status: 400,
          body: refusal(member),
        });
      },
    );

    it.each(['poll', 'ping'])('asks for its grant beside %s (OpenID Connect CIBA Core 1.0 section 4)', async (mode) => {
      const members = { backchannel_token_delivery_mode: mode, ...(mode === 'ping' && endpoint) };
      expect(await registerWith(members)).toMatchObject({
        status: 400,
        body: refusal('backchannel_token_delivery_mode'),
      });
    });

    it.each(['poll', 'ping'])(
      'asks for keys at an address where subjects are pairwise, by %s (OpenID Connect CIBA Core 1.0 section 4)',
      async (mode) => {
        const client = {
          backchannel_token_delivery_mode: mode,
          ...(mode === 'ping' && endpoint),
          subject_type: 'pairwise',
          sector_identifier_uri: 'https://app.example/sector.json',
        };
        const listing = (...list: string[]) => app.documents.set(client.sector_identifier_uri, list);
        listing('https://app.example/other');
        const withKeys = { ...client, jwks_uri: 'https://app.example/keys' };
        expect(await registerCiba(withKeys)).toMatchObject(refusalOf('sector_identifier_uri'));
        listing(withKeys.jwks_uri);
        expect(await registerCiba(withKeys)).toMatchObject({ status: 201 });
        expect(await registerCiba({ ...client, jwks })).toMatchObject(refusalOf('jwks_uri'));
      },
    );

    it.each([
      { backchannel_token_delivery_mode: 'poll', jwks_uri: 'https://app.example/keys' },
      { backchannel_token_delivery_mode: 'ping', ...endpoint, jwks_uri: 'https://app.example/keys' },
      { backchannel_token_delivery_mode: 'push', ...endpoint },
    ])('has the sector of pairwise subjects in %j (OpenID Connect CIBA Core 1.0 section 4)', async (members) => {
      const client = { ...members, subject_type: 'pairwise' };
      expect(await registerCiba(client)).toMatchObject({ status: 201, body: client });
    });
  });
});

describe('for a server that offers little, registration', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startAppFor(plainServer);
  });
  afterAll(() => app.close());

  it.each([
    ...['tls_client_certificate_bound_access_tokens', 'dpop_bound_access_tokens', 'require_signed_request_object'],
    ...['require_pushed_authorization_requests', 'backchannel_logout_session_required'],
  ])('never takes a demand that the server cannot meet: %s (RFC 7591 section 3.2.1)', async (member) => {
    expect(await register(app.url, { ...webClient, [member]: true })).toMatchObject({
      status: 400,
      body: refusal(member),
    });
    expect(await register(app.url, { ...webClient, [member]: false })).toMatchObject({ status: 201 });
  });

  it('takes the defaults of its metadata for what it leaves out (RFC 8414 section 2)', async () => {
    const { body } = await register(app.url);
    expect(body).toMatchObject({
      grant_types: ['authorization_code'],
      token_endpoint_auth_method: 'client_secret_basic',
    });
    expect(body).not.toHaveProperty('authorization_signed_response_alg');
    for (const method of ['none', 'client_secret_post', 'private_key_jwt'])
      expect(await register(app.url, { ...webClient, token_endpoint_auth_method: method })).toMatchObject(
        refusalOf('token_endpoint_auth_method'),
      );
    expect(await register(app.url, { grant_types: ['client_credentials'] })).toMatchObject(refusalOf('grant_types'));
  });

  it('is where its published metadata says, and the rest of them are its own (RFC 8414 section 2)', async () => {
    const { body } = await send('GET', `${app.url}/.well-known/oauth-authorization-server`);
    expect(body).toMatchObject({ ...plainServer, registration_endpoint: `${app.url}/register` });
  });
});
