import type { Actor } from '../audit/audit-event.entity.js';
import type { Bounds, RegistrarRecord, Verification } from '../clients/client.entity.js';

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
  /** What an administrator may do, and so may give to a client. */
  readonly scopes?: readonly string[];
}
