import type { Configuration } from 'oidc-provider';
import type { KeySets } from '../fetching/key-sets.js';

/**
 * The one way out of the token service: key sets of clients, by the guarded fetcher. oidc-provider asks when it has none,
 * and again when those that it has are a minute old and do not fit.
 */
export const outgoing =
  (keySets: KeySets): Configuration['fetch'] =>
  async (address, { method = 'GET' } = {}) => {
    if (method !== 'GET') throw new Error('the token service sends nothing out');
    return Response.json({ keys: await keySets.renewed(address as string) });
  };
