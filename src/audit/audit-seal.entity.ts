import { Entity } from 'typeorm';
import { KeyNumber, Text, Time, WholeNumber } from '../data-sources/columns.js';

/**
 * What the trail was in a window of time that is closed: no event in it can be changed, removed or added unseen by anyone
 * without `SECRET_KEY`. A window with no events has no seal of its own; the next one begins where the last one ended.
 */
@Entity('audit_seals')
export class AuditSeal {
  /** 1, 2, 3 and so on: of two instances that seal the same window, one fails. */
  @KeyNumber('number')
  number: number;

  /** The first second of the window. */
  @Time('since')
  since: number;

  /** The first second after the window. */
  @Time('until')
  until: number;

  /** How many events the window has. */
  @WholeNumber('count')
  count: number;

  /** SHA-256 over the events of the window, each with its digest. */
  @Text('events', 64)
  events: string;

  /** SHA-256 over the whole seal before this one, so that a seal vouches for all before it; empty for the first. */
  @Text('previous', 64)
  previous: string;

  @Time('sealed_at')
  sealedAt: number;

  /** Keyed by `SECRET_KEY` over all other columns. */
  @Text('digest', 64)
  digest: string;
}
