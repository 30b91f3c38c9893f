import { generateKeyPairSync } from 'node:crypto';
import { expect } from '@jest/globals';

/** What a web application is registered with that says nothing but where to send the user back. */
export const defaultMetadata = {
  token_endpoint_auth_method: 'client_secret_basic',
  grant_types: ['authorization_code'],
  response_types: ['code'],
  scope: 'openid profile email address phone offline_access',
  application_type: 'web',
  subject_type: 'public',
  id_token_signed_response_alg: 'RS256',
  require_auth_time: false,
  frontchannel_logout_session_required: false,
  backchannel_logout_session_required: false,
  tls_client_certificate_bound_access_tokens: false,
  use_mtls_endpoint_aliases: false,
  require_signed_request_object: false,
  require_pushed_authorization_requests: false,
  dpop_bound_access_tokens: false,
  authorization_signed_response_alg: 'RS256',
  introspection_signed_response_alg: 'RS256',
};

const uuid7 = '[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}';
export const anId: unknown = expect.stringMatching(new RegExp(`^${uuid7}$`));
export const aSecret: unknown = expect.stringMatching(/^[A-Za-z0-9_-]{64}$/);
export const aRegistrationToken: unknown = expect.stringMatching(/^crat_[A-Za-z0-9_-]{43}$/);

/** Matches a time of the last minute, in whole seconds. */
export const justNow = {
  $$typeof: Symbol.for('jest.asymmetricMatcher'),
  asymmetricMatch(at: unknown): boolean {
    const now = Math.floor(Date.now() / 1000);
    return Number.isInteger(at) && (at as number) <= now && (at as number) > now - 60;
  },
  toAsymmetricMatcher: () => 'a time of the last minute',
  toString: () => 'a time of the last minute',
};

interface Expected {
  /** `none` for a client without one, `hidden` for one whose secret is not shown, else the secret. */
  readonly secret?: unknown;
  readonly token?: unknown;
}

/** The whole answer for a client that has the defaults, except where `metadata` says otherwise; `undefined` takes one away. */
export function information(
  url: string,
  metadata: object,
  { secret = aSecret, token = aRegistrationToken }: Expected = {},
) {
  return {
    client_id: anId,
    client_id_issued_at: justNow,
    ...(secret !== 'none' && { client_secret_expires_at: 0 }),
    ...(secret !== 'none' && secret !== 'hidden' && { client_secret: secret }),
    ...(token !== 'none' && { registration_access_token: token }),
    registration_client_uri: expect.stringMatching(new RegExp(`^${url}/register/${uuid7}$`)) as unknown,
    ...defaultMetadata,
    ...metadata,
  };
}

/** Text that an error may hold: printable ASCII without quotes and backslashes (RFC 6749 section 5.2). */
export const plainText: unknown = expect.stringMatching(/^[\x20\x21\x23-\x5b\x5d-\x7e]+$/);

/** The whole body of an error that lists no violations. */
export const failure = (error: string) => ({ error, error_description: plainText });

/** The whole body of a refusal of metadata for one violation, of this member. */
export const refusal = (member: string, error = 'invalid_client_metadata') => ({
  error,
  error_description: plainText,
  violations: [{ member, rule: plainText, message: expect.stringContaining(member) as unknown }],
});

export type Jwk = Record<string, unknown>;

/** A fresh key pair as JSON Web Keys (RFC 7517). */
export function keyPair(kind: 'RSA' | 'EC' | 'Ed25519' = 'EC'): { readonly publicKey: Jwk; readonly privateKey: Jwk } {
  const { publicKey, privateKey } =
    kind === 'RSA'
      ? generateKeyPairSync('rsa', { modulusLength: 2048 })
      : kind === 'EC'
        ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
        : generateKeyPairSync('ed25519');
  return {
    publicKey: publicKey.export({ format: 'jwk' }),
    privateKey: privateKey.export({ format: 'jwk' }),
  };
}
