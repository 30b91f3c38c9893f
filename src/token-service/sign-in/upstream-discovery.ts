import * as openid from 'openid-client';
import type { Environment } from '../../config/environment.js';
import { isLoopbackOrigin } from '../../config/variables.js';
import type { GuardedFetcher } from '../../fetching/guarded-fetcher.js';

/**
 * What the OpenID provider says of itself, and how it is called from then on, by the guarded fetcher alone (OpenID Connect
 * Discovery 1.0 section 4).
 */
export function discoverUpstream(environment: Environment, fetcher: GuardedFetcher): Promise<openid.Configuration> {
  const { UPSTREAM_ISSUER: issuer, UPSTREAM_CLIENT_ID: id, UPSTREAM_CLIENT_SECRET: secret } = environment;
  const authentication = secret === undefined ? openid.None() : openid.ClientSecretBasic(secret);
  return openid.discovery(new URL(issuer!), id!, undefined, authentication, {
    [openid.customFetch]: guarded(fetcher),
    execute: isLoopbackOrigin(new URL(issuer!).origin) ? [openid.allowInsecureRequests] : [],
  });
}

const guarded =
  (fetcher: GuardedFetcher): openid.CustomFetch =>
  async (address, { method, headers, body }) => {
    const text = body instanceof URLSearchParams || typeof body === 'string' ? String(body) : undefined;
    const form = body instanceof URLSearchParams && { 'content-type': 'application/x-www-form-urlencoded' };
    const sending = {
      method: method === 'POST' ? 'POST' : 'GET',
      headers: { ...form, ...headers },
      body: text,
    } as const;
    const answer = await fetcher.send(address, sending);
    const type = answer.headers['content-type'];
    return new Response(answer.status === 204 ? null : new Uint8Array(answer.body), {
      status: answer.status,
      ...(type !== undefined && { headers: { 'content-type': type } }),
    });
  };
