/** The lists of a server's metadata that bound what a client may ask for (RFC 8414 section 2). */
export interface ServerLists {
  readonly scopes_supported?: readonly string[];
  readonly response_types_supported?: readonly string[];
  readonly response_modes_supported?: readonly string[];
  readonly grant_types_supported?: readonly string[];
  readonly token_endpoint_auth_methods_supported?: readonly string[];
  readonly token_endpoint_auth_signing_alg_values_supported?: readonly string[];
  readonly revocation_endpoint_auth_methods_supported?: readonly string[];
  readonly revocation_endpoint_auth_signing_alg_values_supported?: readonly string[];
  readonly introspection_endpoint_auth_methods_supported?: readonly string[];
  readonly introspection_endpoint_auth_signing_alg_values_supported?: readonly string[];
  readonly code_challenge_methods_supported?: readonly string[];
  readonly subject_types_supported?: readonly string[];
  readonly id_token_signing_alg_values_supported?: readonly string[];
  readonly id_token_encryption_alg_values_supported?: readonly string[];
  readonly id_token_encryption_enc_values_supported?: readonly string[];
  readonly userinfo_signing_alg_values_supported?: readonly string[];
  readonly userinfo_encryption_alg_values_supported?: readonly string[];
  readonly userinfo_encryption_enc_values_supported?: readonly string[];
  readonly request_object_signing_alg_values_supported?: readonly string[];
  readonly request_object_encryption_alg_values_supported?: readonly string[];
  readonly request_object_encryption_enc_values_supported?: readonly string[];
  readonly authorization_signing_alg_values_supported?: readonly string[];
  readonly authorization_encryption_alg_values_supported?: readonly string[];
  readonly authorization_encryption_enc_values_supported?: readonly string[];
  readonly introspection_signing_alg_values_supported?: readonly string[];
  readonly introspection_encryption_alg_values_supported?: readonly string[];
  readonly introspection_encryption_enc_values_supported?: readonly string[];
  readonly dpop_signing_alg_values_supported?: readonly string[];
  readonly acr_values_supported?: readonly string[];
  readonly authorization_details_types_supported?: readonly string[];
  readonly backchannel_token_delivery_modes_supported?: readonly string[];
  readonly backchannel_authentication_request_signing_alg_values_supported?: readonly string[];
  readonly client_registration_types_supported?: readonly string[];
  readonly digest_algorithms_supported?: readonly string[];
}

/** The single values of a server's metadata that we use (RFC 8414 section 2, OpenID Connect Discovery 1.0 section 3). */
export interface ServerFacts {
  readonly issuer: string;
  readonly authorization_endpoint?: string;
  readonly token_endpoint?: string;
  readonly registration_endpoint?: string;
  readonly jwks_uri?: string;
  readonly introspection_endpoint?: string;
  readonly revocation_endpoint?: string;
  readonly userinfo_endpoint?: string;
  readonly pushed_authorization_request_endpoint?: string;
  readonly device_authorization_endpoint?: string;
  readonly end_session_endpoint?: string;
  readonly request_parameter_supported?: boolean;
  readonly request_uri_parameter_supported?: boolean;
  readonly claims_supported?: readonly string[];
  readonly claims_parameter_supported?: boolean;
  readonly require_pushed_authorization_requests?: boolean;
  readonly authorization_response_iss_parameter_supported?: boolean;
  readonly tls_client_certificate_bound_access_tokens?: boolean;
  readonly backchannel_logout_supported?: boolean;
  readonly backchannel_logout_session_supported?: boolean;
  /** Client ID Metadata Document section 5. */
  readonly client_id_metadata_document_supported?: boolean;
}

/** A server's metadata document. A list that it lacks bounds nothing (RFC 8414 section 2). */
export interface ServerMetadata extends ServerFacts, ServerLists {
  readonly [name: string]: unknown;
}

/** What a list of the server's metadata holds; undefined where it bounds nothing. */
export function supportedValues(server: ServerMetadata, list: keyof ServerLists): readonly string[] | undefined {
  const values: unknown = server[list];
  return Array.isArray(values) ? (values as string[]) : undefined;
}

