import { randomBytes } from 'node:crypto';
import type { AllClientMetadata, Client as ProviderClient } from 'oidc-provider';
import type { Client, StoredSecret } from '../clients/client.entity.js';
import type { ClientMetadata, MemberName } from '../metadata/client-metadata.js';
import { redirectHost } from '../metadata/redirect-uri.js';
import { needsSecret, needsSecretInTheClear } from '../metadata/secret-need.js';
import { usableKeys } from './client-keys.js';

/** What the token service has to know of a stored client beyond what oidc-provider reads. */
export interface Registered {
  readonly version: number;
  readonly grant_types: readonly string[];
  /** Beside certificates, with which oidc-provider would not take it. */
  readonly dpop_bound_access_tokens: boolean;
  /** All that it may be granted, ever. */
  readonly scopes: readonly string[];
  readonly secrets: readonly StoredSecret[];
  /** The living secrets that are keys of algorithms, the newest last. */
  readonly keys: readonly string[];
}

/** The name under which oidc-provider carries {@link Registered} with its client. */
export const registeredMember = 'registered';

/** What is known of a client of oidc-provider beyond its own members. */
export const registeredOf = (client: ProviderClient): Registered => client[registeredMember] as Registered;

/** The members that oidc-provider acts upon. It judges others too, by other rules than ours. */
const carried = [
  'redirect_uris',
  'token_endpoint_auth_method',
  'token_endpoint_auth_signing_alg',
  'response_types',
  'client_name',
  'jwks_uri',
  'application_type',
  'subject_type',
  'sector_identifier_uri',
  'id_token_signed_response_alg',
  'id_token_encrypted_response_alg',
  'id_token_encrypted_response_enc',
  'userinfo_signed_response_alg',
  'userinfo_encrypted_response_alg',
  'userinfo_encrypted_response_enc',
  'request_object_signing_alg',
  'request_object_encryption_alg',
  'request_object_encryption_enc',
  'authorization_signed_response_alg',
  'authorization_encrypted_response_alg',
  'authorization_encrypted_response_enc',
  'introspection_signed_response_alg',
  'introspection_encrypted_response_alg',
  'introspection_encrypted_response_enc',
  'default_max_age',
  'require_auth_time',
  'post_logout_redirect_uris',
  'backchannel_logout_uri',
  'backchannel_logout_session_required',
  'tls_client_auth_subject_dn',
  'tls_client_auth_san_dns',
  'tls_client_auth_san_uri',
  'tls_client_auth_san_ip',
  'tls_client_auth_san_email',
  'tls_client_certificate_bound_access_tokens',
  'require_signed_request_object',
  'require_pushed_authorization_requests',
] as const satisfies readonly MemberName[];

/** Of sign-ins: without the scope openid there are none, and oidc-provider would refuse everything else because of them. */
const ofSignIn: ReadonlySet<MemberName> = new Set(['default_max_age', 'require_auth_time']);

const membersFor = ({ scopes }: Registered) =>
  scopes.includes('openid') ? carried : carried.filter((name) => !ofSignIn.has(name));

/** Nobody knows it, and nothing is compared with it: it stands where oidc-provider demands a secret. */
const nobodysSecret = randomBytes(48).toString('base64url');

/** RFC 8628 section 3.4. */
export const deviceGrant = 'urn:ietf:params:oauth:grant-type:device_code';

/** A stored client as oidc-provider reads it. Whatever was registered is accepted; `extra` is kept beside it. */
export function providerMetadata(
  { clientId, metadata }: Pick<Client, 'clientId' | 'metadata'>,
  registered: Registered,
): AllClientMetadata {
  const members = Object.fromEntries(
    membersFor(registered)
      .filter((name) => metadata[name] !== undefined)
      .map((name) => [name, metadata[name]]),
  );
  return {
    ...members,
    client_id: clientId,
    // It demands more of pairwise clients with the device grant than was registered; see grantTypeAllowed.
    grant_types: registered.grant_types.filter((grant) => grant !== deviceGrant),
    ...(metadata.jwks && { jwks: usableKeys(metadata.jwks) }),
    ...(metadata.response_modes?.length && { response_modes: metadata.response_modes }),
    ...sector(metadata),
    ...signedBeforeEncrypted(metadata),
    ...secret(metadata, registered),
    [registeredMember]: registered,
  };
}

/** The sector is the host that was registered, whatever its port (OpenID Connect Core 1.0 section 8.1). */
function sector({ subject_type, sector_identifier_uri, redirect_uris = [] }: ClientMetadata): AllClientMetadata {
  if (subject_type !== 'pairwise' || sector_identifier_uri !== undefined) return {};
  return { sector_identifier_uri: `https://${redirectHost(redirect_uris[0] ?? '')}` };
}

/** What is encrypted is signed before, since oidc-provider knows no other way (OpenID Connect Core 1.0 section 5.3.2). */
const signedBeforeEncrypted = (metadata: ClientMetadata): AllClientMetadata =>
  metadata.userinfo_encrypted_response_alg !== undefined && metadata.userinfo_signed_response_alg === undefined
    ? { userinfo_signed_response_alg: metadata.id_token_signed_response_alg as 'RS256' }
    : {};

function secret(metadata: ClientMetadata, { keys }: Registered): AllClientMetadata {
  if (!needsSecret(metadata)) return {};
  const newest = keys.at(-1);
  if (newest !== undefined) return { client_secret: newest };
  // Without a living secret nothing can be signed for the client any more: it is told so, as of one that has expired.
  const expired = needsSecretInTheClear(metadata) ? { client_secret_expires_at: 1 } : {};
  return { client_secret: nobodysSecret, ...expired };
}
