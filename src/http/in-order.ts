import type { RequestHandler } from 'express';

/**
 * Several middlewares as one, each after the other. Express would look at every one of them, match its path and wrap what
 * comes after it, for every request.
 */
export function inOrder(...steps: readonly RequestHandler[]): RequestHandler {
  return (request, response, next) => {
    let at = 0;
    const go = (error?: unknown): void => {
      const step = error ? undefined : steps[at++];
      if (step) void step(request, response, go);
      else next(error);
    };
    go();
  };
}
