import type { AdapterPayload } from 'oidc-provider';
import type { Client } from '../clients/client.entity.js';
import type { FoundModel } from './token-model.store.js';

/**
 * What is left of something that was issued to a client which is active: nothing when the client has ended its tokens
 * since or has lost every scope of it, no scope that it may not be granted any more.
 */
export function stillGood(
  { row, payload }: FoundModel,
  { tokensValidFrom }: Pick<Client, 'tokensValidFrom'>,
  grantable: readonly string[],
): AdapterPayload | undefined {
  if ((row.clientVersion ?? 0) < tokensValidFrom) return undefined;
  const left = narrowed(payload, new Set(grantable));
  return payload.scope && !left.scope ? undefined : left;
}

/** What was granted, without scopes that the client may not be granted any more. */
function narrowed(payload: AdapterPayload, scopes: ReadonlySet<string>): AdapterPayload {
  const within = (scope: string) =>
    scope
      .split(' ')
      .filter((token) => scopes.has(token))
      .join(' ');
  const { scope, openid, resources } = payload as Granted;
  return {
    ...payload,
    ...(scope !== undefined && { scope: within(scope) }),
    ...(openid?.scope !== undefined && { openid: { ...openid, scope: within(openid.scope) } }),
    ...(resources && {
      resources: Object.fromEntries(Object.entries(resources).map(([name, granted]) => [name, within(granted)])),
    }),
  };
}

/** Where scopes stand in what is stored. */
interface Granted {
  readonly scope?: string;
  readonly openid?: { readonly scope?: string };
  readonly resources?: Readonly<Record<string, string>>;
}
