import { type Clause, clause, type Moment, type Walk, walks } from './client-walks.js';
import type { ClientKind, ClientStatus } from './client.entity.js';

/** What clients are searched by; all that is given holds. Times are seconds since the epoch. */
export interface ClientFilters {
  readonly kind?: ClientKind;
  /** All but the deleted unless it is said. */
  readonly status?: ClientStatus;
  readonly template?: string;
  /** The id of an initial access token, of a key of an administrator, or of a client that registered others. */
  readonly registrar?: string;
  readonly subject?: string;
  readonly owner?: string;
  readonly tag?: string;
  readonly software_id?: string;
  /** What the name begins with. */
  readonly name?: string;
  /** Made later than this. */
  readonly created_after?: number;
  /** Made earlier than this. */
  readonly created_before?: number;
  /** Neither made nor used after this time. */
  readonly unused_since?: number;
}

/** What clients of one registrar are searched by, beside what a list takes. */
export interface ClientSelection extends ClientFilters {
  /** Registered by the `registrar` itself, and not by a user through it. */
  readonly withoutSubject?: true;
}

/** Where in the order of clients a page ended. */
export interface Position {
  readonly createdAt: number;
  readonly clientId: string;
}

interface Part extends Moment {
  readonly after?: Position;
  readonly limit: number;
}

/**
 * The condition that finds the first clients of a search, in the order of their making. No walk goes further than the
 * page; their keys are merged, and only the clients of the page are read.
 */
export function searching(filters: ClientSelection, { after, limit, ...moment }: Part): Clause {
  const table = filters.tag === undefined ? 'clients' : 'client_tags';
  const bounds = boundsOf(table, filters, after);
  const keys = walks(filters, moment).map((walk, index) => keysOf(table, [...walk, ...bounds], limit, index));
  const merged = keys.map(({ text }) => text).join(' UNION ');
  return clause(
    `client_id IN (SELECT client_id FROM (${merged} ORDER BY created_at, client_id LIMIT ?) AS page) ORDER BY created_at, client_id`,
    ...keys.flatMap(({ parameters }) => parameters),
    limit,
  );
}

function keysOf(table: string, walk: Walk, limit: number, index: number): Clause {
  const from = table === 'clients' ? table : `${table} INNER JOIN clients ON clients.client_id = ${table}.client_id`;
  const condition = walk.map(({ text }) => text).join(' AND ');
  const keys = `SELECT ${table}.created_at, ${table}.client_id FROM ${from} WHERE ${condition}`;
  return clause(
    `SELECT * FROM (${keys} ORDER BY ${table}.created_at, ${table}.client_id LIMIT ?) AS walk${index}`,
    ...walk.flatMap(({ parameters }) => parameters),
    limit,
  );
}

/** The time apart from the id, since not every engine sees a stretch of an index in a comparison of pairs. */
const boundsOf = (table: string, { created_after, created_before }: ClientFilters, after?: Position): Clause[] => [
  ...(created_after === undefined ? [] : [clause(`${table}.created_at > ?`, created_after)]),
  ...(created_before === undefined ? [] : [clause(`${table}.created_at < ?`, created_before)]),
  ...(after === undefined
    ? []
    : [
        clause(`${table}.created_at >= ?`, after.createdAt),
        clause(`(${table}.created_at > ? OR ${table}.client_id > ?)`, after.createdAt, after.clientId),
      ]),
];
