import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import type { Request } from 'express';
import { unusableForeignToken } from '../compatibility/foreign-forms.js';
import { Environment } from '../config/environment.js';
import { foreignFormOf, PortalBearerStrategy } from '../http/bearer.js';
import { callerAddress, callerNetwork } from '../http/caller-address.js';
import { RateLimits } from '../rate-limits/rate-limits.js';
import { ClientManagers } from '../dynamic-clients/client-managers.js';
import type { ManagedClient } from '../dynamic-clients/client-management.service.js';

/**
 * What a client that keeps an old token may send, and nobody who looks for the right one gets far with; for each client, so
 * that callers behind one address hinder each other at one client at most.
 */
const wrongTokens = { most: 100, told: 'one address may send 100 wrong tokens a minute to a client' };

/** No client that chose none has a longer identifier; that of an address may be thousands of characters. */
const longestId = 64;

/** Lets whoever manages the client of an address in, by a bearer token (RFC 7592 section 2), unless too many were wrong (section 5). */
@Injectable()
export class RegistrationAccessTokenStrategy extends PassportStrategy(
  PortalBearerStrategy,
  'registration-access-token',
) {
  constructor(
    private readonly managers: ClientManagers,
    private readonly rates: RateLimits,
    private readonly environment: Environment,
  ) {
    super({ passReqToCallback: true });
  }

  async validate(request: Request, token: string): Promise<ManagedClient | false> {
    const { client_id } = request.params;
    const clientId = typeof client_id === 'string' ? client_id : undefined;
    const network = callerNetwork(callerAddress(request, this.environment.TRUST_PROXY));
    const limit = { id: `wrong tokens ${network} ${clientId?.slice(0, longestId)}`, ...wrongTokens };
    await this.rates.refuseFlood(limit);
    const form = foreignFormOf(request);
    const managed = await this.managers.admit(clientId, token, form);
    if (managed) return managed;
    await this.rates.note(limit);
    if (form !== undefined) throw unusableForeignToken(form);
    return false;
  }
}
