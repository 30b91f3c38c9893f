import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import { demandActor } from '../../admission/token-registrar.js';
import type { Actor } from '../../audit/audit-event.entity.js';
import { HeaderBearerStrategy } from '../../http/bearer.js';
import { type AccessToken, AccessTokens } from '../../token-models/access-tokens.js';

/** A client or user who may have registered clients, by an access token that says who it is. */
export interface ClientOwner {
  readonly actor: Actor;
  readonly token: AccessToken;
}

/** Lets in whoever manages clients with `dcrm`, and a user with `dcr` too, whether it has registered a client or not. */
@Injectable()
export class ClientOwnerStrategy extends PassportStrategy(HeaderBearerStrategy, 'client-owner') {
  constructor(private readonly tokens: AccessTokens) {
    super();
  }

  async validate(value: string): Promise<ClientOwner | false> {
    const token = await this.tokens.find(value);
    if (!token) return false;
    const isByUser = token.subject !== undefined;
    return { actor: demandActor(token, 'dcrm', ...(isByUser ? ['dcr'] : [])), token };
  }
}
