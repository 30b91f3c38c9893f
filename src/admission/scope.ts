import type { RequestedMetadata } from '../metadata/read-metadata.js';
import { isScope } from '../metadata/scope.js';

/** The scopes that may be given: those on offer, within the scope of the initial access token if it has one. */
export const scopesWithin = (offered: readonly string[], bound: string | undefined): readonly string[] =>
  bound === undefined ? offered : [...new Set(bound.split(' '))].filter((token) => offered.includes(token));

/**
 * Narrows the scope that was asked for to what may be given: what lies outside is dropped, and the answer shows what is
 * left. Nothing asked, or nothing left, is all that may be given (RFC 7591 section 2). A scope of a wrong type or form
 * stays as it is, to be refused.
 */
export function narrowScope(requested: RequestedMetadata, allowed: readonly string[]): RequestedMetadata {
  const { scope } = requested;
  if (allowed.length === 0 || (scope !== undefined && (typeof scope !== 'string' || !isScope(scope)))) return requested;
  const asked = scope === undefined ? [] : [...new Set(scope.split(' '))];
  const given = asked.filter((token) => allowed.includes(token));
  return { ...requested, scope: (given.length > 0 ? given : allowed).join(' ') };
}
