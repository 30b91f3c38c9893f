import type { Configuration } from 'oidc-provider';
import type { GuardedFetcher } from '../fetching/guarded-fetcher.js';
import type { KeySets } from '../fetching/key-sets.js';
import { usableKeys } from './client-keys.js';

/** What goes out is let out by these. */
export interface WaysOut {
  readonly keySets: KeySets;
  readonly fetcher: Pick<GuardedFetcher, 'send'>;
}

/**
 * The ways out of the token service. Key sets of clients: oidc-provider asks when it has none, and when those that it has do
 * not fit. And notices to clients that a user signed out, by POST (OpenID Connect Back-Channel
 * Logout 1.0 section 2.5).
 */
export const outgoing =
  ({ keySets, fetcher }: WaysOut): Configuration['fetch'] =>
  async (address, { method = 'GET', headers, body } = {}) => {
    if (method === 'GET') return Response.json(usableKeys({ keys: [...(await keySets.renewed(address as string))] }));
    if (method !== 'POST' || !(body instanceof URLSearchParams))
      throw new Error(`the token service sends no ${method} out`);
    const sending = { method, headers: Object.fromEntries(new Headers(headers)), body: body.toString() } as const;
    const { status } = await fetcher.send(address as string, sending);
    return new Response(null, { status });
  };
