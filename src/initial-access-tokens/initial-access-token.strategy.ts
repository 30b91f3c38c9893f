import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import type { Request } from 'express';
import { foreignFormOf, PortalBearerStrategy } from '../http/bearer.js';
import { InitialAccessTokens, type TokenBearer } from './initial-access-tokens.service.js';

/** Lets a registrar in by an initial access token (RFC 7591 section 3), sent as its portal may send it. */
@Injectable()
export class InitialAccessTokenStrategy extends PassportStrategy(PortalBearerStrategy, 'initial-access-token') {
  constructor(private readonly tokens: InitialAccessTokens) {
    super({ passReqToCallback: true });
  }

  async validate(request: Request, token: string): Promise<TokenBearer | false> {
    const form = foreignFormOf(request);
    if (form !== undefined && !(await this.tokens.mayComeAs(form, token))) return false;
    return (await this.tokens.bearerOf(token)) ?? false;
  }
}
