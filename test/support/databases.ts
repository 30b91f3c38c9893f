import { describe } from '@jest/globals';
import { type ServerEngine, startServer } from './database-servers.js';
import { installedEngines } from './engines.mjs';

export type { DatabaseServer } from './database-servers.js';

export const startMariadb = () => startServer('mariadb');
export const startPostgres = () => startServer('postgres');

/** `describe` where the servers of an engine are installed; jest.config.mjs says which are not, and demands those that it has to. */
export const describeOn = (engine: ServerEngine | 'galera'): typeof describe.skip =>
  installedEngines.includes(engine) ? describe : describe.skip;
