import { Entity, Index } from 'typeorm';
import { Document, Key, Time } from '../data-sources/columns.js';

/** A key under which a client was registered, and what was answered, so that the same call gets the same answer. */
@Entity('idempotency_keys')
export class IdempotencyKey {
  /** Of the registrar and the key together: the same key of another registrar is another one. */
  @Key('digest', 64)
  digest: string;

  /** Opens only with the key itself, which is stored nowhere. */
  @Document('answer')
  answer: { readonly sealed: string };

  @Index('idempotency_keys_expires_at')
  @Time('expires_at')
  expiresAt: number;
}
