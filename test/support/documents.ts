import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { isIP, isIPv4 } from 'node:net';
import type { Client } from 'undici';
import { Dialer } from '../../src/fetching/dialer.js';
import type { FetchLimits } from '../../src/fetching/fetch-limits.js';
import { Resolver } from '../../src/fetching/resolver.js';
import type { Target } from '../../src/fetching/target.js';
import { docsHost } from './docs-host.js';

/** Answers from a table and asks nobody; a function answers anew each time. */
export class TableResolver extends Resolver {
  readonly asked: string[] = [];

  constructor(private readonly table: Record<string, readonly string[] | ((port: number) => readonly string[])>) {
    super();
  }

  override addressesOf({ host, port }: Pick<Target, 'host' | 'port'>): Promise<readonly string[]> {
    this.asked.push(host);
    const found = this.table[host] ?? (isIP(host) ? [host] : []);
    return Promise.resolve(typeof found === 'function' ? found(port) : found);
  }
}

/** Connects to loopback only, also where the code under test is wrong; trusts the certificate of {@link docsHost}. */
export class LoopbackDialer extends Dialer {
  readonly dialled: string[] = [];
  protected override readonly authorities: string[] = [docsHost.cert];

  override to(target: Target, addresses: readonly string[], limits: FetchLimits): Client {
    this.dialled.push(...addresses);
    // An address in the URL itself is called as it stands, whatever a resolver makes of it.
    if (![...addresses, ...(isIP(target.host) ? [target.host] : [])].every(isLoopback))
      throw new Error('a test must not leave loopback');
    return super.to(target, addresses, limits);
  }
}

const isLoopback = (address: string): boolean => isIPv4(address) && address.startsWith('127.');

/** A server on loopback that a test fetches from. */
export interface DocumentServer {
  readonly port: number;
  /** How many requests came. */
  readonly requests: () => number;
  /** How many connections came, with or without a request. */
  readonly connections: () => number;
  readonly close: () => Promise<void>;
}

/** Serves documents on loopback, over TLS as {@link docsHost} if asked to. */
export async function serveDocuments(
  listener: RequestListener,
  { tls = false, host = '127.0.0.1', port = 0 }: { tls?: boolean; host?: string; port?: number } = {},
): Promise<DocumentServer> {
  let requests = 0;
  let connections = 0;
  const counted: RequestListener = (request, response) => {
    requests += 1;
    listener(request, response);
  };
  const server: Server = tls
    ? createTlsServer({ key: docsHost.key, cert: docsHost.cert }, counted)
    : createServer(counted);
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(port, host, resolve));
  return {
    port: (server.address() as AddressInfo).port,
    requests: () => requests,
    connections: () => connections,
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
