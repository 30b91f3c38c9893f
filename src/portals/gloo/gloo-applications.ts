import { Injectable } from '@nestjs/common';
import { clientIdFault } from '../../clients/chosen-client-id.js';
import type { ClientInformation } from '../../clients/client-information.js';
import { ClientManagementService } from '../../dynamic-clients/client-management.service.js';
import { RegistrationService } from '../../dynamic-clients/registration.service.js';
import { Refusal } from '../../errors.js';
import type { JsonObject } from '../../http/strict-json.js';
import type { TokenBearer } from '../../initial-access-tokens/initial-access-tokens.service.js';
import { PortalClients } from '../portal-clients.js';

/** The applications of a Gloo Portal as clients. */
@Injectable()
export class GlooApplications {
  constructor(
    private readonly clients: PortalClients,
    private readonly registration: RegistrationService,
    private readonly management: ClientManagementService,
  ) {}

  /**
   * Registers a client under the id that the portal chose, once: who asks again for its own client, because the answer was
   * lost or at the same time, gets that one. Throws `conflict` for the id of another.
   */
  async create({ id }: JsonObject, caller: TokenBearer): Promise<ClientInformation> {
    const clientId = demandedId(id);
    const known = await this.known(clientId, caller);
    if (known) return known;
    try {
      return await this.registration.register({ id: clientId }, caller, { clientId });
    } catch (error) {
      if (!(error instanceof Refusal) || error.failure !== 'conflict') throw error;
      const made = await this.known(clientId, caller);
      if (!made) throw error;
      return made;
    }
  }

  async delete(clientId: string, caller: TokenBearer): Promise<void> {
    if (await this.clients.delete(clientId, caller)) return;
    throw new Refusal('not_found', 'this portal has no application with this id');
  }

  private async known(clientId: string, caller: TokenBearer): Promise<ClientInformation | undefined> {
    const managed = await this.clients.find(clientId, caller);
    return managed && (await this.management.read(managed)).information;
  }
}

function demandedId(id: unknown): string {
  const fault = clientIdFault(id);
  if (fault === undefined) return id as string;
  const message = `id ${fault}`;
  throw new Refusal('invalid_client_metadata', message, [{ member: 'id', rule: 'Gloo Portal SPI', message }]);
}
