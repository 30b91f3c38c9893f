import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { RegistrarRecord } from '../clients/client.entity.js';
import type { Step } from '../data-sources/statements.js';
import { Refusal } from '../errors.js';
import { type RateLimit, RateLimits } from '../rate-limits/rate-limits.js';
import type { ClientTemplate } from '../templates/client-template.js';
import { RegistrationRoomStore, type RoomLimit } from './registration-room.store.js';
import type { Trace } from './trace.js';

/**
 * How much of a limit of a template there is for a registrar. Where others register under the template too, anonymous
 * callers leave them a fifth of it, and at least one.
 */
function shareOf(limit: number, { access }: ClientTemplate, { type }: RegistrarRecord): number {
  const isShared = access.initial_access_token || access.access_token || access.software_statement;
  return type === 'anonymous' && isShared ? limit - Math.ceil(limit / 5) : limit;
}

/** Holds registrations to the numbers of their template, over all instances; an administrator is held to none. */
@Injectable()
export class TemplateLimits {
  constructor(
    private readonly rates: RateLimits,
    private readonly rooms: RegistrationRoomStore,
  ) {}

  /** Counts an attempt to register. Throws `rate_limited` when there were too many within a minute. */
  async countAttempt(template: ClientTemplate, registrar: RegistrarRecord): Promise<void> {
    const { id, limits } = template;
    const most = limits.per_minute;
    if (most === 0 || registrar.type === 'administrator') return;
    const share = shareOf(most, template, registrar);
    if (share < most) await this.rates.count(perMinute(`template ${id} anonymous`, share, 'without a token '));
    await this.rates.count(perMinute(`template ${id}`, most));
  }

  /** Refuses early where there is no room for one more client. Throws `access_denied`. */
  async demandRoom(template: ClientTemplate, registrar: RegistrarRecord, { tell }: Trace): Promise<void> {
    for (const { rule, told, ...limit } of roomLimits(template, registrar)) {
      const isFull = !(await this.rooms.has(limit));
      tell({ step: 'admit', rule, outcome: isFull ? 'refused' : 'passed' });
      if (isFull) throw new Refusal('access_denied', told);
    }
  }

  /**
   * Takes the room of a client in the transaction that stores it: at its end, since all registrations under the template
   * wait for each other here. Throws `access_denied` when others were faster.
   */
  async takeRoom(template: ClientTemplate, registrar: RegistrarRecord, transaction: EntityManager): Promise<void> {
    for (const { told, ...limit } of roomLimits(template, registrar))
      if (!(await this.rooms.take(limit, transaction))) throw new Refusal('access_denied', told);
  }

  /** The steps that take the room of a client, where that much is known to be left. */
  takingRoom(template: ClientTemplate, registrar: RegistrarRecord): readonly Step[] {
    return roomLimits(template, registrar).map((limit) => this.rooms.taking(limit));
  }
}

/** What a client needs room under; the row of all registrars last, as it is the hottest. */
function roomLimits(
  template: ClientTemplate,
  registrar: RegistrarRecord,
): (RoomLimit & { readonly rule: string; readonly told: string })[] {
  const { clients, per_registrar } = template.limits;
  if (clients === 0 && per_registrar === 0) return [];
  if (registrar.type === 'administrator' || registrar.type === 'metadata_document') return [];
  const of = { templateId: template.id, version: template.version };
  const own = { ...of, key: keyOf(registrar), registrar };
  const share = shareOf(clients, template, registrar);
  const limits = [];
  // All anonymous callers are one registrar, so that the two limits are on the same clients.
  if (share < clients && (per_registrar === 0 || share < per_registrar))
    limits.push({ ...own, most: share, rule: 'template: limits.clients', told: noRoomForAnyone });
  else if (per_registrar > 0)
    limits.push({ ...own, most: per_registrar, rule: 'template: limits.per_registrar', told: noRoomForRegistrar });
  if (clients > 0) limits.push({ ...of, key: '', most: clients, rule: 'template: limits.clients', told: noRoom });
  return limits;
}

/**
 * Who is one registrar: a token made here, a user of an issuer through whatever client, a client of an issuer; of other
 * kinds what is known of them.
 */
function keyOf(registrar: RegistrarRecord): string {
  const { type, token_id, subject, client_id, issuer = '' } = registrar;
  const one = token_id ?? subject ?? client_id ?? JSON.stringify(registrar);
  return createHash('sha256')
    .update(JSON.stringify([type, issuer, one]))
    .digest('base64url');
}

const noRoom = 'this template has all the clients that it may have; delete one, or ask an administrator for more room';
const noRoomForAnyone =
  'this template has all the clients that it may have of callers without a token; register with one';
const noRoomForRegistrar =
  'this registrar has all the clients that it may have under this template; delete one, or ask an administrator for more room';

const perMinute = (id: string, most: number, kind = ''): RateLimit => ({
  id,
  most,
  told: `this template takes ${most} registrations ${kind}a minute`,
});
