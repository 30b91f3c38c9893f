import { Injectable } from '@nestjs/common';
import { Clock } from '../clock.js';
import { DataSources } from '../data-sources/data-sources.service.js';
import { UsageClockReading } from './usage-clock.entity.js';

/** How long it runs after a report: who reports once a day, give or take an hour, is never silent. */
const patience = 90_000;

/** Seconds after which another report is worth a write. */
const interval = 60;

/** Seconds for which an instance may go by what it has read. */
const freshness = 5;

const name = 'usage';

/**
 * Counts the seconds in which usage was reported, and stands still while nobody reports any: the lifetimes of clients that
 * are not used are measured by it, so that a server that is silent, or was never asked to report, expires nobody. It never
 * goes back, and what it has shown for a moment stays true, since a report lets it run from then on and not in hindsight.
 * One clock counts for all clients, in the data source of dynamic clients.
 */
@Injectable()
export class UsageClock {
  private known?: UsageClockReading & { readonly checkedAt: number };

  constructor(
    private readonly dataSources: DataSources,
    private readonly clock: Clock,
  ) {}

  /** The seconds that it has counted until now. */
  async now(): Promise<number> {
    const now = this.clock.now();
    const { known } = this;
    const isFresh = known && now >= known.checkedAt && now - known.checkedAt < freshness;
    return elapsedAt(isFresh ? known : await this.read(now), now);
  }

  /** Lets it run on: somebody has told now which clients were used, perhaps none. */
  async reported(): Promise<void> {
    const now = this.clock.now();
    const { readAt, runsUntil, elapsed } = await this.read(now);
    if (now < runsUntil && now - readAt < interval) return;
    const before = { name, readAt, runsUntil };
    const after = { elapsed: elapsedAt({ elapsed, readAt, runsUntil }, now), readAt: now, runsUntil: now + patience };
    // Whoever was faster has let it run from the same moment.
    await this.dataSources.write('dynamic', (writer) => writer.update(UsageClockReading, before, after));
    await this.read(now);
  }

  private async read(now: number): Promise<UsageClockReading> {
    const reading = await this.dataSources.read('dynamic', (reader) => reader.findOneBy(UsageClockReading, { name }));
    const found = reading ?? { name, elapsed: 0, readAt: 0, runsUntil: 0 };
    this.known = { ...found, checkedAt: now };
    return found;
  }
}

const elapsedAt = ({ elapsed, readAt, runsUntil }: Omit<UsageClockReading, 'name'>, now: number): number =>
  elapsed + Math.max(0, Math.min(now, runsUntil) - readAt);
