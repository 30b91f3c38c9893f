import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import type { Request } from 'express';
import type { Registrar } from '../admission/registrar.js';
import { Environment } from '../config/environment.js';
import { callerAddress, callerNetwork } from '../http/caller-address.js';
import { NoCredentialsStrategy } from '../http/no-credentials.js';
import { RateLimits } from '../rate-limits/rate-limits.js';
import { Templates } from '../templates/templates.service.js';

/** Whoever comes without a token; all of them are one registrar. */
const anonymous: Registrar = {
  record: { type: 'anonymous' },
  actor: { type: 'anonymous' },
  bounds: {},
  verification: 'self_asserted',
};

/** One address, or one network of IPv6, may be a whole house of users behind a router, and no more than that. */
const ofOneAddress = { most: 30, told: 'one address may try 30 registrations without a token a minute' };

/** Lets callers without any credentials register where a template is open to them (RFC 7591 section 3). */
@Injectable()
export class AnonymousStrategy extends PassportStrategy(NoCredentialsStrategy, 'anonymous') {
  constructor(
    private readonly templates: Templates,
    private readonly rates: RateLimits,
    private readonly environment: Environment,
  ) {
    super();
  }

  async validate(request: Request): Promise<Registrar | false> {
    const network = callerNetwork(callerAddress(request, this.environment.TRUST_PROXY));
    const limit = { id: `address ${network}`, ...ofOneAddress };
    // Nothing is asked of the data source for a flood from one address.
    await this.rates.refuseFlood(limit);
    if (!(await this.templates.admitWithoutToken())) return false;
    await this.rates.count(limit);
    return anonymous;
  }
}
