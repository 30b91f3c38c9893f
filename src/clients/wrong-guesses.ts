import { Injectable } from '@nestjs/common';
import { Clock } from '../clock.js';
import { Refusal } from '../errors.js';

const mostInWindow = 10;
const window = 60;
const mostWindows = 10_000;

/** Counts wrong secrets of clients whose secret could be guessed (RFC 6749 section 2.3.1); each process for itself. */
@Injectable()
export class WrongGuesses {
  private readonly windows = new Map<string, { readonly since: number; count: number }>();

  constructor(private readonly clock: Clock) {}

  /** Throws `rate_limited` after too many wrong secrets of a client within a minute. */
  demandPatience(clientId: string): void {
    const known = this.windows.get(clientId);
    const left = known ? known.since + window - this.clock.now() : 0;
    if (left <= 0) this.windows.delete(clientId);
    else if (known!.count >= mostInWindow) throw tooManyGuesses(left);
  }

  remember(clientId: string): void {
    const known = this.windows.get(clientId);
    if (known) known.count++;
    else {
      if (this.windows.size >= mostWindows) this.windows.delete(this.windows.keys().next().value!);
      this.windows.set(clientId, { since: this.clock.now(), count: 1 });
    }
  }
}

/** The refusal of a secret that is not even compared. */
export const tooManyGuesses = (seconds: number): Refusal =>
  new Refusal('rate_limited', 'too many secrets were compared with one that was imported; try again later', [], {
    'Retry-After': String(seconds),
  });
