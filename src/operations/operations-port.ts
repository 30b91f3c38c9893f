import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { Refusal } from '../errors.js';
import { isOperation } from '../http/operations.js';

/**
 * Keeps probes and metrics on a port of their own, where there is one, and everything else off it: an address on the
 * wrong port does not exist.
 */
export function onlyOperations(port: number | undefined): RequestHandler {
  return (request: Request, _response: Response, next: NextFunction) => {
    const isElsewhere = port !== undefined && isOperation(request.path) !== (request.socket.localPort === port);
    next(isElsewhere ? new Refusal('not_found', 'nothing lives at this address') : undefined);
  };
}
