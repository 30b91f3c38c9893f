import { createHash } from 'node:crypto';
import { Refusal } from '../errors.js';

/** What a cursor holds for besides its position: the filters of the list, by their names. */
export type Filters = Readonly<Record<string, string>>;

/**
 * Where a page ended, as a text that callers send back and never read. It holds for the same filters only: with others it
 * would skip what was never shown.
 */
export const encodeCursor = (position: unknown, filters: Filters = {}): string =>
  Buffer.from(JSON.stringify([position, ...fingerprint(filters)])).toString('base64url');

/** The position in a cursor, if it is one of this list with these filters. */
export function decodeCursor<T>(cursor: string, isPosition: (value: unknown) => value is T, filters: Filters = {}): T {
  const found = parsed(cursor);
  const [position, ...print] = Array.isArray(found) ? (found as unknown[]) : [];
  if (!isPosition(position)) throw malformed();
  if (print[0] !== fingerprint(filters)[0])
    throw new Refusal(
      'invalid_request',
      'after belongs to a list with other filters; keep them, or begin without after',
    );
  return position;
}

/** The position in a list that is in the order of its ids, which are UUIDs. */
export const isIdPosition = (value: unknown): value is string =>
  typeof value === 'string' && /^[0-9a-f-]{36}$/.test(value);

/** The position in a list that is in the order of time, in seconds since the epoch, and then of ids. */
export type TimePosition = readonly [at: number, id: string];

export const isTimePosition = (value: unknown): value is TimePosition =>
  Array.isArray(value) &&
  value.length === 2 &&
  Number.isSafeInteger(value[0]) &&
  typeof value[1] === 'string' &&
  /^[\x20-\x7e]{1,256}$/.test(value[1]);

/** Of which filters a cursor is; nothing for a list without any. */
function fingerprint(filters: Filters): string[] {
  const given = Object.entries(filters).sort(([one], [other]) => (one < other ? -1 : 1));
  if (given.length === 0) return [];
  return [createHash('sha256').update(JSON.stringify(given)).digest('base64url').slice(0, 16)];
}

function parsed(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch {
    throw malformed();
  }
}

const malformed = () => new Refusal('invalid_request', 'after must be the next of an earlier page of this list');
