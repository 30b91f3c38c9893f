import { isScope } from '../metadata/scope.js';
import { parsedUrl } from '../metadata/url.js';
import { VariableFault } from './variables.js';

/** A resource server: what tokens for it may say, and how they look. */
export interface Resource {
  readonly resource: string;
  readonly scopes: readonly string[];
  readonly format: 'jwt' | 'opaque';
}

/** Reads a JSON list of resource servers (RFC 8707 section 2). */
export function resources(value: string): readonly Resource[] {
  let list: unknown;
  try {
    list = JSON.parse(value);
  } catch {
    throw new VariableFault('write a JSON list of objects with resource, scopes and format');
  }
  if (!Array.isArray(list)) throw new VariableFault('write a JSON list of objects with resource, scopes and format');
  const read = list.map(resource);
  if (new Set(read.map((one) => one.resource)).size < read.length) throw new VariableFault('name each resource once');
  return read;
}

function resource(entry: unknown): Resource {
  const { resource: uri, scopes, format = 'jwt', ...others } = (entry ?? {}) as Record<string, unknown>;
  if (typeof uri !== 'string' || !parsedUrl(uri) || uri.includes('#'))
    throw new VariableFault('each resource needs an absolute URI without a fragment as resource');
  if (
    !Array.isArray(scopes) ||
    !scopes.every((scope) => typeof scope === 'string' && isScope(scope) && !/ /.test(scope))
  )
    throw new VariableFault(`${uri} needs scopes, a list of scope tokens`);
  if (format !== 'jwt' && format !== 'opaque') throw new VariableFault(`${uri} has jwt or opaque as format`);
  if (Object.keys(others).length > 0)
    throw new VariableFault(`${uri} has resource, scopes and format, and no other member`);
  return { resource: uri, scopes: scopes as string[], format };
}
