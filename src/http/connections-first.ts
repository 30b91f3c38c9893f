import type { RequestListener, Server } from 'node:http';

/** How long requests wait for connections to be taken, in milliseconds. */
const longest = 200;

/**
 * Lets an application begin with requests when nobody waits to be connected any more. Node takes one connection in each turn
 * of its event loop: while it works in every turn, a crowd that connects at once is let in so slowly that the last of it wait
 * for minutes, unheard. Turns without work take next to nothing, so all of it is let in first.
 */
export function connectionsFirst(server: Server, application: RequestListener): RequestListener {
  const held: Parameters<RequestListener>[] = [];
  let isTaking = false;
  let hasTaken = false;

  const lookAgain = (end: number): void => {
    hasTaken = false;
    setImmediate(() => {
      if (hasTaken && performance.now() < end) return lookAgain(end);
      isTaking = false;
      for (const exchange of held.splice(0)) application(...exchange);
    });
  };

  server.on('connection', () => {
    hasTaken = true;
    if (isTaking) return;
    isTaking = true;
    // The first look is for a turn that has begun with a connection already.
    setImmediate(() => lookAgain(performance.now() + longest));
  });
  return (request, response) => {
    if (isTaking) held.push([request, response]);
    else application(request, response);
  };
}
