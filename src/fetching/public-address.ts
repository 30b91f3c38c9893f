import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/**
 * What is given out as unicast; of IPv6 that is one block alone (RFC 4291 section 2.4), and every form that wraps an IPv4
 * address without a name of its own lies outside of it.
 */
const given = { given: ['0.0.0.0/0', '2000::/3'].map((network) => ipaddr.parseCIDR(network)) };

/** What no registry of special purposes has: inner services of Azure, and the former 6bone (RFC 3701). */
const inner = { inner: ['168.63.129.16/32', '3ffe::/16'].map((network) => ipaddr.parseCIDR(network)) };

/** Whether an address, as a resolver or a socket gives it, is by its bytes a unicast address of the public internet. */
export function isPublicAddress(text: string): boolean {
  // With a zone it is meant for one link only (RFC 4007 section 11).
  if (isIP(text) === 0 || text.includes('%')) return false;
  const address = ipaddr.parse(text);
  return (
    address.range() === 'unicast' &&
    ipaddr.subnetMatch(address, given, 'not given') === 'given' &&
    ipaddr.subnetMatch(address, inner, 'public') === 'public'
  );
}
