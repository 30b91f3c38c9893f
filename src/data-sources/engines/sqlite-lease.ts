import type Libsql from 'libsql';
import { type DataSource, QueryFailedError, type QueryRunner } from 'typeorm';
import { type Answer, openWay } from './direct-statements.js';
import { SqliteStatements } from './sqlite-statements.js';

type Runner = QueryRunner & { stmtCache: Map<string, unknown> };
interface SqliteDriver {
  readonly databaseConnection: Libsql.Database;
  queryRunner?: QueryRunner;
  createQueryRunner(mode: 'master' | 'slave'): QueryRunner;
}

/**
 * Gives each query runner of an SQLite data source the connection to itself, from its first query to its release.
 *
 * TypeORM hands one shared runner to everybody: a query of one request then runs inside the open transaction of another,
 * and is rolled back with it although it was answered. A runner that waits longer than `patience` milliseconds fails,
 * which also turns a query outside its own transaction's manager from a deadlock into an error.
 */
export function leaseConnection(dataSource: DataSource, patience = 5_000): LeasedConnection {
  const driver = dataSource.driver as unknown as SqliteDriver;
  const SharedRunner = driver.createQueryRunner('master').constructor as new (driver: SqliteDriver) => Runner;
  driver.queryRunner = undefined;
  const ofTypeOrm = new Map<string, unknown>();
  const statements = new SqliteStatements(driver.databaseConnection);
  const connection = new Turns(patience);

  class LeasedRunner extends SharedRunner {
    private leasing?: Promise<void>;
    private isLeased = false;

    constructor() {
      super(driver);
      this.stmtCache = ofTypeOrm;
    }

    override async query<T = unknown>(sql: string, parameters?: unknown[], structured?: boolean): Promise<T> {
      if (!this.isReleased) await this.lease();
      const boundary = this.isReleased ? undefined : boundaries[sql];
      if (boundary === undefined) return (await super.query(sql, parameters, structured as true)) as T;
      ask(boundary, []);
      return undefined as T;
    }

    override async release(): Promise<void> {
      if (this.isReleased) return;
      await super.release();
      (this as { isReleased: boolean }).isReleased = true;
      if (this.isLeased) connection.end();
    }

    async lease(): Promise<void> {
      await (this.leasing ??= connection.take());
      this.isLeased = true;
    }
  }

  function ask(text: string, values: readonly unknown[]): Answer {
    try {
      return statements.run(text, values);
    } catch (error) {
      throw new QueryFailedError(text, [...values], error as Error);
    }
  }

  openWay(dataSource, async (text, values, transaction) => {
    if (transaction) {
      await (transaction as LeasedRunner).lease();
      return ask(text, values);
    }
    if (connection.isFree) return ask(text, values);
    await connection.take();
    try {
      return ask(text, values);
    } finally {
      connection.end();
    }
  });
  driver.createQueryRunner = () => new LeasedRunner();
  return {
    take: () => connection.take(),
    end: () => connection.end(),
    ask,
    rollBack: () => {
      try {
        if (driver.databaseConnection.inTransaction) ask('ROLLBACK', []);
      } catch {
        // What it cannot end keeps the next one from beginning, which says so.
      }
    },
  };
}

/** The connection for whoever holds it from `take` to `end`, and lets nobody in between. */
export interface LeasedConnection {
  /** Throws {@link SqliteLeaseTimeout}. */
  take(): Promise<void>;
  end(): void;
  ask(text: string, values: readonly unknown[]): Answer;
  /** Ends what was begun, unless SQLite has done so by itself. */
  rollBack(): void;
}

/**
 * What begins and ends a transaction, and is worth no more of TypeORM than any other statement. A transaction that begins
 * as a reader and turns writer can fail half-way; one that begins as a writer waits first.
 */
const boundaries: Readonly<Record<string, string>> = {
  'BEGIN TRANSACTION': 'BEGIN IMMEDIATE TRANSACTION',
  COMMIT: 'COMMIT',
  ROLLBACK: 'ROLLBACK',
};

/** Lets one in at a time, first come first served. */
class Turns {
  private isTaken = false;
  private readonly waiting = new Set<() => void>();

  constructor(private readonly patience: number) {}

  get isFree(): boolean {
    return !this.isTaken;
  }

  take(): Promise<void> {
    if (this.isTaken) return this.turn();
    this.isTaken = true;
    return Promise.resolve();
  }

  end(): void {
    const [next] = this.waiting;
    if (next) next();
    else this.isTaken = false;
  }

  private turn(): Promise<void> {
    return new Promise((granted, refused) => {
      const next = (): void => {
        clearTimeout(timer);
        this.waiting.delete(next);
        granted();
      };
      const timer = setTimeout(() => {
        this.waiting.delete(next);
        refused(new SqliteLeaseTimeout());
      }, this.patience);
      this.waiting.add(next);
    });
  }
}

/** The connection stayed with others for too long. */
export class SqliteLeaseTimeout extends Error {
  constructor() {
    super('waited too long for the SQLite connection');
  }
}
