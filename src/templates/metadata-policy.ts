import { type Extensions, extensionFaults } from './extension-value.js';
import { metadataMembers } from '../metadata/client-metadata.js';

/** What a template says of one member, by operator (OpenID Federation 1.0 section 6.1.3; `within` is ours). */
export interface MemberPolicy {
  /** Forced; `null` takes the member away. */
  readonly value?: unknown;
  readonly add?: readonly unknown[];
  readonly default?: unknown;
  readonly one_of?: readonly unknown[];
  /** Drops what is not in it. */
  readonly subset_of?: readonly unknown[];
  /** Refuses what is not in it. */
  readonly within?: readonly unknown[];
  readonly superset_of?: readonly unknown[];
  readonly essential?: boolean;
}

/** What a template says of the metadata of its clients, by member (OpenID Federation 1.0 section 6.1). */
export type MetadataPolicy = Readonly<Record<string, MemberPolicy>>;

/** The operators in the order in which they are applied (OpenID Federation 1.0 section 6.1.3.1). */
export const operators = [
  'value',
  'add',
  'default',
  'one_of',
  'subset_of',
  'within',
  'superset_of',
  'essential',
] as const;

export type Operator = (typeof operators)[number];

/** What an operator needs to know of a member: whether its value is a list, and what is wrong with a value of it. */
export interface PolicyMember {
  readonly name: string;
  readonly isList: boolean;
  readonly judge: (value: unknown) => readonly string[];
}

const ofTheTable = new Map<string, PolicyMember>(
  metadataMembers.map(({ name, isList, judge }) => [
    name,
    // Where the kind of application is open, a redirect URI may be of either.
    { name, isList, judge: (value) => judge(value, { application_type: 'either' }) },
  ]),
);

/** The member that a policy speaks of: one of the table, or one that the template declares. */
export function policyMember(name: string, extensions: Extensions): PolicyMember | undefined {
  const rules = Object.hasOwn(extensions, name) ? extensions[name] : undefined;
  if (!rules) return ofTheTable.get(name);
  return { name, isList: rules.type === 'array', judge: (value) => extensionFaults(rules, value) };
}

/** Whether operators take the value for a set: a list, or a scope, which is a list in one text (section 6.1.3.1.8). */
export const isSet = ({ name, isList }: PolicyMember): boolean => isList || name === 'scope';

/** The values of a member as a list; undefined where it has another type, which is for other rules to refuse. */
export function setOf({ name }: PolicyMember, value: unknown): readonly unknown[] | undefined {
  if (name === 'scope' && typeof value === 'string') return value === '' ? [] : value.split(' ');
  return Array.isArray(value) ? value : undefined;
}

/** A list of values as the member has it. */
export const fromSet = ({ name }: PolicyMember, values: readonly unknown[]): unknown =>
  name === 'scope' ? values.join(' ') : values;

/** A value that a template gives, as the member has it: words of a scope may be written as a list. */
export const asMember = (member: PolicyMember, value: unknown): unknown =>
  member.name === 'scope' && Array.isArray(value) ? fromSet(member, value) : value;
