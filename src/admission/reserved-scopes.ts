import { dcrScopes, reservedScopes } from '../config/scopes.js';
import { demandGivable } from '../http/access.guard.js';
import type { JsonObject } from '../http/strict-json.js';
import type { Trace } from './trace.js';

/**
 * The reserved scopes that an administrator may leave or put into the scope of a database client: its own, and others.
 * Throws `insufficient_scope` for one that is new and that the administrator lacks.
 */
export function grantedBy(
  held: readonly string[],
  { scope }: JsonObject,
  own: readonly string[],
  { tell }: Trace,
): readonly string[] {
  const asked = typeof scope === 'string' ? scope.split(' ') : [];
  const needed = scopesNeededFor(asked.filter((word) => !own.includes(word)));
  const isHeld = needed.every((scope) => held.includes(scope));
  const outcome = isHeld ? 'passed' : 'refused';
  tell({ step: 'admit', member: 'scope', rule: 'scope of an administrator', outcome });
  demandGivable({ scopes: held }, needed);
  return [...own, ...givableScopes(held)];
}

/** The reserved scopes that an administrator may give to a database client: those that it has itself. */
export const givableScopes = (held: readonly string[]): readonly string[] =>
  [...reservedScopes].filter((scope) => held.includes(needed(scope)));

/** The reserved scopes that a scope has. */
export const reservedAmong = (scope: string | undefined): readonly string[] =>
  (scope?.split(' ') ?? []).filter((word) => reservedScopes.has(word));

/** What an administrator must be allowed to do to give these scopes away. */
export const scopesNeededFor = (scopes: readonly string[]): readonly string[] => [
  ...new Set(scopes.filter((scope) => reservedScopes.has(scope)).map(needed)),
];

const needed = (scope: string): string =>
  Object.hasOwn(dcrScopes, scope) ? dcrScopes[scope as keyof typeof dcrScopes] : scope;
