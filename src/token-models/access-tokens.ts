import { Injectable } from '@nestjs/common';
import type { AdapterPayload } from 'oidc-provider';
import { statusAt } from '../clients/client-status.js';
import { ClientStore } from '../clients/client.store.js';
import { Clock } from '../clock.js';
import { AuthorizationServer } from '../config/authorization-server.js';
import { Environment } from '../config/environment.js';
import { JwtAccessTokens } from '../issuers/jwt-access-tokens.js';
import { grantableScopes } from './grantable-scopes.js';
import { IssuedFor } from './issued-for.js';
import { stillGood } from './still-good.js';
import { TokenModelStore } from './token-model.store.js';

/** What an access token says that is meant for this server itself. */
export interface AccessToken {
  /** What no other token has: its text, or its issuer and `jti`. */
  readonly id: string;
  readonly issuer: string;
  /** Whether that is another one, whose clients and users may have the names of some here. */
  readonly isForeign: boolean;
  /** To whom it was issued. */
  readonly clientId: string;
  /** The user who agreed to it; absent where the client speaks for itself. */
  readonly subject?: string;
  readonly scopes: readonly string[];
  readonly expiresAt: number;
  /** The template under which the tokens of its issuer register. */
  readonly templateId?: string;
}

const kinds = ['ClientCredentials', 'AccessToken'] as const;

/** The form of an opaque token; whatever else there is need not be looked for. */
const form = /^[A-Za-z0-9_-]{43}$/;

/** Knows access tokens as they are good at this moment: the opaque ones of the token service, and those of trusted issuers. */
@Injectable()
export class AccessTokens {
  constructor(
    private readonly issuedElsewhere: JwtAccessTokens,
    private readonly models: TokenModelStore,
    private readonly clients: ClientStore,
    private readonly server: AuthorizationServer,
    private readonly issuedFor: IssuedFor,
    private readonly environment: Environment,
    private readonly clock: Clock,
  ) {}

  /**
   * What a bearer may do; nothing for a token that has ended or whose client, user or consent has, one that is meant for a
   * resource, and one that is bound to a key or certificate, which a mere bearer does not prove (RFC 9449 section 7.2).
   */
  async find(value: string): Promise<AccessToken | undefined> {
    if (form.test(value)) return this.environment.TOKEN_SERVICE ? this.findOwn(value) : undefined;
    const issued = await this.issuedElsewhere.find(value);
    // A text would not do: another signature of the same token may be as good.
    return issued && { ...issued, isForeign: true, id: JSON.stringify([issued.issuer, issued.id]) };
  }

  private async findOwn(value: string): Promise<AccessToken | undefined> {
    const found = await this.models.findAmong(kinds, value);
    const now = this.clock.now();
    if (!found || found.row.clientId === null || found.row.expiresAt <= now) return undefined;
    const client = await this.clients.find(found.row.clientId);
    if (!client || statusAt(client, now) !== 'active') return undefined;
    if (!(await this.issuedFor.stillHolds(found.payload))) return undefined;
    const payload = stillGood(found, client, grantableScopes(client, this.server.scopes));
    if (!payload || !isForBearers(payload) || !(await this.isAgreedTo(payload, now))) return undefined;
    const { accountId, scope = '' } = payload;
    return {
      id: value,
      issuer: this.environment.PUBLIC_URL,
      isForeign: false,
      clientId: client.clientId,
      ...(accountId !== undefined && { subject: accountId }),
      scopes: scope.split(' ').filter((one) => one !== ''),
      expiresAt: found.row.expiresAt,
    };
  }

  /** A user may have taken back what they agreed to. */
  private async isAgreedTo({ grantId, accountId, clientId }: AdapterPayload, now: number): Promise<boolean> {
    if (accountId === undefined) return true;
    const grant = grantId === undefined ? undefined : await this.models.findAmong(['Grant'], grantId);
    if (!grant || grant.row.expiresAt <= now) return false;
    return grant.payload.accountId === accountId && grant.payload.clientId === clientId;
  }
}

const isForBearers = (payload: AdapterPayload): boolean =>
  payload.aud === undefined && payload.jkt === undefined && payload['x5t#S256'] === undefined;
