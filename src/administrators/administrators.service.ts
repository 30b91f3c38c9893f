import { createHash, timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Actor } from '../audit/audit-event.entity.js';
import { Clock } from '../clock.js';
import { Environment } from '../config/environment.js';
import { type AdministratorScope, administratorScopes } from '../config/scopes.js';
import { AccessTokens } from '../token-models/access-tokens.js';
import { ApiKeyStore } from './api-key.store.js';
import { ApiKeyUsage } from './api-key-usage.js';
import { isOver } from './api-key.view.js';

/** Who administers, and what they may do. */
export interface Administrator {
  readonly actor: Actor;
  readonly scopes: readonly AdministratorScope[];
}

/** Knows the tokens of administrators: `ADMIN_TOKEN`, the keys in the data source, and access tokens. */
@Injectable()
export class Administrators {
  constructor(
    private readonly environment: Environment,
    private readonly keys: ApiKeyStore,
    private readonly usage: ApiKeyUsage,
    private readonly accessTokens: AccessTokens,
    private readonly clock: Clock,
  ) {}

  /** The administrator whom a token belongs to; nobody for one that is unknown, expired or revoked. */
  async findByToken(token: string): Promise<Administrator | undefined> {
    const { ADMIN_TOKEN } = this.environment;
    if (ADMIN_TOKEN && timingSafeEqual(sha256(token), sha256(ADMIN_TOKEN)))
      return { actor: { type: 'administrator' }, scopes: administratorScopes };
    const key = await this.keys.findByText(token);
    const now = this.clock.now();
    if (!key) return this.findByAccessToken(token);
    if (isOver(key, now)) return undefined;
    this.usage.note(key.id, now);
    return { actor: { type: 'administrator', key_id: key.id }, scopes: key.scopes };
  }

  /**
   * A client that an administrator gave such scopes, by itself: no user of the token service has what an administrator has.
   * Or whoever a trusted issuer says, within the scopes of that issuer.
   */
  private async findByAccessToken(value: string): Promise<Administrator | undefined> {
    const token = await this.accessTokens.find(value);
    if (!token) return undefined;
    const { isForeign, clientId: client_id, subject, issuer } = token;
    if (!isForeign && subject !== undefined) return undefined;
    const scopes = administratorScopes.filter((scope) => token.scopes.includes(scope));
    const from = isForeign ? { ...(subject !== undefined && { subject }), issuer } : {};
    return scopes.length === 0 ? undefined : { actor: { type: 'administrator', client_id, ...from }, scopes };
  }

  /** How many keys are stored under the key of the keyring with this id. */
  countUnder(keyId: string): Promise<number> {
    return this.keys.countUnder(keyId);
  }
}

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();
