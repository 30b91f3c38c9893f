import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { DataSources } from '../data-sources/data-sources.service.js';
import { Refusal } from '../errors.js';
import type { TimePosition } from '../http/cursor.js';
import { AuditEvent } from './audit-event.entity.js';
import { damagedEvent, type ListedEvent } from './damaged-event.js';
import { storedEvents } from './event-batches.js';
import { isReadable } from './seals.js';

/** The filters of the list, and what each asks of an event. */
const conditions: Readonly<Record<string, { readonly sql: string; readonly kind: 'text' | 'time' | 'outcome' }>> = {
  client_id: { sql: 'event.clientId = :client_id', kind: 'text' },
  actor: { sql: 'event.actorId = :actor', kind: 'text' },
  action: { sql: 'event.action = :action', kind: 'text' },
  outcome: { sql: 'event.outcome = :outcome', kind: 'outcome' },
  at_after: { sql: 'event.at > :at_after', kind: 'time' },
  at_before: { sql: 'event.at < :at_before', kind: 'time' },
};

export const auditFilters: readonly string[] = Object.keys(conditions);

/** How the value of each kind of filter is read, and what it has to be. MySQL takes no notice of blanks at an end. */
const kinds = {
  text: { form: /^[!-~]+( [!-~]+)*$/, longest: 255, wanted: 'printable ASCII' },
  time: { form: /^(0|[1-9]\d*)$/, longest: 12, wanted: 'whole seconds since the epoch' },
  outcome: { form: /^(done|refused)$/, longest: 7, wanted: 'done or refused' },
} as const;

/** Reads the trail of all data sources. */
@Injectable()
export class AuditEvents {
  constructor(private readonly dataSources: DataSources) {}

  /** Events that match every filter, the newest first, after a position. Throws `invalid_request` for a malformed filter. */
  async list(filters: Readonly<Record<string, string>>, limit: number, after?: TimePosition): Promise<ListedEvent[]> {
    const values = Object.fromEntries(Object.entries(filters).map(([name, text]) => [name, valueOf(name, text)]));
    const found = await this.dataSources.readEach((reader) => listIn(reader, values, limit, after));
    return found.flat().sort(newestFirst).slice(0, limit);
  }
}

function valueOf(name: string, text: string): string | number {
  const { kind } = conditions[name]!;
  const { form, longest, wanted } = kinds[kind];
  if (text.length > longest || !form.test(text)) throw new Refusal('invalid_request', `${name} must be ${wanted}`);
  return kind === 'time' ? Number(text) : text;
}

async function listIn(
  reader: EntityManager,
  values: Readonly<Record<string, string | number>>,
  limit: number,
  after?: TimePosition,
): Promise<ListedEvent[]> {
  const query = reader.createQueryBuilder(AuditEvent, 'event');
  for (const [name, value] of Object.entries(values)) query.andWhere(conditions[name]!.sql, { [name]: value });
  // The first half bounds the index, which the second alone does not on MySQL.
  if (after) query.andWhere('event.at <= :at AND (event.at < :at OR event.id < :id)', { at: after[0], id: after[1] });
  query.orderBy('event.at', 'DESC').addOrderBy('event.id', 'DESC').limit(limit);
  const events: ListedEvent[] = [];
  for (const event of await storedEvents(query, reader))
    events.push(isReadable(event) ? event : await damagedEvent(event.id, reader));
  return events;
}

const newestFirst = (one: ListedEvent, other: ListedEvent): number => other.at - one.at || (one.id < other.id ? 1 : -1);
