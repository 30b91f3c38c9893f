import { statSync } from 'node:fs';
import type { DataSource, QueryRunner } from 'typeorm';
import { codesOf, type Danger, type Engine, type Schema } from './engine.js';
import type { KnownStatement } from './known-statement.js';
import { SqliteChanges } from './sqlite-changes.js';
import { ExclusiveSqliteFile, SqliteFile } from './sqlite-file.js';
import { leaseConnection, SqliteLeaseTimeout } from './sqlite-lease.js';

/** Result codes that say that the storage, not the statement, is at fault. */
const outages = /^SQLITE_(BUSY|LOCKED|FULL|IOERR|CANTOPEN|READONLY|CORRUPT|NOTADB|PROTOCOL)/;
const conflicts = /^SQLITE_(BUSY|LOCKED)/;
const matches = (error: unknown, pattern: RegExp) => codesOf(error).some((code) => pattern.test(String(code)));

/** SQLite in a file, for one process. */
export class SqliteEngine implements Engine {
  readonly kind = 'sqlite';
  private changes!: SqliteChanges;

  constructor(
    private readonly path: string,
    private readonly isAlone = true,
  ) {}

  options({ entities, migrations }: Schema) {
    return {
      type: 'better-sqlite3' as const,
      driver: (this.isAlone ? ExclusiveSqliteFile : SqliteFile) as unknown,
      database: this.path,
      // A blocked call blocks the whole process, so it is tried again rather than waited for.
      timeout: 200,
      entities: entities as never,
      migrations: migrations as never,
      migrationsTransactionMode: 'each' as const,
      prepareDatabase: (database: SqliteFile) => {
        database.pragma('journal_mode = WAL');
        // What is acknowledged survives a power cut: whoever commits waits for `flush`, and stops nobody meanwhile.
        database.pragma('synchronous = NORMAL');
        database.noteFiles();
      },
    };
  }

  explain(error: Error): string {
    const found = statSync(this.path, { throwIfNoEntry: false });
    if (found?.isDirectory()) return 'it is a folder';
    if (matches(error, /^SQLITE_READONLY/)) return 'it cannot be written to';
    return error.message;
  }

  prepare(dataSource: DataSource): void {
    this.changes = new SqliteChanges(leaseConnection(dataSource));
  }

  atOnce(_dataSource: DataSource, statements: readonly KnownStatement[], end: number): Promise<boolean> {
    return this.changes.store(statements, end);
  }

  storageFault({ driver }: DataSource): string | undefined {
    const file = fileOf(driver);
    return file.isInPlace
      ? file.log.fault
      : 'its file was removed or replaced while it was open; put it back as it was, or start the program again on what is there';
  }

  flush({ driver }: DataSource): Promise<void> {
    return fileOf(driver).log.flush();
  }

  isConflict(error: unknown): boolean {
    return matches(error, conflicts);
  }

  isOutage(error: unknown): boolean {
    return error instanceof SqliteLeaseTimeout || matches(error, outages);
  }

  readonly host = 0;

  failOver(): void {}

  async exclusively<T>(dataSource: DataSource, work: (runner: QueryRunner) => Promise<T>): Promise<T> {
    const runner = dataSource.createQueryRunner();
    try {
      return await work(runner);
    } finally {
      await runner.release();
    }
  }

  async version(dataSource: DataSource): Promise<string> {
    const [row] = await dataSource.query<{ version: string }[]>('SELECT sqlite_version() AS version');
    return row!.version;
  }

  async dangers(dataSource: DataSource): Promise<Danger[]> {
    const [row] = await dataSource.query<{ synchronous: number }[]>('PRAGMA synchronous');
    const synchronous = Number(row!.synchronous);
    return synchronous >= 1 ? [] : [{ setting: 'synchronous', value: String(synchronous), wanted: 'NORMAL' }];
  }
}

const fileOf = (driver: DataSource['driver']): SqliteFile =>
  (driver as unknown as { databaseConnection: SqliteFile }).databaseConnection;
