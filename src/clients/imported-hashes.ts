import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { matchesSlowHash } from './slow-hash.js';
import { tooManyGuesses, WrongGuesses } from './wrong-guesses.js';

const mostAtOnce = 2;
const mostInLine = 32;

/** Compares secrets with hashes that are slow on purpose, so few at a time that nothing else has to wait for them. */
@Injectable()
export class ImportedHashes {
  private running = 0;
  private readonly line: (() => void)[] = [];
  private readonly underWay = new Map<string, Promise<boolean>>();

  constructor(private readonly guesses: WrongGuesses) {}

  /** Whether a secret is the one of a hash. Throws `rate_limited` after too many wrong ones, or when too many wait. */
  async matches(clientId: string, secret: string, hash: string): Promise<boolean> {
    this.guesses.demandPatience(clientId);
    // The same question at the same time is asked once: many calls come with a secret that was just imported.
    const question = createHash('sha256')
      .update(JSON.stringify([clientId, hash, secret]))
      .digest('base64url');
    const asked = this.underWay.get(question);
    if (asked) return asked;
    const answer = this.compare(secret, hash).finally(() => this.underWay.delete(question));
    this.underWay.set(question, answer);
    const isRight = await answer;
    if (!isRight) this.guesses.remember(clientId);
    return isRight;
  }

  private async compare(secret: string, hash: string): Promise<boolean> {
    if (this.running < mostAtOnce) this.running++;
    else {
      if (this.line.length >= mostInLine) throw tooManyGuesses(2);
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
}
