import { describe } from '@jest/globals';
import { certificate, certifiedKey, clientKeys, member, unbounded } from '../../test/support/metadata-language.js';

describe('ways of authentication', () => {
  member('jwks', ({ accepts, refuses }) => {
    accepts({ keys: [] });
    refuses({ keys: [] }, 'together with jwks_uri', { jwks_uri: 'https://app.example/keys' });
    const selfSigned = { token_endpoint_auth_method: 'self_signed_tls_client_auth' };
    const certified = { ...certifiedKey, x5c: [certificate] };
    accepts({ keys: [certified] }, selfSigned);
    accepts(
      {
        keys: [
          { ...certified, use: 'sig' },
          { ...certifiedKey, use: 'enc' },
        ],
      },
      selfSigned,
    );
    refuses({ keys: [certified, certifiedKey] }, 'jwks.keys[1] must have x5c', selfSigned);
    refuses({ keys: [{ ...certified, use: 'enc' }] }, 'must hold a key with x5c', selfSigned);
  });

  member('token_endpoint_auth_method', ({ accepts, refuses }) => {
    for (const method of ['private_key_jwt', 'self_signed_tls_client_auth']) {
      accepts(method, { jwks_uri: 'https://app.example/keys' });
      refuses(method, 'key of the client');
      refuses(method, 'key of the client', { jwks: { keys: [] } });
    }
    accepts('private_key_jwt', clientKeys);
    refuses('tls_client_auth', 'exactly one');
    refuses('tls_client_auth', 'exactly one', { tls_client_auth_san_dns: 'a', tls_client_auth_san_ip: '::1' });
    accepts('tls_client_auth', { tls_client_auth_san_dns: 'a' });
    accepts('none');
  });

  member('tls_client_auth_san_dns', ({ refuses }) => refuses('a', 'left out unless'));

  member('dpop_bound_access_tokens', ({ accepts }) => {
    accepts(true);
    accepts(true, { tls_client_certificate_bound_access_tokens: true });
  });

  member('token_endpoint_auth_signing_alg', ({ accepts, refuses }) => {
    const secretJwt = { token_endpoint_auth_method: 'client_secret_jwt' };
    const privateKeyJwt = { token_endpoint_auth_method: 'private_key_jwt', ...clientKeys };
    accepts('HS256', secretJwt);
    refuses('RS256', 'must be symmetric', secretJwt);
    accepts('RS256', privateKeyJwt);
    refuses('HS256', 'must be asymmetric', privateKeyJwt);
    refuses('RS256', 'must be left out');
    refuses('none', 'must not be none', privateKeyJwt, unbounded);
  });
});
