import { errors, type Client as ProviderClient, type KoaContextWithOIDC, type ResourceServer } from 'oidc-provider';
import { reservedScopes } from '../config/scopes.js';
import { isLoopbackUri } from '../metadata/redirect-uri.js';
import { partsOf, uriFault } from '../metadata/uri.js';
import { resourceScopes } from './scopes.js';

/** Seconds that an access token lives that nobody can take back (RFC 9068 section 5). */
const longestJwt = 300;

/** What a token for a resource looks like (RFC 8707 section 2). Throws `invalid_target` for what cannot be one. */
export function resourceServer({ oidc }: KoaContextWithOIDC, resource: string, client: ProviderClient): ResourceServer {
  const isResource =
    uriFault(resource, { fragment: false }) === undefined &&
    (partsOf(resource)?.scheme === 'https' || isLoopbackUri(resource));
  if (!isResource) throw new errors.InvalidTarget('resource must be an absolute https address, or http on loopback');
  if ([...oidc.requestParamScopes].some((scope) => reservedScopes.has(scope)))
    throw new errors.InvalidTarget('resource must be left out where a scope is for this server itself');
  return {
    audience: resource,
    scope: resourceScopes(client).join(' '),
    accessTokenFormat: 'jwt',
    accessTokenTTL: longestJwt,
    jwt: { sign: { alg: 'RS256' } },
  };
}
