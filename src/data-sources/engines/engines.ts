import type { DataSourceAddress } from '../../config/data-source-address.js';
import type { Engine } from './engine.js';
import { MysqlEngine } from './mysql.js';
import { PostgresEngine } from './postgres.js';
import { SqliteEngine } from './sqlite.js';

/** The engine behind an address; `isAlone` unless it only looks at a database that another process may be working on. */
export function engineAt(address: DataSourceAddress, poolSize: number, { isAlone = true } = {}): Engine {
  switch (address.engine) {
    case 'sqlite':
      return new SqliteEngine(address.path, isAlone);
    case 'mysql':
      return new MysqlEngine(address, poolSize);
    case 'postgres':
      return new PostgresEngine(address, poolSize);
  }
}
