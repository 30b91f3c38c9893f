import { Logger } from '@nestjs/common';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { LoopbackDialer, TableResolver } from '../../test/support/documents.js';
import { ipv4Spellings } from '../../test/support/spellings.js';
import { Environment } from '../config/environment.js';
import { fetchAllowance } from '../config/fetch-allowance.js';
import { FetchFailure } from './fetch-failure.js';
import { FetchLimits } from './fetch-limits.js';
import { GuardedFetcher } from './guarded-fetcher.js';

Logger.overrideLogger(false);

/** How the fetch of an address ends for a program that is allowed nothing, and whom it called for that. */
async function fetching(address: string) {
  const dialer = new LoopbackDialer();
  const environment = Object.assign(new Environment(), { FETCH_ALLOW: fetchAllowance('') });
  const limits = { ...new FetchLimits(), toldAfter: 0 };
  const fetcher = new GuardedFetcher(environment, new TableResolver({}), dialer, limits);
  const outcome = await fetcher.fetchJson(address).then(
    () => 'fetched',
    (error: unknown) => (error instanceof FetchFailure ? error.outcome : error),
  );
  return { outcome, dialled: dialer.dialled };
}

/** Refused by its bytes, and not because nobody knows such a name: another resolver might. */
const refused = { outcome: expect.stringMatching(/^(network|address)_refused$/) as unknown, dialled: [] };

const inside = [
  ...['127.0.0.1', '127.0.0.53', '10.0.0.1', '172.16.0.1', '192.168.1.1', '169.254.169.254', '100.100.100.200'],
  ...['0.0.0.0', '168.63.129.16', '192.0.0.192', '198.18.0.1', '224.0.0.1', '255.255.255.255'],
];

const insideOfIpv6 = [
  ...['[::]', '[::1]', '[0:0:0:0:0:0:0:1]', '[0000::0001]', '[::0.0.0.1]', '[fe80::1]', '[FE80::1]', '[fec0::1]'],
  ...['[fd00:ec2::254]', '[fc00::1]', '[ff02::1]', '[100::1]', '[2001:db8::1]', '[3ffe::1]', '[5f00::1]', '[::%31]'],
];

const ranges = ['10.', '127.', '169.254.', '172.16.', '192.168.', '100.64.', '0.', '198.18.', '224.', '240.'];
const octet = fc.integer({ min: 0, max: 255 });
const addressInside = fc
  .tuple(fc.constantFrom(...ranges), octet, octet, octet)
  .map(([range, ...rest]) => [...range.split('.').slice(0, -1), ...rest].slice(0, 4).join('.'));

describe('an inner address', () => {
  it.each(Object.entries(ipv4Spellings))('is refused in whatever way it is written: %s', async (_name, spell) => {
    for (const address of inside)
      for (const scheme of ['https', 'http'])
        for (const port of ['', ':443', ':8443', ':80'])
          expect([address, await fetching(`${scheme}://${spell(address)}${port}/`)]).toEqual([address, refused]);
  });

  it.each(insideOfIpv6)('is refused as %s', async (host) => {
    expect(await fetching(`https://${host}/`)).toEqual(refused);
  });

  it('is refused in whatever way it is written, be it ever so odd', async () => {
    const spelling = fc.constantFrom(...Object.values(ipv4Spellings));
    await fc.assert(
      fc.asyncProperty(addressInside, spelling, fc.constantFrom('', ':443', ':1'), async (address, spell, port) => {
        expect(await fetching(`https://${spell(address)}${port}/`)).toEqual(refused);
      }),
      { numRuns: 2_000 },
    );
  });
});
