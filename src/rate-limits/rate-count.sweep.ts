import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { DataSources } from '../data-sources/data-sources.service.js';
import { Leases } from '../data-sources/leases.js';
import { RateCountStore } from './rate-count.store.js';

const every = 60_000;

/** Forgets counts whose minute has ended, in one instance at a time: a flood from many addresses leaves no rows behind. */
@Injectable()
export class RateCountSweep implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger(RateCountSweep.name);
  private timer?: NodeJS.Timeout;

  constructor(
    private readonly store: RateCountStore,
    private readonly leases: Leases,
    private readonly dataSources: DataSources,
  ) {}

  onModuleInit(): void {
    this.timer = setInterval(() => void this.sweepQuietly(), every).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  /** Forgets all that has ended, if it is this instance's turn. */
  async sweep(): Promise<void> {
    if (!(await this.leases.hold('dynamic', 'rate-counts-sweep'))) return;
    while ((await this.store.sweep()) > 0);
  }

  private async sweepQuietly(): Promise<void> {
    await this.sweep().catch((error: unknown) => {
      // An outage is told by whoever needs the database; the next sweep comes soon.
      if (!this.dataSources.isOutage(error)) this.logger.error(error);
    });
  }
}
