import { Injectable, type OnModuleInit } from '@nestjs/common';
import { BackgroundWork } from '../data-sources/background-work.js';
import { Leases } from '../data-sources/leases.js';
import { RateCountStore } from './rate-count.store.js';

const pause = 60_000;

/** Forgets counts whose minute has ended, in one instance at a time: a flood from many addresses leaves no rows behind. */
@Injectable()
export class RateCountSweep implements OnModuleInit {
  constructor(
    private readonly store: RateCountStore,
    private readonly leases: Leases,
    private readonly background: BackgroundWork,
  ) {}

  onModuleInit(): void {
    this.background.every(pause, () => this.sweep());
  }

  /** Forgets all that has ended, if it is this instance's turn. */
  async sweep(): Promise<void> {
    if (!(await this.leases.hold('dynamic', 'rate-counts-sweep'))) return;
    while ((await this.store.sweep()) > 0);
  }
}
