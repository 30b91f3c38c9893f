import { Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { Environment } from '../config/environment.js';
import { callerAddress, callerNetwork } from '../http/caller-address.js';
import { RateLimits } from '../rate-limits/rate-limits.js';

/** Typing a code in and agreeing takes two; a code has 34 bits and ten minutes, and one network may be a whole office. */
const ofOneNetwork = { most: 60, told: 'your network has sent codes of devices 60 times within a minute' };

/** Keeps the codes of devices from being guessed, over all instances (RFC 8628 section 5.1). */
@Injectable()
export class UserCodeGuesses {
  constructor(
    private readonly rates: RateLimits,
    private readonly environment: Environment,
  ) {}

  /** Counts a code that somebody typed in. Throws `rate_limited` when it is one too many within the minute. */
  async count(request: Request): Promise<void> {
    const network = callerNetwork(callerAddress(request, this.environment.TRUST_PROXY));
    await this.rates.count({ id: `user code from ${network}`, ...ofOneNetwork });
  }
}
