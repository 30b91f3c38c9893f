import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { type BeforeApplicationShutdown, Injectable } from '@nestjs/common';
import { ChangedClients, type ChangePosition } from '../clients/changed-clients.js';
import type { Client } from '../clients/client.entity.js';
import { Clock } from '../clock.js';
import { Refusal } from '../errors.js';
import { decodeCursor, encodeCursor } from '../http/cursor.js';
import type { ChangePage } from './dto/change.dto.js';

/** Seconds for which a change may be stored later than another one with a later time: clocks differ, and writers wait. */
const unsettledFor = 10;
/** How many clients one answer names. */
const mostItems = 1_000;
/** How often is looked while somebody waits, in milliseconds. */
const lookEvery = 1_000;
/** How many may wait at a time, since each of them looks. */
const mostWaiting = 50;

/** Up to where all changes are known, and a fingerprint of those after it that were told already. */
type Cursor = readonly [at: number, clientId: string, told: string];

const start: Cursor = [0, '', ''];

const isCursor = (value: unknown): value is Cursor =>
  Array.isArray(value) &&
  value.length === 3 &&
  Number.isSafeInteger(value[0]) &&
  /^[\x20-\x7e]{0,255}$/.test(String(value[1])) &&
  value.slice(1).every((part) => typeof part === 'string');

/** Tells authorization servers which clients have changed, each change at least once. */
@Injectable()
export class Changes implements BeforeApplicationShutdown {
  private readonly end = new AbortController();
  private waiting = 0;

  constructor(
    private readonly changed: ChangedClients,
    private readonly clock: Clock,
  ) {}

  /** Whoever waits is answered before the port closes. */
  beforeApplicationShutdown(): void {
    this.end.abort();
  }

  /**
   * What changed after a cursor; when that is nothing, waits up to `seconds` for it, unless the caller is `gone`. Throws
   * `rate_limited` where too many wait already.
   */
  async after(text: string | undefined, seconds: number, gone: AbortSignal): Promise<ChangePage> {
    let found = await this.look(text === undefined ? start : decodeCursor(text, isCursor));
    if (found.items.length > 0 || seconds === 0) return shown(found);
    if (this.waiting === mostWaiting)
      throw new Refusal('rate_limited', `${mostWaiting} callers wait for changes already; ask without wait`);
    this.waiting++;
    try {
      const over = AbortSignal.any([gone, this.end.signal]);
      const end = performance.now() + seconds * 1_000;
      while (found.items.length === 0 && (await lasts(end, over))) found = await this.look(found.cursor);
    } finally {
      this.waiting--;
    }
    return shown(found);
  }

  /** Tells all changes that are not settled yet again as soon as one of them is new: none is skipped so. */
  private async look([at, clientId, told]: Cursor): Promise<Found> {
    const settledUntil = this.clock.now() - unsettledFor;
    const items = await this.changed.find({ at, clientId }, mostItems);
    const firstYoung = items.findIndex(({ updatedAt }) => updatedAt > settledUntil);
    const settled = firstYoung === -1 ? items : items.slice(0, firstYoung);
    const position = settled.at(-1) ? positionOf(settled.at(-1)!) : { at, clientId };
    const cursor: Cursor = [position.at, position.clientId, fingerprint(items.slice(settled.length))];
    return { items: fingerprint(items) === told ? [] : items, cursor };
  }
}

interface Found {
  readonly items: readonly Client[];
  readonly cursor: Cursor;
}

const positionOf = ({ updatedAt, clientId }: Client): ChangePosition => ({ at: updatedAt, clientId });

const shown = ({ items, cursor }: Found): ChangePage => ({
  items: items.map(({ clientId, version, status }) => ({ client_id: clientId, version, status })),
  next: encodeCursor(cursor),
});

/** Which changes there are, in a few characters; none of them is the empty text. */
function fingerprint(items: readonly Client[]): string {
  if (items.length === 0) return '';
  const all = items.map(({ clientId, version }) => [clientId, version]);
  return createHash('sha256').update(JSON.stringify(all)).digest('base64url').slice(0, 16);
}

/**
 * Whether there is time left after a moment. The end is a time and no `AbortSignal.timeout`, which among others in
 * `AbortSignal.any` is held by nothing: collected as garbage, it never ends.
 */
async function lasts(end: number, over: AbortSignal): Promise<boolean> {
  const left = end - performance.now();
  if (left <= 0) return false;
  return pause(Math.min(left, lookEvery), true, { signal: over }).catch(() => false);
}
