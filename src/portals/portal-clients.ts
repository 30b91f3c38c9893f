import { Injectable } from '@nestjs/common';
import { type ManagedClient, ClientManagementService } from '../dynamic-clients/client-management.service.js';
import { ClientManagers } from '../dynamic-clients/client-managers.js';
import { Refusal } from '../errors.js';
import type { TokenBearer } from '../initial-access-tokens/initial-access-tokens.service.js';

/** The clients that a portal made, and no others. */
@Injectable()
export class PortalClients {
  constructor(
    private readonly managers: ClientManagers,
    private readonly management: ClientManagementService,
  ) {}

  /** A client of the portal; nothing for one that is unknown, deleted or somebody else's, all alike. Throws `access_denied` for a suspended one. */
  find(clientId: string, { record }: TokenBearer): Promise<ManagedClient | undefined> {
    return this.managers.admitMaker(clientId, record.token_id!);
  }

  /** Deletes a client, be it for the second time because the answer was lost; false where the portal has none of this id. */
  async delete(clientId: string, caller: TokenBearer): Promise<boolean> {
    const managed = await this.find(clientId, caller);
    if (!managed) return this.hasLost(clientId, caller);
    try {
      // Whichever version it is: the specifications of portals know of none.
      await this.management.delete(managed, '*');
      return true;
    } catch (error) {
      // Another call was faster.
      if (error instanceof Refusal && (await this.hasLost(clientId, caller))) return true;
      throw error;
    }
  }

  private hasLost(clientId: string, { record }: TokenBearer): Promise<boolean> {
    return this.managers.hasLost(clientId, record.token_id!);
  }
}
