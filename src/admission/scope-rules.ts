import type { Bounds } from '../clients/client.entity.js';
import { reservedScopes } from '../config/scopes.js';
import type { MemberPolicy } from '../templates/metadata-policy.js';
import { placeOf } from '../templates/policy-application.js';

/** The scopes that a client may be given, and which rules say so. */
export interface ScopeRules {
  readonly offered: readonly string[];
  /** The rule that bounds what is offered. */
  readonly offeredBy: string;
  /** Whether neither token nor template says anything of scopes. */
  readonly isUnbounded: boolean;
  /** The scope of the initial access token. */
  readonly bound?: readonly string[];
  /** What a client gets that asked for nothing, or for nothing that may be given. */
  readonly fallback: readonly string[];
  readonly fallbackBy: string;
  /** What is outside: dropped, so that the answer shows what was given, or refused. */
  readonly outside: 'drop' | 'refuse';
}

export interface ScopeSources {
  /** What the server offers to clients; never a reserved scope. */
  readonly server: readonly string[];
  /** Whether a template may offer more than that. */
  readonly isOpen: boolean;
  readonly policy?: MemberPolicy;
  readonly bounds: Bounds;
  /** What this client may have beyond all that: only database clients may have reserved scopes. */
  readonly further?: readonly string[];
  readonly outside: 'drop' | 'refuse';
}

const words = (scope: unknown): readonly string[] =>
  typeof scope === 'string' ? scope.split(' ') : Array.isArray(scope) ? (scope as string[]) : [];

/** The scopes that a template gives to clients: those that it names, else those of the server, and never a reserved one. */
export function offeredScopes({
  server,
  isOpen,
  policy = {},
}: Pick<ScopeSources, 'server' | 'isOpen' | 'policy'>): readonly string[] {
  const limit = limitOf(policy);
  const named = [policy.value, policy.add, policy.default, policy.superset_of].flatMap(words);
  return distinct(limit ? words(limit) : [...server, ...named]).filter(
    (scope) => !reservedScopes.has(scope) && (isOpen || server.includes(scope)),
  );
}

const limitOf = ({ subset_of, within }: MemberPolicy) => subset_of ?? within;

/** Which scopes a client may be given; the scope of the initial access token narrows only. */
export function scopeRules({ bounds, further = [], outside, ...sources }: ScopeSources): ScopeRules {
  const { policy = {} } = sources;
  const offered = offeredScopes(sources);
  const bound = bounds.scope === undefined ? undefined : words(bounds.scope);
  const givable = bound ? distinct(bound).filter((scope) => offered.includes(scope)) : offered;
  const preferred = words(policy.value ?? policy.default).filter((scope) => givable.includes(scope));
  return {
    offered: distinct([...offered, ...further]),
    offeredBy: limitOf(policy) ? placeOf('scope', policy.subset_of ? 'subset_of' : 'within') : 'SCOPES',
    isUnbounded: !bound && Object.keys(policy).length === 0,
    ...(bound && { bound }),
    ...(preferred.length > 0
      ? { fallback: preferred, fallbackBy: placeOf('scope', policy.value === undefined ? 'default' : 'value') }
      : { fallback: policy.value === undefined ? givable : [], fallbackBy: 'RFC 7591 section 2' }),
    outside: policy.within ? 'refuse' : outside,
  };
}

const distinct = (scopes: readonly string[]): readonly string[] => [...new Set(scopes)];
