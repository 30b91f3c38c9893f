import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import type { Request } from 'express';
import { HeaderBearerStrategy } from '../http/bearer.js';
import { ClientManagers } from './client-managers.js';
import type { ManagedClient } from './client-management.service.js';

/** Lets whoever manages the client of an address in, by a bearer token (RFC 7592 section 2). */
@Injectable()
export class RegistrationAccessTokenStrategy extends PassportStrategy(
  HeaderBearerStrategy,
  'registration-access-token',
) {
  constructor(private readonly managers: ClientManagers) {
    super({ passReqToCallback: true });
  }

  async validate(request: Request, token: string): Promise<ManagedClient | false> {
    const { client_id } = request.params;
    return (await this.managers.admit(typeof client_id === 'string' ? client_id : undefined, token)) ?? false;
  }
}
