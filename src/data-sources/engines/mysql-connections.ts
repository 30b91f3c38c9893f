import mysql, { type Pool, type PoolConnection, type PoolOptions, type QueryValues } from 'mysql2';
import { QueryFailedError, type QueryRunner } from 'typeorm';
import type { Answer, Way } from './direct-statements.js';
import { codesOf, DatabaseTimeout, patience } from './engine.js';

/** The server takes no writes: it was made a replica of another one. */
export const readOnly: readonly (string | number)[] = [1290, 1792, 1836];

/** A pool whose new connections go to the host that is current then, and are ready for the program. */
export function createPool(options: PoolOptions, current: () => Host): Pool {
  const pool = mysql.createPool({ ...options, enableKeepAlive: true, idleTimeout: 60_000 });
  followHost(pool, current);
  pool.on('connection', (connection) => settle(connection));
  return pool;
}

interface Host {
  readonly host: string;
  readonly port: number;
}

function followHost(pool: Pool, current: () => Host): void {
  const { connectionConfig } = (pool as unknown as { config: { connectionConfig: object } }).config;
  Object.defineProperties(connectionConfig, {
    host: { get: () => current().host },
    port: { get: () => current().port },
  });
}

/** What every session needs before its first statement, which waits behind these. */
function settle(connection: PoolConnection): void {
  connection.on('error', () => undefined);
  const ignore = () => undefined;
  // Not by the variable, which MariaDB before 11.1 calls otherwise.
  connection.query('SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED', ignore);
  connection.query("SET SESSION time_zone = '+00:00'", ignore);
  // A change of a table that waits for others would keep all who come after it waiting too.
  connection.query('SET SESSION innodb_lock_wait_timeout = 1, lock_wait_timeout = 1', ignore);
  // Reads that decide see what another node of a Galera cluster has just acknowledged; unknown elsewhere.
  connection.query('SET SESSION wsrep_sync_wait = 1', ignore);
  withTimeout(connection);
}

/** Gives up on a connection that the pool does not hand out in time; mysql2 would wait for ever. */
export function withPatience(runner: QueryRunner): QueryRunner {
  const connect = runner.connect.bind(runner) as () => Promise<unknown>;
  let connected: Promise<unknown> | undefined;
  runner.connect = () =>
    (connected ??= new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(noConnection());
        void connect().then(
          () => runner.release(),
          () => undefined,
        );
      }, patience.request);
      connect()
        .then(resolve, reject)
        .finally(() => clearTimeout(timer));
    }));
  return runner;
}

/** Hands statements to the driver, on a connection of the pool unless they belong to a transaction. */
export const wayThrough =
  (pool: Pool): Way =>
  async (text, values, transaction) => {
    if (transaction) return ask((await transaction.connect()) as PoolConnection, text, values);
    const connection = await connectionOf(pool);
    try {
      return await ask(connection, text, values);
    } finally {
      connection.release();
    }
  };

/** Gives up when the pool hands out no connection in time; mysql2 would wait for ever. */
export const connectionOf = (pool: Pool): Promise<PoolConnection> =>
  new Promise((resolve, reject) => {
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      reject(noConnection());
    }, patience.request);
    pool.getConnection((error, connection) => {
      clearTimeout(timer);
      if (error) reject(error);
      else if (isLate) connection.release();
      else resolve(connection);
    });
  });

export const ask = (connection: PoolConnection, sql: string, values: readonly unknown[]): Promise<Answer> =>
  new Promise((resolve, reject) => {
    connection.query({ sql, values: [...values] as QueryValues, rowsAsArray: true }, (error, result) => {
      if (error) reject(new QueryFailedError(sql, [...values], error));
      else if (Array.isArray(result)) resolve({ rows: result as unknown as unknown[][], affected: 0 });
      else resolve({ rows: [], affected: result.affectedRows });
    });
  });

const noConnection = () => new DatabaseTimeout('no connection became free in time');

/** Connections that change the schema, which takes long where a table is large. */
export const unhurried = new WeakSet<PoolConnection>();

/** What a connection is of no more use after: its answer may still come, or its host only reads. */
const endings = ['PROTOCOL_SEQUENCE_TIMEOUT', ...readOnly];

/** Gives up on a statement that is not answered in time, and on its connection with it. */
function withTimeout(connection: PoolConnection): void {
  type Callback = (error: unknown, ...rest: unknown[]) => void;
  const query = connection.query.bind(connection) as (...all: unknown[]) => unknown;
  const limited = (sql: unknown, ...rest: unknown[]): unknown => {
    const callback = rest.at(-1) as Callback | undefined;
    if (typeof callback !== 'function') return query(sql, ...rest);
    const asked = typeof sql === 'string' ? { sql, values: rest.length > 1 ? rest[0] : undefined } : (sql as object);
    return query(
      { ...asked, ...(!unhurried.has(connection) && { timeout: patience.statement }) },
      (error: unknown, ...answer: unknown[]) => {
        if (codesOf(error).some((code) => endings.includes(code))) connection.destroy();
        callback(error, ...answer);
      },
    );
  };
  Object.assign(connection, { query: limited });
}