const authenticationMethods = [
  'client_secret_basic',
  'client_secret_post',
  'client_secret_jwt',
  'private_key_jwt',
  'tls_client_auth',
  'self_signed_tls_client_auth',
];
const requestSigning = [
  ...['HS256', 'HS384', 'HS512'],
  ...['RS256', 'RS384', 'RS512'],
  ...['PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512'],
  'EdDSA',
];
const responseSigning = ['RS256', 'PS256', 'ES256', 'HS256', 'HS384', 'HS512'];
const keyEncryption = [
  ...['RSA-OAEP', 'RSA-OAEP-256'],
  ...['ECDH-ES', 'ECDH-ES+A128KW', 'ECDH-ES+A192KW', 'ECDH-ES+A256KW'],
  ...['A128KW', 'A192KW', 'A256KW', 'dir'],
];
const contentEncryption = ['A128CBC-HS256', 'A192CBC-HS384', 'A256CBC-HS512', 'A128GCM', 'A192GCM', 'A256GCM'];

/** What the built-in token service offers, as it is published and enforced (RFC 8414 sections 2 and 3.2). */
export function builtInServerMetadata(publicUrl: string, scopes: readonly string[]): ServerMetadata {
  return {
    issuer: publicUrl,
    authorization_endpoint: `${publicUrl}/oauth/authorize`,
    token_endpoint: `${publicUrl}/oauth/token`,
    jwks_uri: `${publicUrl}/oauth/jwks`,
    registration_endpoint: `${publicUrl}/register`,
    introspection_endpoint: `${publicUrl}/oauth/introspection`,
    revocation_endpoint: `${publicUrl}/oauth/revocation`,
    userinfo_endpoint: `${publicUrl}/oauth/userinfo`,
    pushed_authorization_request_endpoint: `${publicUrl}/oauth/par`,
    device_authorization_endpoint: `${publicUrl}/oauth/device`,
    end_session_endpoint: `${publicUrl}/oauth/logout`,
    ...(scopes.length > 0 && { scopes_supported: scopes }),
    response_types_supported: ['code'],
    response_modes_supported: [
      ...['query', 'fragment', 'form_post'],
      ...['jwt', 'query.jwt', 'fragment.jwt', 'form_post.jwt'],
    ],
    grant_types_supported: [
      'authorization_code',
      'refresh_token',
      'client_credentials',
      'urn:ietf:params:oauth:grant-type:device_code',
    ],
    token_endpoint_auth_methods_supported: [...authenticationMethods, 'none'],
    token_endpoint_auth_signing_alg_values_supported: requestSigning,
    revocation_endpoint_auth_methods_supported: [...authenticationMethods, 'none'],
    revocation_endpoint_auth_signing_alg_values_supported: requestSigning,
    introspection_endpoint_auth_methods_supported: authenticationMethods,
    introspection_endpoint_auth_signing_alg_values_supported: requestSigning,
    code_challenge_methods_supported: ['S256'],
    subject_types_supported: ['public', 'pairwise'],
    id_token_signing_alg_values_supported: responseSigning,
    id_token_encryption_alg_values_supported: keyEncryption,
    id_token_encryption_enc_values_supported: contentEncryption,
    userinfo_signing_alg_values_supported: responseSigning,
    userinfo_encryption_alg_values_supported: keyEncryption,
    userinfo_encryption_enc_values_supported: contentEncryption,
    request_object_signing_alg_values_supported: requestSigning,
    request_object_encryption_alg_values_supported: keyEncryption,
    request_object_encryption_enc_values_supported: contentEncryption,
    authorization_signing_alg_values_supported: responseSigning,
    authorization_encryption_alg_values_supported: keyEncryption,
    authorization_encryption_enc_values_supported: contentEncryption,
    introspection_signing_alg_values_supported: responseSigning,
    introspection_encryption_alg_values_supported: keyEncryption,
    introspection_encryption_enc_values_supported: contentEncryption,
    dpop_signing_alg_values_supported: ['ES256', 'RS256', 'PS256', 'EdDSA'],
    tls_client_certificate_bound_access_tokens: true,
    request_parameter_supported: true,
    request_uri_parameter_supported: false,
    claims_supported: [
      ...['iss', 'sub', 'aud', 'exp', 'iat', 'auth_time', 'nonce', 'sid'],
      ...['preferred_username', 'email'],
    ],
    claims_parameter_supported: false,
    require_pushed_authorization_requests: false,
    authorization_response_iss_parameter_supported: true,
    backchannel_logout_supported: true,
    backchannel_logout_session_supported: true,
  };
}
