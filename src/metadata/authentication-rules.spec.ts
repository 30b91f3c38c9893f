import { describe, expect, it } from '@jest/globals';
import { certificate, certifiedKey, clientKeys, member, unbounded } from '../../test/support/metadata-language.js';
import { authenticationRules } from './authentication-rules.js';

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

it('authentication rules name their clauses, and are left out where a member that they read is wrong by itself', () => {
  expect(authenticationRules.map(({ clause, reads }) => [clause, reads.join(' ')])).toEqual([
    ['RFC 7591 section 2', 'jwks jwks_uri'],
    ['OpenID Connect Core 1.0 section 9', 'token_endpoint_auth_method jwks jwks_uri'],
    ['RFC 8705 section 2.2.2', 'jwks token_endpoint_auth_method'],
    [
      'RFC 8705 section 2.1.2',
      'token_endpoint_auth_method tls_client_auth_subject_dn tls_client_auth_san_dns tls_client_auth_san_uri tls_client_auth_san_ip tls_client_auth_san_email',
    ],
    ['RFC 8705 section 2.1.2', 'tls_client_auth_subject_dn token_endpoint_auth_method'],
    ['RFC 8705 section 2.1.2', 'tls_client_auth_san_dns token_endpoint_auth_method'],
    ['RFC 8705 section 2.1.2', 'tls_client_auth_san_uri token_endpoint_auth_method'],
    ['RFC 8705 section 2.1.2', 'tls_client_auth_san_ip token_endpoint_auth_method'],
    ['RFC 8705 section 2.1.2', 'tls_client_auth_san_email token_endpoint_auth_method'],
    ['OpenID Connect Core 1.0 section 9', 'token_endpoint_auth_signing_alg token_endpoint_auth_method'],
  ]);
});
