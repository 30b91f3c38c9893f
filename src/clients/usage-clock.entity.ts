import { Entity } from 'typeorm';
import { Key, Time } from '../data-sources/columns.js';

/** How long usage was reported so far; there is one row from the start. */
@Entity('usage_clock')
export class UsageClockReading {
  @Key('name', 16)
  name: string;

  /** Seconds that it had run when it was read last. */
  @Time('elapsed')
  elapsed: number;

  @Time('read_at')
  readAt: number;

  /** When it stops, unless somebody reports before. */
  @Time('runs_until')
  runsUntil: number;
}
