import { createHash } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { EntityManager } from 'typeorm';
import type { NamedDataSource } from '../data-sources/named-data-source.js';
import { countByKey, countClients } from './client-census.js';
import type { Client, ClientKind } from './client.entity.js';
import type { ClientStore } from './client.store.js';
import type { Keyring } from './keyring.js';

/** The target has clients with these ids and other content; the text names them, and nothing was overwritten. */
export class CopyConflict extends Error {}

/** No client that is to be copied could use its credentials with this configuration; the text says why. */
export class WrongKey extends Error {}

/** What became of the clients that were looked at. */
export interface CopyTally {
  readonly copied: number;
  readonly alreadyThere: number;
}

/** One side of a comparison: how many of the source's clients it has, and the SHA-256 of their canonical rows. */
export interface Side {
  readonly count: number;
  readonly digest: string;
}

/** How the clients of the source compare with those of the same ids in the target. */
export interface Comparison {
  readonly from: Side;
  readonly to: Side;
  /** The first client that is not the same on both sides. */
  readonly difference?: string;
  /** Clients that only the target has. */
  readonly others: number;
}

/** Hears after each batch how many clients were looked at. */
type Listener = (done: number) => void;

const batch = 500;
const mostFailures = 6;

/** Copies clients as they are from one data source to another, and never overwrites. */
export class ClientCopy {
  constructor(
    private readonly clients: ClientStore,
    private readonly from: NamedDataSource,
    private readonly to: NamedDataSource,
    private readonly kind?: ClientKind,
  ) {}

  /** How many clients there are to look at. */
  total(): Promise<number> {
    return countClients(this.kind, this.from.dataSource.manager);
  }

  /**
   * How many of the clients have a credential under a key that `SECRET_KEY` does not list, so that it fails from now on.
   * Throws {@link WrongKey} when that is all of them: then it is the key that is wrong, not the clients.
   */
  async withoutKey(keyring: Keyring): Promise<number> {
    const counts = await countByKey(this.from.dataSource.manager, this.kind);
    const all = [...counts.values()].reduce((sum, count) => sum + count, 0);
    const known = [...counts].reduce((sum, [key, count]) => (keyring.has(key) ? sum + count : sum), 0);
    if (all > 0 && known === 0)
      throw new WrongKey(
        `SECRET_KEY does not fit: none of its keys made the credentials in ${this.from.name} (made under ${[...counts.keys()].join(', ')}); ` +
          'set SECRET_KEY as it is where these clients work, for SQLite the content of secret.key beside the file',
      );
    return all - known;
  }

  /** Copies what the target does not have, one transaction for each batch. Throws {@link CopyConflict}. */
  copy(listener: Listener): Promise<CopyTally> {
    return this.look(listener, (page) =>
      this.to.dataSource.transaction(async (transaction) => {
        const missing = await this.missing(page, transaction);
        for (const client of missing) await this.clients.addCopy(client, transaction);
        return missing;
      }),
    );
  }

  /** What {@link copy} would do. */
  rehearse(listener: Listener): Promise<CopyTally> {
    return this.look(listener, (page) => this.missing(page, this.to.dataSource.manager));
  }

  /** Reads both sides again and compares them. */
  async compare(listener: Listener): Promise<Comparison> {
    const [from, to] = [new Digest(), new Digest()];
    let difference: string | undefined;
    await this.eachPage(async (page) => {
      const twins = await this.twins(page, this.to.dataSource.manager);
      for (const client of page) {
        const twin = twins.get(client.clientId);
        from.add(client);
        if (twin) to.add(twin);
        if (!twin || differences(client, twin).length > 0) difference ??= client.clientId;
      }
      listener(from.count);
    });
    const others = (await countClients(this.kind, this.to.dataSource.manager)) - to.count;
    return { from: from.side, to: to.side, others, ...(difference !== undefined && { difference }) };
  }

  /** Looks at every client of the source; `handle` answers those that the target did not have. */
  private async look(
    listener: Listener,
    handle: (page: readonly Client[]) => Promise<readonly Client[]>,
  ): Promise<CopyTally> {
    const tally = { copied: 0, alreadyThere: 0 };
    await this.eachPage(async (page) => {
      const missing = await handle(page);
      tally.copied += missing.length;
      tally.alreadyThere += page.length - missing.length;
      listener(tally.copied + tally.alreadyThere);
    });
    return tally;
  }

  private async missing(page: readonly Client[], reader: EntityManager): Promise<Client[]> {
    const twins = await this.twins(page, reader);
    const conflicts = page.flatMap((client) => {
      const twin = twins.get(client.clientId);
      const members = twin ? differences(client, twin) : [];
      return members.length === 0 ? [] : [`client ${client.clientId} differs in ${members.join(', ')}`];
    });
    if (conflicts.length > 0) throw new CopyConflict(conflicts.join('\n'));
    return page.filter(({ clientId }) => !twins.has(clientId));
  }

  private twins(page: readonly Client[], reader: EntityManager): Promise<ReadonlyMap<string, Client>> {
    return this.clients.findEach(
      page.map(({ clientId }) => clientId),
      reader,
    );
  }

  /**
   * Visits the clients of the source batch by batch. What a database refuses for now is tried again with half as many,
   * since statements have little time; so `visit` counts only once it has read and written.
   */
  private async eachPage(visit: (page: readonly Client[]) => Promise<void>): Promise<void> {
    let [after, size, failures] = ['', batch, 0];
    for (;;) {
      try {
        const page = await this.clients.page({ after, size, kind: this.kind }, this.from.dataSource.manager);
        if (page.length === 0) return;
        await visit(page);
        after = page.at(-1)!.clientId;
        failures = 0;
      } catch (error) {
        const isPassing = this.from.isOutage(error) || this.to.isOutage(error);
        if (!isPassing || ++failures === mostFailures) throw error;
        size = Math.ceil(size / 2);
        await wait(100 * 2 ** failures);
      }
    }
  }
}

/** SHA-256 over canonical rows, one in a line. */
class Digest {
  count = 0;
  private readonly hash = createHash('sha256');

  add(client: Client): void {
    this.count++;
    this.hash.update(`${canonical(client)}\n`);
  }

  get side(): Side {
    return { count: this.count, digest: this.hash.digest('hex') };
  }
}

/** Everything that is stored of a client as one text, the same on every engine. */
const canonical = (client: Client): string =>
  JSON.stringify(Object.entries(client).sort(([one], [other]) => (one < other ? -1 : 1)));

/** The members wherein two rows of one client differ. */
const differences = (one: Client, other: Client): string[] =>
  (Object.keys(one) as (keyof Client)[]).filter((name) => JSON.stringify(one[name]) !== JSON.stringify(other[name]));
