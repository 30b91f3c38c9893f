import type { Client as ProviderClient, KoaContextWithOIDC, ResourceServer } from 'oidc-provider';
import type { Resource } from '../config/resources.js';
import { reservedScopes } from '../config/scopes.js';
import { isLoopbackUri } from '../metadata/redirect-uri.js';
import { partsOf, uriFault } from '../metadata/uri.js';
import { errors } from './oidc-provider.js';
import { resourceScopes } from './scopes.js';

/** Seconds that an access token lives that nobody can take back (RFC 9068 section 5). */
const longestJwt = 300;

/** What a token for a resource looks like (RFC 8707 section 2). Throws `invalid_target` for what cannot be one. */
export function resourceServer(
  { oidc }: KoaContextWithOIDC,
  resource: string,
  client: ProviderClient,
  known?: readonly Resource[],
): ResourceServer {
  if ([...oidc.requestParamScopes].some((scope) => reservedScopes.has(scope)))
    throw new errors.InvalidTarget('resource must be left out where a scope is for this server itself');
  const { scopes, format } = (known ? known.find((one) => one.resource === resource) : anyOf(resource)) ?? {};
  if (!format)
    throw new errors.InvalidTarget(
      known ? 'resource is not known here' : 'resource must be an https address, or http on loopback',
    );
  const granted = resourceScopes(client).filter((scope) => scopes?.includes(scope) ?? true);
  const form: Partial<ResourceServer> =
    format === 'jwt'
      ? { accessTokenFormat: 'jwt', accessTokenTTL: longestJwt, jwt: { sign: { alg: 'RS256' } } }
      : { accessTokenFormat: 'opaque' };
  return { audience: resource, scope: granted.join(' '), ...form };
}

/** Where none is configured, every address that could be one. */
function anyOf(resource: string): { format: 'jwt'; scopes?: undefined } | undefined {
  const isOne =
    uriFault(resource, { fragment: false }) === undefined &&
    (partsOf(resource)?.scheme === 'https' || isLoopbackUri(resource));
  return isOne ? { format: 'jwt' } : undefined;
}
