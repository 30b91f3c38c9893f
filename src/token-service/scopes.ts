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
 * fills in the client's own where none is asked for, of these `offered` by the resources (RFC 6749 section 3.3).
 */
export function settleScope(
  { oidc }: KoaContextWithOIDC,
  client: ProviderClient,
  offered: (scope: string) => boolean = () => true,
): void {
  const { scopes } = registeredOf(client);
  const isByUser = oidc.params?.grant_type !== 'client_credentials';
  // No user has what an administrator has, so none can pass it on to a client.
  const isGrantable = (scope: string) => scopes.includes(scope) && !(isByUser && ofAdministrators.has(scope));
  const refused = [...oidc.requestParamScopes].find((scope) => !isGrantable(scope));
  if (refused !== undefined) throw new errors.InvalidScope('the client may not be granted this scope', refused);
  const asks = oidc.route !== 'token' || !isByUser;
  if (!asks || oidc.params?.scope !== undefined) return;
  const own = defaultScope(client, isByUser, offered);
  if (isByUser && own.length === 0)
    throw new errors.InvalidScope('ask for a scope that the resource has and the client may be granted', undefined!);
  oidc.params!.scope = own.join(' ') || undefined;
}

/** Nothing that is reserved is granted unless it is asked for by name; and a client without users has no sign-in. */
function defaultScope(
  client: ProviderClient,
  isByUser: boolean,
  offered: (scope: string) => boolean,
): readonly string[] {
  const beyondSignIn = resourceScopes(client).filter(offered);
  if (!isByUser) return beyondSignIn.filter((scope) => !ofUser.has(scope));
  return beyondSignIn.length > 0 ? beyondSignIn : registeredOf(client).scopes.filter((scope) => scope === 'openid');
}

/** Scopes that are about a user (OpenID Connect Core 1.0 section 5.4). */
const ofUser: ReadonlySet<string> = new Set(['profile', 'email', 'address', 'phone']);

/**
 * Refuses a token of which nothing would be left but that it is for its resource, though scopes were asked for: no answer
 * can say so, since a scope that is named has a token in it (RFC 6749 sections 3.3 and 5.1). What is left in part is named
 * in the answer.
 */
export function demandSomeScope({ oidc }: KoaContextWithOIDC, offered: (scope: string) => boolean): void {
  const asked = askedScopes(oidc);
  const isByUser = oidc.params?.grant_type !== 'client_credentials';
  if (asked.length === 0 || asked.some((scope) => offered(scope) || (isByUser && ofSignIn.has(scope)))) return;
  throw new errors.InvalidScope('the resource has none of these scopes', asked.join(' '));
}

/** Names the sign-in as what was granted where the access token itself has no scope (RFC 6749 section 5.1). */
export function nameScope(context: KoaContextWithOIDC): void {
  const body = context.body as { scope?: string };
  if (body.scope !== '') return;
  body.scope = askedScopes(context.oidc)
    .filter((scope) => ofSignIn.has(scope))
    .join(' ');
}

/** What the request asks for, or what it exchanges was granted for. */
function askedScopes({ params, entities, requestParamScopes }: KoaContextWithOIDC['oidc']): string[] {
  const { AuthorizationCode, DeviceCode, RefreshToken } = entities;
  const source = params?.scope === undefined ? (AuthorizationCode ?? DeviceCode ?? RefreshToken) : undefined;
  return [...(source?.scopes ?? requestParamScopes)];
}
