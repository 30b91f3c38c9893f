import { createHash, timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { In, Like } from 'typeorm';
import type { Actor } from '../audit/audit-event.entity.js';
import { AuditTrail } from '../audit/audit-trail.js';
import { newId, newToken } from '../clients/credentials.js';
import { Keyring } from '../clients/keyring.js';
import { Clock } from '../clock.js';
import { Environment } from '../config/environment.js';
import { type AdministratorScope, administratorScopes } from '../config/scopes.js';
import { DataSources } from '../data-sources/data-sources.service.js';
import { ApiKey } from './api-key.entity.js';

/** Who administers, and what they may do. */
export interface Administrator {
  readonly actor: Actor;
  readonly scopes: readonly AdministratorScope[];
}

/** Knows the tokens of administrators: `ADMIN_TOKEN` and the keys in the data source. */
@Injectable()
export class Administrators {
  constructor(
    private readonly environment: Environment,
    private readonly dataSources: DataSources,
    private readonly audit: AuditTrail,
    private readonly keyring: Keyring,
    private readonly clock: Clock,
  ) {}

  /** The administrator whom a token belongs to; nobody for an unknown or expired one. */
  async findByToken(token: string): Promise<Administrator | undefined> {
    const { ADMIN_TOKEN } = this.environment;
    if (ADMIN_TOKEN && timingSafeEqual(sha256(token), sha256(ADMIN_TOKEN)))
      return { actor: { type: 'administrator' }, scopes: administratorScopes };
    const digest = In(this.keyring.digests(token));
    const key = await this.dataSources.read('dynamic', (reader) => reader.findOneBy(ApiKey, { digest }));
    if (!key || (key.expiresAt !== null && key.expiresAt <= this.clock.now())) return undefined;
    if (!this.keyring.isCurrent(key.digest)) await this.renew(key, token);
    return { actor: { type: 'administrator', key_id: key.id }, scopes: key.scopes };
  }

  /** Makes the token of the first administrator, unless the configuration or the data source already has one. */
  async makeFirstToken(): Promise<string | undefined> {
    if (this.environment.ADMIN_TOKEN) return undefined;
    const token = newToken('cadm');
    const key: ApiKey = {
      id: newId(),
      digest: this.keyring.digest(token),
      label: 'made on the first run',
      scopes: administratorScopes,
      createdAt: this.clock.now(),
      expiresAt: null,
    };
    const changes = { id: { after: key.id }, label: { after: key.label }, scopes: { after: key.scopes } };
    const event = this.audit.eventOf({ action: 'api_key.made', actor: { type: 'system' }, changes });
    const isMade = await this.dataSources.transaction(
      'dynamic',
      async (transaction) => {
        if (await transaction.existsBy(ApiKey, {})) return false;
        await transaction.insert(ApiKey, key);
        await this.audit.append(event, transaction);
        return true;
      },
      this.audit.landed(event),
    );
    return isMade ? token : undefined;
  }

  /** How many keys are stored under the key with this id. */
  async countUnder(keyId: string): Promise<number> {
    return this.dataSources.read('dynamic', (reader) => reader.countBy(ApiKey, { digest: Like(`${keyId}.%`) }));
  }

  private async renew({ id }: ApiKey, token: string): Promise<void> {
    const digest = this.keyring.digest(token);
    await this.dataSources.read('dynamic', (reader) => reader.update(ApiKey, { id }, { digest }));
  }
}

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();
