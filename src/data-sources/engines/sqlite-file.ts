import { realpathSync, statSync } from 'node:fs';
import Libsql from 'libsql';
import { SqliteLog } from './sqlite-log.js';

/** Another process works on the database file; the text says what to do. */
export class FileTaken extends Error {
  constructor() {
    super(
      'another process has it open, and an SQLite file serves one process; end that one first, or use a database server for several',
    );
  }
}

/** How a file is told from another one with the same name. */
type Identity = string | undefined;

/** An SQLite connection that notices when its files are taken away from under it. */
export class SqliteFile extends Libsql {
  private readonly files = new Map<string, Identity>();

  constructor(path: string, options?: Libsql.Options) {
    super(path, options);
    this.path = path;
    this.log = new SqliteLog(`${realPath(path)}-wal`);
  }

  private readonly path: string;
  readonly log: SqliteLog;

  /** Remembers its files as they are now: the database and what was not yet moved into it. */
  noteFiles(): void {
    const path = realPath(this.path);
    for (const file of [this.path, path, `${path}-wal`]) this.files.set(file, identityOf(file));
  }

  /**
   * Whether its files are still where they were. A file that was removed or replaced stays open and takes every write,
   * and all of that is gone when the program ends.
   */
  get isInPlace(): boolean {
    for (const [file, known] of this.files) {
      const identity = identityOf(file);
      // The second file is made by the first write.
      if (known === undefined) this.files.set(file, identity);
      else if (identity !== known) return false;
    }
    return true;
  }

  override close(): this {
    this.log.close();
    return super.close();
  }
}

/**
 * An SQLite connection that no other process has beside it. A lock on a file of its own, held for life, which the system
 * frees whatever becomes of the process: a lock on the database itself would keep backups from reading it.
 */
export class ExclusiveSqliteFile extends SqliteFile {
  private readonly lock: Libsql.Database;

  constructor(path: string, options?: Libsql.Options) {
    const lock = lockOf(path);
    try {
      super(path, options);
    } catch (error) {
      lock.close();
      throw error;
    }
    this.lock = lock;
  }

  override close(): this {
    super.close();
    // libsql closes a connection only when nothing is left of its statements; the end of a transaction waits for nothing.
    this.lock.exec('ROLLBACK');
    this.lock.close();
    return this;
  }
}

function lockOf(path: string): Libsql.Database {
  const lock = new Libsql(`${realPath(path)}.lock`, { timeout: 0 });
  try {
    // Without a journal beside it, since nothing is ever written to it.
    lock.exec('PRAGMA journal_mode = MEMORY');
    lock.exec('BEGIN EXCLUSIVE');
    return lock;
  } catch (error) {
    lock.close();
    throw (error as { code?: string }).code === 'SQLITE_BUSY' ? new FileTaken() : error;
  }
}

/** The same for every name of a file, so that its lock is; as it is written for one that is yet to be made. */
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

function identityOf(file: string): Identity {
  const found = statSync(file, { throwIfNoEntry: false });
  return found && `${found.dev} ${found.ino}`;
}
