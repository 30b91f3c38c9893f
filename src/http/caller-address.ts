import type { IncomingMessage } from 'node:http';
import { type BlockList, isIP } from 'node:net';
import { isTrustedProxy } from '../config/trusted-proxies.js';

/**
 * The address that a request comes from: that of the socket, unless it is one of our own proxies. What those say in
 * `X-Forwarded-For` is read from its end, where the nearest proxy wrote, up to the first address that is none of ours.
 */
export function callerAddress(
  request: Pick<IncomingMessage, 'socket' | 'headersDistinct'>,
  proxies: BlockList,
): string {
  const forwarded = (request.headersDistinct['x-forwarded-for'] ?? []).flatMap((header) => header.split(','));
  let address = readAddress(request.socket.remoteAddress ?? '') ?? '';
  while (forwarded.length > 0 && isTrustedProxy(proxies, address)) {
    const next = readAddress(forwarded.pop()!.trim());
    if (next === undefined) break;
    address = next;
  }
  return address;
}

/** Who is counted as one caller: an IPv4 address, or the /64 of IPv6 that one network is given (RFC 6177). */
export function callerNetwork(address: string): string {
  return isIP(address) === 6 ? `${groupsOf(address).slice(0, 4).join(':')}::/64` : address;
}

/** An address as a proxy may write it: with a port, or IPv6 in brackets; IPv4 within IPv6 is IPv4 (RFC 4291 section 2.5.5.2). */
function readAddress(text: string): string | undefined {
  const bare = /^\[([^\]]+)\](?::\d+)?$/.exec(text)?.[1] ?? /^([\d.]+):\d+$/.exec(text)?.[1] ?? text;
  const address = bare.replace(/%.*$/s, '');
  const family = isIP(address);
  if (family === 0) return undefined;
  if (family === 4) return address;
  const groups = groupsOf(address);
  if (groups.slice(0, 6).join(':') !== '0:0:0:0:0:ffff') return groups.join(':');
  return groups
    .slice(6)
    .flatMap((group) => [parseInt(group, 16) >> 8, parseInt(group, 16) & 255])
    .join('.');
}

/** The eight groups of an IPv6 address, without leading zeros. */
function groupsOf(address: string): string[] {
  // A URL writes the IPv4 notation at an end as groups too, and gaps in one way.
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const first = head === '' ? [] : head.split(':');
  if (tail === undefined) return first;
  const last = tail === '' ? [] : tail.split(':');
  return [...first, ...Array.from({ length: 8 - first.length - last.length }, () => '0'), ...last];
}
