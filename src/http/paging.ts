import { createHash } from 'node:crypto';
import { Refusal } from '../errors.js';

const defaultLimit = 50;
const largestLimit = 200;

/** Which part of a list is asked for: at most `limit` items, `after` the cursor of the page before. */
export interface PageRequest {
  readonly limit: number;
  readonly after?: string;
  readonly filters: Readonly<Record<string, string>>;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly next?: string;
}

/** Reads the query of a list; `filters` names what it takes besides `limit` and `after`, and all else is refused. */
export function readPage(query: Readonly<Record<string, unknown>>, filters: readonly string[] = []): PageRequest {
  const {
    limit = String(defaultLimit),
    after,
    ...rest
  } = Object.fromEntries(
    Object.entries(query).map(([name, value]) => [name, single(name, value, ['limit', 'after', ...filters])]),
  );
  if (!/^[1-9]\d{0,2}$/.test(limit) || Number(limit) > largestLimit) {
    throw new Refusal('invalid_request', `limit must be a whole number from 1 to ${largestLimit}`);
  }
  if (after === '') throw malformedCursor();
  return { limit: Number(limit), ...(after !== undefined && { after }), filters: rest };
}

function single(name: string, value: unknown, known: readonly string[]): string {
  // An unknown name is the caller's text, and is repeated only where it is harmless.
  const shown = /^[A-Za-z0-9_.-]{1,64}$/.test(name) ? name : 'given';
  if (!known.includes(name)) {
    throw new Refusal('invalid_request', `the parameter ${shown} is not one of ${known.join(', ')}`);
  }
  if (typeof value !== 'string') throw new Refusal('invalid_request', `the parameter ${shown} must be given once`);
  return value;
}

type Filters = PageRequest['filters'];

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
  if (!isPosition(position)) throw malformedCursor();
  if (print[0] !== fingerprint(filters)[0])
    throw new Refusal(
      'invalid_request',
      'after belongs to a list with other filters; keep them, or begin without after',
    );
  return position;
}

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
    throw malformedCursor();
  }
}

const malformedCursor = () => new Refusal('invalid_request', 'after must be the next of an earlier page of this list');

/** A page as it is answered; without `next` it is the last. */
export const page = <T>(items: readonly T[], next?: string): Page<T> => ({
  items,
  ...(next !== undefined && { next }),
});

/** The `Link` to the page after this one (RFC 8288 section 3), with the same limit and filters. */
export function nextLink(publicUrl: string, path: string, { limit, filters }: PageRequest, next: string): string {
  const url = new URL(path, publicUrl);
  url.search = new URLSearchParams({ ...filters, limit: String(limit), after: next }).toString();
  return `<${url.href}>; rel="next"`;
}
