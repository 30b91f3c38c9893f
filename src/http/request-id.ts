import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import type { NextFunction, Request, Response } from 'express';

const current = new AsyncLocalStorage<string>();

/** The id of the request being served, for what is written about it; none outside of a request. */
export const currentRequestId = (): string | undefined => current.getStore();

/** Does what no single request is the reason for, though one set it off. */
export const outsideOfRequests = <T>(work: () => T): T => current.exit(work);

/** Short, plain, and nothing like a credential: it is logged and kept with the audit trail. */
const isHarmless = (id: string) => /^[A-Za-z0-9._-]{1,64}$/.test(id) && !/[A-Za-z0-9_-]{40,}/.test(id);

/** Gives every request an id and tells it to the caller; an id that the caller sent is kept if it is harmless in a log. */
export function requestId(request: Request, response: Response, next: NextFunction): void {
  const sent = request.headers['x-request-id'];
  const id = typeof sent === 'string' && isHarmless(sent) ? sent : randomUUID();
  request.id = id;
  response.setHeader('X-Request-Id', id);
  current.run(id, next);
}
