import type { Configuration } from 'oidc-provider';

/** The one way out of the token service, for key sets of clients and notices of logout: closed. */
export const refuseToFetch: Configuration['fetch'] = () =>
  Promise.reject(new Error('the token service makes no outgoing requests'));
