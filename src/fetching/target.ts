import { isIP } from 'node:net';
import { type FetchAllowance, hostKey } from '../config/fetch-allowance.js';
import { parsedUrl } from '../metadata/url.js';
import { FetchFailure } from './fetch-failure.js';
import { isPublicAddress } from './public-address.js';

/** Where a request goes, judged as far as its text can tell. */
export interface Target {
  readonly url: URL;
  /** The host without the brackets of an IPv6 address. */
  readonly host: string;
  readonly port: number;
  readonly isSecure: boolean;
  /** Whether the operator allows this very host and port, wherever they lead. */
  readonly isListed: boolean;
}

const longest = 2048;

/** Reads the address of a document. Throws {@link FetchFailure} for what is never fetched, whatever host it names. */
export function targetOf(address: string, allowance: FetchAllowance): Target {
  const url = address.length <= longest ? parsedUrl(address) : undefined;
  if (!url || (url.protocol !== 'https:' && url.protocol !== 'http:')) throw new FetchFailure('address_refused');
  if (url.username || url.password || address.includes('#') || url.hostname === '')
    throw new FetchFailure('address_refused');
  const isSecure = url.protocol === 'https:';
  return {
    url,
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: Number(url.port || (isSecure ? 443 : 80)),
    isSecure,
    isListed: allowance.hosts.has(hostKey(url)),
  };
}

/** Whether a request may go to this address, by its bytes: public at port 443, else where the operator allows it. */
export function permits(target: Target, address: string, { ranges }: FetchAllowance): boolean {
  const version = isIP(address);
  if (version === 0) return false;
  if (target.isListed) return true;
  const allowed = ranges[target.isSecure ? 'https:' : 'http:'];
  if (!address.includes('%') && allowed.check(address, `ipv${version as 4 | 6}`)) return true;
  return target.isSecure && target.port === 443 && isPublicAddress(address);
}
