import { readFileSync } from 'node:fs';
import pg from 'pg';
import {
  type DataSource,
  type QueryRunner,
  QueryRunnerAlreadyReleasedError,
  QueryRunnerProviderAlreadyReleasedError,
} from 'typeorm';
import type { ServerAddress } from '../../config/data-source-address.js';
import { type Advice, advised, mendDatabase, mendLogin, mendRights } from './advice.js';
import { openWay, withDirectBoundaries } from './direct-statements.js';
import {
  codesOf,
  type Danger,
  DatabaseTimeout,
  type Engine,
  isUtc,
  networkOutages,
  patience,
  type Schema,
} from './engine.js';
import { type KnownStatement, Unanswered } from './known-statement.js';
import { ask, poolClass, wayThrough } from './postgres-connections.js';
import { wholeStatement } from './whole-statement.js';

/** Serialization failure and deadlock. */
const conflicts = new Set<string | number>(['40001', '40P01']);

/** SQLSTATE classes of lost connections, missing resources, shut-down and broken storage; and a statement given up on. */
const outages = /^(08|53|57P|58|XX)|^(57014|25006|55P03)$/;

/** What pg says of a connection without a code. */
const lostConnection =
  /^(Connection terminated|timeout expired|timeout exceeded when trying to connect|Query read timeout|Client has encountered a connection error)/;

const advice: Advice = [
  [['28P01', '28000'], mendLogin],
  [['3D000'], mendDatabase],
  [['42501'], mendRights],
];

/** What TypeORM says of a connection that was lost between two statements of a transaction. */
const isOfLostConnection = (error: unknown): boolean =>
  error instanceof QueryRunnerAlreadyReleasedError || error instanceof QueryRunnerProviderAlreadyReleasedError;

/** PostgreSQL, and what speaks its protocol: CockroachDB, Aurora. */
export class PostgresEngine implements Engine {
  readonly kind = 'postgres';
  private current = 0;

  constructor(
    private readonly address: ServerAddress,
    private readonly poolSize: number,
  ) {}

  options({ entities, migrations }: Schema) {
    const { user, password, database, tls } = this.address;
    return {
      type: 'postgres' as const,
      driver: { ...pg, defaults: pg.defaults, Pool: poolClass(() => this.address.hosts[this.current]!) } as unknown,
      ...this.address.hosts[this.current],
      username: user,
      password,
      database,
      poolSize: this.poolSize,
      connectTimeoutMS: patience.request,
      poolErrorHandler: () => undefined,
      installExtensions: false,
      ...(tls && { ssl: { rejectUnauthorized: true, ...(tls.ca && { ca: readFileSync(tls.ca, 'utf8') }) } }),
      extra: {
        keepAlive: true,
        idleTimeoutMillis: 60_000,
        statement_timeout: patience.statement,
        lock_timeout: patience.lock,
        query_timeout: patience.statement + 200,
        idle_in_transaction_session_timeout: 10_000,
      },
      entities: entities as never,
      migrations: migrations as never,
      migrationsTransactionMode: 'each' as const,
    };
  }

  /** The entities are the same for all engines; the texts of this one sort by their characters only where it is told to. */
  prepare(dataSource: DataSource): void {
    for (const { columns } of dataSource.entityMetadatas)
      for (const column of columns)
        if (/^(varchar|text|simple-json)$/.test(String(column.type))) column.collation = 'C';
    const { driver } = dataSource;
    const createQueryRunner = driver.createQueryRunner.bind(driver);
    driver.createQueryRunner = (mode) => withDirectBoundaries(createQueryRunner(mode));
    openWay(dataSource, wayThrough((driver as unknown as { master: pg.Pool }).master));
  }

  async atOnce(
    { driver }: DataSource,
    statements: readonly KnownStatement[],
    end: number,
  ): Promise<boolean | undefined> {
    const text = wholeStatement(statements);
    if (text === undefined) return undefined;
    const client = await (driver as unknown as { master: pg.Pool }).master.connect();
    try {
      // The server gives up on it before its caller does.
      if (end - Date.now() < patience.statement) return undefined;
      const values = statements.flatMap((statement) => statement.values);
      return (await ask(client, text, values)).rows.length === 1;
    } catch (error) {
      throw this.isOutage(error) ? new Unanswered(error) : error;
    } finally {
      client.release();
    }
  }

  storageFault(): undefined {}

  explain(error: Error): string {
    return advised(error, advice);
  }

  isConflict(error: unknown): boolean {
    return codesOf(error).some((code) => conflicts.has(code));
  }

  isOutage(error: unknown): boolean {
    const message = error instanceof Error ? error.message : '';
    return (
      isOfLostConnection(error) ||
      lostConnection.test(message) ||
      codesOf(error).some((code) => networkOutages.has(code) || (typeof code === 'string' && outages.test(code)))
    );
  }

  get host(): number {
    return this.current;
  }

  failOver(from: number): void {
    if (from === this.current) this.current = (this.current + 1) % this.address.hosts.length;
  }

  async exclusively<T>(dataSource: DataSource, work: (runner: QueryRunner) => Promise<T>): Promise<T> {
    const runner = dataSource.createQueryRunner();
    const { connectionParameters } = (await runner.connect()) as { connectionParameters: { query_timeout: number } };
    const { query_timeout } = connectionParameters;
    try {
      const deadline = Date.now() + 60_000;
      for (;;) {
        const [row] = (await runner.query('SELECT pg_try_advisory_lock(7591) AS granted')) as { granted: boolean }[];
        if (row!.granted) break;
        if (Date.now() > deadline) throw new DatabaseTimeout('another process has been migrating for a minute');
        await new Promise((tick) => setTimeout(tick, 100));
      }
      connectionParameters.query_timeout = 0;
      await runner.query('SET statement_timeout = 0');
      return await work(runner);
    } finally {
      connectionParameters.query_timeout = query_timeout;
      await runner.query('RESET statement_timeout').catch(() => undefined);
      await runner.query('SELECT pg_advisory_unlock(7591)').catch(() => undefined);
      await runner.release();
    }
  }

  async version(dataSource: DataSource): Promise<string> {
    const [row] = await dataSource.query<{ server_version: string }[]>('SHOW server_version');
    return row!.server_version;
  }

  async dangers(dataSource: DataSource): Promise<Danger[]> {
    const names = Object.keys(settings).map((name) => `'${name}'`);
    const rows = await dataSource.query<{ name: string; setting: string }[]>(
      `SELECT name, setting FROM pg_settings WHERE name IN (${names.join(', ')})`,
    );
    const values = new Map(rows.map(({ name, setting }) => [name, setting]));
    return Object.entries(settings).flatMap(([setting, { wanted, isSafe }]) => {
      const value = values.get(setting);
      return value === undefined || isSafe(value) ? [] : [{ setting, value, wanted }];
    });
  }
}

/** What is looked at, and when it is all right. */
const settings: Readonly<Record<string, { wanted: string; isSafe: (value: string) => boolean }>> = {
  fsync: { wanted: 'on', isSafe: (value) => value === 'on' },
  full_page_writes: { wanted: 'on', isSafe: (value) => value === 'on' },
  // The others wait for the disk here at least, and for more elsewhere.
  synchronous_commit: { wanted: 'on', isSafe: (value) => value !== 'off' },
  server_encoding: { wanted: 'UTF8', isSafe: (value) => value === 'UTF8' },
  TimeZone: { wanted: 'UTC', isSafe: isUtc },
};
