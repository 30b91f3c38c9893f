import { BlockList, isIP } from 'node:net';
import { VariableFault, words } from './variables.js';

type Scheme = 'https:' | 'http:';

/** What the guarded fetcher may reach although it is not public; only the operator can say so. */
export interface FetchAllowance {
  /** `scheme://host:port`, the port always written. */
  readonly hosts: ReadonlySet<string>;
  /** Addresses that may be reached at any port. */
  readonly ranges: Readonly<Record<Scheme, BlockList>>;
}

const hostAndPort = /^(?:\[[0-9a-f:.]+\]|[a-z0-9._-]+):[0-9]{1,5}$/i;

/** Reads `host:port` and CIDR ranges separated by commas, `http://` before those that are meant without TLS. */
export function fetchAllowance(value: string): FetchAllowance {
  const hosts = new Set<string>();
  const ranges = { 'https:': new BlockList(), 'http:': new BlockList() };
  for (const entry of words(value)) {
    const scheme: Scheme = entry.startsWith('http://') ? 'http:' : 'https:';
    const place = scheme === 'http:' ? entry.slice('http://'.length) : entry;
    if (place.includes('/')) addRange(ranges[scheme], place, entry);
    else hosts.add(hostOf(scheme, place, entry));
  }
  return { hosts, ranges };
}

function hostOf(scheme: Scheme, place: string, entry: string): string {
  const url =
    hostAndPort.test(place) && URL.canParse(`${scheme}//${place}`) ? new URL(`${scheme}//${place}`) : undefined;
  if (!url || url.port === '0') throw unreadable(entry);
  return hostKey(url);
}

function addRange(range: BlockList, place: string, entry: string): void {
  const [network = '', prefix = '', ...rest] = place.split('/');
  const family = isIP(network);
  const longest = family === 4 ? 32 : 128;
  if (family === 0 || rest.length > 0 || network.includes('%') || !/^\d{1,3}$/.test(prefix) || Number(prefix) > longest)
    throw unreadable(entry);
  range.addSubnet(network, Number(prefix), family === 4 ? 'ipv4' : 'ipv6');
}

const unreadable = (entry: string) =>
  new VariableFault(
    `${entry} cannot be read: write host:port or a range like 10.1.0.0/16, http:// in front only where no TLS is meant, separated by commas`,
  );

/** How a host is named in {@link FetchAllowance.hosts}. */
export const hostKey = ({ protocol, hostname, port }: URL): string =>
  `${protocol}//${hostname}:${port || (protocol === 'http:' ? '80' : '443')}`;
