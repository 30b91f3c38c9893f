import { BlockList, isIP } from 'node:net';
import { VariableFault, words } from './variables.js';

/** Reads addresses and CIDR ranges separated by commas. */
export function trustedProxies(value: string): BlockList {
  const list = new BlockList();
  for (const entry of words(value)) {
    const [network = '', prefix, ...rest] = entry.split('/');
    const family = isIP(network);
    const longest = family === 4 ? 32 : 128;
    const length = prefix === undefined ? longest : Number(prefix);
    const isSound = family !== 0 && !network.includes('%') && rest.length === 0 && /^\d{1,3}$/.test(prefix ?? '0');
    if (!isSound || length > longest)
      throw new VariableFault(
        `${entry} cannot be read: write addresses or ranges like 10.1.0.0/16, separated by commas`,
      );
    list.addSubnet(network, length, family === 4 ? 'ipv4' : 'ipv6');
  }
  return list;
}

/** Whether an address is one of theirs, also where it is an IPv4 address in the form of IPv6 (RFC 4291 section 2.5.5.2). */
export function isTrustedProxy(proxies: BlockList, address = ''): boolean {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '');
  const family = isIP(plain);
  return family !== 0 && proxies.check(plain, family === 4 ? 'ipv4' : 'ipv6');
}
