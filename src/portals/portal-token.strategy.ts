import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import type { Request } from 'express';
import { Strategy } from 'passport';
import { portals } from '../compatibility/portals.js';
import { Refusal } from '../errors.js';
import { bearerToken } from '../http/bearer.js';
import { foreignCredential } from '../http/foreign-credential.js';
import { InitialAccessTokens, type TokenBearer } from '../initial-access-tokens/initial-access-tokens.service.js';
import { Templates } from '../templates/templates.service.js';

type Verified = (error: unknown, caller?: TokenBearer) => void;

/** Leaves it to who verifies where the credential is, and in which words a request without it is refused. */
class WholeRequestStrategy extends Strategy {
  constructor(private readonly verify: (request: Request, done: Verified) => void) {
    super();
  }

  override authenticate(request: Request): void {
    this.verify(request, (error, caller) => (error ? this.error(error) : this.success(caller!)));
  }
}

/** Each portal by what its addresses begin with, and the header that its specification has for the token. */
const headers = { kong: 'X-API-KEY', gloo: 'token' } as const;

type PortalName = keyof typeof headers;

/** Lets a portal in by the initial access token that was made for it, in the header of its specification or as a bearer token. */
@Injectable()
export class PortalTokenStrategy extends PassportStrategy(WholeRequestStrategy, 'portal-token') {
  constructor(
    private readonly tokens: InitialAccessTokens,
    private readonly templates: Templates,
  ) {
    super();
  }

  async validate(request: Request): Promise<TokenBearer> {
    const name: PortalName = request.path.startsWith('/portals/kong/') ? 'kong' : 'gloo';
    const token = tokenOf(request, name);
    if (token === undefined)
      throw new Refusal(
        'invalid_token',
        `send the initial access token of the portal once, in the header ${headers[name]}`,
      );
    const bearer = await this.tokens.bearerOf(token);
    if (!bearer) throw new Refusal('invalid_token', 'the initial access token is unknown, expired or revoked');
    const fault = await this.faultOf(bearer, name, request.params['template']);
    if (fault !== undefined) throw new Refusal('access_denied', fault, [], {}, bearer);
    return bearer;
  }

  /** Only who has the token learns what is wrong with the way it was made. */
  private async faultOf(
    { templateId, manages }: TokenBearer,
    name: PortalName,
    addressed: string | string[] | undefined,
  ): Promise<string | undefined> {
    if (templateId === undefined || templateId !== addressed)
      return 'the token was made for another template than that of this address; take a token with this template';
    if (!manages) return 'the token must be made with manages, since the portal has no other for its clients';
    const template = await this.templates.newest(templateId);
    if (template?.compatibility !== name) return `the template of this address must have the compatibility ${name}`;
    return undefined;
  }
}

function tokenOf(request: Request, name: PortalName): string | undefined {
  const bearer = bearerToken(request);
  if (bearer.kind !== 'none') return bearer.kind === 'token' ? bearer.token : undefined;
  const foreign = foreignCredential(request);
  return foreign && portals[name].credentialForms.includes(foreign.form) ? foreign.token : undefined;
}
