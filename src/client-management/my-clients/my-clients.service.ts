import { Injectable } from '@nestjs/common';
import { hasRegistered } from '../../admission/token-registrar.js';
import { clientInformation } from '../../clients/client-information.js';
import type { Position } from '../../clients/client-search.js';
import type { Client } from '../../clients/client.entity.js';
import { ClientStore } from '../../clients/client.store.js';
import { Clock } from '../../clock.js';
import { Environment } from '../../config/environment.js';
import { Refusal } from '../../errors.js';
import { ClientManagementService, type ManagedClient } from '../../dynamic-clients/client-management.service.js';
import type { ClientOwner } from './client-owner.strategy.js';
import type { MyClient } from './my-client.dto.js';

/** Lets a client or user look after the clients that it registered with an access token. */
@Injectable()
export class MyClients {
  constructor(
    private readonly clients: ClientStore,
    private readonly management: ClientManagementService,
    private readonly environment: Environment,
    private readonly clock: Clock,
  ) {}

  /** What may be its clients: those that are not deleted, in the order in which they were registered. */
  find({ token }: ClientOwner, limit: number, after?: Position): Promise<Client[]> {
    const { clientId, subject } = token;
    const own = subject === undefined ? { registrar: clientId, withoutSubject: true as const } : { subject };
    const filters = { kind: 'dynamic', ...own } as const;
    return this.clients.search({ filters, after, limit, now: this.clock.now() });
  }

  /** Those that are its own, as it may see them: the same name may be another's at another issuer. */
  shown({ token }: ClientOwner, found: readonly Client[]): MyClient[] {
    return found.filter((client) => hasRegistered(token, client)).map((client) => this.view(client));
  }

  /**
   * Deletes a client for good, as it would itself (RFC 7592 section 2.3). Throws `not_found` for one that is unknown, deleted
   * or somebody else's, `access_denied` for one that is suspended.
   */
  async delete(owner: ClientOwner, clientId: string, ifMatch = '*'): Promise<void> {
    await this.management.delete(await this.managed(owner, clientId), ifMatch);
  }

  private async managed(owner: ClientOwner, clientId: string): Promise<ManagedClient> {
    const client = await this.clients.find(clientId);
    if (!client || client.status === 'deleted' || !hasRegistered(owner.token, client))
      throw new Refusal('not_found', 'you have registered no client with this id');
    if (client.status === 'suspended')
      throw new Refusal('access_denied', 'this client is suspended; ask an administrator to resume it');
    return { client, actor: owner.actor, again: () => this.managed(owner, clientId) };
  }

  private view(client: Client): MyClient {
    return { ...clientInformation(client, this.environment.PUBLIC_URL, {}), status: client.status };
  }
}
