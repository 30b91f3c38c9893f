import type { ClientSelection } from './client-search.js';
import { type ClientKind, clientKinds, type ClientStatus } from './client.entity.js';
import { searchText } from './search-columns.js';

/** When the end of clients is judged: by the time, and by the seconds in which usage was reported. */
export interface Moment {
  readonly now: number;
  readonly reported: number;
}

/** A piece of a statement, with the values for its question marks. */
export interface Clause {
  readonly text: string;
  readonly parameters: readonly (string | number)[];
}

/** A walk over one index: what leads to a stretch of it, and what else must hold there. */
export type Walk = readonly Clause[];

/** The ways over which a filter is searched, and what it says of a client that was found in another way. */
interface Way {
  /** Leads to stretches of an index that are in the order of status, kind and making. */
  readonly ordered: readonly Walk[];
  /** Leads to stretches that have to be sorted. */
  readonly ranged: readonly Clause[];
  readonly test: Clause;
}

export const clause = (text: string, ...parameters: (string | number)[]): Clause => ({ text, parameters });

/** Where all of them hold. */
export const both = (...clauses: Clause[]): Clause =>
  clause(clauses.map(({ text }) => text).join(' AND '), ...clauses.flatMap(({ parameters }) => parameters));

/** What one of them names. */
export const either = (...clauses: Clause[]): Clause =>
  clause(`(${clauses.map(({ text }) => text).join(' OR ')})`, ...clauses.flatMap(({ parameters }) => parameters));

/** Those that can still end. */
export const living: readonly ClientStatus[] = ['pending', 'active', 'suspended'];

/** Between them all that has ended: by the time, or by the clock of reported usage. */
export const endings = ({ now, reported }: Moment): Clause[] => [
  clause('clients.expires_at <= ?', now),
  clause('clients.lapses_at <= ?', reported),
];
const lasting = ({ now, reported }: Moment): Clause =>
  clause(
    '(clients.expires_at IS NULL OR clients.expires_at > ?) AND (clients.lapses_at IS NULL OR clients.lapses_at > ?)',
    now,
    reported,
  );

/**
 * The walks that together find every client of a search. A walk that must not sort finds one status and one kind, so
 * there is one for each. The expiry of clients is judged now, not when they are swept.
 */
export function walks(filters: ClientSelection, moment: Moment): Walk[] {
  const [way, ...others] = waysOf(filters);
  const rest = others.map(({ test }) => test);
  const kinds = filters.kind ? [filters.kind] : clientKinds;
  const along = (
    { ordered, ranged }: Pick<Way, 'ordered' | 'ranged'>,
    statuses: readonly ClientStatus[],
    ...more: Walk
  ) => [
    ...ordered.flatMap((steps) => inOrder(statuses, kinds).map((stretch) => [...steps, ...stretch, ...more, ...rest])),
    ...ranged.map((range) => [range, ...among(statuses, kinds), ...more, ...rest]),
  ];
  const all = way ?? { ordered: [[]], ranged: [] };
  const { status } = filters;
  if (status === undefined) return along(all, [...living, 'expired']);
  if (status === 'deleted') return along(all, [status]);
  if (status !== 'expired') return along(all, [status], lasting(moment));
  const ended = endings(moment);
  const justEnded = way ? along(way, living, either(...ended)) : along({ ordered: [], ranged: ended }, living);
  return [...along(all, [status]), ...justEnded];
}

const inOrder = (statuses: readonly ClientStatus[], kinds: readonly ClientKind[]): Walk[] =>
  statuses.flatMap((status) =>
    kinds.map((kind) => [clause('clients.status = ?', status), clause('clients.kind = ?', kind)]),
  );

/** Said so that no engine takes it for a way of its own, and looks through all clients for a few. */
export const withStatus = (...statuses: readonly ClientStatus[]): Clause =>
  clause(`COALESCE(clients.status, '') IN (${statuses.map(() => '?').join(', ')})`, ...statuses);

const among = (statuses: readonly ClientStatus[], kinds: readonly ClientKind[]): Walk => [
  withStatus(...statuses),
  clause(`COALESCE(clients.kind, '') IN (${kinds.map(() => '?').join(', ')})`, ...kinds),
];

/** The ways of the filters that were given, the one that leads to the fewest clients first. */
const waysOf = ({
  tag,
  registrar,
  subject,
  owner,
  software_id,
  name,
  unused_since,
  template,
  withoutSubject,
}: ClientSelection): Way[] => [
  ...(tag === undefined ? [] : [ranging(clause('client_tags.tag = ?', tag))]),
  ...(registrar === undefined ? [] : [equal(registrar, 'registrar_token_id', 'registrar_client_id')]),
  ...(subject === undefined ? [] : [equal(subject, 'subject')]),
  ...(owner === undefined ? [] : [equal(owner, 'owner')]),
  ...(software_id === undefined ? [] : [equal(software_id, 'software_id')]),
  ...(name === undefined ? [] : [ranging(beginningWith(name))]),
  ...(unused_since === undefined ? [] : [unused(unused_since)]),
  ...(template === undefined ? [] : [equal(template, 'template_id')]),
  ...(withoutSubject ? [ranging(clause('clients.subject IS NULL'))] : []),
];

function equal(value: string, ...columns: string[]): Way {
  const clauses = columns.map((column) => clause(`clients.${column} = ?`, searchText(value)));
  return { ordered: clauses.map((one) => [one]), ranged: [], test: either(...clauses) };
}

const ranging = (range: Clause): Way => ({ ordered: [], ranged: [range], test: range });

/** Between the text itself and the last one that begins with it, since `LIKE` is not the same on every engine. */
const beginningWith = (text: string): Clause =>
  clause('clients.client_name >= ? AND clients.client_name < ?', text, `${text}\u{10ffff}`);

const unused = (since: number): Way => ({
  ordered: [[clause('clients.last_used_at IS NULL'), clause('clients.created_at <= ?', since)]],
  ranged: [clause('clients.last_used_at <= ?', since)],
  test: clause('COALESCE(clients.last_used_at, clients.created_at) <= ?', since),
});
