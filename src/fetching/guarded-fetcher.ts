import { setTimeout as sleep } from 'node:timers/promises';
import type { IncomingHttpHeaders } from 'node:http';
import { Injectable, Logger } from '@nestjs/common';
import { errors } from 'undici';
import { Environment } from '../config/environment.js';
import { hostKey } from '../config/fetch-allowance.js';
import { MalformedJson, parseJson } from '../http/strict-json.js';
import { Breaker } from './breaker.js';
import { Dialer } from './dialer.js';
import { exchange, type Response, type Sending } from './exchange.js';
import { FetchFailure, type FetchOutcome } from './fetch-failure.js';
import { FetchLimits } from './fetch-limits.js';
import { Lanes } from './lanes.js';
import { Resolver } from './resolver.js';
import { permits, type Target, targetOf } from './target.js';

/** A document from elsewhere; it means what its reader says, and is trusted in nothing. */
export interface Fetched {
  readonly document: unknown;
  readonly headers: IncomingHttpHeaders;
}

/**
 * Makes every request that goes out. A name is resolved once, each of its addresses is judged by its bytes, and the
 * connection goes to those and no other; nothing is followed, and no proxy is asked.
 */
@Injectable()
export class GuardedFetcher {
  /** How many fetches ended how since the start. */
  readonly outcomes = new Map<FetchOutcome, number>();
  private readonly running = new Map<string, Promise<Fetched>>();
  private readonly lanes: Lanes;
  private readonly breaker = new Breaker();
  private readonly logger = new Logger(GuardedFetcher.name);

  constructor(
    private readonly environment: Environment,
    private readonly resolver: Resolver,
    private readonly dialer: Dialer,
    private readonly limits: FetchLimits,
  ) {
    this.lanes = new Lanes(limits);
  }

  /** Fetches a JSON document; equal requests at the same time are one. Throws {@link FetchFailure}. */
  fetchJson(address: string): Promise<Fetched> {
    const running = this.running.get(address);
    if (running) return running;
    const fetching = this.answer(address, ({ body, headers }) => ({ document: read(body), headers }));
    const told = fetching.finally(() => this.running.delete(address));
    this.running.set(address, told);
    return told;
  }

  /**
   * Sends a request to somebody whom the operator or a client has named, with credentials where they are for them. Throws
   * {@link FetchFailure}.
   */
  send(address: string, sending: Sending): Promise<Response> {
    return this.answer(address, (response) => response, sending);
  }

  private async answer<T>(address: string, take: (response: Response) => T, sending?: Sending): Promise<T> {
    const begin = Date.now();
    try {
      const fetched = await this.fetch(targetOf(address, this.environment.FETCH_ALLOW), take, sending);
      this.count('fetched');
      return fetched;
    } catch (error) {
      if (!(error instanceof FetchFailure)) throw error;
      this.count(error.outcome);
      // Told at the same time whatever happened: an open port and a closed one must not be told apart by the clock.
      await sleep(Math.max(0, begin + this.limits.toldAfter - Date.now()));
      throw error;
    }
  }

  private async fetch<T>(target: Target, take: (response: Response) => T, sending?: Sending): Promise<T> {
    const place = hostKey(target.url);
    try {
      return take(await this.inTime((signal) => this.inLane(place, target, signal, sending)));
    } catch (error) {
      const failure = failureOf(error);
      if (!failure) throw error;
      const code = codeOf(error);
      // Without the path, which may be a secret of the host's.
      this.logger.warn(`fetching from ${place} failed: ${failure.outcome}${code === undefined ? '' : ` (${code})`}`);
      throw failure;
    }
  }

  private async inTime<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const over = new AbortController();
    let timer: NodeJS.Timeout | undefined;
    const tooLate = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(new FetchFailure('too_late'));
        over.abort();
      }, this.limits.time);
    });
    try {
      return await Promise.race([work(over.signal), tooLate]);
    } finally {
      clearTimeout(timer);
      over.abort();
    }
  }

  private async inLane(place: string, target: Target, signal: AbortSignal, sending?: Sending): Promise<Response> {
    if (this.breaker.isOpen(place)) throw new FetchFailure('suspended');
    const leave = await this.lanes.enter(place, signal);
    try {
      const response = await this.request(target, signal, sending);
      this.breaker.note(place, true);
      return response;
    } catch (error) {
      this.breaker.note(place, failureOf(error)?.isOnTheWay === false);
      throw error;
    } finally {
      leave();
    }
  }

  private async request(target: Target, signal: AbortSignal, sending?: Sending): Promise<Response> {
    const addresses = await this.resolve(target, signal);
    signal.throwIfAborted();
    const line = this.dialer.to(target, addresses, this.limits);
    try {
      return await exchange(line, target, signal, this.limits.bytes, sending);
    } finally {
      void line.destroy();
    }
  }

  /** The addresses of the host. One that is not allowed condemns them all: the next answer could hold only that one. */
  private async resolve(target: Target, signal: AbortSignal): Promise<readonly string[]> {
    const addresses = await this.resolver.addressesOf(target, signal).catch(() => []);
    if (addresses.length === 0) throw new FetchFailure('unresolved');
    if (!addresses.every((address) => permits(target, address, this.environment.FETCH_ALLOW)))
      throw new FetchFailure('network_refused');
    return addresses;
  }

  private count(outcome: FetchOutcome): void {
    this.outcomes.set(outcome, (this.outcomes.get(outcome) ?? 0) + 1);
  }
}

function read(body: Buffer): unknown {
  try {
    return parseJson(body);
  } catch (error) {
    throw error instanceof MalformedJson ? new FetchFailure('malformed') : error;
  }
}

function failureOf(error: unknown): FetchFailure | undefined {
  if (error instanceof FetchFailure) return error;
  if (error instanceof errors.ResponseExceededMaxSizeError) return new FetchFailure('too_large');
  return codeOf(error) === undefined ? undefined : new FetchFailure('unreachable');
}

/** What the network, TLS or HTTP calls an error; a mistake of ours has no code. */
function codeOf(error: unknown): string | undefined {
  const { code } = error as NodeJS.ErrnoException;
  return typeof code === 'string' ? code : undefined;
}
