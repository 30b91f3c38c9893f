import { describe, expect, it } from '@jest/globals';
import { isTrustedProxy, trustedProxies } from './trusted-proxies.js';
import { VariableFault } from './variables.js';

describe('TRUST_PROXY', () => {
  it.each([
    ['10.0.0.1', '10.0.0.1', true],
    ['10.0.0.1', '10.0.0.2', false],
    ['10.0.0.0/8, ::1', '10.9.8.7', true],
    ['10.0.0.0/8, ::1', '::1', true],
    ['10.0.0.0/8', '::ffff:10.1.1.1', true],
    ['fd00::/8', 'fd12::1', true],
    ['', '127.0.0.1', false],
    ['10.0.0.0/8', undefined, false],
  ])('%s names %s: %s', (list, address, isOne) => {
    expect(isTrustedProxy(trustedProxies(list), address)).toBe(isOne);
  });

  it.each(['proxy.example', '10.0.0.0/33', '10.0.0.0/', '10.0.0.0/8/8', '::1/129', 'fe80::1%eth0'])(
    'is not %s',
    (list) => {
      expect(() => trustedProxies(list)).toThrow(VariableFault);
    },
  );
});
