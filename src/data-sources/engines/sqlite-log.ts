import { closeSync, fdatasync, openSync } from 'node:fs';
import { promisify } from 'node:util';

/**
 * The write-ahead log of an SQLite database, put on the disk beside the program's own work. SQLite would do that within
 * COMMIT, once for each transaction and with the whole process standing still; here one call serves everyone who has
 * committed since the last one began.
 */
export class SqliteLog {
  private file?: number;
  private running: Promise<unknown> = Promise.resolve();
  private next?: Promise<void>;
  private isLost = false;

  constructor(
    private readonly path: string,
    private readonly sync: (file: number) => Promise<void> = promisify(fdatasync),
  ) {}

  /** Why nothing can be relied on that is written from now on. */
  get fault(): string | undefined {
    // What the system could not write it forgets, and says so only once: a later call would succeed for nothing.
    return this.isLost ? 'its disk has failed to keep what was written; start the program again' : undefined;
  }

  /** Settled when everything that was committed before this call is on the disk. */
  flush(): Promise<void> {
    return (this.next ??= this.running.then(() => this.begin()));
  }

  close(): void {
    const { file } = this;
    if (file !== undefined) void this.running.finally(() => closeSync(file));
  }

  private begin(): Promise<void> {
    this.next = undefined;
    const written = this.write();
    this.running = written.catch(() => undefined);
    return written;
  }

  private async write(): Promise<void> {
    if (this.fault !== undefined) throw new Error(this.fault);
    // SQLite makes it with the first transaction.
    this.file ??= openSync(this.path, 'r+');
    await this.sync(this.file).catch((error: unknown) => {
      this.isLost = true;
      throw error;
    });
  }
}
