import { FetchFailure } from './fetch-failure.js';
import type { FetchLimits } from './fetch-limits.js';

interface Waiting {
  readonly host: string;
  readonly start: () => void;
}

/** Lets only so many requests out at once, and fewer to one host; the others wait for their turn. */
export class Lanes {
  private taken = 0;
  private readonly takenByHost = new Map<string, number>();
  private readonly queue: Waiting[] = [];

  constructor(private readonly limits: Pick<FetchLimits, 'atOnce' | 'atOnceOfOneHost' | 'waiting'>) {}

  /** Waits for a lane, and answers how to leave it. Throws {@link FetchFailure} when too many wait already. */
  async enter(host: string, signal: AbortSignal): Promise<() => void> {
    if (!this.isFree(host)) {
      if (this.queue.length >= this.limits.waiting) throw new FetchFailure('too_busy');
      await this.turn(host, signal);
    } else this.take(host);
    return () => this.leave(host);
  }

  private turn(host: string, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const giveUp = () => {
        this.queue.splice(this.queue.indexOf(waiting), 1);
        reject(new FetchFailure('too_busy'));
      };
      const waiting: Waiting = {
        host,
        start: () => {
          signal.removeEventListener('abort', giveUp);
          resolve();
        },
      };
      this.queue.push(waiting);
      signal.addEventListener('abort', giveUp, { once: true });
    });
  }

  private isFree(host: string): boolean {
    return this.taken < this.limits.atOnce && (this.takenByHost.get(host) ?? 0) < this.limits.atOnceOfOneHost;
  }

  private take(host: string): void {
    this.taken += 1;
    this.takenByHost.set(host, (this.takenByHost.get(host) ?? 0) + 1);
  }

  private leave(host: string): void {
    this.taken -= 1;
    const left = this.takenByHost.get(host)! - 1;
    if (left > 0) this.takenByHost.set(host, left);
    else this.takenByHost.delete(host);
    const next = this.queue.findIndex((waiting) => this.isFree(waiting.host));
    if (next < 0) return;
    const [waiting] = this.queue.splice(next, 1);
    this.take(waiting!.host);
    waiting!.start();
  }
}
