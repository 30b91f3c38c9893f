import Libsql from 'libsql';
import { createPool } from 'mysql2/promise';
import pg from 'pg';

/** A look into a database behind the back of the program. */
export interface Sql {
  query<T = Record<string, unknown>>(text: string): Promise<T[]>;
  close(): Promise<void>;
}

/** Opens what `DATA_SOURCE_DEFAULT_URL` names. */
export function openSql(url: string): Sql {
  if (url.startsWith('sqlite:')) {
    const database = new Libsql(url.slice('sqlite:'.length));
    return {
      query: <T>(text: string) => Promise.resolve(database.prepare(text).all() as T[]),
      close: () => Promise.resolve(void database.close()),
    };
  }
  if (url.startsWith('postgres:')) {
    const pool = new pg.Pool({ connectionString: url, max: 1 });
    pool.on('error', () => undefined);
    return { query: async <T>(text: string) => (await pool.query(text)).rows as T[], close: () => pool.end() };
  }
  // Of several hosts the first.
  const pool = createPool({ uri: url.replace(/^mariadb:/, 'mysql:').replace(/,[^/]*/, ''), connectionLimit: 1 });
  return {
    query: async <T>(text: string) => {
      await pool.query('SET SESSION wsrep_sync_wait = 1').catch(() => undefined);
      return (await pool.query(text))[0] as T[];
    },
    close: () => pool.end(),
  };
}
