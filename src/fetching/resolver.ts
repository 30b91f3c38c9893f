import { lookup, Resolver as PublicResolver } from 'node:dns/promises';
import { isIP } from 'node:net';
import { Injectable } from '@nestjs/common';
import type { Target } from './target.js';

/** Finds the addresses of a host, once for each request. */
@Injectable()
export class Resolver {
  /** Every address of the host, none if there is no such host. */
  async addressesOf({ host, isListed }: Target, signal: AbortSignal): Promise<readonly string[]> {
    if (isIP(host) !== 0) return [host];
    // What the operator allows by name may stand in the system's own file of hosts.
    if (isListed || /(?:^|\.)localhost\.?$/.test(host))
      return (await lookup(host, { all: true })).map(({ address }) => address);
    return publicAddressesOf(host, signal);
  }
}

/** Without the system's own look-up, whose few threads a name that never answers would keep from everything else. */
async function publicAddressesOf(host: string, signal: AbortSignal): Promise<readonly string[]> {
  const resolver = new PublicResolver({ timeout: 1_000, tries: 2 });
  const cancel = () => resolver.cancel();
  signal.addEventListener('abort', cancel, { once: true });
  try {
    const found = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
    return found.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
  } finally {
    signal.removeEventListener('abort', cancel);
  }
}
