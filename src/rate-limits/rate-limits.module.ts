import { Module } from '@nestjs/common';
import { RateCountStore } from './rate-count.store.js';
import { RateCountSweep } from './rate-count.sweep.js';
import { RateLimits } from './rate-limits.js';

/** How often may something be tried. */
@Module({ providers: [RateLimits, RateCountStore, RateCountSweep], exports: [RateLimits] })
export class RateLimitsModule {}
