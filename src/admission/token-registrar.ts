import type { Actor } from '../audit/audit-event.entity.js';
import type { Client, RegistrarRecord } from '../clients/client.entity.js';
import { insufficientScope } from '../http/access.guard.js';
import type { AccessToken } from '../token-models/access-tokens.js';

type Holder = Pick<AccessToken, 'clientId' | 'subject' | 'issuer' | 'isForeign'>;

/** Who registers with an access token: a client, or a user through one. */
export const registrarRecord = ({ clientId, subject, issuer }: Omit<Holder, 'isForeign'>): RegistrarRecord => ({
  type: 'access_token',
  client_id: clientId,
  ...(subject !== undefined && { subject }),
  issuer,
});

/** The same as the audit trail names it. */
const tokenActor = ({ clientId, subject, issuer, isForeign }: Holder): Actor => ({
  type: 'access_token',
  client_id: clientId,
  ...(subject !== undefined && { subject }),
  ...(isForeign && { issuer }),
});

/**
 * Who acts with an access token that has one of these scopes. Throws `insufficient_scope` in the name of the caller, and of
 * the first of the scopes, where it has none (RFC 6750 section 3.1).
 */
export function demandActor(token: Holder & Pick<AccessToken, 'scopes'>, scope: string, ...others: string[]): Actor {
  const actor = tokenActor(token);
  if (![scope, ...others].some((enough) => token.scopes.includes(enough))) throw insufficientScope(scope, { actor });
  return actor;
}

/**
 * Whether the holder of an access token registered a client: a user through whatever client, or a client by itself. What
 * users registered through a client is theirs, and not the client's.
 */
export function hasRegistered(
  { clientId, subject, issuer }: Omit<Holder, 'isForeign'>,
  { kind, registrar }: Pick<Client, 'kind' | 'registrar'>,
): boolean {
  if (kind !== 'dynamic' || registrar.type !== 'access_token' || registrar.issuer !== issuer) return false;
  return subject === undefined
    ? registrar.client_id === clientId && registrar.subject === undefined
    : registrar.subject === subject;
}
