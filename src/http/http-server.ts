import { createServer, type RequestListener, type Server, type ServerOptions } from 'node:http';
import { StreamableFile } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import express, { type Response } from 'express';
import { connectionsFirst } from './connections-first.js';
import { drainServer } from './drain-server.js';
import { jsonType } from './headers.js';
import { clientErrors } from './node-refusals.js';
import { refuseOverload } from './refuse-overload.js';

/** How long a caller may take and how much it may say before anything of ours runs; milliseconds and bytes. */
export type HttpLimits = Pick<
  ServerOptions,
  'headersTimeout' | 'requestTimeout' | 'keepAliveTimeout' | 'connectionsCheckingInterval' | 'maxHeaderSize'
> & {
  /**
   * How long a connection in use may stand still: one whose caller does not read what is there for it. Longer than any
   * answer of ours takes, those that wait for changes too.
   */
  readonly standstill?: number;
};

export const httpLimits = {
  headersTimeout: 10_000,
  requestTimeout: 15_000,
  keepAliveTimeout: 5_000,
  // Node looks for late requests this often, so it bounds how late a timeout can come.
  connectionsCheckingInterval: 1_000,
  maxHeaderSize: 16 * 1024,
  standstill: 45_000,
} satisfies HttpLimits;

/** How many connections may wait to be taken; the system may allow less. */
const connectionsInLine = 4_096;

/**
 * The HTTP server below Nest: bounded in time and size, and answering in our own shape what Node refuses by itself
 * (RFC 9110 section 15.5). A request without `Host` reaches the application, which refuses it in that shape, too.
 */
export class HttpServerAdapter extends ExpressAdapter {
  /** Hears of each request that there was no time for. */
  onOverload: () => void = () => undefined;

  constructor(private readonly limits: HttpLimits = {}) {
    super(expressApplication());
  }

  override initHttpServer(): void {
    this.httpServer = boundedServer(this.getInstance<RequestListener>(), this.limits, () => this.onOverload());
  }

  /** Nest's way to listen, with room for a crowd that connects at once: the system makes whom it has none for try again after seconds. */
  override listen(port: string | number, ...rest: unknown[]): Server {
    const listening = rest.find((one) => typeof one === 'function') as (() => void) | undefined;
    const host = rest.find((one) => typeof one === 'string');
    return this.httpServer.listen({ port: Number(port), host, backlog: connectionsInLine }, listening);
  }

  /** Sends JSON as it is, where nothing is left to be found out: Express looks for what a caller may have already, and for more. */
  override reply(response: Response, body: unknown, statusCode?: number): unknown {
    const { method, headers } = response.req;
    const isPlain = typeof body === 'object' && body !== null && !(body instanceof StreamableFile);
    const isConditional = headers['if-none-match'] !== undefined || headers['if-modified-since'] !== undefined;
    if (!isPlain || isConditional || method === 'HEAD') return super.reply(response, body, statusCode) as unknown;
    if (statusCode !== undefined) response.statusCode = statusCode;
    if (!response.hasHeader('Content-Type')) response.setHeader('Content-Type', jsonType);
    return response.end(JSON.stringify(body));
  }

  /** Lets what is under way end, and takes no more (RFC 9112 section 9.6). */
  override close(): Promise<void> {
    return drainServer(this.httpServer);
  }
}

/** A server for an application, with the bounds and refusals of every port of ours. */
export function boundedServer(
  application: RequestListener,
  limits: HttpLimits = {},
  onOverload: () => void = () => undefined,
): Server {
  const { standstill, ...options } = { ...httpLimits, ...limits };
  const server = createServer({ ...options, requireHostHeader: false });
  server.setTimeout(standstill);
  const listener = connectionsFirst(server, refuseOverload(application, onOverload));
  server.on('request', listener);
  // Without a listener Node answers an unknown expectation with a bare 417.
  server.on('checkExpectation', listener);
  clientErrors(server);
  return server;
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
