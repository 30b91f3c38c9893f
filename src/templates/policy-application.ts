import type { Violation } from '../errors.js';
import { type Variants, variantsOf } from '../metadata/language-variants.js';
import type { RequestedMetadata } from '../metadata/read-metadata.js';
import { violation } from '../metadata/rule.js';
import type { Tell } from '../metadata/trace.js';
import type { Extensions } from './extension-value.js';
import { beyond, holds, isSame } from './json-values.js';
import { asMember, fromSet, type MemberPolicy, type MetadataPolicy, type Operator } from './metadata-policy.js';
import { policyMember, type PolicyMember, setOf } from './metadata-policy.js';

/** The place of an operator in a template, as violations and traces name it. */
export const placeOf = (name: string, operator: Operator): string => `template: metadata.${name}.${operator}`;

/** A policy made ready for documents: each member that it speaks of, with its rules. */
type Rows = readonly (readonly [PolicyMember, MemberPolicy])[];

const rowsOf = (policy: MetadataPolicy, extensions: Extensions): Rows =>
  Object.entries(policy).map(([name, rules]) => [policyMember(name, extensions)!, rules] as const);

/** A member and those language variants of it that the document has (RFC 7591 section 2.2). */
const namesOf = ({ name }: PolicyMember, variants: Variants): readonly string[] => [
  name,
  ...(variants.get(name) ?? []),
];

/**
 * The first half of a policy, before the standards' own defaults: `value`, `add` and `default`
 * (OpenID Federation 1.0 sections 6.1.3.1.1 to 6.1.3.1.3).
 */
export function fillByPolicy(
  requested: RequestedMetadata,
  policy: MetadataPolicy,
  extensions: Extensions,
  tell: Tell,
): RequestedMetadata {
  const rows = rowsOf(policy, extensions);
  if (rows.length === 0) return requested;
  const document: Record<string, unknown> = { ...requested };
  const variants = variantsOf(document);
  for (const [member, rules] of rows) {
    for (const operator of ['value', 'add', 'default'] as const) {
      if (rules[operator] === undefined) continue;
      // A default is for a member that is absent; its variants are there, or are none.
      const names = operator === 'default' ? [member.name] : namesOf(member, variants);
      for (const name of names) {
        const before = document[name];
        const after = filled[operator](member, before, rules[operator]);
        if (after === undefined) delete document[name];
        else document[name] = after;
        tell({ step: 'fill_in', member: name, rule: placeOf(member.name, operator), ...difference(before, after) });
      }
    }
  }
  return document;
}

type Fill = (member: PolicyMember, before: unknown, given: unknown) => unknown;

const filled: Readonly<Record<'value' | 'add' | 'default', Fill>> = {
  value: (member, _before, given) => (given === null ? undefined : asMember(member, given)),
  add: (member, before, given) => {
    const values = before === undefined ? [] : setOf(member, before);
    return values ? fromSet(member, [...values, ...beyond(given as readonly unknown[], values)]) : before;
  },
  default: (member, before, given) => before ?? asMember(member, given),
};

const difference = (before: unknown, after: unknown) =>
  isSame(before, after)
    ? ({ outcome: 'passed' } as const)
    : {
        outcome: 'changed' as const,
        ...(before !== undefined && { before }),
        ...(after !== undefined && { after }),
      };

/** A document within the limits of a policy, and what of it lies outside. */
export interface Limited {
  readonly document: RequestedMetadata;
  readonly violations: readonly Violation[];
}

/**
 * The second half of a policy, after all defaults: `one_of`, `subset_of`, `within`, `superset_of` and `essential`
 * (OpenID Federation 1.0 sections 6.1.3.1.4 to 6.1.3.1.7). Where nothing is left of what was asked, the document is
 * refused, since a member that is dropped unasked could get a default that nobody wanted.
 */
export function limitByPolicy(
  complete: RequestedMetadata,
  policy: MetadataPolicy,
  extensions: Extensions,
  tell: Tell,
): Limited {
  const violations: Violation[] = [];
  const rows = rowsOf(policy, extensions);
  if (rows.length === 0) return { document: complete, violations };
  const document: Record<string, unknown> = { ...complete };
  const variants = variantsOf(document);
  for (const [member, rules] of rows) {
    for (const operator of ['one_of', 'subset_of', 'within', 'superset_of', 'essential'] as const) {
      if (rules[operator] === undefined) continue;
      const names = operator === 'essential' ? [member.name] : namesOf(member, variants);
      for (const name of names) {
        const before = document[name];
        if (before === undefined && operator !== 'essential') continue;
        const rule = placeOf(member.name, operator);
        const { after = before, fault } = limits[operator](member, before, rules[operator]);
        if (fault !== undefined) violations.push(violation(name, rule, fault));
        if (after !== before) document[name] = after;
        tell({
          step: 'fill_in',
          member: name,
          rule,
          ...(fault === undefined
            ? difference(before, after)
            : { outcome: 'refused', ...(before !== undefined && { before }) }),
        });
      }
    }
  }
  return { document, violations };
}

type Limit = (member: PolicyMember, before: unknown, limit: unknown) => { after?: unknown; fault?: string };

/** A limit on a set; a value of another type is left for the rules of the member to refuse. */
const onSet =
  (judge: (values: readonly unknown[], limit: readonly unknown[], member: PolicyMember) => ReturnType<Limit>): Limit =>
  (member, before, limit) => {
    const values = setOf(member, before);
    return values ? judge(values, limit as readonly unknown[], member) : {};
  };

const limits: Readonly<Record<'one_of' | 'subset_of' | 'within' | 'superset_of' | 'essential', Limit>> = {
  one_of: (_member, before, limit) =>
    holds(limit as readonly unknown[], before) ? {} : { fault: among('must be one of', limit as readonly unknown[]) },

  subset_of: onSet((values, limit, member) => {
    const left = values.filter((value) => holds(limit, value));
    return left.length === 0 && values.length > 0
      ? { fault: among('must hold one or more of', limit) }
      : { after: fromSet(member, left) };
  }),

  within: onSet((values, limit) =>
    beyond(values, limit).length === 0
      ? {}
      : { fault: limit.length === 0 ? 'must be empty' : among('must hold only values out of', limit) },
  ),

  superset_of: onSet((values, limit) => {
    const missing = beyond(limit, values);
    return missing.length === 0 ? {} : { fault: among('must hold all of', limit) };
  }),

  essential: (member, before, limit) => {
    if (limit !== true) return {};
    if (before === undefined) return { fault: 'must not be left out' };
    return setOf(member, before)?.length === 0 ? { fault: 'must not be empty' } : {};
  },
};

/** Names the values of a limit, where an answer may repeat them (RFC 6749 section 5.2). */
function among(demand: string, limit: readonly unknown[]): string {
  const named = limit.every(
    (value) =>
      ['string', 'number', 'boolean'].includes(typeof value) && /^[\x20-\x21\x23-\x5b\x5d-\x7e]*$/.test(String(value)),
  );
  return named ? `${demand}: ${limit.join(', ')}` : `${demand} the values that its template allows`;
}
