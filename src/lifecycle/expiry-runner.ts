import { Injectable, Logger, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { DataSources, type Role } from '../data-sources/data-sources.service.js';
import { Leases } from '../data-sources/leases.js';
import { Expiry } from './expiry.js';

/** Every minute, in milliseconds: nothing depends on it but the audit trail and the thirty days. */
const pause = 60_000;

/** Runs the expiry of clients beside the program, in one instance at a time for each data source. */
@Injectable()
export class ExpiryRunner implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(ExpiryRunner.name);
  private timer?: NodeJS.Timeout;
  private isEnding = false;
  private current: Promise<void> = Promise.resolve();
  private isRunning = false;

  constructor(
    private readonly expiry: Expiry,
    private readonly leases: Leases,
    private readonly dataSources: DataSources,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.turn(), pause).unref();
  }

  /** Ends after the batch that is under way. */
  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    this.isEnding = true;
    await this.current;
  }

  /** Looks after each data source whose lease this instance gets. */
  async turn(): Promise<void> {
    if (this.isRunning) return;
    this.isRunning = true;
    this.current = this.turnIn(this.dataSources.distinctRoles).finally(() => (this.isRunning = false));
    await this.current;
  }

  private async turnIn(roles: readonly Role[]): Promise<void> {
    for (const role of roles)
      await this.expiry
        .sweep(role, async () => !this.isEnding && (await this.leases.hold(role, 'client-expiry')))
        .catch((error: unknown) => {
          if (!this.dataSources.isOutage(error)) this.logger.error(error);
        });
  }
}
