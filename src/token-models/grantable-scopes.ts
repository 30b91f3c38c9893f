import type { Client } from '../clients/client.entity.js';
import { reservedScopes } from '../config/scopes.js';

/**
 * All that a client may be granted: what its stored scope lists and never more, the default scope when it lists none;
 * what registers, manages and administers clients only when an administrator made it.
 */
export function grantableScopes(
  { kind, metadata }: { readonly kind: Client['kind'] | 'metadata_document' } & Pick<Client, 'metadata'>,
  defaultScopes: readonly string[],
): readonly string[] {
  const listed = metadata.scope?.split(' ') ?? defaultScopes;
  return kind === 'database' ? listed : listed.filter((scope) => !reservedScopes.has(scope));
}
