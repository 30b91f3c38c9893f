import type { AllClientMetadata, Client as ProviderClient } from 'oidc-provider';
import type { ServedClient } from './active-clients.js';
import { providerMetadata, type Registered } from './registered-client.js';

/** Of those that are not kept the next request pays for a new one. */
const mostKept = 1_000;

/** How oidc-provider makes a client, which its types leave out. */
export type ClientMaker = new (metadata: AllClientMetadata) => ProviderClient;

/**
 * Clients as oidc-provider has them. It judges all members of a client when it makes one, at the price of several
 * statements; so those that came last are kept, each for as long as all that it is made of is the same. That is read anew
 * for every request, so that what is kept is never out of date.
 */
export class BuiltClients {
  private readonly kept = new Map<string, { readonly of: string; readonly client: ProviderClient }>();

  constructor(private readonly make: (metadata: AllClientMetadata) => ProviderClient) {}

  of(client: Pick<ServedClient, 'clientId' | 'metadata'>, registered: Registered): ProviderClient {
    const { clientId, metadata } = client;
    const of = JSON.stringify([metadata, registered]);
    const known = this.kept.get(clientId);
    const built = known?.of === of ? known : { of, client: this.make(providerMetadata(client, registered)) };
    this.kept.delete(clientId);
    this.kept.set(clientId, built);
    if (this.kept.size > mostKept) this.kept.delete(this.kept.keys().next().value!);
    return built.client;
  }
}
