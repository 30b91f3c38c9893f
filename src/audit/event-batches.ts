import type { EntityManager, SelectQueryBuilder } from 'typeorm';
import { AuditEvent } from './audit-event.entity.js';
import type { StoredEvent } from './seals.js';

/** A part of the trail: from a second on, and before another one; without an end where it is open. */
export interface Stretch {
  readonly since?: number;
  readonly until?: number;
}

type Read = <T>(work: (reader: EntityManager) => Promise<T>) => Promise<T>;

/** So few that each statement is short, whatever else the data source has to do. */
const batchSize = 500;

/** The events of a stretch, the oldest first, batch by batch. */
export async function* eventBatches(read: Read, { since, until }: Stretch): AsyncGenerator<StoredEvent[]> {
  let last: StoredEvent | undefined;
  for (;;) {
    const batch = await read((reader) => batchAfter(reader, last, since, until));
    if (batch.length > 0) yield batch;
    last = batch.at(-1);
    if (!last || batch.length < batchSize) return;
  }
}

async function batchAfter(
  reader: EntityManager,
  last: StoredEvent | undefined,
  since: number | undefined,
  until: number | undefined,
): Promise<StoredEvent[]> {
  const query = reader.createQueryBuilder(AuditEvent, 'event').where('1 = 1');
  if (since !== undefined) query.andWhere('event.at >= :since', { since });
  if (until !== undefined) query.andWhere('event.at < :until', { until });
  // The first half bounds the index, which the second alone does not on MySQL.
  if (last) query.andWhere('event.at >= :at AND (event.at > :at OR event.id > :id)', { at: last.at, id: last.id });
  query.orderBy('event.at').addOrderBy('event.id').limit(batchSize);
  return storedEvents(query, reader);
}

/** The events that a query finds. Where somebody wrote what is no JSON into one, that one is unreadable, and all others are read. */
export async function storedEvents(
  query: SelectQueryBuilder<AuditEvent>,
  reader: EntityManager,
): Promise<StoredEvent[]> {
  try {
    return await query.getMany();
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return oneByOne(query, reader);
  }
}

async function oneByOne(query: SelectQueryBuilder<AuditEvent>, reader: EntityManager): Promise<StoredEvent[]> {
  const rows = await query
    .select('event.id', 'id')
    .addSelect('event.at', 'at')
    .getRawMany<{ id: string; at: string | number }>();
  const events: StoredEvent[] = [];
  for (const { id, at } of rows) {
    const event = await reader.findOneBy(AuditEvent, { id }).catch((error: unknown) => {
      if (error instanceof SyntaxError) return null;
      throw error;
    });
    events.push(event ?? { id, at: Number(at) });
  }
  return events;
}
