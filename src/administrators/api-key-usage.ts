import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { BackgroundWork } from '../data-sources/background-work.js';
import { DataSources } from '../data-sources/data-sources.service.js';
import { ApiKeyStore } from './api-key.store.js';

const flushEvery = 60_000;

/** Notes when keys were used, and stores it once a minute: a key may be used a thousand times in a second. */
@Injectable()
export class ApiKeyUsage implements OnModuleInit, OnApplicationShutdown {
  /** Only keys that exist get in here, so that it cannot grow beyond them. */
  private lastUsedAt = new Map<string, number>();

  constructor(
    private readonly store: ApiKeyStore,
    private readonly dataSources: DataSources,
    private readonly background: BackgroundWork,
  ) {}

  onModuleInit(): void {
    this.background.every(flushEvery, () => this.flush());
  }

  async onApplicationShutdown(): Promise<void> {
    await this.background.quietly(() => this.flush());
  }

  note(id: string, at: number): void {
    this.lastUsedAt.set(id, at);
  }

  /** Stores what was noted since the last time; after an outage that much is forgotten. */
  async flush(): Promise<void> {
    const noted = [...this.lastUsedAt];
    this.lastUsedAt = new Map();
    if (noted.length === 0) return;
    await this.dataSources.transaction(
      'dynamic',
      async (transaction) => {
        for (const [id, at] of noted) await this.store.use(id, at, transaction);
      },
      () => Promise.resolve(false),
    );
  }
}
