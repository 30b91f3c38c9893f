import { createHash } from 'node:crypto';
import type { AuditEvent } from './audit-event.entity.js';
import type { AuditSeal } from './audit-seal.entity.js';
import { sealedText } from './audit-trail.js';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('base64url');

/** What the digest of a seal covers: every other column. */
export const textOfSeal = ({
  number,
  since,
  until,
  count,
  events,
  previous,
  sealedAt,
}: Omit<AuditSeal, 'digest'>): string =>
  JSON.stringify(['audit seal', number, since, until, count, events, previous, sealedAt]);

/** What the next seal says of this one. */
export const fingerprintOf = (seal: AuditSeal | undefined): string =>
  seal ? sha256(`${textOfSeal(seal)} ${seal.digest}`) : '';

/** An event that cannot even be read: somebody wrote something else into its row. */
export interface Unreadable {
  readonly id: string;
  readonly at: number;
}

export type StoredEvent = AuditEvent | Unreadable;

export const isReadable = (event: StoredEvent): event is AuditEvent => 'digest' in event;

/** Adds events up to what a seal says of them. */
export class WindowDigest {
  count = 0;
  private readonly hash = createHash('sha256');

  add(event: StoredEvent): void {
    this.count++;
    const content = isReadable(event) ? `${sealedText(event)} ${event.digest}` : 'unreadable';
    this.hash.update(`${event.id} ${content}\n`);
  }

  /** What the seal says; nothing may be added any more. */
  get events(): string {
    return this.hash.digest('base64url');
  }
}
