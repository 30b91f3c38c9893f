import type { EntityManager } from 'typeorm';
import type { NamedDataSource } from '../data-sources/named-data-source.js';
import { UsageClockReading } from './usage-clock.entity.js';

/** What became of the clock by which the lifetimes of unused clients are measured. */
export type ClockCopy = 'as it was' | 'taken along' | 'left';

const reading = (reader: EntityManager) => reader.findOneBy(UsageClockReading, { name: 'usage' });

/**
 * Has a target go by the clock of the source, as the clients that were copied do. A clock that ran for clients of the
 * target's own is left: they could end by another one before their time.
 */
export async function copyUsageClock(
  from: NamedDataSource,
  to: NamedDataSource,
  hasOthers: boolean,
): Promise<ClockCopy> {
  const clock = await reading(from.dataSource.manager);
  if (!clock) return 'as it was';
  const { name, ...reached } = clock;
  return to.dataSource.transaction(async (transaction) => {
    const there = await reading(transaction);
    if (there && isSame(there, clock)) return 'as it was';
    if (there && there.runsUntil > 0 && hasOthers) return 'left';
    if (there) await transaction.update(UsageClockReading, { name }, reached);
    else await transaction.insert(UsageClockReading, clock);
    return 'taken along';
  });
}

const isSame = (one: UsageClockReading, other: UsageClockReading): boolean =>
  one.elapsed === other.elapsed && one.readAt === other.readAt && one.runsUntil === other.runsUntil;
