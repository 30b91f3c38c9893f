import { Injectable } from '@nestjs/common';
import type { Client } from '../clients/client.entity.js';
import { UsageClock } from '../clients/usage-clock.js';
import { Clock } from '../clock.js';
import { type LifecycleRules, neutral } from '../templates/client-template.js';
import { Templates } from '../templates/templates.service.js';

/** When a client ends: at a time, and by the clock of reported usage; null for never. */
export type Lifetime = Pick<Client, 'expiresAt' | 'lapsesAt'>;

type Templated = Pick<Client, 'templateId' | 'templateVersion'>;

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
    const rules = await this.rulesOf(client);
    const lifetime = await this.begin(rules);
    return client.lastUsedAt === null ? lifetime : { ...lifetime, lapsesAt: await this.lapseAfterUse(client) };
  }

  /** When a client that is used now lapses, if it is not used again. */
  async lapseAfterUse(client: Templated): Promise<number | null> {
    const { idle_ttl } = await this.rulesOf(client);
    return idle_ttl === 0 ? null : (await this.usageClock.now()) + idle_ttl;
  }

  private async rulesOf({ templateId, templateVersion }: Templated): Promise<LifecycleRules> {
    const template = templateId === null ? undefined : await this.templates.version(templateId, templateVersion ?? 0);
    return (template ?? neutral).lifecycle;
  }
}
