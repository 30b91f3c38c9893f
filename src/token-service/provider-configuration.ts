import { createHmac } from 'node:crypto';
import type { Adapter, Client, Configuration, KoaContextWithOIDC } from 'oidc-provider';
import type { Environment } from '../config/environment.js';
import { reservedScopes } from '../config/scopes.js';
import type { ServerMetadata } from '../metadata/server-support.js';
import { addresses, interactionPath } from './addresses.js';
import { demandAssertionForUs } from './client-assertions.js';
import { cookieNames } from './cookies.js';
import { outgoing, type WaysOut } from './outgoing.js';
import { errorPage } from './pages.js';
import { features } from './provider-features.js';
import { registeredMember } from './registered-client.js';
import { demandTarget } from './resources.js';
import type { KeysInUse } from './server-keys.js';
import type { Consents } from './sign-in/consents.js';
import { claimsByScope, type Users } from './sign-in/users.js';

const day = 86_400;
const year = 365 * day;

/** Seconds that things live. What is stored can be taken back at any time, so that only what is not has to be short. */
const lifetimes: Configuration['ttl'] = {
  AccessToken: (_context, token) => token.resourceServer?.accessTokenTTL ?? 3_600,
  ClientCredentials: (_context, token) => token.resourceServer?.accessTokenTTL ?? 3_600,
  AuthorizationCode: 60,
  DeviceCode: 600,
  IdToken: 3_600,
  Interaction: 3_600,
  Session: 14 * day,
  /** Each use makes a new one, until the user has to come again after a year. */
  RefreshToken: (_context, token) => Math.max(1, Math.min(14 * day, year - token.totalLifetime())),
  Grant: year,
};

/** What the token service stands on. */
export interface Surroundings extends WaysOut {
  readonly environment: Environment;
  readonly server: ServerMetadata;
  readonly keys: KeysInUse;
  readonly adapter: (model: string) => Adapter;
  readonly users: Users;
  readonly consents: Consents;
}

/** What oidc-provider is told: it does what is published, on our store, and nothing else. */
export function providerConfiguration({
  environment,
  server,
  keys,
  keySets,
  fetcher,
  adapter,
  users,
  consents,
}: Surroundings): Configuration {
  return {
    adapter,
    jwks: keys.jwks,
    routes: addresses,
    cookies: { names: cookieNames(environment.PUBLIC_URL) },
    scopes: [...new Set(['openid', 'offline_access', ...(server.scopes_supported ?? []), ...reservedScopes])],
    claims: claimsByScope,
    clientAuthMethods: server.token_endpoint_auth_methods_supported as Configuration['clientAuthMethods'],
    assertJwtClientAuthClaimsAndHeader: demandAssertionForUs,
    pkce: { required: needsPkce },
    subjectTypes: server.subject_types_supported as Configuration['subjectTypes'],
    responseTypes: server.response_types_supported as Configuration['responseTypes'],
    enabledJWA: algorithms(server),
    extraClientMetadata: { properties: [registeredMember] },
    ttl: lifetimes,
    features: features(environment),
    findAccount: (_context, accountId) => users.find(accountId),
    loadExistingGrant: (context) => consents.existing(context),
    pairwiseIdentifier: (_context, accountId, client) =>
      createHmac('sha256', keys.subjects)
        .update(`${client.sectorIdentifier as string} ${accountId}`)
        .digest('base64url'),
    // Who asks for a longer stay has it until it is over, whoever does not until the user signs out.
    issueRefreshToken: (_context, client) => client.grantTypeAllowed('refresh_token'),
    rotateRefreshToken: (context) => {
      demandTarget(context, environment.RESOURCES);
      return true;
    },
    // Judged when it is registered.
    sectorIdentifierUriValidate: () => false,
    interactions: { url: (_context, { uid }) => interactionPath(uid) },
    renderError: (context: KoaContextWithOIDC, out) => errorPage(context, out),
    fetch: outgoing({ keySets, fetcher }),
  };
}

/** The algorithms of each list that is published. */
function algorithms(server: ServerMetadata): Configuration['enabledJWA'] {
  const lists = {
    clientAuthSigningAlgValues: server.token_endpoint_auth_signing_alg_values_supported,
    idTokenSigningAlgValues: server.id_token_signing_alg_values_supported,
    idTokenEncryptionAlgValues: server.id_token_encryption_alg_values_supported,
    idTokenEncryptionEncValues: server.id_token_encryption_enc_values_supported,
    userinfoSigningAlgValues: server.userinfo_signing_alg_values_supported,
    userinfoEncryptionAlgValues: server.userinfo_encryption_alg_values_supported,
    userinfoEncryptionEncValues: server.userinfo_encryption_enc_values_supported,
    requestObjectSigningAlgValues: server.request_object_signing_alg_values_supported,
    requestObjectEncryptionAlgValues: server.request_object_encryption_alg_values_supported,
    requestObjectEncryptionEncValues: server.request_object_encryption_enc_values_supported,
    authorizationSigningAlgValues: server.authorization_signing_alg_values_supported,
    authorizationEncryptionAlgValues: server.authorization_encryption_alg_values_supported,
    authorizationEncryptionEncValues: server.authorization_encryption_enc_values_supported,
    introspectionSigningAlgValues: server.introspection_signing_alg_values_supported,
    introspectionEncryptionAlgValues: server.introspection_encryption_alg_values_supported,
    introspectionEncryptionEncValues: server.introspection_encryption_enc_values_supported,
    dPoPSigningAlgValues: server.dpop_signing_alg_values_supported,
  };
  return Object.fromEntries(Object.entries(lists).map(([name, values = []]) => [name, [...values]]));
}

/**
 * Who has to bind codes by PKCE: public clients (RFC 9700 section 2.1.1), and native ones that have a secret, since their
 * redirects can be caught on the device (RFC 8252 section 8.1). Of others what they bind is held to.
 */
const needsPkce = (_context: KoaContextWithOIDC, client: Client): boolean =>
  client.clientAuthMethod === 'none' || client.applicationType === 'native';
