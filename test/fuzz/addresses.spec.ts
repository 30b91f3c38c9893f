import { BlockList, isIP } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { fetchAllowance } from '../../src/config/fetch-allowance.js';
import { trustedProxies } from '../../src/config/trusted-proxies.js';
import { FetchFailure } from '../../src/fetching/fetch-failure.js';
import { isPublicAddress } from '../../src/fetching/public-address.js';
import { permits, targetOf } from '../../src/fetching/target.js';
import { callerAddress, callerNetwork } from '../../src/http/caller-address.js';
import { ipv4Spellings } from '../support/spellings.js';
import { addresses as pieces, splinters } from './dictionary.js';
import { attempt, expectSame, holdsForAll, patience, swiftly } from './fuzz.js';
import { mutatedText } from './mutation.js';

/** Everything that the registries of special purposes keep from the public internet (RFC 6890 and its updates). */
const special = { ipv4: new BlockList(), ipv6: new BlockList() };
for (const network of [
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.0.0.0/24'],
  ...['192.0.2.0/24', '192.168.0.0/16', '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24', '224.0.0.0/4'],
  ...['240.0.0.0/4', '168.63.129.16/32', '::/3', '2001:db8::/32', '2002::/16', '4000::/2', '8000::/1', '3ffe::/16'],
]) {
  const [address = '', length] = network.split('/');
  const family = `ipv${isIP(address) as 4 | 6}` as const;
  special[family].addSubnet(address, Number(length), family);
}

const octet = fc.oneof(fc.nat({ max: 255 }), fc.constantFrom(0, 10, 100, 127, 169, 172, 192, 198, 224, 254, 255));
const ipv4 = fc.tuple(octet, octet, octet, octet).map((octets) => octets.join('.'));
const group = fc.oneof(
  fc.nat({ max: 0xffff }),
  fc.constantFrom(0, 0, 0, 1, 0x2001, 0x2002, 0xfe80, 0xfc00, 0xffff, 0x64),
);
const ipv6 = fc
  .array(group, { minLength: 8, maxLength: 8 })
  .map((groups) => new URL(`http://[${groups.map((one) => one.toString(16)).join(':')}]`).hostname.slice(1, -1));
const mapped = ipv4.map((address) => `::ffff:${address}`);
const anyAddress = fc.oneof(ipv4, ipv6, mapped);

describe('an address', () => {
  it(
    'that a registry keeps for a special purpose is never taken for a public one, and IPv4 within IPv6 never at all',
    () => {
      let found = 0;
      holdsForAll(anyAddress, (address) => {
        const { value: isPublic } = attempt(() => isPublicAddress(address));
        if (isPublic) found += 1;
        const family = `ipv${isIP(address) as 4 | 6}` as const;
        if (special[family].check(address, family)) expectSame(isPublic, false);
        expectSame(
          swiftly(() => isPublicAddress(`${address}%lo`)),
          false,
        );
        expectSame(
          swiftly(() => isPublicAddress(address.toUpperCase())),
          isPublic,
        );
      });
      expect(found).toBeGreaterThan(0);
    },
    patience(),
  );
});

const hosts = fc.oneof(
  fc.tuple(ipv4, fc.constantFrom(...Object.values(ipv4Spellings))).map(([address, spell]) => spell(address)),
  ipv6.map((address) => `[${address}]`),
  fc.constantFrom('app.example', 'localhost', 'inner.test:8443', ...pieces),
);
const targets = fc
  .tuple(
    fc.constantFrom('https://', 'http://', 'HTTPS:', 'ftp://', ''),
    hosts,
    fc.constantFrom('', '/', ':443/', ':8443/', '#x', '?x'),
  )
  .map((parts) => parts.join(''));
const allowance = fetchAllowance('inner.test:8443,http://10.1.0.0/16');

describe('the address of a document', () => {
  it(
    'is refused, or leads to what the operator allows and to public addresses at port 443',
    () => {
      holdsForAll(fc.tuple(fc.oneof(targets, mutatedText(targets)), anyAddress), ([text, address]) => {
        const { value: target } = attempt(() => targetOf(text, allowance), FetchFailure);
        if (!target) return;
        expectSame([target.url.username, target.url.password, target.url.hash], ['', '', '']);
        expectSame(target.isSecure, target.url.protocol === 'https:');
        const isPermitted = swiftly(() => permits(target, address, allowance));
        const isAllowed = target.isListed || (!target.isSecure && address.replace('::ffff:', '').startsWith('10.1.'));
        if (isPermitted && !isAllowed) expectSame([target.port, isPublicAddress(address)], [443, true]);
        if (target.isListed) expectSame(target.url.host, 'inner.test:8443');
      });
    },
    patience(),
  );
});

const proxies = trustedProxies('127.0.0.0/8,fd00::/8');
const hops = fc.oneof(
  anyAddress,
  fc.constantFrom('127.0.0.1', 'fd00::1', '::1', 'unknown', '_hidden', '', ...splinters),
  ipv4.map((address) => `${address}:4711`),
  ipv6.map((address) => `[${address}]:4711`),
);
const forwarded = fc.array(
  fc.oneof(
    fc.array(hops, { maxLength: 4 }).map((line) => line.join(', ')),
    mutatedText(hops),
  ),
  { maxLength: 3 },
);

describe('the address of a caller', () => {
  it(
    'is that of the socket, unless one of our own proxies says otherwise, and never anything but an address',
    () => {
      holdsForAll(fc.tuple(anyAddress, forwarded), ([remoteAddress, headers]) => {
        const said = (values: string[]) =>
          attempt(() =>
            callerAddress(
              { socket: { remoteAddress }, headersDistinct: { 'x-forwarded-for': values } } as never,
              proxies,
            ),
          ).value!;
        const [address, own] = [said(headers), said([])];
        expectSame(isIP(address) > 0, true);
        const isProxy = own.startsWith('127.') || /^fd..:/.test(own);
        if (!isProxy) expectSame(address, own);
        // Whatever a caller puts in front changes nothing once somebody who is no proxy stands behind it.
        if (isProxy) expectSame(said([...headers, '192.0.2.7']), '192.0.2.7');
        const network = swiftly(() => callerNetwork(address));
        expectSame(isIP(network.replace('::/64', '::')) > 0, true);
      });
    },
    patience(),
  );
});
