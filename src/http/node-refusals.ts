import { STATUS_CODES, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { Refusal } from '../errors.js';
import { bareRefusal } from './bare-refusal.js';

const refusals: Readonly<Record<string, Refusal>> = {
  ERR_HTTP_REQUEST_TIMEOUT: new Refusal('request_timeout', 'the request took too long to arrive'),
  HPE_HEADER_OVERFLOW: new Refusal('headers_too_large', 'the header section must not be larger than 16 KiB'),
  HPE_CHUNK_EXTENSIONS_OVERFLOW: new Refusal('payload_too_large', 'chunk extensions must not be larger than 16 KiB'),
};
const malformed = new Refusal('invalid_request', 'the request is not well-formed HTTP/1.1');

/** What Node's own refusal of a request means in our words (RFC 9110 section 15.5, RFC 6585 section 5). */
export const refusalOfNode = (code = ''): Refusal => refusals[code] ?? malformed;

/** Answers on the bare socket what never becomes a request, in the shape of every other error. */
export function clientErrors(server: Server): void {
  const latest = new WeakMap<Duplex, { request: IncomingMessage; response: ServerResponse }>();
  const remember = (request: IncomingMessage, response: ServerResponse) => {
    latest.set(request.socket, { request, response });
  };
  server.prependListener('request', remember);
  server.prependListener('checkExpectation', remember);

  // Node would close the connection without a word.
  server.on('connect', (_request, socket: Duplex) => {
    const refusal = new Refusal('method_not_allowed', 'this server is no proxy', [], {
      Allow: 'GET, POST, PUT, DELETE',
    });
    socket.on('error', () => undefined).end(rawAnswer(refusal));
  });

  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    const exchange = latest.get(socket);
    if (socket.writableEnded) return;
    if (!socket.writable || error.code === 'ECONNRESET' || !mayAnswer(exchange)) {
      socket.destroy();
      return;
    }
    socket.end(rawAnswer(refusalOfNode(error.code)));
    // The rest of what the caller sends is still read for a moment: closing at once would reset the connection, and
    // the caller might lose the answer (RFC 9112 section 9.6).
    setTimeout(() => socket.destroy(), 1_000).unref();
  });
}

/**
 * Whether bytes written now are read as the answer to the request that failed: a new request after a whole exchange, or
 * the unfinished request itself as long as its answer has not begun.
 */
function mayAnswer(exchange: { request: IncomingMessage; response: ServerResponse } | undefined): boolean {
  if (!exchange) return true;
  const { request, response } = exchange;
  return request.complete ? response.writableFinished : !response.headersSent;
}

function rawAnswer(refusal: Refusal): string {
  const { status, headers, body } = bareRefusal(refusal);
  const lines = Object.entries({ ...headers, Connection: 'close' }).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${body}`;
}
