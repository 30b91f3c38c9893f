import { Injectable, Logger } from '@nestjs/common';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { Clock } from '../clock.js';
import { DataSources } from '../data-sources/data-sources.service.js';
import { Refusal } from '../errors.js';
import { minute, RateCountStore } from './rate-count.store.js';

/** How often something may be tried in a minute. */
export interface RateLimit {
  readonly id: string;
  readonly most: number;
  /** The limit in words. */
  readonly told: string;
}

/** How many ids are counted in the process at a time; what is forgotten is still counted in the data source. */
const mostKept = 50_000;

/**
 * Limits attempts, over all instances: in the process first, so that a flood does not reach the data source, then in the
 * data source, where the count of all instances is.
 */
@Injectable()
export class RateLimits {
  private readonly logger = new Logger(RateLimits.name);
  /** It counts and does not judge: what is too much is said with each limit. */
  private readonly counts = new RateLimiterMemory({ points: 0, duration: minute, keyPrefix: '' });
  private kept = 0;

  constructor(
    private readonly store: RateCountStore,
    private readonly dataSources: DataSources,
    private readonly clock: Clock,
  ) {}

  /** Throws `rate_limited` for what this process alone has counted too often already; counts and asks nothing. */
  async refuseFlood(limit: RateLimit): Promise<void> {
    const { consumedPoints = 0, msBeforeNext } = (await this.counts.get(limit.id)) ?? {};
    if (consumedPoints >= limit.most) throw tooMany(limit, secondsOf(msBeforeNext));
  }

  /** Counts in this process alone what {@link refuseFlood} judges: what is not worth a write of the data source. */
  async note({ id }: RateLimit): Promise<void> {
    const { isFirstInDuration } = await this.counts.penalty(id);
    if (isFirstInDuration && ++this.kept > mostKept) this.forget();
  }

  /** Counts an attempt. Throws `rate_limited` when it is one too many within the minute, and `temporarily_unavailable` when it cannot be counted. */
  async count(limit: RateLimit): Promise<void> {
    const { consumedPoints, msBeforeNext, isFirstInDuration } = await this.counts.penalty(limit.id);
    if (isFirstInDuration && ++this.kept > mostKept) this.forget();
    if (consumedPoints > limit.most) throw tooMany(limit, secondsOf(msBeforeNext));
    const { attempts, endsAt } = await this.store.add(limit.id).catch((error: unknown) => this.uncounted(error));
    if (attempts > limit.most) throw tooMany(limit, endsAt - this.clock.now());
  }

  /** What is not counted is not let in, whatever the reason. */
  private uncounted(error: unknown): never {
    if (this.dataSources.isOutage(error)) throw error;
    this.logger.error(error);
    throw new Refusal('temporarily_unavailable', 'attempts cannot be counted just now; try again soon');
  }

  private forget(): void {
    for (const { key } of this.counts.dump().storage) void this.counts.delete(key);
    this.kept = 0;
  }
}

const secondsOf = (milliseconds = 0): number => Math.ceil(milliseconds / 1000);

function tooMany({ told }: RateLimit, seconds: number): Refusal {
  const wait = Math.min(Math.max(seconds, 1), minute);
  return new Refusal('rate_limited', `${told}; try again in ${wait} seconds`, [], { 'Retry-After': String(wait) });
}
