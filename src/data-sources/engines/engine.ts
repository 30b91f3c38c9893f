import type { DataSource, DataSourceOptions, EntitySchema, MixedList, QueryRunner } from 'typeorm';
import type { KnownStatement } from './known-statement.js';

/** What the data sources hold: given from above, since this folder knows no entity. */
export interface Schema {
  readonly entities: MixedList<(new () => object) | EntitySchema>;
  readonly migrations: MixedList<new () => object>;
}

/** A setting of a database that endangers what was acknowledged, or changes what is compared. */
export interface Danger {
  readonly setting: string;
  readonly value: string;
  /** What to set instead. */
  readonly wanted: string;
}

/** What differs between the engines, and nothing else. */
export interface Engine {
  readonly kind: 'sqlite' | 'mysql' | 'postgres';
  /** TypeORM's options. */
  options(schema: Schema): DataSourceOptions;
  /** What has to be done to a data source once it is open. */
  prepare(dataSource: DataSource): void;
  /** What has become of the storage under an open data source that does not notice it itself, for people. */
  storageFault(dataSource: DataSource): string | undefined;
  /** Settled when all that was committed before is on the disk; absent where COMMIT waits for that itself. */
  flush?(dataSource: DataSource): Promise<void>;
  /**
   * Stores a change by all of its statements at once, before `end`: false where one of them met no row, and nothing is
   * stored. Undefined where these have to go one by one, and nothing was done. Throws {@link Unanswered} where nobody
   * knows whether it was stored; on any other error it was not.
   */
  atOnce?(dataSource: DataSource, statements: readonly KnownStatement[], end: number): Promise<boolean | undefined>;
  /** Why a data source could not be opened, for people. */
  explain(error: Error): string;
  /** Whether an error means that the transaction lost against another one, and would succeed if it were run again. */
  isConflict(error: unknown): boolean;
  /** Whether an error means that the database does not work just now. */
  isOutage(error: unknown): boolean;
  /** Which of its hosts new connections go to. */
  readonly host: number;
  /** Makes new connections go to the next host, unless somebody has turned away from this one already. */
  failOver(from: number): void;
  /** Runs `work` while no other process does, on a connection whose statements take the time that they need. */
  exclusively<T>(dataSource: DataSource, work: (runner: QueryRunner) => Promise<T>): Promise<T>;
  /** Version of the server, for people. */
  version(dataSource: DataSource): Promise<string>;
  /** The settings that are not safe. */
  dangers(dataSource: DataSource): Promise<Danger[]>;
}

/** The code of a driver's error: a number of MySQL, an SQLSTATE of PostgreSQL, or a name. */
export function codesOf(error: unknown): readonly (string | number)[] {
  const { code, errno, driverError } = (error ?? {}) as { code?: unknown; errno?: unknown; driverError?: unknown };
  const own = [code, errno].filter((one) => typeof one === 'string' || typeof one === 'number');
  return driverError ? [...own, ...codesOf(driverError)] : own;
}

/**
 * How long may be waited, in milliseconds: a request that needs a server which does not answer is refused within two
 * seconds. Who stands in line for a server that does answer waits longer.
 */
export const patience = { connect: 1_000, lock: 1_000, statement: 1_500, request: 1_800, line: 5_000 } as const;

/** A connection or an answer did not come in time. */
export class DatabaseTimeout extends Error {
  readonly code = 'ETIMEDOUT';
}

/** What goes wrong with a connection, whatever the engine. */
export const networkOutages: ReadonlySet<string | number> = new Set([
  ...['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'EPIPE', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'],
  ...['ENOENT', 'EHOSTDOWN'],
]);

/**
 * Whether a time zone has no offset. Our times are whole seconds and depend on no zone; but who looks at them with the
 * functions of a server in another zone is told hours that no log of ours has.
 */
export const isUtc = (zone: string): boolean =>
  /^((Etc\/)?(UTC|UCT|GMT|Zulu|Universal|Greenwich)|[+-]00:00)$/i.test(zone);
