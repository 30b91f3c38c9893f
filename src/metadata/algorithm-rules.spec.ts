import { describe, expect, it } from '@jest/globals';
import { clientKeys, member, unbounded } from '../../test/support/metadata-language.js';
import { algorithmRules } from './algorithm-rules.js';

describe('algorithms and keys', () => {
  for (const family of ['id_token', 'userinfo', 'authorization', 'introspection']) {
    const publicClient = { token_endpoint_auth_method: 'none' };
    member(`${family}_signed_response_alg`, ({ accepts, refuses }) => {
      accepts('HS256');
      refuses('HS256', 'must be asymmetric', publicClient);
      accepts('ES256', publicClient);
    });
    member(`${family}_encrypted_response_alg`, ({ accepts, refuses }) => {
      for (const algorithm of ['A128KW', 'dir']) {
        accepts(algorithm);
        refuses(algorithm, 'must be asymmetric', publicClient);
      }
      refuses('PBES2-HS256+A128KW', 'must be asymmetric', publicClient, unbounded);
      refuses('A128GCMKW', 'must be asymmetric', publicClient, unbounded);
      accepts('ECDH-ES+A128KW', { ...publicClient, ...clientKeys });
      refuses('RSA-OAEP', 'key of the client');
    });
    member(`${family}_encrypted_response_enc`, ({ refuses }) => {
      refuses('A128GCM', `must come together with ${family}_encrypted_response_alg`);
    });
  }

  member('authorization_signed_response_alg', ({ refuses }) => refuses('none', 'must not be none', {}, unbounded));
  member('request_object_signing_alg', ({ accepts, refuses }) => {
    accepts('none', {}, unbounded);
    refuses('RS256', 'key of the client');
    refuses('HS256', 'must be asymmetric', { token_endpoint_auth_method: 'none' });
  });
  member('request_object_encryption_alg', ({ accepts }) => accepts('RSA-OAEP'));
  member('request_object_encryption_enc', ({ refuses }) => refuses('A128GCM', 'request_object_encryption_alg'));
  member('nfv_token_encrypted_response_enc', ({ refuses }) => refuses('A128GCM', 'nfv_token_encrypted_response_alg'));
  member('require_signed_request_object', ({ refuses }) => {
    refuses(true, 'must not be true', { request_object_signing_alg: 'none' }, unbounded);
  });

  member('backchannel_authentication_request_signing_alg', ({ refuses }) => {
    refuses('HS256', 'must be asymmetric', {}, unbounded);
    refuses('none', 'must not be none', {}, unbounded);
    refuses('ES256', 'key of the client');
  });
});

it('algorithm rules name their clauses, and are left out where a member that they read is wrong by itself', () => {
  expect(algorithmRules.map(({ clause, reads }) => [clause, reads.join(' ')])).toEqual([
    ['OpenID Connect Core 1.0 section 10', 'id_token_signed_response_alg token_endpoint_auth_method'],
    ['OpenID Connect Core 1.0 section 10', 'id_token_encrypted_response_alg token_endpoint_auth_method'],
    ['OpenID Connect Core 1.0 section 10', 'userinfo_signed_response_alg token_endpoint_auth_method'],
    ['OpenID Connect Core 1.0 section 10', 'userinfo_encrypted_response_alg token_endpoint_auth_method'],
    ['OpenID Connect Core 1.0 section 10', 'request_object_signing_alg token_endpoint_auth_method'],
    ['OpenID Connect Core 1.0 section 10', 'request_object_encryption_alg token_endpoint_auth_method'],
    ['OpenID Connect Core 1.0 section 10', 'authorization_signed_response_alg token_endpoint_auth_method'],
    ['OpenID Connect Core 1.0 section 10', 'authorization_encrypted_response_alg token_endpoint_auth_method'],
    ['OpenID Connect Core 1.0 section 10', 'introspection_signed_response_alg token_endpoint_auth_method'],
    ['OpenID Connect Core 1.0 section 10', 'introspection_encrypted_response_alg token_endpoint_auth_method'],
    ['OpenID Connect Core 1.0 section 10', 'nfv_token_signed_response_alg token_endpoint_auth_method'],
    ['OpenID Connect Core 1.0 section 10', 'nfv_token_encrypted_response_alg token_endpoint_auth_method'],
    ['OpenID Connect Core 1.0 section 10', 'id_token_encrypted_response_alg jwks jwks_uri'],
    ['OpenID Connect Core 1.0 section 10', 'userinfo_encrypted_response_alg jwks jwks_uri'],
    ['OpenID Connect Core 1.0 section 10', 'authorization_encrypted_response_alg jwks jwks_uri'],
    ['OpenID Connect Core 1.0 section 10', 'introspection_encrypted_response_alg jwks jwks_uri'],
    ['OpenID Connect Core 1.0 section 10', 'nfv_token_encrypted_response_alg jwks jwks_uri'],
    ['OpenID Connect Core 1.0 section 10', 'request_object_signing_alg jwks jwks_uri'],
    ['OpenID Connect Core 1.0 section 10', 'backchannel_authentication_request_signing_alg jwks jwks_uri'],
    ['OpenID Connect Registration 1.0 section 2', 'id_token_encrypted_response_enc id_token_encrypted_response_alg'],
    ['OpenID Connect Registration 1.0 section 2', 'userinfo_encrypted_response_enc userinfo_encrypted_response_alg'],
    ['OpenID Connect Registration 1.0 section 2', 'request_object_encryption_enc request_object_encryption_alg'],
    [
      'OpenID Connect Registration 1.0 section 2',
      'authorization_encrypted_response_enc authorization_encrypted_response_alg',
    ],
    [
      'OpenID Connect Registration 1.0 section 2',
      'introspection_encrypted_response_enc introspection_encrypted_response_alg',
    ],
    ['OpenID Connect Registration 1.0 section 2', 'nfv_token_encrypted_response_enc nfv_token_encrypted_response_alg'],
    ['RFC 9101 section 10.5', 'require_signed_request_object request_object_signing_alg'],
    ['OpenID Connect CIBA Core 1.0 section 4', 'backchannel_authentication_request_signing_alg'],
  ]);
});
