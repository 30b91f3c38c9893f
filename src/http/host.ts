import type { NextFunction, Request, Response } from 'express';
import { Refusal } from '../errors.js';

/** Refuses a request of HTTP/1.1 that does not say for whom it is (RFC 9112 section 3.2); what it says is never used. */
export function demandHost(request: Request, _response: Response, next: NextFunction): void {
  const isMissing = request.httpVersion === '1.1' && request.headers.host === undefined;
  next(isMissing ? new Refusal('invalid_request', 'a request of HTTP/1.1 needs a Host header') : undefined);
}
