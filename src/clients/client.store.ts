import { Injectable } from '@nestjs/common';
import { type EntityManager, In, MoreThan } from 'typeorm';
import { Clock } from '../clock.js';
import { DataSources, type Role } from '../data-sources/data-sources.service.js';
import {
  carryOut,
  change,
  insert,
  inserting,
  selectWhere,
  type Step,
  update,
  updating,
} from '../data-sources/statements.js';
import { Client, type ClientKind, ClientTag } from './client.entity.js';
import { type ClientSelection, type Position, searching } from './client-search.js';
import { statusAt } from './client-status.js';
import { living } from './client-walks.js';
import { Keyring } from './keyring.js';
import { searchColumns, type SearchColumns } from './search-columns.js';
import { UsageClock } from './usage-clock.js';

/** The registration access token that another one took the place of, and that works until that one is used. */
export type PreviousToken = Pick<Client, 'previousRegistrationTokenDigest' | 'previousRegistrationTokenExpiresAt'>;

const noPreviousToken: PreviousToken = {
  previousRegistrationTokenDigest: null,
  previousRegistrationTokenExpiresAt: null,
};

const unlimitedToken = { registrationTokenExpiresAt: null, ...noPreviousToken };

/** What the store adds to a client by itself. */
type Derived = keyof SearchColumns | 'keyId' | 'tokensValidFrom' | 'secretUses' | keyof PreviousToken;

/** A client that is about to be stored. */
export type NewClient = Omit<Client, Derived>;

/** What a change writes: everything but what never changes. */
export type ClientChange = Partial<
  Omit<NewClient, 'clientId' | 'registrar' | 'createdAt' | 'version'> & PreviousToken
> & {
  /** Ends all tokens of the client, as every change of its status does. */
  readonly endsTokens?: boolean;
  /** Not made if the client was used since it was read: the change says when it lapses. */
  readonly unlessUsed?: boolean;
};

/** A stored client, and the role of the data source that has it: an adopted client stays where it was registered. */
export interface LocatedClient {
  readonly client: Client;
  readonly role: Role;
}

/** A part of the clients of all data sources that a search found, in the order of their making. */
export interface Search {
  readonly filters: ClientSelection;
  readonly after?: Position;
  readonly limit: number;
  /** When the expiry of clients is judged. */
  readonly now: number;
}

/** Some of the clients of one data source: those after an id, in the order that its engine gives ids. */
export interface Page {
  readonly after: string;
  readonly size: number;
  /** Both kinds unless it is said. */
  readonly kind?: ClientKind;
}

/**
 * The only code that knows the table of clients. Every write takes the transaction that it belongs to, but for the renewal
 * of a digest, which changes nothing that anyone sees.
 */
@Injectable()
export class ClientStore {
  constructor(
    private readonly dataSources: DataSources,
    private readonly keyring: Keyring,
    private readonly usageClock: UsageClock,
    private readonly clock: Clock,
  ) {}

  /** Stores a new client. */
  async add(client: NewClient, transaction: EntityManager): Promise<void> {
    for (const step of this.adding(client)) await carryOut(step, transaction);
  }

  /** The steps that store a new client. */
  adding(client: NewClient): readonly Step[] {
    const { clientId, createdAt, tags, version } = client;
    const derived = { tokensValidFrom: version, keyId: this.eldestKey(client), secretUses: {} };
    const row = { ...client, ...noPreviousToken, ...searchColumns(client), ...derived };
    return [inserting(Client, row), ...tags.map((tag) => inserting(ClientTag, { tag, createdAt, clientId }))];
  }

  /** Stores a client as another data source has it: with its version, its digests and seals, and the keys they name. */
  async addCopy(client: Client, transaction: EntityManager): Promise<void> {
    await insert(transaction, Client, client);
    await this.retag(client, [], client.tags, transaction);
  }

  /** The next clients of one data source, tombstones too. */
  page({ after, size, kind }: Page, reader: EntityManager): Promise<Client[]> {
    const where = { clientId: MoreThan(after), ...(kind && { kind }) };
    return reader.find(Client, { where, order: { clientId: 'ASC' }, take: size });
  }

