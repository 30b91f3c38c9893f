import { Injectable } from '@nestjs/common';
import { demandActor, hasRegistered } from '../admission/token-registrar.js';
import { AuditTrail } from '../audit/audit-trail.js';
import type { Client } from '../clients/client.entity.js';
import { ClientSecrets } from '../clients/client-secrets.js';
import { statusAt } from '../clients/client-status.js';
import { ClientStore } from '../clients/client.store.js';
import { Keyring } from '../clients/keyring.js';
import { Clock } from '../clock.js';
import { Refusal } from '../errors.js';
import { unusableToken } from '../http/bearer.js';
import type { CredentialForm } from '../http/foreign-credential.js';
import { InitialAccessTokens } from '../initial-access-tokens/initial-access-tokens.service.js';
import { AccessTokens } from '../token-models/access-tokens.js';
import type { ManagedClient } from './client-management.service.js';

/** Knows who may manage which client. */
@Injectable()
export class ClientManagers {
  constructor(
    private readonly clients: ClientStore,
    private readonly secrets: ClientSecrets,
    private readonly tokens: InitialAccessTokens,
    private readonly accessTokens: AccessTokens,
    private readonly audit: AuditTrail,
    private readonly keyring: Keyring,
    private readonly clock: Clock,
  ) {}

  /**
   * Lets a token manage the client of an address: the client's own registration access token, the initial access token that
   * made it, if that one manages, or a management token of whoever registered it with an access token. Nobody for an
   * unknown, deleted or foreign client, all alike (RFC 7592 section 2.1).
   * Throws `access_denied` for a suspended client, `insufficient_scope` for an access token that does not manage.
   */
  async admit(clientId: string | undefined, token: string, form?: CredentialForm): Promise<ManagedClient | undefined> {
    // Only a token that is made here for a portal may come in another way than as a bearer token.
    if (form !== undefined && !(await this.tokens.mayComeAs(form, token))) return undefined;
    return this.inGoodStanding(await this.byToken(clientId, token), (id) => this.admit(id, token));
  }

  /** The same by the id of a managing token that is known to be good. */
  async admitMaker(clientId: string, tokenId: string): Promise<ManagedClient | undefined> {
    return this.inGoodStanding(await this.byMaker(clientId, tokenId), (id) => this.admitMaker(id, tokenId));
  }

  /** Whether a client was made with this token, and is deleted since. */
  async hasLost(clientId: string, tokenId: string): Promise<boolean> {
    const found = await this.byMaker(clientId, tokenId);
    return found !== undefined && statusAt(found.client, this.clock.now()) === 'deleted';
  }

  private inGoodStanding(
    admitted: Omit<ManagedClient, 'again'> | undefined,
    admitAgain: (clientId: string) => Promise<ManagedClient | undefined>,
  ): ManagedClient | undefined {
    const status = admitted && statusAt(admitted.client, this.clock.now());
    if (!admitted || status === 'deleted' || status === 'expired') return undefined;
    if (status === 'suspended')
      throw new Refusal(
        'access_denied',
        'this client is suspended; ask an administrator to resume it',
        [],
        {},
        admitted,
      );
    const again = async () => {
      const readmitted = await admitAgain(admitted.client.clientId);
      if (!readmitted) throw unusableToken();
      return readmitted;
    };
    return { ...admitted, again };
  }

  private byToken(clientId: string | undefined, token: string) {
    if (token.startsWith('ciat_')) return this.byManagingToken(clientId, token);
    if (token.startsWith('crat_')) return this.byRegistrationToken(clientId, token);
    return this.byManagementToken(clientId, token);
  }

  private async byRegistrationToken(clientId: string | undefined, token: string) {
    const client = await this.clients.findByRegistrationToken(token);
    if (!client) return undefined;
    if (client.clientId !== clientId) {
      await this.revoke(client);
      return undefined;
    }
    const isNewest = this.keyring.matches(token, client.registrationTokenDigest ?? '');
    const expiresAt = isNewest ? client.registrationTokenExpiresAt : client.previousRegistrationTokenExpiresAt;
    if (expiresAt !== null && expiresAt <= this.clock.now()) return undefined;
    if (isNewest && client.previousRegistrationTokenDigest !== null) await this.endPreviousToken(client);
    return {
      client: isNewest ? await this.renewed(client, token) : client,
      actor: { type: 'client', client_id: client.clientId } as const,
      registrationAccessToken: token,
    };
  }

  /** The client with its credentials under the current key, as far as they are known here. */
  private async renewed(client: Client, token: string): Promise<Client> {
    const secrets = this.secrets.renewed(client);
    if (this.keyring.isCurrent(client.registrationTokenDigest!) && secrets === client.secrets) return client;
    return this.clients.renew(
      { client, role: 'dynamic' },
      { registrationTokenDigest: this.keyring.digest(token), secrets },
    );
  }

  private async byManagingToken(clientId: string | undefined, token: string) {
    const tokenId = await this.tokens.managerOf(token);
    return tokenId && clientId !== undefined ? this.byMaker(clientId, tokenId) : undefined;
  }

  private async byMaker(clientId: string, tokenId: string) {
    const client = await this.clients.find(clientId);
    if (!client || client.kind !== 'dynamic' || client.registrarTokenId !== tokenId) return undefined;
    return { client, actor: { type: 'initial_access_token', token_id: tokenId } as const };
  }

  private async byManagementToken(clientId: string | undefined, value: string) {
    const token = await this.accessTokens.find(value);
    if (!token) return undefined;
    const actor = demandActor(token, 'dcrm');
    const client = clientId === undefined ? undefined : await this.clients.find(clientId);
    return client && hasRegistered(token, client) ? { client, actor } : undefined;
  }

  /** The newest token has arrived, so that the one before is not needed any more. */
  private async endPreviousToken(client: Client): Promise<void> {
    const { clientId } = client;
    const actor = { type: 'client', client_id: clientId } as const;
    const event = this.audit.eventOf({ action: 'client.registration_access_token_ended', actor, clientId });
    await this.audit.record(event, (transaction) => this.clients.endPreviousToken(client, transaction));
    Object.assign(client, { previousRegistrationTokenDigest: null, previousRegistrationTokenExpiresAt: null });
  }

  /** A token that turns up at another client's address has leaked or is being tried out (RFC 7592 section 2.1). */
  private async revoke(client: Client): Promise<void> {
    const actor = { type: 'client', client_id: client.clientId } as const;
    const action = 'client.registration_access_token_revoked';
    const event = this.audit.eventOf({ action, actor, clientId: client.clientId });
    const change = { registrationTokenDigest: null, updatedAt: this.clock.now() };
    await this.audit.record(
      event,
      async (transaction) => (await this.clients.change(client, change, transaction)) ?? false,
    );
  }
}
