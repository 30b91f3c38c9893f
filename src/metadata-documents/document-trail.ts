import { Injectable, Logger } from '@nestjs/common';
import { AuditEvents } from '../audit/audit-events.js';
import { AuditTrail, type Happening, personal } from '../audit/audit-trail.js';
import type { Refusal } from '../errors.js';
import type { CheckedMetadata } from '../metadata/rulebook.js';
import type { TraceEntry } from '../metadata/trace.js';

const firstSeen = 'metadata_document.first_seen';
const changed = 'metadata_document.changed';
const refused = 'metadata_document.refused';

/** Tells in the audit trail which documents describe clients here; what they said before is known from there, too. */
@Injectable()
export class DocumentTrail {
  private readonly logger = new Logger(DocumentTrail.name);

  constructor(
    private readonly audit: AuditTrail,
    private readonly events: AuditEvents,
  ) {}

  /** Takes note of what a document says, unless it said the same before. */
  async note(clientId: string, metadata: CheckedMetadata, trace: readonly TraceEntry[]): Promise<void> {
    const after = Object.fromEntries(Object.entries(metadata).filter(([name]) => !personal.has(name)));
    const before = await this.lastOf(clientId);
    if (JSON.stringify(before) === JSON.stringify(after)) return;
    const action = before === undefined ? firstSeen : changed;
    await this.append({ action, clientId, changes: { metadata: { before, after } }, trace }, clientId);
  }

  /**
   * Takes note that a document was refused: in the trail where its client is known there, since that is the end of it, and
   * in the log alone for one that anybody may have made up.
   */
  async noteRefusal(clientId: string, { failure, description, violations }: Refusal): Promise<void> {
    this.logger.warn(`the document ${clientId} is refused: ${description}`);
    const [last] = await this.events.list({ client_id: clientId }, 1);
    if (!last || last.action === refused) return;
    const told = violations.map(({ rule, member, message }) => ({ rule, member, outcome: 'refused', message }));
    const trace = told.length > 0 ? told.slice(0, 20) : [{ rule: failure, outcome: 'refused' }];
    await this.append({ action: refused, clientId, outcome: 'refused', trace }, clientId);
  }

  private async lastOf(clientId: string): Promise<unknown> {
    const [last] = await this.events.list({ client_id: clientId, outcome: 'done' }, 1);
    return last && [firstSeen, changed].includes(last.action) ? last.changes['metadata']?.after : undefined;
  }

  private async append(happening: Omit<Happening, 'actor'>, clientId: string): Promise<void> {
    const event = this.audit.eventOf({ ...happening, actor: { type: 'client', client_id: clientId } });
    // There is nothing beside it to store.
    await this.audit.record(event, () => Promise.resolve());
  }
}
