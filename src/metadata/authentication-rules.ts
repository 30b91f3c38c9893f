import { isSymmetric } from './algorithms.js';
import type { ClientMetadata } from './client-metadata.js';
import { rule, type Rule } from './rule.js';

const methodsWithKeys = ['private_key_jwt', 'self_signed_tls_client_auth'];

const certificateSubjects = [
  'tls_client_auth_subject_dn',
  'tls_client_auth_san_dns',
  'tls_client_auth_san_uri',
  'tls_client_auth_san_ip',
  'tls_client_auth_san_email',
] as const;

/** Whether a client has a key of its own that the server can get at (RFC 7591 section 2). */
export const hasKeys = ({ jwks, jwks_uri }: Pick<ClientMetadata, 'jwks' | 'jwks_uri'>) =>
  jwks_uri !== undefined || (jwks?.keys.length ?? 0) > 0;

/** What each way of authentication asks of the rest (RFC 7591 section 2, OpenID Connect Core 1.0 section 9, RFC 8705 section 2). */
export const authenticationRules: readonly Rule[] = [
  rule('RFC 7591 section 2', ['jwks', 'jwks_uri'], ({ jwks, jwks_uri }) =>
    jwks !== undefined && jwks_uri !== undefined ? 'must not come together with jwks_uri' : undefined,
  ),

  rule(
    'OpenID Connect Core 1.0 section 9',
    ['token_endpoint_auth_method', 'jwks', 'jwks_uri'],
    ({ token_endpoint_auth_method: method = '', jwks, jwks_uri }) =>
      methodsWithKeys.includes(method) && !hasKeys({ jwks, jwks_uri })
        ? `must come with a key of the client in jwks or jwks_uri to be ${method}`
        : undefined,
  ),

  rule('RFC 8705 section 2.2.2', ['jwks', 'token_endpoint_auth_method'], ({ jwks, token_endpoint_auth_method }) => {
    if (token_endpoint_auth_method !== 'self_signed_tls_client_auth' || !jwks?.keys.length) return undefined;
    if (jwks.keys.every((key) => key.use === 'enc')) return 'must hold a key with x5c for self_signed_tls_client_auth';
    return jwks.keys.flatMap((key, index) =>
      key.use === 'enc' || Object.hasOwn(key, 'x5c')
        ? []
        : [`.keys[${index}] must have x5c for self_signed_tls_client_auth`],
    );
  }),

  rule('RFC 8705 section 2.1.2', ['token_endpoint_auth_method', ...certificateSubjects], (metadata) =>
    metadata.token_endpoint_auth_method === 'tls_client_auth' &&
    certificateSubjects.filter((member) => metadata[member] !== undefined).length !== 1
      ? `must come with exactly one of these to be tls_client_auth: ${certificateSubjects.join(', ')}`
      : undefined,
  ),

  ...certificateSubjects.map((member) =>
    rule('RFC 8705 section 2.1.2', [member, 'token_endpoint_auth_method'], (metadata) =>
      metadata[member] !== undefined && metadata.token_endpoint_auth_method !== 'tls_client_auth'
        ? 'must be left out unless token_endpoint_auth_method is tls_client_auth'
        : undefined,
    ),
  ),

  rule(
    'OpenID Connect Core 1.0 section 9',
    ['token_endpoint_auth_signing_alg', 'token_endpoint_auth_method'],
    ({ token_endpoint_auth_signing_alg: algorithm, token_endpoint_auth_method: method }) => {
      if (algorithm === undefined) return undefined;
      if (method === 'client_secret_jwt') {
        return isSymmetric(algorithm) ? undefined : 'must be symmetric for client_secret_jwt';
      }
      if (method === 'private_key_jwt') {
        return isSymmetric(algorithm) ? 'must be asymmetric for private_key_jwt' : undefined;
      }
      return 'must be left out unless token_endpoint_auth_method is client_secret_jwt or private_key_jwt';
    },
  ),
];
