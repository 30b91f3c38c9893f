import { Injectable } from '@nestjs/common';
import type { Client } from '../clients/client.entity.js';
import { UsageClock } from '../clients/usage-clock.js';
import { Clock } from '../clock.js';
import type { LifecycleRules } from '../templates/client-template.js';
import { type Templated, Templates } from '../templates/templates.service.js';

/** When a client ends: at a time, and by the clock of reported usage; null for never. */
export type Lifetime = Pick<Client, 'expiresAt' | 'lapsesAt'>;

/** A client as far as its life is concerned. */
type Lived = Templated & Lifetime & Pick<Client, 'status' | 'createdAt' | 'lastUsedAt'>;

/** Knows how long clients live, by the templates that they are under. */
@Injectable()
export class Lifetimes {
  constructor(
    private readonly templates: Templates,
    private readonly usageClock: UsageClock,
    private readonly clock: Clock,
  ) {}

  /** The life of a client that begins now, not used yet. */
  async begin({ ttl, unused_ttl }: LifecycleRules): Promise<Lifetime> {
    return {
      expiresAt: ttl === 0 ? null : this.clock.now() + ttl,
      lapsesAt: unused_ttl === 0 ? null : (await this.usageClock.now()) + unused_ttl,
    };
  }

  /** A new life for a client that has ended: as long as its first one, and as long without use as it may be idle if it was used. */
  async renewed(client: Templated & Pick<Client, 'lastUsedAt'>): Promise<Lifetime> {
    const { lifecycle } = await this.templates.rulesOf(client);
    const lifetime = await this.begin(lifecycle);
    return client.lastUsedAt === null ? lifetime : { ...lifetime, lapsesAt: await this.lapseAfterUse(client) };
  }

  /** When a client that is used now lapses, if it is not used again. */
  async lapseAfterUse(client: Templated): Promise<number | null> {
    const { idle_ttl } = (await this.templates.rulesOf(client)).lifecycle;
    return idle_ttl === 0 ? null : (await this.usageClock.now()) + idle_ttl;
  }

  /**
   * The life of a client that comes under other rules: as if it had been under them since it began, or was used last, as far
   * as that is known. One that has ended stays so.
   */
  async moved(client: Lived, { ttl, unused_ttl, idle_ttl }: LifecycleRules): Promise<Lifetime> {
    const { createdAt, expiresAt, lapsesAt, lastUsedAt } = client;
    if (client.status === 'expired' || (await this.isOver(client))) return { expiresAt, lapsesAt };
    const { lifecycle: before } = await this.templates.rulesOf(client);
    // A life that was renewed began later than the client was made.
    const begun = before.ttl === 0 || expiresAt === null ? createdAt : expiresAt - before.ttl;
    const [idleBefore, idle] = lastUsedAt === null ? [before.unused_ttl, unused_ttl] : [before.idle_ttl, idle_ttl];
    const isKnown = idleBefore !== 0 && lapsesAt !== null;
    const rested = isKnown ? lapsesAt - idleBefore : await this.usageClock.now();
    return { expiresAt: ttl === 0 ? null : begun + ttl, lapsesAt: idle === 0 ? null : rested + idle };
  }

  /** Whether a life has ended by now. */
  async isOver({ expiresAt, lapsesAt }: Lifetime): Promise<boolean> {
    if (expiresAt !== null && expiresAt <= this.clock.now()) return true;
    return lapsesAt !== null && lapsesAt <= (await this.usageClock.now());
  }
}
