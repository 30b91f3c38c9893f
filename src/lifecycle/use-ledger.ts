/** One use of a client, by one of its secrets where it has any; `at` in seconds since the epoch. */
export interface Use {
  readonly clientId: string;
  readonly secretId?: string;
  readonly at: number;
}

/** When a client and each of its secrets were used last. */
export interface UsesOfClient {
  readonly at: number;
  readonly secrets: ReadonlyMap<string, number>;
}

/** More clients than are used between two writes, and few enough for the memory of an outage. */
const mostClients = 100_000;

/** The latest use of each client and secret; the greatest time wins. */
export class UseLedger {
  private readonly clients = new Map<string, { at: number; readonly secrets: Map<string, number> }>();

  get size(): number {
    return this.clients.size;
  }

  add({ clientId, secretId, at }: Use): void {
    const known = this.clients.get(clientId);
    if (!known && this.clients.size === mostClients) return;
    const uses = known ?? { at, secrets: new Map<string, number>() };
    uses.at = Math.max(uses.at, at);
    if (secretId !== undefined) uses.secrets.set(secretId, Math.max(uses.secrets.get(secretId) ?? 0, at));
    this.clients.set(clientId, uses);
  }

  clientIds(): readonly string[] {
    return [...this.clients.keys()];
  }

  of(clientId: string): UsesOfClient {
    return this.clients.get(clientId)!;
  }

  uses(): readonly Use[] {
    return [...this.clients].flatMap(([clientId, { at, secrets }]) => [
      { clientId, at },
      ...[...secrets].map(([secretId, used]) => ({ clientId, secretId, at: used })),
    ]);
  }
}
