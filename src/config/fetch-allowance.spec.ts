import { describe, expect, it } from '@jest/globals';
import { fetchAllowance } from './fetch-allowance.js';

describe('FETCH_ALLOW', () => {
  it('names hosts with their ports, and with http:// those without TLS', () => {
    const { hosts } = fetchAllowance('Keys.Example:8443, issuer.example:443,http://127.0.0.1:9000, [::1]:8443');
    expect([...hosts]).toEqual([
      'https://keys.example:8443',
      'https://issuer.example:443',
      'http://127.0.0.1:9000',
      'https://[::1]:8443',
    ]);
  });

  it('names ranges of addresses, apart for each scheme', () => {
    const { hosts, ranges } = fetchAllowance('10.1.0.0/16,http://127.0.0.0/8,fd00:1::/64');
    expect(hosts.size).toBe(0);
    expect(ranges['https:'].check('10.1.255.1')).toBe(true);
    expect(ranges['https:'].check('10.2.0.1')).toBe(false);
    expect(ranges['https:'].check('127.0.0.1')).toBe(false);
    expect(ranges['https:'].check('fd00:1::5', 'ipv6')).toBe(true);
    expect(ranges['https:'].check('fd00:2::5', 'ipv6')).toBe(false);
    expect(ranges['http:'].check('127.0.0.1')).toBe(true);
  });

  it('names nothing where it is empty', () => {
    expect(fetchAllowance('').hosts.size).toBe(0);
  });

  it.each(
    [
      ['keys.example', '127.0.0.1', '::1', 'https://keys.example:443', 'http://keys.example', 'keys.example:0'],
      [
        'keys.example:65536',
        'keys.example:443#x',
        'user@keys.example:443',
        '*.example:443',
        '[::1:443',
        'keys.example:',
      ],
      [
        '10.0.0.0/33',
        '10.0.0/8',
        'fd00::/129',
        '10.0.0.0/',
        '10.0.0.0/8/8',
        'keys.example/24',
        'keys.example:443/path',
      ],
      ['fe80::%lo/64', 'http://', 'http://10.0.0.0', '/8'],
    ].flat(),
  )('is refused as %s', (entry) => {
    expect(() => fetchAllowance(`10.0.0.0/8,${entry}`)).toThrow(`${entry} cannot be read: write host:port or a range`);
  });
});
