import { randomUUID } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { Refusal } from '../errors.js';
import { bareRefusal } from './bare-refusal.js';
import { isOperation } from './operations.js';
import { Overload } from './overload.js';

const tooMany = bareRefusal(
  new Refusal('temporarily_unavailable', 'too many requests at once; send this one again in a moment'),
);
const headers = { ...tooMany.headers, 'X-Content-Type-Options': 'nosniff' };

/** Whoever is refused is told after this time, in milliseconds: callers that ask again at once would be all there is to do. */
const pause = 1_000;

/**
 * Refuses requests that there is no time for, before they cost anything, Express included (RFC 9110 section 15.6.4);
 * `onRefusal` hears of each. Probes and metrics are always let in: an overloaded program is not a broken one.
 */
export function refuseOverload(application: RequestListener, onRefusal: () => void): RequestListener {
  const overload = new Overload();
  return (request, response) => {
    const entered = isOperation((request.url ?? '').replace(/\?.*$/s, '')) ? 'always' : overload.enter();
    if (!entered) {
      onRefusal();
      request.resume();
      setTimeout(() => refuse(response), pause);
      return;
    }
    if (entered !== 'always') watch(overload, entered, request, response);
    application(request, response);
  };
}

const refuse = (response: ServerResponse) =>
  response.writeHead(tooMany.status, { ...headers, 'X-Request-Id': randomUUID() }).end(tooMany.body);

/** How long the body of a request may be on its way until it is the caller that takes its time, in milliseconds. */
const arrival = 100;

/** Tells when a request is answered. While its caller takes its time it does not count: slow callers would shut out all others. */
function watch(
  overload: Overload,
  entered: { readonly since: number },
  request: IncomingMessage,
  response: ServerResponse,
): void {
  let counted: { readonly since: number } | undefined = entered;
  const pause = () => {
    if (request.complete || response.closed) return;
    overload.pause();
    counted = undefined;
    request.once('end', () => {
      if (!response.closed) counted = overload.resume();
    });
  };
  const hasBody = request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length']) > 0;
  const timer = hasBody ? setTimeout(pause, arrival).unref() : undefined;
  response.once('close', () => {
    clearTimeout(timer);
    if (counted) overload.leave(counted);
  });
}
