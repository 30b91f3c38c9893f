import type { Layer, Router } from './express-router.js';

/**
 * The methods that a path has routes for, sorted, for `Allow` (RFC 9110 section 10.2.1); none where nothing lives there.
 * HEAD comes with GET, and OPTIONS with anything. Routes for every method (`@All`, middleware) are no sign of life.
 */
export function allowedMethods(router: Router, path: string): string[] {
  const methods = new Set<string>();
  for (const layer of router.stack) {
    if (!layer.route || takesEverything(layer.route.methods) || !matches(layer, path)) continue;
    for (const method of Object.keys(layer.route.methods)) methods.add(method.toUpperCase());
  }
  if (methods.has('GET')) methods.add('HEAD');
  if (methods.size > 0) methods.add('OPTIONS');
  return [...methods].sort();
}

/** Express registers a route for all methods under each single one, TRACE included, which no route of ours is for. */
const takesEverything = (methods: Readonly<Record<string, boolean>>) => methods['_all'] || methods['trace'];

function matches(layer: Layer, path: string): boolean {
  try {
    return Boolean(layer.match(path));
  } catch {
    // A parameter that cannot be decoded belongs to no route.
    return false;
  }
}
