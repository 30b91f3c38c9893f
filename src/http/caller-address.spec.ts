import { BlockList } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { trustedProxies } from '../config/trusted-proxies.js';
import { callerAddress, callerNetwork } from './caller-address.js';

const request = (remoteAddress: string | undefined, forwarded: string[] = []) =>
  ({ socket: { remoteAddress }, headersDistinct: { 'x-forwarded-for': forwarded } }) as never;

const proxies = trustedProxies('10.0.0.0/8, 127.0.0.1, fd00::/8');

describe('the address of a caller', () => {
  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['::ffff:c000:207', '192.0.2.7'],
    ['2001:DB8::1', '2001:db8:0:0:0:0:0:1'],
    ['fe80::1%eth0', 'fe80:0:0:0:0:0:0:1'],
    [undefined, ''],
  ])('is that of the socket %s', (socket, address) => {
    expect(callerAddress(request(socket), new BlockList())).toBe(address);
  });

  it.each([
    [['192.0.2.7'], '192.0.2.7'],
    [['198.51.100.9, 192.0.2.7'], '192.0.2.7'],
    [['198.51.100.9, 192.0.2.7, 10.1.1.1'], '192.0.2.7'],
    [['198.51.100.9', '192.0.2.7,10.1.1.1'], '192.0.2.7'],
    [['192.0.2.7:4711'], '192.0.2.7'],
    [['[2001:db8::7]:443'], '2001:db8:0:0:0:0:0:7'],
    [['2001:db8::7'], '2001:db8:0:0:0:0:0:7'],
    [['10.2.2.2'], '10.2.2.2'],
    // What cannot be read was written by somebody else than a proxy of ours: the nearest that can be is counted.
    [['192.0.2.7, unknown'], '10.0.0.1'],
    [['192.0.2.7, nobody, 10.1.1.1'], '10.1.1.1'],
    [[], '10.0.0.1'],
    [[''], '10.0.0.1'],
  ])('is what a trusted proxy says last: %j is %s', (forwarded, address) => {
    expect(callerAddress(request('10.0.0.1', forwarded), proxies)).toBe(address);
    expect(callerAddress(request('::ffff:10.0.0.1', forwarded), proxies)).toBe(address);
  });

  it('is never what somebody else says', () => {
    expect(callerAddress(request('192.0.2.1', ['198.51.100.9']), proxies)).toBe('192.0.2.1');
    expect(callerAddress(request('10.0.0.1', ['198.51.100.9']), new BlockList())).toBe('10.0.0.1');
    expect(callerAddress(request('10.0.0.1', ['198.51.100.9, 192.0.2.7']), proxies)).toBe('192.0.2.7');
  });
});

describe('the network of a caller', () => {
  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['', ''],
  ])('of %s is %s', (address, network) => {
    expect(callerNetwork(address)).toBe(network);
  });
});
