import { existsSync } from 'node:fs';
import { describe } from '@jest/globals';
import { startServer, type ServerEngine } from './database-servers.js';
import { installedEngines } from './engines.mjs';

export type { DatabaseServer } from './database-servers.js';

export const galeraLibrary = '/usr/lib/galera/libgalera_smm.so';

export const startMariadb = () => startServer('mariadb');
export const startPostgres = () => startServer('postgres');

const isInstalled = (engine: ServerEngine | 'galera'): boolean =>
  engine === 'galera'
    ? installedEngines.includes('mariadb') && [galeraLibrary, '/usr/bin/rsync'].every((path) => existsSync(path))
    : installedEngines.includes(engine);

/** `describe` where the servers of an engine are installed; jest.config.mjs says which are not, and demands those that it has to. */
export const describeOn = (engine: ServerEngine | 'galera'): typeof describe.skip =>
  isInstalled(engine) ? describe : describe.skip;
