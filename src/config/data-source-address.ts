import { resolve } from 'node:path';

/** Where a data source is, as its address says it. */
export type DataSourceAddress = FileAddress | ServerAddress;

export interface FileAddress {
  readonly engine: 'sqlite';
  readonly path: string;
}

export interface ServerAddress {
  readonly engine: 'mysql' | 'postgres';
  /** The word before `://`. */
  readonly scheme: string;
  /** In the order in which they are tried. */
  readonly hosts: readonly { readonly host: string; readonly port: number }[];
  readonly user: string;
  readonly password?: string;
  readonly database: string;
  /** Absent for a connection in the clear. */
  readonly tls?: { readonly ca?: string };
}

/** An address that cannot be one; the text says what to write instead, and never repeats a password. */
export class AddressFault extends Error {}

const engines = { mysql: 'mysql', mariadb: 'mysql', postgres: 'postgres', postgresql: 'postgres' } as const;
const usualPort = { mysql: 3306, postgres: 5432 } as const;

const serverAddress =
  /^(?<scheme>mysql|mariadb|postgres|postgresql):\/\/(?:(?<user>[^:@/]+)(?::(?<password>[^@/]*))?@)?(?<hosts>[^/?@]+)\/(?<database>[^/?]+)(?:\?(?<query>.*))?$/;

const shapes =
  'write sqlite:<path of a file>, mysql://user:password@host:3306/database or postgres://user:password@host:5432/database; several hosts are separated by commas';

/**
 * Reads the address of a data source: `sqlite:<path>`, or the address of a server with one host or several,
 * `mysql://user:password@a:3306,b:3306/database`. `?tls=on` demands TLS with a certificate that verifies, `&tls_ca=<path>`
 * by an authority of one's own. Throws {@link AddressFault}.
 */
export function readAddress(text: string): DataSourceAddress {
  const path = /^sqlite:(.+)$/.exec(text)?.[1];
  if (path !== undefined && path !== ':memory:') return { engine: 'sqlite', path };
  const { scheme, user, password, hosts, database, query } = serverAddress.exec(text)?.groups ?? {};
  if (scheme === undefined || hosts === undefined || database === undefined) throw new AddressFault(shapes);
  if (user === undefined) throw new AddressFault('name a user before the host: mysql://user:password@host/database');
  const engine = engines[scheme as keyof typeof engines];
  return {
    engine,
    scheme,
    hosts: hosts.split(',').map((host) => readHost(host, usualPort[engine])),
    user: decoded(user),
    ...(password !== undefined && { password: decoded(password) }),
    database: decoded(database),
    ...readTls(new URLSearchParams(query)),
  };
}

/** An address for people to read, without its password. */
export function shownAddress(address: DataSourceAddress): string {
  if (address.engine === 'sqlite') return `sqlite:${address.path}`;
  const hosts = address.hosts.map(({ host, port }) => `${host}:${port}`);
  return `${address.scheme}://${address.user}@${hosts.join(',')}/${address.database}`;
}

/** The same text for two addresses that are plainly one database, whoever asks for it and in which order its hosts are named. */
export function databaseAt(address: DataSourceAddress): string {
  if (address.engine === 'sqlite') return `sqlite ${resolve(address.path)}`;
  const hosts = address.hosts.map(({ host, port }) => `${host.toLowerCase()}:${port}`).sort();
  return `${address.engine} ${hosts.join(' ')} ${address.database}`;
}

function readHost(text: string, port: number): { host: string; port: number } {
  const parts = /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(?::(\d{1,5}))?$/.exec(text);
  if (!parts) throw new AddressFault('write each host as name:port, separated by commas');
  return { host: parts[1]!.replace(/^\[|\]$/g, ''), port: Number(parts[2] ?? port) };
}

function readTls(query: URLSearchParams): Pick<ServerAddress, 'tls'> {
  const unknown = [...query.keys()].find((name) => name !== 'tls' && name !== 'tls_ca');
  if (unknown !== undefined) throw new AddressFault('the only parameters of an address are tls=on and tls_ca=<path>');
  const [tls, ca] = [query.get('tls') ?? 'off', query.get('tls_ca') ?? undefined];
  if (tls !== 'on' && tls !== 'off') throw new AddressFault('tls is on or off');
  if (ca !== undefined && tls === 'off') throw new AddressFault('tls_ca needs tls=on');
  return tls === 'on' ? { tls: { ...(ca !== undefined && { ca }) } } : {};
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new AddressFault('percent-encode user, password and database (% itself is %25)');
  }
}
