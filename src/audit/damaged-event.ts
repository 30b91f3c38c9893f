import type { EntityManager } from 'typeorm';
import { AuditEvent } from './audit-event.entity.js';

/** An event as it is listed, and the names of its members that nobody can read any more. */
export type ListedEvent = AuditEvent & { readonly unreadable?: readonly Damaged[] };

const documents = { actor: { type: 'unreadable' }, changes: {}, trace: [] } as const;
type Damaged = keyof typeof documents;

/** An event wherein somebody wrote what is no JSON: with what is left of it, so that it hides nothing else. */
export async function damagedEvent(id: string, reader: EntityManager): Promise<ListedEvent> {
  const { columns } = reader.dataSource.getMetadata(AuditEvent);
  const row = await reader.createQueryBuilder(AuditEvent, 'event').where('event.id = :id', { id }).getRawOne<object>();
  const stored = Object.fromEntries(
    columns.map(({ propertyName, databaseName }) => [
      propertyName,
      (row as Record<string, unknown>)[`event_${databaseName}`],
    ]),
  ) as Record<keyof AuditEvent, unknown>;
  const unreadable: Damaged[] = [];
  const read = (name: Damaged): unknown => {
    try {
      return JSON.parse(String(stored[name]));
    } catch {
      unreadable.push(name);
      return documents[name];
    }
  };
  const [actor, changes, trace] = [read('actor'), read('changes'), read('trace')];
  return { ...stored, at: Number(stored.at), actor, changes, trace, unreadable } as ListedEvent;
}
