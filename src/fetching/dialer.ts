import { isIP, type LookupFunction } from 'node:net';
import { Injectable } from '@nestjs/common';
import { Client } from 'undici';
import type { FetchLimits } from './fetch-limits.js';
import type { Target } from './target.js';

/** Connects to addresses that were judged before; it asks for no name, no proxy and no variable of the environment. */
@Injectable()
export class Dialer {
  /** Certificates that are trusted instead of the usual ones. */
  protected readonly authorities?: string[] = undefined;

  /**
   * A line of its own for one request, to the first of the addresses that answers; over TLS the host proves its name (RFC
   * 9110 section 4.3.4). What comes back is counted on the wire.
   */
  to({ url }: Target, addresses: readonly string[], { time, bytes }: FetchLimits): Client {
    const found = addresses.map((address) => ({ address, family: isIP(address) }));
    const lookup: LookupFunction = (_host, _options, callback) => callback(null, found);
    const { authorities: ca } = this;
    return new Client(url.origin, {
      connect: { lookup, autoSelectFamily: true, timeout: time, rejectUnauthorized: true, ca, maxCachedSessions: 0 },
      maxHeaderSize: 16 * 1024,
      maxResponseSize: bytes,
    });
  }
}
