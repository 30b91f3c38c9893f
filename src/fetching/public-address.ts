import { BlockList, isIP } from 'node:net';

/**
 * What of the address space is not the public internet, though it may look so: the IANA registries of special purposes
 * (RFC 6890 and its successors), and addresses of cloud providers that answer only inside.
 */
const specialRanges: readonly (readonly [network: string, prefix: number, meaning: string])[] = [
  ['0.0.0.0', 8, 'this network (RFC 791)'],
  ['10.0.0.0', 8, 'private (RFC 1918)'],
  ['100.64.0.0', 10, 'carrier-grade NAT (RFC 6598), and metadata of Alibaba Cloud'],
  ['127.0.0.0', 8, 'loopback (RFC 1122)'],
  ['168.63.129.16', 32, 'inner services of Azure'],
  ['169.254.0.0', 16, 'link-local (RFC 3927), and metadata of most clouds'],
  ['172.16.0.0', 12, 'private (RFC 1918)'],
  ['192.0.0.0', 24, 'protocol assignments (RFC 6890), and metadata of Oracle Cloud'],
  ['192.0.2.0', 24, 'documentation (RFC 5737)'],
  ['192.31.196.0', 24, 'AS112 (RFC 7535)'],
  ['192.52.193.0', 24, 'automatic multicast tunneling (RFC 7450)'],
  ['192.88.99.0', 24, '6to4 relays (RFC 7526)'],
  ['192.168.0.0', 16, 'private (RFC 1918)'],
  ['192.175.48.0', 24, 'AS112 (RFC 7534)'],
  ['198.18.0.0', 15, 'benchmarking (RFC 2544)'],
  ['198.51.100.0', 24, 'documentation (RFC 5737)'],
  ['203.0.113.0', 24, 'documentation (RFC 5737)'],
  ['224.0.0.0', 4, 'multicast (RFC 5771)'],
  ['240.0.0.0', 4, 'reserved (RFC 1112), and broadcast'],
  ['2001::', 23, 'protocol assignments (RFC 2928): Teredo, benchmarking, ORCHID'],
  ['2001:db8::', 32, 'documentation (RFC 3849)'],
  ['2002::', 16, '6to4 (RFC 3056)'],
  ['2620:4f:8000::', 48, 'AS112 (RFC 7534)'],
  ['3ffe::', 16, 'the former 6bone (RFC 3701)'],
  ['3fff::', 20, 'documentation (RFC 9637)'],
];

const special = new BlockList();
for (const [network, prefix] of specialRanges) special.addSubnet(network, prefix, familyOf(network));

/**
 * All of IPv6 that is given out as unicast (RFC 4291 section 2.4). Outside of it lie loopback, unique local, link-local
 * and multicast addresses, and every form that wraps an IPv4 address: mapped, compatible, translated, NAT64.
 */
const globalUnicast = new BlockList();
globalUnicast.addSubnet('2000::', 3, 'ipv6');

/** The family of an address as {@link BlockList} names it. */
export function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 4 ? 'ipv4' : 'ipv6';
}

/** Whether an address, as a resolver or a socket gives it, is a unicast address of the public internet. */
export function isPublicAddress(address: string): boolean {
  // With a zone it is meant for one link only (RFC 4007 section 11).
  if (isIP(address) === 0 || address.includes('%')) return false;
  const family = familyOf(address);
  return (family === 'ipv4' || globalUnicast.check(address, family)) && !special.check(address, family);
}
