import type { Request } from 'express';
import { Strategy } from 'passport';
import { tokenChallenge } from './bearer.js';

type Verified = (error: unknown, caller?: object | false) => void;

/**
 * A passport strategy for requests that carry no credentials at all: one with an `Authorization` header of any scheme
 * means to be known, and is never taken for somebody unknown instead.
 */
export class NoCredentialsStrategy extends Strategy {
  constructor(private readonly verify: (request: Request, done: Verified) => void) {
    super();
  }

  override authenticate(request: Request): void {
    if (request.headers.authorization !== undefined) return this.fail(tokenChallenge(request));
    this.verify(request, (error, caller) => {
      if (error) this.error(error);
      else if (caller) this.success(caller);
      else this.fail(tokenChallenge(request));
    });
  }
}
