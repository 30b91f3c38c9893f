import { describe, expect, it } from '@jest/globals';
import { builtIn, unbounded, webClient } from '../../test/support/metadata-language.js';
import { fillDefaults } from './defaults.js';

const flags = {
  require_auth_time: false,
  require_signed_request_object: false,
  require_pushed_authorization_requests: false,
  dpop_bound_access_tokens: false,
  tls_client_certificate_bound_access_tokens: false,
  backchannel_logout_session_required: false,
  frontchannel_logout_session_required: false,
  use_mtls_endpoint_aliases: false,
};

describe('what is absent', () => {
  it('gets the defaults of the standards, and no more (RFC 7591 section 2, OpenID Connect Registration 1.0 section 2)', () => {
    expect(fillDefaults(webClient, builtIn)).toEqual({
      ...webClient,
      ...flags,
      token_endpoint_auth_method: 'client_secret_basic',
      grant_types: ['authorization_code'],
      response_types: ['code'],
      application_type: 'web',
      subject_type: 'public',
      id_token_signed_response_alg: 'RS256',
      authorization_signed_response_alg: 'RS256',
      introspection_signed_response_alg: 'RS256',
    });
  });

  it('has no signed responses where the server publishes none (JARM section 3, RFC 9701 section 6)', () => {
    const document = fillDefaults(webClient, unbounded);
    expect(document).not.toHaveProperty('authorization_signed_response_alg');
    expect(document).not.toHaveProperty('introspection_signed_response_alg');
    expect(document).toHaveProperty('id_token_signed_response_alg', 'RS256');
  });

  it('gets the first of the server where it lacks the default, but never none', () => {
    const server = {
      ...builtIn,
      id_token_signing_alg_values_supported: ['none', 'ES256', 'PS256'],
      subject_types_supported: ['pairwise'],
    };
    expect(fillDefaults({}, server)).toMatchObject({ id_token_signed_response_alg: 'ES256', subject_type: 'pairwise' });
  });

  it.each([
    [{ grant_types: ['client_credentials'] }, ['client_credentials'], []],
    [{ grant_types: [] }, [], []],
    [{ grant_types: ['authorization_code', 'refresh_token'] }, ['authorization_code', 'refresh_token'], ['code']],
    [{ response_types: ['code'] }, ['authorization_code'], ['code']],
    [{ response_types: [] }, ['authorization_code'], []],
    [{ grant_types: 'authorization_code' }, 'authorization_code', []],
  ])('in %j is grant_types %j and response_types %j (RFC 7591 section 2.1)', (given, grant_types, response_types) => {
    expect(fillDefaults(given, builtIn)).toMatchObject({ grant_types, response_types });
  });

  it.each([
    ['id_token_encrypted_response_alg', 'id_token_encrypted_response_enc'],
    ['userinfo_encrypted_response_alg', 'userinfo_encrypted_response_enc'],
    ['request_object_encryption_alg', 'request_object_encryption_enc'],
    ['authorization_encrypted_response_alg', 'authorization_encrypted_response_enc'],
    ['introspection_encrypted_response_alg', 'introspection_encrypted_response_enc'],
    ['nfv_token_encrypted_response_alg', 'nfv_token_encrypted_response_enc'],
  ])('beside %s is %s A128CBC-HS256 (OpenID Connect Registration 1.0 section 2)', (algorithm, content) => {
    expect(fillDefaults({ [algorithm]: 'dir' }, builtIn)).toHaveProperty(content, 'A128CBC-HS256');
    expect(fillDefaults({}, builtIn)).not.toHaveProperty(content);
  });

  it('is native when all redirect URIs stay on the device (RFC 8252 section 7)', () => {
    expect(fillDefaults({ redirect_uris: ['http://127.0.0.1/cb'] }, builtIn)).toHaveProperty(
      'application_type',
      'native',
    );
  });

  it('waits for a choice that could not be made', () => {
    expect(fillDefaults({ subject_types_supported: ['new'] }, builtIn)).not.toHaveProperty('subject_type');
  });
});

it('what is there stays, whatever its type', () => {
  const given = {
    redirect_uris: 5,
    grant_types: {},
    response_types: 'code',
    require_auth_time: 'yes',
    subject_type: 1,
  };
  expect(fillDefaults(given, builtIn)).toMatchObject(given);
});

it('defaults of one client are not shared with another', () => {
  (fillDefaults({}, builtIn).grant_types as string[]).push('implicit');
  expect(fillDefaults({}, builtIn).grant_types).toEqual(['authorization_code']);
});
