import type { ListedEvent } from './damaged-event.js';
import type { AuditEventView } from './dto/audit-event.dto.js';

/** An event as administrators read it: absent members left out. */
export const auditEventView = (event: ListedEvent): AuditEventView => ({
  id: event.id,
  at: event.at,
  action: event.action,
  actor: event.actor,
  ...(event.clientId !== null && { client_id: event.clientId }),
  outcome: event.outcome,
  changes: event.changes,
  trace: event.trace,
  ...(event.requestId !== null && { request_id: event.requestId }),
  digest: event.digest,
  ...(event.unreadable && { unreadable: [...event.unreadable] }),
});
