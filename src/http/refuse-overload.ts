import type { RequestHandler } from 'express';
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
      response.once('close', () => overload.leave(entered));
      return next();
    }
    onRefusal(tooMany);
    answerRefusal(tooMany, request, response);
  };
}
