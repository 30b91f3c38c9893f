import type { Client as ProviderClient, KoaContextWithOIDC } from 'oidc-provider';
import { administratorScopes, reservedScopes } from '../config/scopes.js';
import { errors } from './oidc-provider.js';
import { registeredOf } from './registered-client.js';

/** Scopes that say something of a sign-in rather than of a resource (OpenID Connect Core 1.0 sections 3.1.2.1 and 11). */
const ofSignIn: ReadonlySet<string> = new Set(['openid', 'offline_access']);

const ofAdministrators: ReadonlySet<string> = new Set(administratorScopes);

/** What a client may be granted for a resource: neither what is ours nor what is about the sign-in. */
export const resourceScopes = (client: ProviderClient): readonly string[] =>
  registeredOf(client).scopes.filter((scope) => !reservedScopes.has(scope) && !ofSignIn.has(scope));

/**
 * Settles what a request asks for before anything is granted: refuses a scope that the client may not be granted, and
 * fills in the client's own where none is asked for (RFC 6749 section 3.3).
 */
export function settleScope({ oidc }: KoaContextWithOIDC, client: ProviderClient): void {
  const { scopes } = registeredOf(client);
  const isByUser = oidc.params?.grant_type !== 'client_credentials';
  // No user has what an administrator has, so none can pass it on to a client.
  const isGrantable = (scope: string) => scopes.includes(scope) && !(isByUser && ofAdministrators.has(scope));
  const refused = [...oidc.requestParamScopes].find((scope) => !isGrantable(scope));
  if (refused !== undefined) throw new errors.InvalidScope('the client may not be granted this scope', refused);
  const asks = oidc.route !== 'token' || !isByUser;
  if (asks && oidc.params?.scope === undefined)
    oidc.params!.scope = defaultScope(client, isByUser).join(' ') || undefined;
}

/** Nothing that is reserved is granted unless it is asked for by name; and a client without users has no sign-in. */
function defaultScope(client: ProviderClient, isByUser: boolean): readonly string[] {
  const beyondSignIn = resourceScopes(client);
  if (!isByUser) return beyondSignIn.filter((scope) => !ofUser.has(scope));
  return beyondSignIn.length > 0 ? beyondSignIn : registeredOf(client).scopes.filter((scope) => scope === 'openid');
}

/** Scopes that are about a user (OpenID Connect Core 1.0 section 5.4). */
const ofUser: ReadonlySet<string> = new Set(['profile', 'email', 'address', 'phone']);
