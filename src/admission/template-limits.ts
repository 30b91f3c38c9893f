import { Injectable } from '@nestjs/common';
import type { RegistrarRecord } from '../clients/client.entity.js';
import { type RateLimit, RateLimits } from '../rate-limits/rate-limits.js';
import type { ClientTemplate } from '../templates/client-template.js';

/**
 * How much of a limit of a template there is for a registrar. Where others register under the template too, anonymous
 * callers leave them a fifth of it, and at least one.
 */
export function shareOf(limit: number, { access }: ClientTemplate, { type }: RegistrarRecord): number {
  const isShared = access.initial_access_token || access.access_token || access.software_statement;
  return type === 'anonymous' && isShared ? limit - Math.ceil(limit / 5) : limit;
}

/** Holds registrations to the numbers of their template, over all instances; an administrator is held to none. */
@Injectable()
export class TemplateLimits {
  constructor(private readonly rates: RateLimits) {}

  /** Counts an attempt to register. Throws `rate_limited` when there were too many within a minute. */
  async countAttempt(template: ClientTemplate, registrar: RegistrarRecord): Promise<void> {
    const { id, limits } = template;
    const most = limits.per_minute;
    if (most === 0 || registrar.type === 'administrator') return;
    const share = shareOf(most, template, registrar);
    if (share < most) await this.rates.count(perMinute(`template ${id} anonymous`, share, 'without a token '));
    await this.rates.count(perMinute(`template ${id}`, most));
  }
}

const perMinute = (id: string, most: number, kind = ''): RateLimit => ({
  id,
  most,
  told: `this template takes ${most} registrations ${kind}a minute`,
});
