import { SqliteLeaseTimeout } from './sqlite-lease.js';

/** Result codes of SQLite that say that the storage, not the statement, is at fault. */
const sqliteOutages = /^SQLITE_(BUSY|LOCKED|FULL|IOERR|CANTOPEN|READONLY|CORRUPT|NOTADB|PROTOCOL)/;

/** Whether an error means that a data source does not work just now, so that asking again later may help. */
export function isOutage(error: unknown): boolean {
  const code = (error as { code?: unknown } | undefined)?.code;
  return error instanceof SqliteLeaseTimeout || (typeof code === 'string' && sqliteOutages.test(code));
}
