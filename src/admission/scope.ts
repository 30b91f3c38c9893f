import type { RequestedMetadata } from '../metadata/read-metadata.js';

const tokens = (scope: string): string[] => scope.split(' ').filter((token) => token !== '');

/**
 * Narrows the scope that was asked for to what may be given: what lies outside is dropped, and the answer shows what is
 * left. Nothing asked, or nothing left, is all that may be given (RFC 7591 section 2). A scope of a wrong type or form
 * stays as it is, to be refused.
 */
export function narrowScope(
  requested: RequestedMetadata,
  offered: readonly string[],
  bound: string | undefined,
): RequestedMetadata {
  const { scope } = requested;
  if (scope !== undefined && (typeof scope !== 'string' || !isScope(scope))) return requested;
  const allowed = bound === undefined ? [...offered] : tokens(bound).filter((token) => offered.includes(token));
  const given = scope === undefined ? [] : [...new Set(tokens(scope))].filter((token) => allowed.includes(token));
  return { ...requested, scope: (given.length > 0 ? given : allowed).join(' ') };
}

/** The form of RFC 6749 section 3.3. */
const isScope = (scope: string): boolean => /^[\x21\x23-\x5b\x5d-\x7e]+( [\x21\x23-\x5b\x5d-\x7e]+)*$/.test(scope);
