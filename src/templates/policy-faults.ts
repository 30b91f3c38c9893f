import type { Extensions } from './extension-value.js';
import { beyond, holds } from './json-values.js';
import {
  isSet,
  type MemberPolicy,
  type Operator,
  operators,
  policyMember,
  type PolicyMember,
  setOf,
} from './metadata-policy.js';

/** What is wrong at one place of a policy; the message is the rest of a sentence that starts with the path. */
export interface PolicyFault {
  readonly path: string;
  readonly message: string;
}

const known: ReadonlySet<string> = new Set(operators);
const setOperators: readonly Operator[] = ['add', 'subset_of', 'within', 'superset_of'];

/** A server never puts other redirect URIs in the place of those that a client asked for (RFC 6749 section 3.1.2.2). */
const ofRedirectUris: readonly Operator[] = ['default', 'within', 'superset_of', 'essential'];

/**
 * Everything that is wrong with a policy: members and operators that do not exist, operators that cannot stand together
 * or contradict each other (OpenID Federation 1.0 section 6.1.3.1), and values that no client may have.
 */
export function policyFaults(policy: unknown, extensions: Extensions = {}): readonly PolicyFault[] {
  if (!isObject(policy)) return [{ path: '', message: 'must be a JSON object' }];
  return Object.entries(policy).flatMap(([name, rules]) => {
    const member = policyMember(name, extensions);
    const at = (fault: PolicyFault) => ({ ...fault, path: fault.path ? `${name}.${fault.path}` : name });
    return memberFaults(member, name, rules).map(at);
  });
}

function memberFaults(member: PolicyMember | undefined, name: string, rules: unknown): readonly PolicyFault[] {
  if (!member) {
    const message = name.includes('#')
      ? 'must be written without a language: a rule holds for each variant of its member'
      : 'is neither a member of client metadata nor one of the extensions';
    return [{ path: '', message }];
  }
  if (!isObject(rules)) return [{ path: '', message: `must be a JSON object of operators: ${operators.join(', ')}` }];
  const alone = Object.entries(rules).flatMap(([operator, value]) =>
    operatorFaults(member, operator, value).map((message) => ({ path: operator, message })),
  );
  // What stands in no proper operator says nothing of how operators stand together.
  return alone.length > 0 ? alone : combinationFaults(member, rules);
}

function operatorFaults(member: PolicyMember, operator: string, value: unknown): readonly string[] {
  if (!known.has(operator)) return [`is not one of the operators: ${operators.join(', ')}`];
  const name = operator as Operator;
  if (member.name === 'redirect_uris' && !ofRedirectUris.includes(name))
    return [`must not be used: a template never replaces redirect URIs; it takes ${ofRedirectUris.join(', ')}`];
  if (name === 'essential') return typeof value === 'boolean' ? [] : ['must be true or false'];
  if (name === 'value' || name === 'default') return givenFaults(member, name, value);
  if (!Array.isArray(value)) return ['must be a list'];
  if (setOperators.includes(name) && !isSet(member)) return [`must not be used: ${member.name} is not a list`];
  if (name === 'one_of' && isSet(member))
    return [`must not be used: ${member.name} is a list, for which there are subset_of and within`];
  if (value.length === 0 && (name === 'one_of' || name === 'subset_of')) return ['must not be empty'];
  return name === 'one_of'
    ? value.flatMap((entry, index) => member.judge(entry).map((fault) => `[${index}] ${fault}`))
    : entriesFaults(member, value);
}

function givenFaults(member: PolicyMember, operator: 'value' | 'default', value: unknown): readonly string[] {
  if (member.name === 'scope' && Array.isArray(value))
    return value.length === 0 ? ['must not be empty'] : entriesFaults(member, value);
  if (value !== null) return member.judge(value);
  if (operator === 'default') return ['must not be null'];
  return member.name === 'scope' ? ['must not be null: a client without a scope gets all that is on offer'] : [];
}

/** Each entry must be one that the member can have; a list of its own may be empty where the member must not. */
const entriesFaults = (member: PolicyMember, entries: readonly unknown[]): readonly string[] => {
  if (member.name === 'scope')
    return entries.flatMap((word, index) =>
      typeof word === 'string' && !word.includes(' ') && member.judge(word).length === 0
        ? []
        : [`[${index}] must be one scope token`],
    );
  return entries.length === 0 ? [] : member.judge(entries);
};

/** Whether two operators may stand together, and what must hold between their values (OpenID Federation 1.0 section 6.1.3.1). */
type Combination = (rules: Required<MemberPolicy>, member: PolicyMember) => string | undefined;

const subset =
  (operator: Operator, of: Operator): Combination =>
  (rules, member) =>
    beyond(valuesOf(member, rules[operator]), valuesOf(member, rules[of])).length > 0
      ? `must hold only values out of ${of}`
      : undefined;

const superset =
  (operator: Operator, of: Operator): Combination =>
  (rules, member) =>
    beyond(valuesOf(member, rules[of]), valuesOf(member, rules[operator])).length > 0
      ? `must hold every value of ${of}`
      : undefined;

const among: (operator: Operator) => Combination = (operator) => (rules) =>
  holds(rules.one_of, rules[operator]) ? undefined : 'must be one of the values in one_of';

const never =
  (other: Operator): Combination =>
  () =>
    `must not be combined with ${other}`;

/** A fault is told of the first operator of a pair. Pairs that are not here may always stand together. */
const combinations: readonly (readonly [Operator, Operator, Combination])[] = [
  ['add', 'value', subset('add', 'value')],
  ['default', 'value', ({ value }) => (value === null ? 'must not be combined with a value of null' : undefined)],
  ['value', 'one_of', among('value')],
  ['value', 'subset_of', subset('value', 'subset_of')],
  ['value', 'within', subset('value', 'within')],
  ['value', 'superset_of', superset('value', 'superset_of')],
  [
    'essential',
    'value',
    ({ essential, value }) =>
      essential && value === null ? 'must not be true, combined with a value of null' : undefined,
  ],
  ['add', 'one_of', never('one_of')],
  ['add', 'subset_of', subset('add', 'subset_of')],
  ['add', 'within', subset('add', 'within')],
  ['default', 'one_of', among('default')],
  ['default', 'subset_of', subset('default', 'subset_of')],
  ['default', 'within', subset('default', 'within')],
  ['default', 'superset_of', superset('default', 'superset_of')],
  ['subset_of', 'one_of', never('one_of')],
  ['within', 'one_of', never('one_of')],
  ['superset_of', 'one_of', never('one_of')],
  ['within', 'subset_of', never('subset_of')],
  ['subset_of', 'superset_of', superset('subset_of', 'superset_of')],
  ['within', 'superset_of', superset('within', 'superset_of')],
];

function combinationFaults(member: PolicyMember, rules: MemberPolicy): readonly PolicyFault[] {
  return combinations.flatMap(([one, other, judge]) => {
    if (rules[one] === undefined || rules[other] === undefined) return [];
    const message = judge(rules as Required<MemberPolicy>, member);
    return message === undefined ? [] : [{ path: one, message }];
  });
}

const valuesOf = (member: PolicyMember, value: unknown): readonly unknown[] =>
  value === null ? [] : (setOf(member, value) ?? [value]);

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
