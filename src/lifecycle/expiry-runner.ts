import { Injectable, type OnModuleInit } from '@nestjs/common';
import { BackgroundWork } from '../data-sources/background-work.js';
import { DataSources, type Role } from '../data-sources/data-sources.service.js';
import { Leases } from '../data-sources/leases.js';
import { Expiry } from './expiry.js';

/** Every minute, in milliseconds: nothing depends on it but the audit trail and the thirty days. */
const pause = 60_000;

/** Runs the expiry of clients beside the program, in one instance at a time for each data source. */
@Injectable()
export class ExpiryRunner implements OnModuleInit {
  constructor(
    private readonly expiry: Expiry,
    private readonly leases: Leases,
    private readonly dataSources: DataSources,
    private readonly background: BackgroundWork,
  ) {}

  onModuleInit(): void {
    this.background.every(pause, () => this.turn());
  }

  /** Looks after each data source whose lease this instance gets; ends after the batch that is under way. */
  async turn(): Promise<void> {
    for (const role of this.dataSources.distinctRoles)
      await this.background.quietly(() => this.expiry.sweep(role, () => this.mayGoOn(role)));
  }

  private async mayGoOn(role: Role): Promise<boolean> {
    return !this.background.isEnding && (await this.leases.hold(role, 'client-expiry'));
  }
}
