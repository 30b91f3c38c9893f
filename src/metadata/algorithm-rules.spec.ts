import { describe } from '@jest/globals';
import { clientKeys, member, unbounded } from '../../test/support/metadata-language.js';

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
