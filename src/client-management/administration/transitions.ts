import type { Client, ClientStatus } from '../../clients/client.entity.js';
import { statusAt } from '../../clients/client-status.js';
import type { ClientChange } from '../../clients/client.store.js';
import { Refusal } from '../../errors.js';
import { restorable } from '../../lifecycle/expiry.js';
import type { Lifetime } from '../../lifecycle/lifetimes.js';

/** A change of status, and how the audit trail calls it. */
export interface Transition {
  readonly action: string;
  readonly change: ClientChange;
}

const possible: Readonly<Record<ClientStatus, string>> = {
  pending: 'a pending client can be approved (status active) or deleted',
  active: 'an active client can be suspended or deleted',
  suspended: 'a suspended client can be resumed (status active) or deleted',
  expired: 'an expired client can be restored (status active) for 30 days, or deleted',
  deleted: 'a deleted client cannot be brought back; make or register a new one',
};

/** Says what is possible with a client in a status where what was asked for is not. */
export const notPossible = (status: ClientStatus): Refusal => new Refusal('conflict', possible[status]);

/**
 * The change that brings a client into another status; one that is restored gets the lifetime. Throws `conflict`, which
 * says what is possible.
 */
export function transition(client: Client, wanted: ClientStatus, now: number, lifetime: Lifetime): Transition {
  const status = statusAt(client, now);
  const move = `${status} ${wanted}`;
  if (move === 'active suspended') return { action: 'client.suspended', change: { status: wanted } };
  if (move === 'suspended active') return { action: 'client.resumed', change: { status: wanted } };
  if (move === 'pending active')
    return { action: 'client.approved', change: { status: wanted, verification: 'approved' } };
  // One that lapsed without use and was not swept yet has ended just now.
  if (move === 'expired active' && now < (client.expiresAt ?? now) + restorable)
    return { action: 'client.restored', change: { status: wanted, ...lifetime } };
  throw notPossible(status);
}