  /** Those of the clients with these ids that one data source has, by their ids. */
  async findEach(clientIds: readonly string[], reader: EntityManager): Promise<ReadonlyMap<string, Client>> {
    const found = await reader.findBy(Client, { clientId: In(clientIds) });
    return new Map(found.map((client) => [client.clientId, client]));
  }

  /** The client with this id, of either kind and any status, tombstones too. */
  async find(clientId: string): Promise<Client | undefined> {
    return (await this.locate(clientId))?.client;
  }

  /** The client with this id and where it is. */
  async locate(clientId: string): Promise<LocatedClient | undefined> {
    const located = await this.dataSources.findFirst(Client, 'client_id', [clientId]);
    return located && { client: await this.judged(located.found), role: located.role };
  }

  /** The clients of both data sources that the filters name, merged in the order of their making. */
  async search(search: Search): Promise<Client[]> {
    const found = await Promise.all(this.dataSources.distinctRoles.map((role) => this.searchIn(role, search)));
    // While clients are copied to another data source, both have them; the first is asked for them too.
    const distinct = new Map(found.reverse().flatMap((clients) => clients.map((client) => [client.clientId, client])));
    return [...distinct.values()].sort(inOrder).slice(0, search.limit);
  }

  /** The clients of one data source that the filters name, in the order of their making. */
  async searchIn(role: Role, { filters, after, limit, now }: Search): Promise<Client[]> {
    const { text, parameters } = searching(filters, { after, limit, now, reported: await this.usageClock.now() });
    const found = await this.dataSources.read(role, (reader) => selectWhere(reader, Client, text, parameters));
    return Promise.all(found.map((client) => this.judged(client)));
  }

  /** The dynamic client to which this registration access token was issued, be it the newest or the one before. */
  async findByRegistrationToken(token: string): Promise<Client | undefined> {
    const digests = this.keyring.digests(token);
    for (const column of ['registration_token_digest', 'previous_registration_token_digest']) {
      const client = await this.dataSources.readBy('dynamic', Client, column, digests);
      if (client) return this.judged(client);
    }
    return undefined;
  }

  /** Some of the active clients that were registered with one initial access token. */
  findActiveByRegistrarToken(tokenId: string, limit: number): Promise<Client[]> {
    const where = { registrarTokenId: tokenId, status: 'active' } as const;
    return this.dataSources.read('dynamic', (reader) => reader.find(Client, { where, take: limit }));
  }

  /**
   * Changes a client, if it is still as the caller read it; the version goes up by one.
   * Answers the changed client, or nothing when somebody else changed it in between.
   */
  async change(client: Client, asked: ClientChange, transaction: EntityManager): Promise<Client | undefined> {
    const { changed, step } = this.changing(client, asked);
    if ((await carryOut(step, transaction)) !== 1) return undefined;
    await this.retag(client, client.tags, changed.tags, transaction);
    return changed;
  }

  /** The step that makes a change of anything but tags, and the client as it is then. */
  changing(client: Client, { endsTokens, unlessUsed, ...asked }: ClientChange): { changed: Client; step: Step } {
    // A token that is revoked or issued anew leaves nothing of those before, unless the change says so.
    const replaced = asked.registrationTokenDigest === undefined ? {} : unlimitedToken;
    // As late as can be, since whoever follows the changes waits only so long for one that is stored after another.
    const updatedAt = Math.max(client.updatedAt, this.clock.now());
    const change = { ...replaced, ...asked, updatedAt };
    const version = client.version + 1;
    const changed: Client = Object.assign(new Client(), client, change, { version });
    if (endsTokens || changed.status !== client.status) changed.tokensValidFrom = version;
    Object.assign(changed, searchColumns(changed), { keyId: this.eldestKey(changed) });
    const { tokensValidFrom, keyId } = changed;
    // Nothing else, since what was used and when is written at the same time.
    const columns = {
      ...change,
      ...searchColumns(changed),
      ...(change.status === 'deleted' && { secretUses: {}, expiresAt: null, lapsesAt: null }),
      tokensValidFrom,
      keyId,
      version,
    };
    const { clientId, version: read, lastUsedAt } = client;
    const asRead = { clientId, version: read, ...(unlessUsed && { lastUsedAt }) };
    return { changed, step: updating<Client>(Client, asRead, columns) };
  }

