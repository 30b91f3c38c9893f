import { setImmediate } from 'node:timers/promises';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Keyring } from '../clients/keyring.js';
import { Clock } from '../clock.js';
import { BackgroundWork } from '../data-sources/background-work.js';
import { DataSources, type Role } from '../data-sources/data-sources.service.js';
import { Leases } from '../data-sources/leases.js';
import { AuditEvent } from './audit-event.entity.js';
import { AuditSeal } from './audit-seal.entity.js';
import { eventBatches } from './event-batches.js';
import { fingerprintOf, textOfSeal, WindowDigest } from './seals.js';

/**
 * Seconds after which a window is closed: no event can come late into it, although clocks of two instances may differ by
 * five minutes, a transaction takes seconds, and a refusal waits for two minutes at most.
 */
const settling = 480;
const windowLength = 60;
/** A window that nobody sealed in time is no longer than this, so that what is wrong in it can be found. */
const longestWindow = 3_600;
const sealEvery = 60_000;

/** How old the newest seal of a trail is, if there is one, and the oldest event that none covers, 0 if all are; in seconds. */
export interface SealAges {
  readonly newest?: number;
  readonly unsealed: number;
}

/** Seals the windows of the trail that are closed: one instance at a time, each data source for itself. */
@Injectable()
export class AuditSeals implements OnModuleInit {
  constructor(
    private readonly dataSources: DataSources,
    private readonly leases: Leases,
    private readonly keyring: Keyring,
    private readonly clock: Clock,
    private readonly background: BackgroundWork,
  ) {}

  onModuleInit(): void {
    this.background.every(sealEvery, () => this.sealAll());
  }

  /** Seals every window of a data source that is closed, if no other instance does. */
  async seal(role: Role): Promise<void> {
    let isBehind = true;
    while (isBehind && !this.background.isEnding)
      isBehind = (await this.leases.hold(role, 'audit seals')) && (await this.sealNext(role));
  }

  /** How far the seals of a data source are behind; nothing while it does not answer. */
  async ages(role: Role): Promise<SealAges | undefined> {
    try {
      return await this.dataSources.read(role, async (reader) => {
        const last = await lastSeal(reader);
        const first = await firstEventSince(reader, last?.until ?? 0);
        const now = this.clock.now();
        return { ...(last && { newest: now - last.sealedAt }), unsealed: first === undefined ? 0 : now - first };
      });
    } catch (error) {
      if (this.dataSources.isOutage(error)) return undefined;
      throw error;
    }
  }

  private async sealAll(): Promise<void> {
    for (const role of this.dataSources.distinctRoles) await this.background.quietly(() => this.seal(role));
  }

  /** Seals the oldest window that is closed and has events; false when there is none. */
  private async sealNext(role: Role): Promise<boolean> {
    const read = <T>(work: (reader: EntityManager) => Promise<T>) => this.dataSources.read(role, work);
    const last = await read(lastSeal);
    const since = last?.until ?? 0;
    const closed = windowLength * Math.floor((this.clock.now() - settling) / windowLength);
    const first = await read((reader) => firstEventSince(reader, since));
    if (first === undefined || first >= closed) return false;
    const until = Math.min(closed, longestWindow * (Math.floor(first / longestWindow) + 1));
    const window = new WindowDigest();
    for await (const batch of eventBatches(read, { since: last?.until, until })) {
      for (const event of batch) window.add(event);
      // SQLite answers at once, so that nothing else would have a turn.
      await setImmediate();
    }
    const content = {
      number: (last?.number ?? 0) + 1,
      since,
      until,
      count: window.count,
      events: window.events,
      previous: fingerprintOf(last),
      sealedAt: this.clock.now(),
    };
    await this.store({ ...content, digest: this.keyring.digest(textOfSeal(content)) }, role);
    return true;
  }

  private async store(seal: AuditSeal, role: Role): Promise<void> {
    const { number, digest } = seal;
    await this.dataSources.transaction(
      role,
      (transaction) => transaction.insert(AuditSeal, seal),
      (reader) => reader.existsBy(AuditSeal, { number, digest }),
    );
  }
}

async function lastSeal(reader: EntityManager): Promise<AuditSeal | undefined> {
  const [seal] = await reader.find(AuditSeal, { order: { number: 'DESC' }, take: 1 });
  return seal;
}

async function firstEventSince(reader: EntityManager, since: number): Promise<number | undefined> {
  const query = reader.createQueryBuilder(AuditEvent, 'event').select('event.at', 'at').where('event.at >= :since');
  const row = await query.setParameters({ since }).orderBy('event.at').addOrderBy('event.id').limit(1).getRawOne<{
    at: string | number;
  }>();
  return row && Number(row.at);
}
