import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { seconds } from '../data-sources/columns.js';

/** Who did something, as the trail keeps it; never a credential. */
export interface Actor {
  readonly type: 'anonymous' | 'initial_access_token' | 'client' | 'administrator' | 'system';
  readonly token_id?: string;
  readonly client_id?: string;
  readonly key_id?: string;
}

/** The value of each changed member before and after; absent where there was or is none. */
export type Changes = Readonly<Record<string, { readonly before?: unknown; readonly after?: unknown }>>;

/** One change that happened, written in the transaction of the change. */
@Entity('audit_events')
export class AuditEvent {
  /** UUID version 7, so that events sort by their time. */
  @PrimaryColumn({ name: 'id', type: 'varchar', length: 36 })
  id: string;

  @Index('audit_events_at')
  @Column({ name: 'at', type: 'bigint', transformer: seconds })
  at: number;

  @Column({ name: 'action', type: 'varchar', length: 64 })
  action: string;

  @Column({ name: 'actor', type: 'simple-json' })
  actor: Actor;

  @Index('audit_events_client_id')
  @Column({ name: 'client_id', type: 'varchar', length: 255, nullable: true })
  clientId: string | null;

  @Column({ name: 'outcome', type: 'varchar', length: 16 })
  outcome: 'done' | 'refused';

  @Column({ name: 'changes', type: 'simple-json' })
  changes: Changes;

  /** The rules that changed or refused something. */
  @Column({ name: 'trace', type: 'simple-json' })
  trace: readonly unknown[];

  @Column({ name: 'request_id', type: 'varchar', length: 64, nullable: true })
  requestId: string | null;

  /** Keyed by `SECRET_KEY` over all other columns, so that an edited row can be told. */
  @Column({ name: 'digest', type: 'varchar', length: 64 })
  digest: string;
}
