import type { DataSource, QueryRunner } from 'typeorm';

type Runner = QueryRunner & { stmtCache: Map<string, unknown> };
interface SqliteDriver {
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
export function leaseConnection(dataSource: DataSource, patience = 5_000): void {
  const driver = dataSource.driver as unknown as SqliteDriver;
  const SharedRunner = driver.createQueryRunner('master').constructor as new (driver: SqliteDriver) => Runner;
  driver.queryRunner = undefined;
  const statements = new Map<string, unknown>();
  let lastInLine: Promise<void> = Promise.resolve();

  class LeasedRunner extends SharedRunner {
    private leasing?: Promise<void>;
    private endLease?: () => void;

    constructor() {
      super(driver);
      this.stmtCache = statements;
    }

    override async query<T = unknown>(sql: string, parameters?: unknown[], structured?: boolean): Promise<T> {
      if (!this.isReleased) await (this.leasing ??= this.lease());
      // A transaction that begins as a reader and turns writer can fail half-way; one that begins as a writer waits first.
      const immediate = sql === 'BEGIN TRANSACTION' ? 'BEGIN IMMEDIATE TRANSACTION' : sql;
      return (await super.query(immediate, parameters, structured as true)) as T;
    }

    override async release(): Promise<void> {
      if (this.isReleased) return;
      await super.release();
      (this as { isReleased: boolean }).isReleased = true;
      this.endLease?.();
    }

    private lease(): Promise<void> {
      return new Promise((granted, refused) => {
        let free!: () => void;
        const before = lastInLine;
        lastInLine = new Promise<void>((resolve) => (free = resolve)).then(() => before);
        const timer = setTimeout(() => {
          free();
          refused(new SqliteLeaseTimeout());
        }, patience);
        void before.then(() => {
          clearTimeout(timer);
          this.endLease = free;
          granted();
        });
      });
    }
  }

  driver.createQueryRunner = () => new LeasedRunner();
}

/** The connection stayed with others for too long. */
export class SqliteLeaseTimeout extends Error {
  constructor() {
    super('waited too long for the SQLite connection');
  }
}
