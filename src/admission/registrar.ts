import type { EntityManager } from 'typeorm';
import type { Actor } from '../audit/audit-event.entity.js';
import type { Bounds, RegistrarRecord, Verification } from '../clients/client.entity.js';
import type { Step } from '../data-sources/statements.js';
import type { ClientTemplate } from '../templates/client-template.js';

/** The right to register a number of clients, which ends with the last of them. */
export interface SpendableRight {
  /** No use is left: nothing new can be registered. */
  readonly isSpent: boolean;
  /** Spends one use in the transaction of a registration, as its template says. Throws `invalid_token` when none is left. */
  spend(transaction: EntityManager, template: ClientTemplate): Promise<void>;
  /** The steps that do the same where they succeed; where they do not, there may be a use left nevertheless. */
  spending(template: ClientTemplate): readonly Step[];
}

/** Who registers a client, and what that gives them: the same shape for every way of being let in. */
export interface Registrar {
  /** As it is kept with the client. */
  readonly record: RegistrarRecord;
  /** As the audit trail names it. */
  readonly actor: Actor;
  /** The template that the right to register is bound to, or that an administrator names; by selection where absent. */
  readonly templateId?: string;
  readonly bounds: Bounds;
  readonly owner?: string;
  readonly verification: Verification;
  /** What a registrar came with that is used up; absent where nothing is. */
  readonly right?: SpendableRight;
  /** Whether another issuer named its client, whose id may be that of another one here. */
  readonly isForeign?: boolean;
  /** Whose software statement the client came with, once it is verified. */
  readonly statement?: { readonly issuer: string };
  /** What an administrator may do, and so may give to a client. */
  readonly scopes?: readonly string[];
}
