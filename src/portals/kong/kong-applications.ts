import { Injectable } from '@nestjs/common';
import type { ClientInformation } from '../../clients/client-information.js';
import { type ManagedClient, ClientManagementService } from '../../dynamic-clients/client-management.service.js';
import { RegistrationService } from '../../dynamic-clients/registration.service.js';
import { Refusal } from '../../errors.js';
import type { JsonObject } from '../../http/strict-json.js';
import type { TokenBearer } from '../../initial-access-tokens/initial-access-tokens.service.js';
import { isMember } from '../../metadata/read-metadata.js';
import { PortalClients } from '../portal-clients.js';
import { amendmentOf, onOneLine } from './kong-event.js';

/** The applications of a Konnect Dev Portal as clients. */
@Injectable()
export class KongApplications {
  constructor(
    private readonly clients: PortalClients,
    private readonly registration: RegistrationService,
    private readonly management: ClientManagementService,
  ) {}

  /** Registers a client as `POST /register` would. */
  create(application: JsonObject, caller: TokenBearer, key: string | undefined): Promise<ClientInformation> {
    const { application_description: description, ...rest } = application;
    const described = description !== undefined && { application_description: onOneLine(description) };
    return this.registration.register({ ...rest, ...described }, caller, { key });
  }

  async delete(clientId: string, caller: TokenBearer): Promise<void> {
    if (!(await this.clients.delete(clientId, caller))) throw notItsOwn();
  }

  async renewSecret(clientId: string, caller: TokenBearer): Promise<ClientInformation> {
    const { information } = await this.management.renewSecret(await this.demand(clientId, caller), undefined);
    return information;
  }

  /** Changes what an event says, as far as the template has a place for it. */
  async take(event: JsonObject, clientId: string, caller: TokenBearer): Promise<void> {
    const managed = await this.demand(clientId, caller);
    const amended = amendmentOf(event, clientId);
    await this.management.amend(managed, (metadata, { extensions }) =>
      Object.fromEntries(
        Object.entries(amended(metadata)).filter(([member]) => isMember(member) || Object.hasOwn(extensions, member)),
      ),
    );
  }

  private async demand(clientId: string, caller: TokenBearer): Promise<ManagedClient> {
    const managed = await this.clients.find(clientId, caller);
    if (!managed) throw notItsOwn();
    return managed;
  }
}

/** Its specification has no other status for a client that is not there. */
const notItsOwn = (): Refusal =>
  new Refusal('invalid_token', 'the client is unknown, deleted, expired or was not made with this token');
