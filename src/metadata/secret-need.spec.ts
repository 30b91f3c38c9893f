import { expect, it } from '@jest/globals';
import { needsSecret, needsSecretInTheClear } from './secret-need.js';

it.each([
  [{ token_endpoint_auth_method: 'client_secret_basic' }, true, false],
  [{ token_endpoint_auth_method: 'client_secret_post' }, true, false],
  [{ token_endpoint_auth_method: 'client_secret_jwt' }, true, true],
  [{ token_endpoint_auth_method: 'private_key_jwt' }, false, false],
  [{ token_endpoint_auth_method: 'tls_client_auth' }, false, false],
  [{ token_endpoint_auth_method: 'none' }, false, false],
  [{ token_endpoint_auth_method: 'none', id_token_signed_response_alg: 'RS256' }, false, false],
  [{ token_endpoint_auth_method: 'private_key_jwt', id_token_signed_response_alg: 'HS256' }, true, true],
  [{ token_endpoint_auth_method: 'private_key_jwt', request_object_encryption_alg: 'A256KW' }, true, true],
  [{ token_endpoint_auth_method: 'private_key_jwt', userinfo_encrypted_response_alg: 'dir' }, true, true],
  [{ token_endpoint_auth_method: 'private_key_jwt', userinfo_encrypted_response_alg: 'A128GCMKW' }, true, true],
  [
    { token_endpoint_auth_method: 'private_key_jwt', userinfo_encrypted_response_alg: 'PBES2-HS256+A128KW' },
    true,
    true,
  ],
  [{ token_endpoint_auth_method: 'private_key_jwt', userinfo_encrypted_response_alg: 'ECDH-ES+A128KW' }, false, false],
  [{ token_endpoint_auth_method: 'client_secret_basic', authorization_signed_response_alg: 'HS512' }, true, true],
])('%j needs a secret: %s, in the clear: %s (OpenID Connect Core 1.0 section 10)', (metadata, secret, clear) => {
  expect(needsSecret(metadata)).toBe(secret);
  expect(needsSecretInTheClear(metadata)).toBe(clear);
});
