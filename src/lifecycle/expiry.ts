import { setImmediate } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { AuditTrail, changesBetween } from '../audit/audit-trail.js';
import type { AuditEvent } from '../audit/audit-event.entity.js';
import type { Client } from '../clients/client.entity.js';
import { type ClientChange, ClientStore } from '../clients/client.store.js';
import { EndedClients, type Endings } from '../clients/ended-clients.js';
import { tombstone } from '../clients/tombstone.js';
import { UsageClock } from '../clients/usage-clock.js';
import { Clock } from '../clock.js';
import { DataSources, type Role } from '../data-sources/data-sources.service.js';

/** How long an expired client can be restored, in seconds. */
export const restorable = 30 * 86_400;

/** Clients that are written in one transaction. */
const batch = 100;

/** How many clients expired, and how many were forgotten for good. */
export interface Expired {
  readonly expired: number;
  readonly forgotten: number;
}

interface Step {
  readonly client: Client;
  readonly change: ClientChange;
  readonly event: AuditEvent;
}

/** Hears before each batch how many clients were looked after; false ends the work. */
export type Turn = (done: number) => boolean | Promise<boolean>;

/**
 * Writes down that clients have ended, which holds since they did, and makes tombstones of those that nobody has restored.
 * Each change is made only if the client is as it was read, so that two instances do no harm.
 */
@Injectable()
export class Expiry {
  constructor(
    private readonly ended: EndedClients,
    private readonly clients: ClientStore,
    private readonly audit: AuditTrail,
    private readonly usageClock: UsageClock,
    private readonly dataSources: DataSources,
    private readonly clock: Clock,
  ) {}

  /** How many clients of a data source have to be looked after. */
  async due(role: Role): Promise<Expired> {
    const endings = await this.endings();
    return {
      expired: await this.ended.count(role, 'expired', endings),
      forgotten: await this.ended.count(role, 'forgotten', endings),
    };
  }

  /** Looks after all of them in batches, so that others are served in between. */
  async sweep(role: Role, turn: Turn): Promise<Expired> {
    const tally = { expired: 0, forgotten: 0 };
    // The long expired first, so that nothing goes both ways at once.
    for (const kind of ['forgotten', 'expired'] as const)
      for (;;) {
        if (!(await turn(tally.expired + tally.forgotten))) return tally;
        const endings = await this.endings();
        const found = await this.ended.find(role, kind, endings, batch);
        const done = await this.store(
          role,
          found.map((client) => (kind === 'expired' ? this.expire(client, endings) : this.forget(client))),
        );
        tally[kind] += done;
        // Who changed in between is looked after the next time.
        if (found.length < batch || done === 0) break;
        await setImmediate();
      }
    return tally;
  }

  private async endings(): Promise<Endings> {
    const now = this.clock.now();
    return { now, reported: await this.usageClock.now(), forgetBefore: now - restorable };
  }

  /** The thirty days begin now and not at its end, which may have been while no program ran. */
  private expire(client: Client, { now, reported }: Endings): Step {
    const { clientId, status, expiresAt, lapsesAt, lastUsedAt } = client;
    const change = { status: 'expired', expiresAt: now, lapsesAt: null, updatedAt: now } as const;
    const unused = lastUsedAt === null ? 'unused_ttl' : 'idle_ttl';
    const rule = lapsesAt !== null && lapsesAt <= reported ? unused : 'ttl';
    const event = this.audit.eventOf({
      action: 'client.expired',
      actor: { type: 'system' },
      clientId,
      changes: changesBetween(
        { status, expires_at: expiresAt ?? undefined },
        { status: change.status, expires_at: change.expiresAt },
      ),
      trace: [{ step: 'expire', rule: `template: lifecycle.${rule}`, outcome: 'changed' }],
    });
    return { client, change, event };
  }

  private forget(client: Client): Step {
    const { clientId, status, metadata } = client;
    const change = tombstone(this.clock.now());
    const event = this.audit.eventOf({
      action: 'client.deleted',
      actor: { type: 'system' },
      clientId,
      changes: changesBetween({ status, ...metadata }, { status: change.status }),
    });
    return { client, change, event };
  }

  /** Answers how many of the clients were still as they were read. */
  private async store(role: Role, steps: readonly Step[]): Promise<number> {
    const [first] = steps;
    if (!first) return 0;
    return this.dataSources.transaction(
      role,
      async (transaction) => {
        let done = 0;
        for (const { client, change, event } of steps) {
          if (!(await this.clients.change(client, change, transaction))) continue;
          await this.audit.append(event, transaction);
          done++;
        }
        return done;
      },
      this.audit.landed(first.event),
    );
  }
}
