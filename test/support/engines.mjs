import { existsSync } from 'node:fs';

const mariadb = '/usr/sbin/mariadbd';
export const galeraLibrary = '/usr/lib/galera/libgalera_smm.so';

/** What has to be there for an engine, where Debian puts it. */
const places = {
  mariadb: [mariadb],
  postgres: ['/usr/lib/postgresql'],
  galera: [mariadb, galeraLibrary, '/usr/bin/rsync'],
};

/** The engines that are not installed, each with the places where something was missed. */
export const missingEngines = Object.entries(places)
  .map(([engine, paths]) => [engine, paths.filter((path) => !existsSync(path))])
  .filter(([, paths]) => paths.length > 0);

/** The engines whose servers are installed. */
export const installedEngines = Object.keys(places).filter((engine) =>
  missingEngines.every(([name]) => name !== engine),
);

/** Those that tests run on which are for more than one engine: a cluster only where every engine is asked for. */
export const testedEngines = installedEngines.filter((engine) => engine !== 'galera' || process.env.ALL_ENGINES);
