import { existsSync } from 'node:fs';

/** Where Debian puts the database servers. */
const places = { mariadb: '/usr/sbin/mariadbd', postgres: '/usr/lib/postgresql' };

/** The engines whose servers are installed. */
export const installedEngines = Object.keys(places).filter((engine) => existsSync(places[engine]));

/** The others, each with the place where it was looked for. */
export const missingEngines = Object.entries(places).filter(([engine]) => !installedEngines.includes(engine));
