import { readFileSync } from 'node:fs';
import mysql, { type Pool, type PoolConnection, type PoolOptions } from 'mysql2';
import type { DataSource, QueryRunner } from 'typeorm';
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
import { mariadbBlock, missed, unknownSyntax } from './mariadb-block.js';
import { ask, connectionOf, createPool, readOnly, unhurried, wayThrough, withPatience } from './mysql-connections.js';

/** Deadlock, lock wait, changed snapshot, node of a cluster not ready; the last three are TiDB's. */
const conflicts = new Set<string | number>([1213, 1205, 1020, 1047, 8002, 8022, 9007]);

/** Too many connections, shutdown, killed, full; and what the driver says of a lost connection. */
const outages = new Set<string | number>([
  ...readOnly,
  ...[1040, 1047, 1053, 1077, 1079, 1927, 3169, 1021, 1114, 1969, 3024, 1205],
  ...[
    'PROTOCOL_CONNECTION_LOST',
    'PROTOCOL_SEQUENCE_TIMEOUT',
    'PROTOCOL_ENQUEUE_AFTER_FATAL_ERROR',
    'ER_CON_COUNT_ERROR',
  ],
]);

/** A row with the same key: whatever was to be stored with it was not. */
const duplicate = 1062;

const advice: Advice = [
  [[1045, 1698, 1524], mendLogin],
  [[1049, 1044], mendDatabase],
  [[1142, 1143, 1227], mendRights],
  [['HANDSHAKE_NO_SSL_SUPPORT'], 'switch TLS on in the server, or leave tls=on out of its address'],
];

/** MySQL, MariaDB, and what speaks their protocol: Galera, TiDB, Vitess, Aurora. */
export class MysqlEngine implements Engine {
  readonly kind = 'mysql';
  private current = 0;
  private knowsBlocks = true;

  constructor(
    private readonly address: ServerAddress,
    private readonly poolSize: number,
  ) {}

  options({ entities, migrations }: Schema) {
    const { user, password, database, tls, scheme } = this.address;
    return {
      // The same protocol; they differ in how they tell of their tables.
      type: scheme === 'mariadb' ? ('mariadb' as const) : ('mysql' as const),
      driver: {
        ...mysql,
        createPool: (options: PoolOptions) => createPool(options, () => this.address.hosts[this.current]!),
      } as unknown,
      ...this.address.hosts[this.current],
      username: user,
      password,
      database,
      charset: 'utf8mb4',
      timezone: 'Z',
      connectTimeout: patience.connect,
      poolSize: this.poolSize,
      ...(tls && {
        ssl: { rejectUnauthorized: true, verifyIdentity: true, ...(tls.ca && { ca: readFileSync(tls.ca, 'utf8') }) },
      }),
      entities: entities as never,
      migrations: migrations as never,
      // A statement that defines a table commits by itself, so that there is nothing to roll back.
      migrationsTransactionMode: 'none' as const,
    };
  }

  prepare(dataSource: DataSource): void {
    const { driver } = dataSource;
    // A checked document may be longer than the 64 KiB of `text`.
    const normalizeType = driver.normalizeType.bind(driver);
    driver.normalizeType = (column) => (column.type === 'simple-json' ? 'mediumtext' : normalizeType(column));
    const createQueryRunner = driver.createQueryRunner.bind(driver);
    driver.createQueryRunner = (mode) => withDirectBoundaries(withPatience(createQueryRunner(mode)));
    openWay(dataSource, wayThrough((driver as unknown as { pool: Pool }).pool));
  }

