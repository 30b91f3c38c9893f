import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { newId } from '../clients/credentials.js';
import { Keyring } from '../clients/keyring.js';
import { Clock } from '../clock.js';
import { DataSources, type Role } from '../data-sources/data-sources.service.js';
import { insert, inserting, type Step } from '../data-sources/statements.js';
import { currentRequestId } from '../http/request-id.js';
import { type Actor, AuditEvent, type Changes, idOfActor } from './audit-event.entity.js';

/** What happened, as the code that did it says it. */
export interface Happening {
  readonly action: string;
  readonly actor: Actor;
  readonly clientId?: string;
  /** `done` unless it is said. */
  readonly outcome?: AuditEvent['outcome'];
  readonly changes?: Changes;
  readonly trace?: readonly unknown[];
}

/** The audit trail: no change without its event. */
@Injectable()
export class AuditTrail {
  constructor(
    private readonly dataSources: DataSources,
    private readonly keyring: Keyring,
    private readonly clock: Clock,
  ) {}

  /** The event of a change that is about to be made, or of a refusal. */
  eventOf({ action, actor, clientId, outcome = 'done', changes = {}, trace = [] }: Happening): AuditEvent {
    const event = {
      id: newId(),
      at: this.clock.now(),
      action,
      actor,
      actorId: idOfActor(actor),
      clientId: clientId ?? null,
      outcome,
      changes,
      trace,
      requestId: currentRequestId() ?? null,
    };
    return { ...event, digest: this.keyring.digest(sealedText(event)) };
  }

  /**
   * Makes a change and appends its event in one transaction: both are stored, or neither is. A change that answers false has
   * changed nothing, and has no event. Answers what the change does.
   */
  record<T>(event: AuditEvent, change: (transaction: EntityManager) => Promise<T>, role: Role = 'dynamic'): Promise<T> {
    return this.dataSources.transaction(
      role,
      async (transaction) => {
        const changed = await change(transaction);
        if (changed !== false) await this.append(event, transaction);
        return changed;
      },
      this.landed(event),
    );
  }

  /** The same for a change whose steps are known beforehand; answers whether it was made. */
  recordSteps(event: AuditEvent, stepsOf: () => readonly Step[], role: Role = 'dynamic'): Promise<boolean> {
    return this.dataSources.store(role, () => [...stepsOf(), this.appending(event)], this.landed(event));
  }

  /** The step of a change that appends its event. */
  appending(event: AuditEvent): Step {
    return inserting(AuditEvent, event);
  }

  /** Appends an event to the transaction of its change. */
  async append(event: AuditEvent, transaction: EntityManager): Promise<void> {
    await insert(transaction, AuditEvent, event);
  }

  /** Tells whether the change of an event was stored: it was if the event was, since they are one transaction. */
  landed({ id }: AuditEvent): (reader: EntityManager) => Promise<boolean> {
    return (reader) => reader.existsBy(AuditEvent, { id });
  }
}

/** What the digest of an event covers: every column, in the order of the entity. */
export const sealedText = ({
  id,
  at,
  action,
  actor,
  actorId,
  clientId,
  outcome,
  changes,
  trace,
  requestId,
}: Omit<AuditEvent, 'digest'>): string =>
  JSON.stringify(['audit event', id, at, action, actor, actorId, clientId, outcome, changes, trace, requestId]);

/** Members about people: the trail says that they changed, and forgets their values with the client (RFC 7591 section 6). */
export const personal: ReadonlySet<string> = new Set(['contacts']);

/** The members whose values differ between two documents. */
export function changesBetween(before: object, after: object): Changes {
  const old = before as Record<string, unknown>;
  const fresh = after as Record<string, unknown>;
  const changes: Record<string, Changes[string]> = {};
  for (const member of new Set([...Object.keys(old), ...Object.keys(fresh)]))
    if (differs(old[member], fresh[member]))
      changes[member] = personal.has(member) ? {} : { before: old[member], after: fresh[member] };
  return changes;
}

/** Most members are texts, or are in one of the documents only. */
const differs = (one: unknown, other: unknown): boolean =>
  one !== other &&
  (typeof one !== 'object' || typeof other !== 'object' || JSON.stringify(one) !== JSON.stringify(other));
