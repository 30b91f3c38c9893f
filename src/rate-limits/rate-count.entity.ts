import { Entity, Index } from 'typeorm';
import { Key, Time, WholeNumber } from '../data-sources/columns.js';

/** How often something was tried within a minute that began with the first attempt. */
@Entity('rate_counts')
export class RateCount {
  @Key('id', 255)
  id: string;

  @WholeNumber('attempts')
  attempts: number;

  @Index('rate_counts_ends_at')
  @Time('ends_at')
  endsAt: number;
}
