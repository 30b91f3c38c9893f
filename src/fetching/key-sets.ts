import { Injectable } from '@nestjs/common';
import { Clock } from '../clock.js';
import { keySetFaults } from '../metadata/key-set.js';
import { FetchFailure } from './fetch-failure.js';
import { freshSeconds } from './freshness.js';
import { GuardedFetcher } from './guarded-fetcher.js';

/** A public key as it stands in a JWK Set (RFC 7517 section 4). */
export type PublicJwk = Readonly<Record<string, unknown>>;

interface Held {
  readonly keys: readonly PublicJwk[];
  readonly fetchedAt: number;
  readonly freshUntil: number;
}

interface Failed {
  readonly failure: FetchFailure;
  readonly until: number;
}

/** Seconds between two fetches that are asked for because a key was missing. */
const pause = 60;
/** Seconds for which a failure is told again without a new try. */
const failurePause = 5;
/** Seconds after which keys are not used any more, although their host cannot be reached. */
const longestHeld = 3_600;
const mostSets = 256;

/** Key sets from elsewhere, each kept under its whole address, so that no set ever answers for another. */
@Injectable()
export class KeySets {
  private readonly held = new Map<string, Held>();
  private readonly failed = new Map<string, Failed>();

  constructor(
    private readonly fetcher: GuardedFetcher,
    private readonly clock: Clock,
  ) {}

  /** The keys at an address, as fresh as their host asks for. Throws {@link FetchFailure}. */
  async at(address: string): Promise<readonly PublicJwk[]> {
    const held = this.held.get(address);
    return held && this.clock.now() < held.freshUntil ? held.keys : this.fetch(address);
  }

  /**
   * The keys at an address, for who did not find the key of a signature among those of {@link at}: fetched anew, unless
   * that was done within the last minute. Throws {@link FetchFailure}.
   */
  async renewed(address: string): Promise<readonly PublicJwk[]> {
    const held = this.held.get(address);
    return held && this.clock.now() < held.fetchedAt + pause ? held.keys : this.fetch(address);
  }

  private async fetch(address: string): Promise<readonly PublicJwk[]> {
    const failed = this.failed.get(address);
    if (failed && this.clock.now() < failed.until) return this.despite(failed.failure, address);
    try {
      const { document, headers } = await this.fetcher.fetchJson(address);
      if (keySetFaults(document).length > 0) throw new FetchFailure('unsuitable');
      const { keys } = document as { readonly keys: readonly PublicJwk[] };
      const fetchedAt = this.clock.now();
      remember(this.held, address, { keys, fetchedAt, freshUntil: fetchedAt + freshSeconds(headers, fetchedAt) });
      this.failed.delete(address);
      return keys;
    } catch (error) {
      if (!(error instanceof FetchFailure)) throw error;
      remember(this.failed, address, { failure: error, until: this.clock.now() + failurePause });
      return this.despite(error, address);
    }
  }

  /** The keys that are held may go on for a while when the way to them is broken, never when their host took them away. */
  private despite(failure: FetchFailure, address: string): readonly PublicJwk[] {
    const held = this.held.get(address);
    if (held && failure.isOnTheWay && this.clock.now() < held.fetchedAt + longestHeld) return held.keys;
    this.held.delete(address);
    throw failure;
  }
}

/** Keeps the newest; the oldest goes, so that made-up addresses take no memory. */
function remember<T>(map: Map<string, T>, address: string, value: T): void {
  map.delete(address);
  map.set(address, value);
  if (map.size > mostSets) map.delete(map.keys().next().value!);
}
