import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import type { Request } from 'express';
import { unusableForeignToken } from '../compatibility/foreign-forms.js';
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
    const bearer = await this.tokens.bearerOf(token);
    if (form === undefined) return bearer ?? false;
    // Not false: whoever sends a token that is wrong must not go on as somebody without one.
    if (!bearer || !(await this.tokens.mayComeAs(form, token))) throw unusableForeignToken(form);
    return bearer;
  }
}
