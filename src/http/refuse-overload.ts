import type { Request, RequestHandler, Response } from 'express';
import { Refusal } from '../errors.js';
import { answerRefusal } from './answer-refusal.js';
import { isOperation } from './operations.js';
import { Overload } from './overload.js';

const tooMany = new Refusal('temporarily_unavailable', 'too many requests at once; send this one again in a moment');

/**
 * Refuses requests that there is no time for, before they cost anything (RFC 9110 section 15.6.4); `onRefusal` hears of
 * each. Probes and metrics are always let in: an overloaded program is not a broken one.
 */
export function refuseOverload(onRefusal: (refusal: Refusal) => void): RequestHandler {
  const overload = new Overload();
  return (request, response, next) => {
    if (isOperation(request.path)) return next();
    const entered = overload.enter();
    if (entered) {
      watch(overload, entered, request, response);
      return next();
    }
    onRefusal(tooMany);
    answerRefusal(tooMany, request, response);
  };
}

/** How long the body of a request may be on its way until it is the caller that takes its time, in milliseconds. */
const arrival = 100;

/** Tells when a request is answered. While its caller takes its time it does not count: slow callers would shut out all others. */
function watch(overload: Overload, entered: { readonly since: number }, request: Request, response: Response): void {
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
