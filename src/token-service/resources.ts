import type { Client as ProviderClient, KoaContextWithOIDC, ResourceServer } from 'oidc-provider';
import type { Resource } from '../config/resources.js';
import { reservedScopes } from '../config/scopes.js';
import { isLoopbackUri } from '../metadata/redirect-uri.js';
import { partsOf, uriFault } from '../metadata/uri.js';
import { errors } from './oidc-provider.js';
import { demandSomeScope, resourceScopes, settleScope } from './scopes.js';

/** Seconds that an access token lives that nobody can take back (RFC 9068 section 5). */
const longestJwt = 300;

/** What a token for a resource looks like (RFC 8707 section 2). Throws `invalid_target` for what cannot be one. */
export function resourceServer(
  context: KoaContextWithOIDC,
  resource: string,
  client: ProviderClient,
  known?: readonly Resource[],
): ResourceServer {
  const { oidc } = context;
  const isOffered = (scope: string) => offers(oidc, resource, known).some((scopes) => scopes?.includes(scope) ?? true);
  settleScope(context, client, isOffered);
  if ([...oidc.requestParamScopes].some((scope) => reservedScopes.has(scope)))
    throw new errors.InvalidTarget('resource must be left out where a scope is for this server itself');
  const { scopes, format } = found(resource, known) ?? {};
  if (!format)
    throw new errors.InvalidTarget(
      known ? 'resource is not known here' : 'resource must be an https address, or http on loopback',
    );
  demandSomeScope(context, isOffered);
  const granted = resourceScopes(client).filter((scope) => scopes?.includes(scope) ?? true);
  const form: Partial<ResourceServer> =
    format === 'jwt'
      ? { accessTokenFormat: 'jwt', accessTokenTTL: longestJwt, jwt: { sign: { alg: 'RS256' } } }
      : { accessTokenFormat: 'opaque' };
  return { audience: resource, scope: granted.join(' '), ...form };
}

/**
 * Refuses what a refresh token cannot be exchanged for while it is still good: it is used up before oidc-provider looks
 * for its resource.
 */
export function demandTarget(context: KoaContextWithOIDC, known?: readonly Resource[]): void {
  const { params, entities, client } = context.oidc;
  const token = entities.RefreshToken!;
  const isOfSignIn = (params?.scope as string | undefined)?.split(' ').includes('openid') ?? token.scopes.has('openid');
  const resource = (params?.resource ?? (isOfSignIn ? undefined : token.resource)) as string | string[] | undefined;
  if (resource === undefined) return;
  if (typeof resource !== 'string') throw new errors.InvalidTarget('name one resource');
  if (!token.resourceIndicators.has(resource))
    throw new errors.InvalidTarget('the user did not agree to this resource');
  resourceServer(context, resource, client!, known);
}

/** What the resources offer that a token may be for in the end: any scope of the client where it says nothing. */
function offers(oidc: KoaContextWithOIDC['oidc'], resource: string, known?: readonly Resource[]) {
  // At the token endpoint a token is for one of them; before, each may still become one.
  const asked = oidc.route === 'token' ? resource : ((oidc.params?.resource ?? resource) as string | string[]);
  return [asked]
    .flat()
    .flatMap((one) => found(one, known) ?? [])
    .map(({ scopes }) => scopes);
}

const found = (
  resource: string,
  known?: readonly Resource[],
): (Pick<Resource, 'format'> & Partial<Resource>) | undefined =>
  known ? known.find((one) => one.resource === resource) : anyOf(resource);

/** Where none is configured, every address that could be one. */
function anyOf(resource: string): { format: 'jwt'; scopes?: undefined } | undefined {
  const isOne =
    uriFault(resource, { fragment: false }) === undefined &&
    (partsOf(resource)?.scheme === 'https' || isLoopbackUri(resource));
  return isOne ? { format: 'jwt' } : undefined;
}
