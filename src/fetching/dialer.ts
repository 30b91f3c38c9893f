import { once } from 'node:events';
import { connect, isIP, type LookupFunction, type Socket } from 'node:net';
import { connect as secure } from 'node:tls';
import { Injectable } from '@nestjs/common';
import type { Target } from './target.js';
import { familyOf } from './public-address.js';

/** What waits for a connection hears of its error; one that nobody hears would end the process. */
const alreadyTold = () => undefined;

/** Connects to addresses that were found before; it never asks for a name. */
@Injectable()
export class Dialer {
  /** Certificates that are trusted instead of the usual ones. */
  protected readonly authorities?: string[] = undefined;

  /** A connection to the first of the addresses that answers. */
  async connect({ host, port }: Target, addresses: readonly string[], signal: AbortSignal): Promise<Socket> {
    const found = addresses.map((address) => ({ address, family: familyOf(address) === 'ipv4' ? 4 : 6 }));
    const lookup = ((_host, _options, callback) => callback(null, found)) as LookupFunction;
    const socket = connect({ host, port, lookup, autoSelectFamily: true, signal });
    socket.on('error', alreadyTold);
    await once(socket, 'connect', { signal });
    return socket;
  }

  /** Has the host prove its name over a connection (RFC 9110 section 4.3.4). */
  async secure(socket: Socket, { host }: Target, signal: AbortSignal): Promise<Socket> {
    const secured = secure({
      socket,
      host,
      ...(isIP(host) === 0 && { servername: host }),
      ALPNProtocols: ['http/1.1'],
      // Said here, so that no variable of the environment can switch it off.
      rejectUnauthorized: true,
      ca: this.authorities,
    });
    secured.on('error', alreadyTold);
    await once(secured, 'secureConnect', { signal });
    return secured;
  }
}
