import { Injectable } from '@nestjs/common';
import { ClientSecrets } from '../clients/client-secrets.js';
import { statusAt } from '../clients/client-status.js';
import { ClientStore } from '../clients/client.store.js';
import { type CompleteClient, completeClient } from '../clients/complete-client.js';
import { Clock } from '../clock.js';
import { Refusal } from '../errors.js';
import { ClientUsage } from '../lifecycle/client-usage.js';
import type { Authentication } from './dto/authentication.dto.js';

/** Answers what an authorization server asks about its clients. */
@Injectable()
export class LookupService {
  constructor(
    private readonly clients: ClientStore,
    private readonly secrets: ClientSecrets,
    private readonly usage: ClientUsage,
    private readonly clock: Clock,
  ) {}

  /** The complete client, whatever its status. Throws `not_found`, and `client_deleted` for one that was there once. */
  async find(clientId: string, includeSecrets: boolean): Promise<CompleteClient> {
    const client = await this.clients.find(clientId);
    if (!client) throw new Refusal('not_found', 'there is no client with this id');
    if (client.status === 'deleted')
      throw new Refusal('client_deleted', 'this client was deleted; the application can register again');
    return completeClient(
      { ...client, status: statusAt(client, this.clock.now()) },
      includeSecrets ? this.secrets.revealAll(client) : new Map<string, string>(),
    );
  }

  /** Whether a secret is one of an active client's; all that is wrong looks alike and costs alike. */
  async authenticate(clientId: string, presented: string): Promise<Authentication> {
    const located = await this.clients.locate(clientId);
    const client = located?.client;
    const verified = await this.secrets.verify(client, presented);
    if (!located || !client || !verified || statusAt(client, this.clock.now()) !== 'active')
      return { authenticated: false };
    const { secret, secrets } = verified;
    if (secrets !== client.secrets) await this.clients.renew(located, { secrets });
    this.usage.note(clientId, secret.id);
    return { authenticated: true, secret_id: secret.id };
  }
}
