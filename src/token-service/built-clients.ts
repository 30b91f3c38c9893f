import type { AllClientMetadata, Client as ProviderClient } from 'oidc-provider';
import type { ServedClient } from './active-clients.js';
import { providerMetadata, type Registered } from './registered-client.js';

/** Characters of all that the kept ones are made of: over a thousand of the usual ones, and no more memory for large ones. */
const room = 2_000_000;

interface Built {
  readonly of: string;
  readonly client: ProviderClient;
}

/** How oidc-provider makes a client, which its types leave out. */
export type ClientMaker = new (metadata: AllClientMetadata) => ProviderClient;

/**
 * Clients as oidc-provider has them. It judges all members of a client when it makes one, at the price of several
 * statements; so those that came last are kept, each for as long as all that it is made of is the same. That is read anew
 * for every request, so that what is kept is never out of date.
 */
export class BuiltClients {
  private readonly kept = new Map<string, Built>();
  private taken = 0;

  constructor(private readonly make: (metadata: AllClientMetadata) => ProviderClient) {}

  of(client: Pick<ServedClient, 'clientId' | 'metadata'>, registered: Registered): ProviderClient {
    const { clientId, metadata } = client;
    const of = JSON.stringify([metadata, registered]);
    const known = this.kept.get(clientId);
    const built = known?.of === of ? known : { of, client: this.make(providerMetadata(client, registered)) };
    if (known) this.drop(clientId, known);
    this.kept.set(clientId, built);
    this.taken += of.length;
    for (const [oldest, one] of this.kept) {
      if (this.taken <= room) break;
      this.drop(oldest, one);
    }
    return built.client;
  }

  private drop(clientId: string, { of }: Built): void {
    this.kept.delete(clientId);
    this.taken -= of.length;
  }
}
