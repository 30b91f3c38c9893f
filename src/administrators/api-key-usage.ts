import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { DataSources } from '../data-sources/data-sources.service.js';
import { ApiKeyStore } from './api-key.store.js';

const flushEvery = 60_000;

/** Notes when keys were used, and stores it once a minute: a key may be used a thousand times in a second. */
@Injectable()
export class ApiKeyUsage implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger(ApiKeyUsage.name);
  private timer?: NodeJS.Timeout;
  /** Only keys that exist get in here, so that it cannot grow beyond them. */
  private lastUsedAt = new Map<string, number>();

  constructor(
    private readonly store: ApiKeyStore,
    private readonly dataSources: DataSources,
  ) {}

  onModuleInit(): void {
    this.timer = setInterval(() => void this.flush(), flushEvery).unref();
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.flush();
  }

  note(id: string, at: number): void {
    this.lastUsedAt.set(id, at);
  }

  /** Stores what was noted since the last time; after an outage that much is forgotten. */
  async flush(): Promise<void> {
    const noted = [...this.lastUsedAt];
    this.lastUsedAt = new Map();
    if (noted.length === 0) return;
    await this.dataSources
      .transaction(
        'dynamic',
        async (transaction) => {
          for (const [id, at] of noted) await this.store.use(id, at, transaction);
        },
        () => Promise.resolve(false),
      )
      .catch((error: unknown) => {
        if (!this.dataSources.isOutage(error)) this.logger.error(error);
      });
  }
}