  /** Only MariaDB has blocks; MySQL and TiDB say of the first that they do not. */
  async atOnce(
    { driver }: DataSource,
    statements: readonly KnownStatement[],
    end: number,
  ): Promise<boolean | undefined> {
    if (!this.knowsBlocks) return undefined;
    const connection = await connectionOf((driver as unknown as { pool: Pool }).pool);
    try {
      if (end - Date.now() < patience.statement) return undefined;
      const values = statements.flatMap((statement) => statement.values);
      await ask(connection, mariadbBlock(statements), values);
      return true;
    } catch (error) {
      const codes = codesOf(error);
      if (codes.includes(missed)) return false;
      // Whatever has ended it, its transaction must not be left to the next one.
      await ask(connection, 'ROLLBACK', []).catch(() => connection.destroy());
      if (codes.includes(unknownSyntax)) return void (this.knowsBlocks = false);
      // Of what is left, COMMIT may have been the one that failed.
      const isCertain = codes.includes(duplicate) || (this.isConflict(error) && !this.isOutage(error));
      throw isCertain ? error : new Unanswered(error);
    } finally {
      connection.release();
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
    return codesOf(error).some((code) => outages.has(code) || networkOutages.has(code));
  }

  get host(): number {
    return this.current;
  }

  failOver(from: number): void {
    if (from === this.current) this.current = (this.current + 1) % this.address.hosts.length;
  }

  async exclusively<T>(dataSource: DataSource, work: (runner: QueryRunner) => Promise<T>): Promise<T> {
    const runner = dataSource.createQueryRunner();
    const connection = (await runner.connect()) as PoolConnection;
    unhurried.add(connection);
    try {
      const [row] = (await runner.query("SELECT GET_LOCK('clientele:migrate', 60) AS granted")) as {
        granted: unknown;
      }[];
      if (Number(row?.granted) !== 1) throw new DatabaseTimeout('another process has been migrating for a minute');
      return await work(runner);
    } finally {
      unhurried.delete(connection);
      await runner.query("SELECT RELEASE_LOCK('clientele:migrate')").catch(() => undefined);
      await runner.release();
    }
  }

  async version(dataSource: DataSource): Promise<string> {
    const [row] = await dataSource.query<{ version: string }[]>('SELECT VERSION() AS version');
    return row!.version;
  }

  async dangers(dataSource: DataSource): Promise<Danger[]> {
    const values = await variables(dataSource, 'SHOW VARIABLES');
    // That of our own sessions is set by us.
    const zone = (await variables(dataSource, "SHOW GLOBAL VARIABLES LIKE 'time_zone'")).get('time_zone');
    values.set('time_zone', zone === 'SYSTEM' ? (values.get('system_time_zone') ?? zone) : (zone ?? utc));
    return Object.entries(settings).flatMap(([setting, { wanted, isSafe }]) => {
      const value = values.get(setting);
      return value === undefined || isSafe(value, values) ? [] : [{ setting, value, wanted }];
    });
  }
}

type Values = Map<string, string>;

const utc = '+00:00';

/** What is looked at, and when it is all right; a server that lacks a setting has nothing to fear from it. */
const settings: Readonly<Record<string, { wanted: string; isSafe: (value: string, values: Values) => boolean }>> = {
  innodb_flush_log_at_trx_commit: { wanted: '1', isSafe: (value) => value === '1' },
  innodb_flush_method: { wanted: 'fsync', isSafe: (value) => !/^(nosync|littlesync)$/i.test(value) },
  // Without a binary log there is nothing of it to lose.
  sync_binlog: { wanted: '1', isSafe: (value, values) => value === '1' || values.get('log_bin') === 'OFF' },
  sql_mode: { wanted: 'STRICT_TRANS_TABLES', isSafe: (value) => /STRICT_(TRANS|ALL)_TABLES/.test(value) },
  character_set_connection: { wanted: 'utf8mb4', isSafe: (value) => value === 'utf8mb4' },
  time_zone: { wanted: utc, isSafe: (value) => value === utc || isUtc(value) },
};

async function variables(dataSource: DataSource, question: string): Promise<Values> {
  const rows = await dataSource.query<{ Variable_name: string; Value: string }[]>(question);
  return new Map(rows.map(({ Variable_name, Value }) => [Variable_name, Value]));
}
