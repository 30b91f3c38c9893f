import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isPublicAddress } from './public-address.js';

/** The first and the last address of every range that is not public, and what is known to be inside. */
const inside = [
  ['0.0.0.0', '0.255.255.255', '10.0.0.0', '10.255.255.255', '100.64.0.0', '100.127.255.255', '100.100.100.200'],
  ['127.0.0.0', '127.0.0.1', '127.255.255.255', '168.63.129.16', '169.254.0.0', '169.254.169.254', '169.254.170.2'],
  ['169.254.255.255', '172.16.0.0', '172.31.255.255', '192.0.0.0', '192.0.0.192', '192.0.0.255', '192.0.2.0'],
  ['192.0.2.255', '192.31.196.1', '192.52.193.1', '192.88.99.0', '192.88.99.255', '192.168.0.0', '192.168.255.255'],
  ['192.175.48.1', '198.18.0.0', '198.19.255.255', '198.51.100.0', '198.51.100.255', '203.0.113.0', '203.0.113.255'],
  ['224.0.0.0', '239.255.255.255', '240.0.0.0', '255.255.255.254', '255.255.255.255'],
  ['::', '::1', '::ffff:127.0.0.1', '::ffff:7f00:1', '::ffff:8.8.8.8', '::ffff:0:8.8.8.8', '::7f00:1', '::8.8.8.8'],
  ['64:ff9b::7f00:1', '64:ff9b::8.8.8.8', '64:ff9b:1::1', '100::', '100::1', '100:0:0:1::', '1fff:ffff::'],
  [
    '2001::',
    '2001:0:4136:e378:8000:63bf:3fff:fdd2',
    '2001:1::1',
    '2001:2::1',
    '2001:10::',
    '2001:20::1',
    '2001:1ff::1',
  ],
  ['2001:db8::', '2001:db8:ffff::1', '2002::', '2002:7f00:1::', '2002:808:808::', '2620:4f:8000::1', '3ffe::1'],
  ['3fff::1', '3fff:fff:ffff::', '4000::', '5f00::1', 'fc00::', 'fd00:ec2::254', 'fdff:ffff::1', 'fe80::', 'fe80::1'],
  ['fe80::1%lo', '2600::1%eth0', 'febf::1', 'fec0::1', 'feff::1', 'ff00::', 'ff02::1', 'ffff::'],
  ['', 'localhost', '8.8.8.8.', '8.8.8', '8.8.8.8/32', '134744072', '0x8.8.8.8', '[2600::1]'],
].flat();

const outside = [
  ['1.0.0.0', '1.1.1.1', '8.8.8.8', '9.255.255.255', '11.0.0.0', '100.63.255.255', '100.128.0.0', '126.255.255.255'],
  ['128.0.0.0', '168.63.129.15', '168.63.129.17', '169.253.255.255', '169.255.0.0', '172.15.255.255', '172.32.0.0'],
  ['191.255.255.255', '192.0.1.0', '192.0.3.0', '192.167.255.255', '192.169.0.0', '198.17.255.255', '198.20.0.0'],
  ['198.51.99.255', '198.51.101.0', '203.0.112.255', '203.0.114.0', '223.255.255.255'],
  ['2000::', '2001:200::1', '2001:db7:ffff::', '2001:db9::', '2001:4860:4860::8888', '2003::', '2600::1', '2a00::1'],
].flat();

/** The bytes of an address in every spelling that a resolver or a socket could give. */
const spelled = (groups: readonly number[]) => [
  groups.map((group) => group.toString(16)).join(':'),
  groups.map((group) => group.toString(16).padStart(4, '0').toUpperCase()).join(':'),
];

describe('an address', () => {
  it.each(inside)('is not public as %s', (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });

  it.each(outside)('is public as %s', (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });

  it('is never public where it wraps an address of IPv4, however it is spelled', () => {
    const wrappers = [
      [0, 0, 0, 0, 0, 0xffff],
      [0, 0, 0, 0, 0xffff, 0],
      [0, 0, 0, 0, 0, 0],
      [0x64, 0xff9b, 0, 0, 0, 0],
    ];
    const half = fc.integer({ min: 0, max: 0xffff });
    fc.assert(
      fc.property(fc.constantFrom(...wrappers), half, half, (wrapper, high, low) => {
        const dotted = [high >> 8, high & 255, low >> 8, low & 255].join('.');
        const mixed = `${wrapper.map((group) => group.toString(16)).join(':')}:${dotted}`;
        for (const address of [...spelled([...wrapper, high, low]), mixed])
          expect(isPublicAddress(address)).toBe(false);
      }),
      { numRuns: 500 },
    );
  });

  it('of IPv6 is public only within 2000::/3', () => {
    const group = fc.integer({ min: 0, max: 0xffff });
    fc.assert(
      fc.property(fc.array(group, { minLength: 8, maxLength: 8 }), (groups) => {
        fc.pre(groups[0]! >> 13 !== 1);
        for (const address of spelled(groups)) expect(isPublicAddress(address)).toBe(false);
      }),
      { numRuns: 500 },
    );
  });
});
