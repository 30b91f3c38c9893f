import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Client } from '../clients/client.entity.js';
import { ClientStore } from '../clients/client.store.js';
import { UsageClock } from '../clients/usage-clock.js';
import { Clock } from '../clock.js';
import { BackgroundWork } from '../data-sources/background-work.js';
import { DataSources, type Role } from '../data-sources/data-sources.service.js';
import { Lifetimes } from './lifetimes.js';
import { type Use, UseLedger, type UsesOfClient } from './use-ledger.js';

/** In milliseconds. */
const flushEvery = 2_000;

/** Clients that are written in one transaction. */
const batch = 100;

/** More turns than parallel changes of one client are likely to need. */
const mostTurns = 5;

/** Keeps when clients and their secrets were used last; of several times the latest, in whatever order they come. */
@Injectable()
export class ClientUsage implements OnModuleInit, OnApplicationShutdown {
  private noted = new UseLedger();

  constructor(
    private readonly clients: ClientStore,
    private readonly lifetimes: Lifetimes,
    private readonly usageClock: UsageClock,
    private readonly dataSources: DataSources,
    private readonly clock: Clock,
    private readonly background: BackgroundWork,
  ) {}

  onModuleInit(): void {
    this.background.every(flushEvery, () => this.flush());
  }

  async onApplicationShutdown(): Promise<void> {
    await this.background.quietly(() => this.flush());
  }

  /** Notes that a client is used just now; stored within seconds, so that it delays no request. */
  note(clientId: string, secretId?: string): void {
    this.noted.add({ clientId, at: this.clock.now(), ...(secretId !== undefined && { secretId }) });
  }

  /** Stores what was noted since the last time; after an outage, what was noted before it and in it. */
  async flush(): Promise<void> {
    const { noted } = this;
    if (noted.size === 0) return;
    this.noted = new UseLedger();
    await this.storeAll(noted).catch((error: unknown) => {
      for (const use of noted.uses()) this.noted.add(use);
      throw error;
    });
  }

  /** Stores what somebody reports, now; clients and secrets that are not there are passed over. */
  async report(uses: readonly Use[]): Promise<void> {
    const ledger = new UseLedger();
    for (const use of uses) ledger.add(use);
    await this.storeAll(ledger);
  }

  private async storeAll(ledger: UseLedger): Promise<void> {
    await this.usageClock.reported();
    const ids = ledger.clientIds();
    for (const role of this.dataSources.distinctRoles)
      for (let start = 0; start < ids.length; start += batch)
        await this.storeIn(role, ids.slice(start, start + batch), ledger);
  }

  private async storeIn(role: Role, clientIds: readonly string[], ledger: UseLedger): Promise<void> {
    let left = clientIds;
    for (let turn = 1; left.length > 0 && turn <= mostTurns; turn++)
      left = await this.dataSources.transaction(
        role,
        (transaction) => this.storeEach(left, ledger, transaction),
        () => Promise.resolve(false),
      );
  }

  /** Answers the ids of those clients that changed in between. */
  private async storeEach(
    clientIds: readonly string[],
    ledger: UseLedger,
    transaction: EntityManager,
  ): Promise<string[]> {
    const found = await this.clients.findEach(clientIds, transaction);
    const lost: string[] = [];
    // In one order, so that two instances never wait for each other.
    for (const clientId of [...found.keys()].sort()) {
      const client = found.get(clientId)!;
      const used = await this.used(client, ledger.of(clientId));
      if (used && !(await this.clients.use(client, used, transaction))) lost.push(clientId);
    }
    return lost;
  }

  private async used(client: Client, { at, secrets }: UsesOfClient): Promise<Used | undefined> {
    if (client.status === 'deleted') return undefined;
    const uses = client.secrets.flatMap(({ id }): [string, number][] => {
      const latest = Math.max(client.secretUses[id] ?? 0, secrets.get(id) ?? 0);
      return latest === 0 ? [] : [[id, latest]];
    });
    const secretUses = Object.fromEntries(uses);
    const isLater = client.lastUsedAt === null || at > client.lastUsedAt;
    if (!isLater && JSON.stringify(secretUses) === JSON.stringify(client.secretUses)) return undefined;
    if (!isLater) return { lastUsedAt: client.lastUsedAt, lapsesAt: client.lapsesAt, secretUses };
    return { lastUsedAt: at, lapsesAt: await this.lapseOf(client), secretUses };
  }

  /** What has lapsed stays so: others were told already that it has. */
  private async lapseOf(client: Client): Promise<number | null> {
    const hasLapsed = client.lapsesAt !== null && client.lapsesAt <= (await this.usageClock.now());
    return hasLapsed ? client.lapsesAt : this.lifetimes.lapseAfterUse(client);
  }
}

type Used = Pick<Client, 'lastUsedAt' | 'lapsesAt' | 'secretUses'>;
