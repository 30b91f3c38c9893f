import { createServer, type ServerOptions } from 'node:http';
import { ExpressAdapter } from '@nestjs/platform-express';
import express from 'express';
import { clientErrors } from './client-error.js';

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
 * (RFC 9110 section 15.5). The `Host` header is never read, so a request without one is served like any other.
 */
export class HttpServerAdapter extends ExpressAdapter {
  constructor(private readonly limits: HttpLimits = {}) {
    super(expressApplication());
  }

  override initHttpServer(): void {
    const application = this.getInstance<ReturnType<typeof express>>();
    const server = createServer({ ...httpLimits, ...this.limits, requireHostHeader: false }, application);
    // Without a listener Node answers an unknown expectation with a bare 417.
    server.on('checkExpectation', application);
    clientErrors(server);
    this.httpServer = server;
  }
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
