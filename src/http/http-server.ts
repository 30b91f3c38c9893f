import { createServer, type RequestListener, type Server, type ServerOptions, type ServerResponse } from 'node:http';
import { Server as NetServer } from 'node:net';
import { ExpressAdapter } from '@nestjs/platform-express';
import express from 'express';
import { clientErrors } from './node-refusals.js';

/** How long a caller may take and how much it may say before anything of ours runs; milliseconds and bytes. */
export type HttpLimits = Pick<
  ServerOptions,
  'headersTimeout' | 'requestTimeout' | 'keepAliveTimeout' | 'connectionsCheckingInterval' | 'maxHeaderSize'
>;

export const httpLimits: HttpLimits = {
  headersTimeout: 10_000,
  requestTimeout: 15_000,
  keepAliveTimeout: 5_000,
  // Node looks for late requests this often, so it bounds how late a timeout can come.
  connectionsCheckingInterval: 1_000,
  maxHeaderSize: 16 * 1024,
};

/**
 * The HTTP server below Nest: bounded in time and size, and answering in our own shape what Node refuses by itself
 * (RFC 9110 section 15.5). A request without `Host` reaches the application, which refuses it in that shape, too.
 */
export class HttpServerAdapter extends ExpressAdapter {
  constructor(private readonly limits: HttpLimits = {}) {
    super(expressApplication());
  }

  override initHttpServer(): void {
    this.httpServer = boundedServer(this.getInstance<RequestListener>(), this.limits);
  }

  /** Lets what is under way end, and takes no more (RFC 9112 section 9.6). */
  override close(): Promise<void> {
    return drainServer(this.httpServer);
  }
}

/** A server for an application, with the bounds and refusals of every port of ours. */
export function boundedServer(application: RequestListener, limits: HttpLimits = {}): Server {
  const server = createServer({ ...httpLimits, ...limits, requireHostHeader: false }, application);
  // Without a listener Node answers an unknown expectation with a bare 417.
  server.on('checkExpectation', application);
  clientErrors(server);
  return server;
}

/** How long connections may go on after the end has begun: idle ones, and any; milliseconds. */
const grace = { idle: 1_000, busy: 5_000 };

/**
 * Takes no more connections, and ends those that there are with their next answer. An idle one stays for a moment, since
 * a request may be on its way; a caller that never finishes is cut off.
 */
async function drainServer(server: Server): Promise<void> {
  // The close of http.Server would cut idle connections at once.
  const closed = new Promise<void>((resolve) => NetServer.prototype.close.call(server, () => resolve()));
  server.prependListener('request', (_request, response: ServerResponse) => response.setHeader('Connection', 'close'));
  const timers = [
    setTimeout(() => server.closeIdleConnections(), grace.idle),
    setTimeout(() => server.closeAllConnections(), grace.busy),
  ];
  await closed;
  timers.forEach(clearTimeout);
}

function expressApplication() {
  const application = express();
  application.disable('x-powered-by');
  application.set('etag', false);
  application.set('query parser', 'simple');
  // The router reads this once, when the base class adds its first middleware.
  application.enable('case sensitive routing');
  return application;
}
