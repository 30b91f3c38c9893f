import { isAsymmetric, isSymmetric } from './algorithms.js';
import { hasKeys } from './authentication-rules.js';
import { rule, type Rule } from './rule.js';

/** The algorithms that take their key from the client secret when they are symmetric. */
const keyedBySecret = [
  'id_token_signed_response_alg',
  'id_token_encrypted_response_alg',
  'userinfo_signed_response_alg',
  'userinfo_encrypted_response_alg',
  'request_object_signing_alg',
  'request_object_encryption_alg',
  'authorization_signed_response_alg',
  'authorization_encrypted_response_alg',
  'introspection_signed_response_alg',
  'introspection_encrypted_response_alg',
  'nfv_token_signed_response_alg',
  'nfv_token_encrypted_response_alg',
] as const;

/** The algorithms that take a key of the client when they are asymmetric: it decrypts what it gets, and signed what it sends. */
const keyedByClient = [
  'id_token_encrypted_response_alg',
  'userinfo_encrypted_response_alg',
  'authorization_encrypted_response_alg',
  'introspection_encrypted_response_alg',
  'nfv_token_encrypted_response_alg',
  'request_object_signing_alg',
  'backchannel_authentication_request_signing_alg',
] as const;

const contentEncryption = [
  ['id_token_encrypted_response_enc', 'id_token_encrypted_response_alg'],
  ['userinfo_encrypted_response_enc', 'userinfo_encrypted_response_alg'],
  ['request_object_encryption_enc', 'request_object_encryption_alg'],
  ['authorization_encrypted_response_enc', 'authorization_encrypted_response_alg'],
  ['introspection_encrypted_response_enc', 'introspection_encrypted_response_alg'],
  ['nfv_token_encrypted_response_enc', 'nfv_token_encrypted_response_alg'],
] as const;

/** What algorithms ask of the client's keys and secret, and of each other. */
export const algorithmRules: readonly Rule[] = [
  ...keyedBySecret.map((member) =>
    rule('OpenID Connect Core 1.0 section 10', [member, 'token_endpoint_auth_method'], (metadata) =>
      isSymmetric(metadata[member]) && metadata.token_endpoint_auth_method === 'none'
        ? 'must be asymmetric where token_endpoint_auth_method is none'
        : undefined,
    ),
  ),

  ...keyedByClient.map((member) =>
    rule('OpenID Connect Core 1.0 section 10', [member, 'jwks', 'jwks_uri'], (metadata) =>
      isAsymmetric(metadata[member]) && !hasKeys(metadata)
        ? 'must come with a key of the client in jwks or jwks_uri'
        : undefined,
    ),
  ),

  ...contentEncryption.map(([content, key]) =>
    rule('OpenID Connect Registration 1.0 section 2', [content, key], (metadata) =>
      metadata[content] !== undefined && metadata[key] === undefined ? `must come together with ${key}` : undefined,
    ),
  ),

  rule(
    'RFC 9101 section 10.5',
    ['require_signed_request_object', 'request_object_signing_alg'],
    ({ require_signed_request_object, request_object_signing_alg }) =>
      require_signed_request_object && request_object_signing_alg === 'none'
        ? 'must not be true where request_object_signing_alg is none'
        : undefined,
  ),

  rule(
    'OpenID Connect CIBA Core 1.0 section 4',
    ['backchannel_authentication_request_signing_alg'],
    ({ backchannel_authentication_request_signing_alg: algorithm }) =>
      isSymmetric(algorithm) ? 'must be asymmetric' : undefined,
  ),
];
