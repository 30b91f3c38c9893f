import { Refusal, type Violation } from '../errors.js';
import { algorithmRules } from './algorithm-rules.js';
import { authenticationRules } from './authentication-rules.js';
import { boundsFault } from './server-bounds.js';
import { type ClientMetadata, metadataMembers } from './client-metadata.js';
import { grantRules } from './grant-rules.js';
import { tagsFault, type Variants, variantsOf } from './language-variants.js';
import type { Member } from './members.js';
import { choiceFault, metadataChoices } from './metadata-choices.js';
import { openIdRules } from './openid-rules.js';
import { untagged, type RequestedMetadata } from './read-metadata.js';
import { violation, type Rule } from './rule.js';
import type { ServerMetadata } from './server-support.js';
import type { Tell } from './trace.js';

declare const checked: unique symbol;

/** Metadata that every rule has passed. Only {@link check} makes it, and the store takes nothing else. */
export type CheckedMetadata = ClientMetadata & { readonly [checked]: true };

/** Every rule across members, in the order in which violations are told. */
export const rules: readonly Rule[] = [...grantRules, ...authenticationRules, ...algorithmRules, ...openIdRules];

export interface CheckOptions {
  /** Names beyond the table that the template declares, and has judged itself; others are left out of the result. */
  readonly extensions?: readonly string[];
  /** What of the document lies outside the limits of this very client; told among the faults of its members. */
  readonly limits?: readonly Violation[];
  /** What is known to be wrong beside the metadata; told last, with everything else. */
  readonly further?: readonly Violation[];
  /** Takes what each rule says, passed or not. */
  readonly tell?: Tell;
}

/**
 * Judges a complete document and refuses it with everything that is wrong with it: first each member by itself, then
 * against what the server offers, then members against each other (RFC 7591 sections 2 and 3.2.2).
 */
export function check(
  document: RequestedMetadata,
  server: ServerMetadata,
  { extensions = [], limits = [], further = [], tell }: CheckOptions = {},
): CheckedMetadata {
  const variants = variantsOf(document);
  const known = knownMembers(document, variants, extensions);
  const alone = memberViolations(known, variants);
  const bounds = boundsViolations(document, server, faultyIn(alone));
  const faulty = faultyIn([...alone, ...bounds]);
  if (tell) tellMembers(known, faulty, tell);
  const together: Violation[] = [];
  for (const { judge, clause, reads } of rules) {
    if (faulty.size > 0 && reads.some((name) => faulty.has(name))) continue;
    const violations = judge(known);
    const outcome = violations.length === 0 ? 'passed' : 'refused';
    tell?.({ step: 'check', member: reads[0], rule: clause, outcome });
    together.push(...violations);
  }
  refuse([...inOrderOfTable([...alone, ...bounds, ...limits]), ...together, ...further]);
  return known as unknown as CheckedMetadata;
}

function tellMembers(document: RequestedMetadata, faulty: ReadonlySet<string>, tell: Tell): void {
  for (const { name, clause } of metadataMembers)
    if (document[name] !== undefined)
      tell({ step: 'check', member: name, rule: clause, outcome: faulty.has(name) ? 'refused' : 'passed' });
}

const places = new Map<string, number>(metadataMembers.map(({ name }, place) => [name, place]));

/** Violations of the same member stay as they are; those of members beyond the table come last. */
const inOrderOfTable = (violations: readonly Violation[]): readonly Violation[] =>
  violations.toSorted((one, other) => placeOf(one) - placeOf(other));

const placeOf = ({ member }: Violation): number => places.get(untagged(member)) ?? metadataMembers.length;

const faultyIn = (violations: readonly Violation[]) => new Set(violations.map(({ member }) => member));

/** What the document says about members of the table, their variants and extensions, in the order of the table. */
function knownMembers(
  document: RequestedMetadata,
  variants: Variants,
  extensions: readonly string[],
): RequestedMetadata {
  // An object that is made of entries at once is read and copied faster than one that grows member by member.
  const known: [string, unknown][] = [];
  const take = (name: string) => {
    if (document[name] !== undefined && Object.hasOwn(document, name)) known.push([name, document[name]]);
  };
  for (const { name, localizable } of metadataMembers) {
    take(name);
    if (localizable && variants.size > 0) variants.get(name)?.forEach(take);
  }
  extensions.forEach(take);
  return Object.fromEntries(known);
}

/**
 * Judges the members that are there by the rows of the table. class-validator would say the same of the class, but asks
 * about every member that could be there, which costs more than all the rest of a registration.
 */
function memberViolations(document: RequestedMetadata, variants: Variants): readonly Violation[] {
  const violations: Violation[] = [];
  const judge = (member: Member, name: string) => {
    if (document[name] === undefined) return;
    for (const fault of member.judge(document[name], document)) violations.push(violation(name, member.clause, fault));
  };
  for (const member of metadataMembers) {
    judge(member, member.name);
    const names = variants.size > 0 && member.localizable ? variants.get(member.name) : undefined;
    if (!names) continue;
    const tags = tagsFault(names);
    // A variant is judged as the member itself would be (RFC 7591 section 2.2).
    if (tags === undefined) for (const variant of names) judge(member, variant);
    else violations.push(violation(member.name, 'RFC 7591 section 2.2', tags));
  }
  return violations;
}

function boundsViolations(document: RequestedMetadata, server: ServerMetadata, faulty: ReadonlySet<string>) {
  const violations: Violation[] = [];
  for (const member of metadataMembers) {
    const value = document[member.name];
    if (value === undefined || faulty.has(member.name)) continue;
    const fault = boundsFault(member, value, server);
    if (fault !== undefined) violations.push(violation(member.name, member.clause, fault));
  }
  for (const choice of metadataChoices) {
    const fault = choiceFault(choice, document, server);
    if (fault && !faulty.has(fault.member))
      violations.push(violation(fault.member, 'OpenID Connect RP Metadata Choices 1.0 section 2', fault.message));
  }
  return violations;
}

function refuse(violations: readonly Violation[]): void {
  const [first] = violations;
  if (!first) return;
  const failure = metadataMembers.find(({ name }) => name === first.member)?.failure ?? 'invalid_client_metadata';
  throw new Refusal(failure, first.message, violations);
}
