import { Module } from '@nestjs/common';
import { Dialer } from './dialer.js';
import { FetchLimits } from './fetch-limits.js';
import { GuardedFetcher } from './guarded-fetcher.js';
import { KeySets } from './key-sets.js';
import { Resolver } from './resolver.js';

/** All that goes out. */
@Module({ providers: [GuardedFetcher, KeySets, Resolver, Dialer, FetchLimits], exports: [GuardedFetcher, KeySets] })
export class FetchingModule {}
