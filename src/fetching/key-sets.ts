import { Injectable, Logger } from '@nestjs/common';
import { Clock } from '../clock.js';
import { hostKey } from '../config/fetch-allowance.js';
import { keySetFaults } from '../metadata/key-set.js';
import { FetchFailure } from './fetch-failure.js';
import { GuardedFetcher } from './guarded-fetcher.js';

/** A public key as it stands in a JWK Set (RFC 7517 section 4). */
export type PublicJwk = Readonly<Record<string, unknown>>;

interface Held {
  readonly keys: readonly PublicJwk[];
  readonly fetchedAt: number;
}

interface Failed {
  readonly failure: FetchFailure;
  readonly at: number;
}

/** Seconds for which keys are used, whatever their host says of them and whether or not it can be reached again. */
const longestHeld = 600;
/** Seconds between two fetches that are asked for because a key was missing or did not fit. */
const pause = 60;
/** Seconds for which a failure is told again without a new try. */
const failurePause = 5;
const mostSets = 256;

/** Key sets from elsewhere, each kept under its whole address, so that no set ever answers for another. */
@Injectable()
export class KeySets {
  private readonly sets = new Map<string, Held>();
  private readonly failures = new Map<string, Failed>();
  private readonly logger = new Logger(KeySets.name);

  constructor(
    private readonly fetcher: GuardedFetcher,
    private readonly clock: Clock,
  ) {}

  /** The keys at an address, ten minutes old at most. Throws {@link FetchFailure}. */
  async at(address: string): Promise<readonly PublicJwk[]> {
    return this.held(address) ?? (await this.fetch(address, failurePause));
  }

  /**
   * The keys at an address, for who did not find the key of a signature among those of {@link at}: fetched anew, unless
   * that was tried within the last minute. Throws {@link FetchFailure}.
   */
  async renewed(address: string): Promise<readonly PublicJwk[]> {
    const held = this.held(address);
    if (held && this.clock.now() < this.sets.get(address)!.fetchedAt + pause) return held;
    return this.fetch(address, held ? pause : failurePause);
  }

  /** The keys that {@link at} would give without asking anybody. */
  held(address: string): readonly PublicJwk[] | undefined {
    const held = this.sets.get(address);
    return held && this.clock.now() < held.fetchedAt + longestHeld ? held.keys : undefined;
  }

  private async fetch(address: string, pauseAfterFailure: number): Promise<readonly PublicJwk[]> {
    const failed = this.failures.get(address);
    if (failed && this.clock.now() < failed.at + pauseAfterFailure) return this.despite(failed.failure, address);
    try {
      const { document } = await this.fetcher.fetchJson(address);
      this.demandSuitable(document, address);
      const { keys } = document as { readonly keys: readonly PublicJwk[] };
      remember(this.sets, address, { keys, fetchedAt: this.clock.now() });
      this.failures.delete(address);
      return keys;
    } catch (error) {
      if (!(error instanceof FetchFailure)) throw error;
      remember(this.failures, address, { failure: error, at: this.clock.now() });
      return this.despite(error, address);
    }
  }

  private demandSuitable(document: unknown, address: string): void {
    const [fault] = keySetFaults(document);
    if (fault === undefined) return;
    // Nobody else tells the operator: the fetch itself went well, and callers hear what they always hear.
    this.logger.warn(`a key set from ${hostKey(new URL(address))} cannot be used: ${fault.replace(/^\./, '')}`);
    throw new FetchFailure('unsuitable');
  }

  /** The keys that are held go on until their time is over when the way to them is broken, never when their host took them away. */
  private despite(failure: FetchFailure, address: string): readonly PublicJwk[] {
    const held = failure.isOnTheWay ? this.held(address) : undefined;
    if (held) return held;
    this.sets.delete(address);
    throw failure;
  }
}

/** Keeps the newest; the oldest goes, so that made-up addresses take no memory. */
function remember<T>(map: Map<string, T>, address: string, value: T): void {
  map.delete(address);
  map.set(address, value);
  if (map.size > mostSets) map.delete(map.keys().next().value!);
}
