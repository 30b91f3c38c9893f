import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Clock } from '../clock.js';
import { Refusal } from '../errors.js';
import { matchesSlowHash } from './slow-hash.js';

const mostAtOnce = 2;
const mostInLine = 32;
const failuresInWindow = 10;
const window = 60;
const mostWindows = 10_000;

/** Compares secrets with hashes that are slow on purpose, so few at a time that nothing else has to wait for them. */
@Injectable()
export class ImportedHashes {
  private running = 0;
  private readonly line: (() => void)[] = [];
  private readonly underWay = new Map<string, Promise<boolean>>();
  private readonly failures = new Map<string, { readonly since: number; count: number }>();

  constructor(private readonly clock: Clock) {}

  /** Whether a secret is the one of a hash. Throws `rate_limited` after too many wrong ones, or when too many wait. */
  async matches(clientId: string, secret: string, hash: string): Promise<boolean> {
    this.demandPatience(clientId);
    // The same question at the same time is asked once: many calls come with a secret that was just imported.
    const question = createHash('sha256')
      .update(JSON.stringify([clientId, hash, secret]))
      .digest('base64url');
    const asked = this.underWay.get(question);
    if (asked) return asked;
    const answer = this.compare(secret, hash).finally(() => this.underWay.delete(question));
    this.underWay.set(question, answer);
    const isRight = await answer;
    if (!isRight) this.remember(clientId);
    return isRight;
  }

  private async compare(secret: string, hash: string): Promise<boolean> {
    if (this.running < mostAtOnce) this.running++;
    else {
      if (this.line.length >= mostInLine) throw tooMany(2);
      // Whoever is done hands its place on.
      await new Promise<void>((turn) => this.line.push(turn));
    }
    try {
      return await matchesSlowHash(secret, hash);
    } finally {
      const next = this.line.shift();
      if (next) next();
      else this.running--;
    }
  }

  private demandPatience(clientId: string): void {
    const known = this.failures.get(clientId);
    const left = known ? known.since + window - this.clock.now() : 0;
    if (left <= 0) this.failures.delete(clientId);
    else if (known!.count >= failuresInWindow) throw tooMany(left);
  }

  private remember(clientId: string): void {
    const known = this.failures.get(clientId);
    if (known) known.count++;
    else {
      if (this.failures.size >= mostWindows) this.failures.delete(this.failures.keys().next().value!);
      this.failures.set(clientId, { since: this.clock.now(), count: 1 });
    }
  }
}

const tooMany = (seconds: number): Refusal =>
  new Refusal('rate_limited', 'too many secrets were compared with an imported hash; try again later', [], {
    'Retry-After': String(seconds),
  });
