import type { RequestListener, Server, ServerResponse } from 'node:http';
import { Server as NetServer } from 'node:net';
import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises';

/**
 * How long what follows on the begin of the end may take, in milliseconds: the moment without a new connection that the
 * port is closed in, the wait for it, and, once it is closed, what idle connections and any others still have.
 */
const grace = { quiet: 50, port: 500, idle: 1_000, busy: 6_000 };

/**
 * Takes no more connections, and ends those that there are with their next answer (RFC 9112 section 9.6). An idle one
 * stays for a moment, since a request may be on its way; a caller that never finishes is cut off.
 */
export async function drainServer(server: Server): Promise<void> {
  server.prependListener('request', (_request, response: ServerResponse) => response.setHeader('Connection', 'close'));
  const resume = hold(server);
  await quiet(server);
  // The close of http.Server would cut idle connections at once.
  const closed = new Promise<void>((resolve) => NetServer.prototype.close.call(server, () => resolve()));
  resume();
  const timers = [
    setTimeout(() => server.closeIdleConnections(), grace.idle),
    setTimeout(() => server.closeAllConnections(), grace.busy),
  ];
  await closed;
  timers.forEach(clearTimeout);
}

/**
 * Lets new requests wait until they are resumed: a caller that has its answer may connect once more, and the port would
 * never be quiet.
 */
function hold(server: Server): () => void {
  const listeners = server.listeners('request') as RequestListener[];
  const held: Parameters<RequestListener>[] = [];
  server.removeAllListeners('request').on('request', (...exchange) => held.push(exchange));
  return () => {
    server.removeAllListeners('request');
    for (const listener of listeners) server.on('request', listener);
    for (const exchange of held) server.emit('request', ...exchange);
  };
}

/**
 * Waits until nobody connects. The system resets whoever waits in the queue of a port that is closed, also with a whole
 * request: so the queue has to be empty just before, however many come.
 */
async function quiet(server: Server): Promise<void> {
  if (!server.listening) return;
  let connections = 0;
  const count = (): void => void connections++;
  server.on('connection', count);
  const end = Date.now() + grace.port;
  let before;
  do {
    before = connections;
    if (Date.now() < end) await wait(grace.quiet);
    // Node takes a connection in each turn of its loop, after timers and before this.
    await nextTurn();
  } while (connections > before && Date.now() < end + grace.port);
  server.off('connection', count);
}
