import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import type { Adapter, AdapterPayload } from 'oidc-provider';
import type { Client } from '../clients/client.entity.js';
import { ClientSecrets } from '../clients/client-secrets.js';
import { statusAt } from '../clients/client-status.js';
import { ClientStore } from '../clients/client.store.js';
import { Clock } from '../clock.js';
import { AuthorizationServer } from '../config/authorization-server.js';
import { Refusal } from '../errors.js';
import { ClientUsage } from '../lifecycle/client-usage.js';
import { grantableScopes } from '../token-models/grantable-scopes.js';
import { providerMetadata, type Registered } from './registered-client.js';

/** The clients that the token service serves: those that are stored and active at this moment, and no others. */
@Injectable()
export class ActiveClients {
  constructor(
    private readonly clients: ClientStore,
    private readonly secrets: ClientSecrets,
    private readonly usage: ClientUsage,
    private readonly server: AuthorizationServer,
    private readonly clock: Clock,
  ) {}

  /** An active client; nothing for one that is pending, suspended, expired, deleted or unknown. */
  async find(clientId: string): Promise<Client | undefined> {
    const client = await this.clients.find(clientId);
    return client && statusAt(client, this.clock.now()) === 'active' ? client : undefined;
  }

  /** All that a client may be granted. */
  scopesOf(client: Client): readonly string[] {
    return grantableScopes(client, this.server.scopes);
  }

  /** Takes note that a client got a token, however it proved who it is. */
  noteUse(clientId: string): void {
    this.usage.note(clientId);
  }

  /** An active client as oidc-provider reads it. */
  async findMetadata(clientId: string): Promise<AdapterPayload | undefined> {
    const client = await this.find(clientId);
    if (!client) return undefined;
    const registered: Registered = {
      version: client.version,
      grant_types: client.metadata.grant_types ?? [],
      dpop_bound_access_tokens: client.metadata.dpop_bound_access_tokens ?? false,
      scopes: this.scopesOf(client),
      secrets: client.secrets,
      keys: [...this.secrets.revealAll(client).values()],
    };
    return providerMetadata(client, registered);
  }

  /**
   * Whether a secret is one of a client's, with those that are under an old key stored under the current one
   * (RFC 6749 section 2.3.1).
   */
  async authenticate({ clientId, secrets }: Pick<Client, 'clientId' | 'secrets'>, presented: string): Promise<boolean> {
    const verified = await this.secrets.verify({ clientId, secrets }, presented).catch(notJustNow);
    if (!verified) return false;
    this.usage.note(clientId, verified.secret.id);
    if (verified.secrets !== secrets) await this.keep(clientId, secrets, verified.secrets);
    return true;
  }

  /** Stores renewed secrets, unless others came in between. */
  private async keep(clientId: string, before: Client['secrets'], renewed: Client['secrets']): Promise<void> {
    const located = await this.clients.locate(clientId);
    if (located && isDeepStrictEqual(located.client.secrets, before))
      await this.clients.renew(located, { secrets: renewed });
  }
}

/** After too many tries for an imported secret, further ones are as wrong as those before. */
function notJustNow(error: unknown): undefined {
  if (!(error instanceof Refusal)) throw error;
}

/** Lets oidc-provider find clients, and do nothing else with them. */
export function clientAdapter(clients: ActiveClients): Adapter {
  const never = () => Promise.reject(new Error('clients are registered at /register and nowhere else'));
  return {
    find: (id) => clients.findMetadata(id),
    upsert: never,
    findByUid: never,
    findByUserCode: never,
    consume: never,
    destroy: never,
    revokeByGrantId: never,
  };
}
