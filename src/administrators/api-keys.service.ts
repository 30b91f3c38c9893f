import { Injectable } from '@nestjs/common';
import { AuditTrail, changesBetween } from '../audit/audit-trail.js';
import { newId, newToken } from '../clients/credentials.js';
import { Keyring } from '../clients/keyring.js';
import { Clock } from '../clock.js';
import { Environment } from '../config/environment.js';
import { administratorScopes } from '../config/scopes.js';
import { Refusal } from '../errors.js';
import { demandGivable } from '../http/access.guard.js';
import type { Administrator } from './administrators.service.js';
import type { ApiKey } from './api-key.entity.js';
import { ApiKeyStore } from './api-key.store.js';
import { apiKeyView } from './api-key.view.js';
import type { ApiKeyRequest, ApiKeyView, MadeApiKey } from './dto/api-key.dto.js';

/** Makes, shows and revokes API keys. */
@Injectable()
export class ApiKeys {
  constructor(
    private readonly store: ApiKeyStore,
    private readonly audit: AuditTrail,
    private readonly keyring: Keyring,
    private readonly environment: Environment,
    private readonly clock: Clock,
  ) {}

  /** Makes a key; its text is in the answer and nowhere else. Throws `insufficient_scope` for a scope that its maker lacks. */
  async make({ label, scopes, expires_in }: ApiKeyRequest, maker: Administrator): Promise<MadeApiKey> {
    demandGivable(maker, scopes);
    const { key, token } = this.keyOf(label, scopes, expires_in);
    const view = apiKeyView(key, key.createdAt);
    const changes = changesBetween({}, view);
    const event = this.audit.eventOf({ action: 'api_key.made', actor: maker.actor, changes });
    await this.audit.record(event, (transaction) => this.store.add(key, transaction));
    return { ...view, token };
  }

  /** Makes the token of the first administrator, unless the configuration or the data source already has one. */
  async makeFirst(): Promise<string | undefined> {
    if (this.environment.ADMIN_TOKEN) return undefined;
    const { key, token } = this.keyOf('made on the first run', administratorScopes);
    const changes = { id: { after: key.id }, label: { after: key.label }, scopes: { after: key.scopes } };
    const event = this.audit.eventOf({ action: 'api_key.made', actor: { type: 'system' }, changes });
    const isMade = await this.audit.record(event, async (transaction) => {
      if (await this.store.hasAny(transaction)) return false;
      await this.store.add(key, transaction);
      return true;
    });
    return isMade ? token : undefined;
  }

  /** Keys in the order in which they were made, those that are over too. */
  async list(limit: number, after?: string): Promise<ApiKeyView[]> {
    const now = this.clock.now();
    return (await this.store.list(limit, after)).map((key) => apiKeyView(key, now));
  }

  /** Revokes a key, at once and for good, also the one that is used to do so. Throws `not_found`. */
  async revoke(id: string, { actor }: Administrator): Promise<void> {
    if (!(await this.store.find(id))) throw new Refusal('not_found', 'there is no API key with this id');
    const now = this.clock.now();
    const changes = { id: { before: id, after: id }, revoked_at: { after: now } };
    const event = this.audit.eventOf({ action: 'api_key.revoked', actor, changes });
    await this.audit.record(event, (transaction) => this.store.revoke(id, now, transaction));
  }

  private keyOf(label: string, scopes: ApiKey['scopes'], lifetime?: number): { key: ApiKey; token: string } {
    const token = newToken('cadm');
    const now = this.clock.now();
    const key: ApiKey = {
      id: newId(),
      digest: this.keyring.digest(token),
      label,
      scopes,
      createdAt: now,
      expiresAt: lifetime === undefined ? null : now + lifetime,
      lastUsedAt: null,
      revokedAt: null,
    };
    return { key, token };
  }
}
