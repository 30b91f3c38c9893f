import { Refusal, type Violation } from '../errors.js';
import { algorithmRules } from './algorithm-rules.js';
import { authenticationRules } from './authentication-rules.js';
import { boundsFault } from './server-bounds.js';
import { type ClientMetadata, metadataMembers } from './client-metadata.js';
import { grantRules } from './grant-rules.js';
import { tagsFault, variantsOf } from './language-variants.js';
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
  const known = knownMembers(document, extensions);
  const alone = memberViolations(known);
  const bounds = boundsViolations(document, server, faultyIn(alone));
  const faulty = faultyIn([...alone, ...bounds]);
  if (tell) tellMembers(known, faulty, tell);
  const together = rules
    .filter(({ reads }) => reads.every((name) => !faulty.has(name)))
    .flatMap(({ judge, clause, reads }) => {
      const violations = judge(known);
      tell?.({
        step: 'check',
        member: reads[0],
        rule: clause,
        outcome: violations.length === 0 ? 'passed' : 'refused',
      });
      return violations;
    });
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
function knownMembers(document: RequestedMetadata, extensions: readonly string[]): RequestedMetadata {
  const variants = variantsOf(document);
  const names = metadataMembers.flatMap(({ name, localizable }) => [
    name,
    ...((localizable && variants.get(name)) || []),
  ]);
  return Object.fromEntries(
    [...names, ...extensions]
      .filter((name) => Object.hasOwn(document, name) && document[name] !== undefined)
      .map((name) => [name, document[name]]),
  );
}

/**
 * Judges the members that are there by the rows of the table. class-validator would say the same of the class, but asks
 * about every member that could be there, which costs more than all the rest of a registration.
 */
function memberViolations(document: RequestedMetadata): readonly Violation[] {
  const variants = variantsOf(document);
  const faults = ({ judge, clause }: Member, name: string) =>
    document[name] === undefined ? [] : judge(document[name], document).map((fault) => violation(name, clause, fault));
  return metadataMembers.flatMap((member) => {
    const own = faults(member, member.name);
    const names = variants.get(member.name);
    if (!names) return own;
    const tags = tagsFault(names);
    // A variant is judged as the member itself would be (RFC 7591 section 2.2).
    const others =
      tags === undefined
        ? names.flatMap((variant) => faults(member, variant))
        : [violation(member.name, 'RFC 7591 section 2.2', tags)];
    return [...own, ...others];
  });
}

function boundsViolations(document: RequestedMetadata, server: ServerMetadata, faulty: ReadonlySet<string>) {
  const beyondServer = metadataMembers.flatMap((member) => {
    const value = document[member.name];
    if (value === undefined || faulty.has(member.name)) return [];
    const fault = boundsFault(member, value, server);
    return fault === undefined ? [] : [violation(member.name, member.clause, fault)];
  });
  const undecided = metadataChoices.flatMap((choice) => {
    const fault = choiceFault(choice, document, server);
    return fault && !faulty.has(fault.member)
      ? [violation(fault.member, 'OpenID Connect RP Metadata Choices 1.0 section 2', fault.message)]
      : [];
  });
  return [...beyondServer, ...undecided];
}

function refuse(violations: readonly Violation[]): void {
  const [first] = violations;
  if (!first) return;
  const failure = metadataMembers.find(({ name }) => name === first.member)?.failure ?? 'invalid_client_metadata';
  throw new Refusal(failure, first.message, violations);
}
