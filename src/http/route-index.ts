import type { RequestHandler } from 'express';
import type { Layer, Router } from './express-router.js';

/**
 * Hands a request to the route that Express would find, without trying all those that stand before it: only those with as
 * many segments, of which the first is the same. Whatever is not found so goes the ordinary way.
 */
export function byIndex(router: () => Router): RequestHandler {
  let index: ReadonlyMap<string, readonly Layer[]> | undefined;
  return (request, response, next) => {
    // Routes are known when all modules are there, which is after middleware was set up.
    index ??= indexOf(router().stack);
    const path = request.path;
    // What has to be decoded may be malformed, which the router knows how to refuse.
    const layers = path.includes('%') ? undefined : index.get(placeOf(request.method, path));
    for (const layer of layers ?? []) {
      const found = layer.match(path);
      if (!found) continue;
      request.route = layer.route;
      request.params = found.params;
      return layer.handleRequest(request, response, next);
    }
    next();
  };
}

function indexOf(layers: readonly Layer[]): ReadonlyMap<string, readonly Layer[]> {
  const index = new Map<string, Layer[]>();
  for (const layer of layers) {
    const { path, methods = {} } = layer.route ?? {};
    // A first segment that is a parameter, and a wildcard, can be any path.
    if (typeof path !== 'string' || !/^\/[^:*{/]+/.test(path) || /[*{]/.test(path)) continue;
    for (const method of Object.keys(methods)) {
      const place = placeOf(method.toUpperCase(), path);
      index.set(place, [...(index.get(place) ?? []), layer]);
    }
  }
  return index;
}

/** The method, the first segment, and how many there are. */
function placeOf(method: string, path: string): string {
  const segments = path.split('/');
  return `${method} ${segments.length} ${segments[1]}`;
}
