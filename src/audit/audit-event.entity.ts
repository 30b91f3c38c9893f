import { Entity, Index } from 'typeorm';
import { Document, Key, Text, Time } from '../data-sources/columns.js';

/** Who did something, as the trail keeps it; never a credential. */
export interface Actor {
  readonly type:
    | 'anonymous'
    | 'initial_access_token'
    | 'access_token'
    | 'software_statement'
    | 'client'
    | 'administrator'
    | 'system';
  readonly token_id?: string;
  readonly client_id?: string;
  /** The user for whom the client acts. */
  readonly subject?: string;
  readonly key_id?: string;
  /** Who signed the software statement that it came with. */
  readonly issuer?: string;
}

/** The value of each changed member before and after; absent where there was or is none. */
export type Changes = Readonly<Record<string, { readonly before?: unknown; readonly after?: unknown }>>;

/** The id by which an actor is looked for; the program itself and `ADMIN_TOKEN` have none. */
export const idOfActor = ({ key_id, token_id, client_id }: Actor): string | null =>
  key_id ?? token_id ?? client_id ?? null;

/**
 * One change that happened, written in the transaction of the change, or one refusal. Each filter of the list has an index
 * in the list's order.
 */
@Entity('audit_events')
@Index('audit_events_at', ['at', 'id'])
@Index('audit_events_client_id', ['clientId', 'at', 'id'])
@Index('audit_events_actor_id', ['actorId', 'at', 'id'])
@Index('audit_events_action', ['action', 'at', 'id'])
@Index('audit_events_outcome', ['outcome', 'at', 'id'])
export class AuditEvent {
  /** UUID version 7, so that events sort by their time. */
  @Key('id', 36)
  id: string;

  @Time('at')
  at: number;

  @Text('action', 64)
  action: string;

  @Document('actor')
  actor: Actor;

  /** The {@link idOfActor}, to be looked for. */
  @Text('actor_id', 255, { nullable: true })
  actorId: string | null;

  @Text('client_id', 255, { nullable: true })
  clientId: string | null;

  @Text('outcome', 16)
  outcome: 'done' | 'refused';

  @Document('changes')
  changes: Changes;

  /** The rules that changed or refused something. */
  @Document('trace')
  trace: readonly unknown[];

  @Text('request_id', 64, { nullable: true })
  requestId: string | null;

  /** Keyed by `SECRET_KEY` over all other columns, so that an edited row can be told. */
  @Text('digest', 64)
  digest: string;
}
