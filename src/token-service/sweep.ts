import { Injectable, type OnModuleInit } from '@nestjs/common';
import { BackgroundWork } from '../data-sources/background-work.js';
import { Leases } from '../data-sources/leases.js';
import { SpentAccessTokens } from '../token-models/spent-access-tokens.js';
import { TokenModelStore } from '../token-models/token-model.store.js';

/** Every five minutes, in milliseconds. */
const pause = 300_000;
/** Few enough that no delete takes long. */
const batch = 500;

/** Removes what has expired, in one instance at a time. Nothing depends on it but the size of the table. */
@Injectable()
export class Sweep implements OnModuleInit {
  constructor(
    private readonly leases: Leases,
    private readonly models: TokenModelStore,
    private readonly spent: SpentAccessTokens,
    private readonly background: BackgroundWork,
  ) {}

  onModuleInit(): void {
    this.background.every(pause, () => this.turn());
  }

  /** Removes all that has expired, if it is this instance's turn. */
  async turn(): Promise<void> {
    if (!(await this.leases.hold('dynamic', 'token-models-sweep'))) return;
    while ((await this.models.sweep(batch)) === batch);
    while ((await this.spent.sweep(batch)) === batch);
  }
}
