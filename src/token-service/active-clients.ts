import type { IncomingMessage } from 'node:http';
import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import type { Client } from '../clients/client.entity.js';
import { ClientSecrets } from '../clients/client-secrets.js';
import { statusAt } from '../clients/client-status.js';
import { ClientStore } from '../clients/client.store.js';
import { Clock } from '../clock.js';
import { AuthorizationServer } from '../config/authorization-server.js';
import { Environment } from '../config/environment.js';
import { Refusal } from '../errors.js';
import { callerAddress, callerNetwork } from '../http/caller-address.js';
import { ClientUsage } from '../lifecycle/client-usage.js';
import type { DescribedClient } from '../metadata-documents/described-client.js';
import { MetadataDocuments } from '../metadata-documents/metadata-documents.js';
import { grantableScopes } from '../token-models/grantable-scopes.js';
import { refusalsInOAuth } from './outages.js';
import { Provider } from './oidc-provider.js';
import type { Registered } from './registered-client.js';

/** A client that the token service serves: a stored one, or one that is described at its client_id. */
export type ServedClient = Client | DescribedClient;

type Found = ServedClient | undefined;

/** The clients that the token service serves: those that are active at this moment, and no others. */
@Injectable()
export class ActiveClients {
  /**
   * What was found for each request. It asks for the client again when it has a token of it, and for who is described badly
   * to tell the browser so: one look is enough, and one answer is given to all.
   */
  private readonly found = new WeakMap<object, Map<string, Promise<Found>>>();

  constructor(
    private readonly clients: ClientStore,
    private readonly secrets: ClientSecrets,
    private readonly documents: MetadataDocuments,
    private readonly usage: ClientUsage,
    private readonly environment: Environment,
    private readonly server: AuthorizationServer,
    private readonly clock: Clock,
  ) {}

  /** An active client; nothing for one that is pending, suspended, expired, deleted or unknown, or is described badly. */
  async find(clientId: string): Promise<Found> {
    return this.search(clientId).catch(unlessServed);
  }

  /** An active client for oidc-provider. Throws in the words of OAuth why one cannot be served that is described. */
  async findServed(clientId: string): Promise<Found> {
    return this.search(clientId).catch(refusalsInOAuth);
  }

  private search(clientId: string): Promise<Found> {
    const request = Provider.ctx?.req;
    if (!request) return this.read(clientId);
    const known = this.found.get(request) ?? new Map<string, Promise<Found>>();
    const found = known.get(clientId) ?? this.read(clientId, request);
    this.found.set(request, known.set(clientId, found));
    return found;
  }

  /** Whatever is stored under an id, a tombstone too, comes before what is described there. */
  private async read(clientId: string, request?: IncomingMessage): Promise<Found> {
    const client = await this.clients.find(clientId);
    if (client) return statusAt(client, this.clock.now()) === 'active' ? client : undefined;
    const network = request && callerNetwork(callerAddress(request, this.environment.TRUST_PROXY));
    return this.documents.find(clientId, network);
  }

  /** All that a client may be granted. */
  scopesOf(client: Pick<ServedClient, 'kind' | 'metadata'>): readonly string[] {
    return grantableScopes(client, this.server.scopes);
  }

  /** Takes note that a client got a token, however it proved who it is. */
  noteUse(clientId: string): void {
    this.usage.note(clientId);
  }

  /** What has to be known of a client beyond what oidc-provider reads, at this moment. */
  registered(client: ServedClient): Registered {
    return {
      version: client.version,
      grant_types: client.metadata.grant_types ?? [],
      dpop_bound_access_tokens: client.metadata.dpop_bound_access_tokens ?? false,
      scopes: this.scopesOf(client),
      secrets: client.secrets,
      keys: [...this.secrets.revealAll(client).values()],
    };
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

/** Who is not described as they should be is as good as unknown; when nobody can know, that is said. */
function unlessServed(error: unknown): undefined {
  if (!(error instanceof Refusal) || error.failure === 'temporarily_unavailable') throw error;
}

/** After too many tries for an imported secret, further ones are as wrong as those before. */
function notJustNow(error: unknown): undefined {
  if (!(error instanceof Refusal)) throw error;
}