  /**
   * Stores credentials again that were renewed under the current key, unless the client has changed since: no change of
   * the client as anyone sees it. Answers the client with them, or as it was where they could not be stored.
   */
  async renew(
    { client, role }: LocatedClient,
    renewed: Partial<Pick<Client, 'secrets' | 'registrationTokenDigest'>>,
  ): Promise<Client> {
    const { clientId, version } = client;
    const keyId = this.eldestKey({ ...client, ...renewed });
    const columns = { ...renewed, keyId };
    const isStored = await this.dataSources.storeIfPossible(role, (writer) =>
      update(writer, Client, { clientId, version }, columns),
    );
    return isStored ? Object.assign(new Client(), client, columns) : client;
  }

  /**
   * Stores when a client was used, unless it has changed or been used since it was read: no change of the client, so that
   * its version stays. Answers whether it was stored.
   */
  async use(
    { clientId, version, lastUsedAt, secretUses }: Client,
    used: Pick<Client, 'lastUsedAt' | 'lapsesAt' | 'secretUses'>,
    transaction: EntityManager,
  ): Promise<boolean> {
    const statement =
      'UPDATE clients SET last_used_at = ?, lapses_at = ?, secret_uses = ? ' +
      'WHERE client_id = ? AND version = ? AND COALESCE(last_used_at, 0) = ? AND secret_uses = ?';
    const after = [used.lastUsedAt, used.lapsesAt, JSON.stringify(used.secretUses)];
    const before = [clientId, version, lastUsedAt ?? 0, JSON.stringify(secretUses)];
    return (await change(transaction, statement, [...after, ...before])) === 1;
  }

  /** Ends the registration access token before the newest; false when that has happened already. */
  async endPreviousToken({ clientId, version }: Client, transaction: EntityManager): Promise<boolean> {
    const statement =
      'UPDATE clients SET previous_registration_token_digest = NULL, previous_registration_token_expires_at = NULL ' +
      'WHERE client_id = ? AND version = ? AND previous_registration_token_digest IS NOT NULL';
    return (await change(transaction, statement, [clientId, version])) === 1;
  }

  /** Keeps the rows of its tags as the client itself has them. */
  private async retag(
    { clientId, createdAt }: Pick<Client, 'clientId' | 'createdAt'>,
    before: readonly string[],
    after: readonly string[],
    transaction: EntityManager,
  ): Promise<void> {
    const gone = before.filter((tag) => !after.includes(tag));
    if (gone.length > 0) await transaction.delete(ClientTag, { tag: In(gone), createdAt, clientId });
    for (const tag of after.filter((one) => !before.includes(one)))
      await insert(transaction, ClientTag, { tag, createdAt, clientId });
  }

  /** A client that has ended is expired, whatever its row says until it is swept. */
  async judged(client: Client): Promise<Client> {
    const { status, lapsesAt } = client;
    if (!living.includes(status)) return client;
    const hasLapsed = lapsesAt !== null && lapsesAt <= (await this.usageClock.now());
    client.status = hasLapsed ? 'expired' : statusAt(client, this.clock.now());
    return client;
  }

  private eldestKey(client: Credentials): string | null {
    const stored = client.secrets.flatMap(({ digest, sealed }) => [digest, sealed].filter((one) => one !== undefined));
    for (const digest of [client.registrationTokenDigest, client.previousRegistrationTokenDigest])
      if (digest) stored.push(digest);
    return stored.length === 0 ? null : this.keyring.eldestKeyId(stored);
  }
}

type Credentials = Pick<Client, 'secrets' | 'registrationTokenDigest'> & Partial<PreviousToken>;

/** Ids are ASCII, so that every engine sorts them like this. */
const inOrder = (one: Client, other: Client): number =>
  one.createdAt - other.createdAt || (one.clientId < other.clientId ? -1 : 1);
