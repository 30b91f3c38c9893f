import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import { HeaderBearerStrategy } from '../http/bearer.js';
import { InitialAccessTokens, type TokenBearer } from './initial-access-tokens.service.js';

/** Lets a registrar in by an initial access token (RFC 7591 section 3). */
@Injectable()
export class InitialAccessTokenStrategy extends PassportStrategy(HeaderBearerStrategy, 'initial-access-token') {
  constructor(private readonly tokens: InitialAccessTokens) {
    super();
  }

  async validate(token: string): Promise<TokenBearer | false> {
    return (await this.tokens.bearerOf(token)) ?? false;
  }
}
