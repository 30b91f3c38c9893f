import { validateSync } from 'class-validator';
import { Refusal, type Violation } from '../errors.js';
import { algorithmRules } from './algorithm-rules.js';
import { authenticationRules } from './authentication-rules.js';
import { boundsFault } from './server-bounds.js';
import { ClientMetadata, metadataMembers } from './client-metadata.js';
import { grantRules } from './grant-rules.js';
import { mostVariants, tagsFault, variantsOf, type Variants } from './language-variants.js';
import { choiceFault, metadataChoices } from './metadata-choices.js';
import { openIdRules } from './openid-rules.js';
import type { RequestedMetadata } from './read-metadata.js';
import { violation, type Circumstances, type Rule } from './rule.js';
import type { ServerMetadata } from './server-support.js';

declare const checked: unique symbol;

/** Metadata that every rule has passed. Only {@link check} makes it, and the store takes nothing else. */
export type CheckedMetadata = ClientMetadata & { readonly [checked]: true };

/** Every rule across members, in the order in which violations are told. */
export const rules: readonly Rule[] = [...grantRules, ...authenticationRules, ...algorithmRules, ...openIdRules];

export interface CheckOptions extends Partial<Circumstances> {
  /** Names beyond the table that the template declares, and has judged itself; others are left out of the result. */
  readonly extensions?: readonly string[];
  /** What is known to be wrong beside the metadata; told last, with everything else. */
  readonly further?: readonly Violation[];
}

/**
 * Judges a complete document and refuses it with everything that is wrong with it: first each member by itself, then
 * against what the server offers, then members against each other (RFC 7591 sections 2 and 3.2.2).
 */
export function check(
  document: RequestedMetadata,
  server: ServerMetadata,
  { loopback = true, extensions = [], further = [] }: CheckOptions = {},
): CheckedMetadata {
  const known = knownMembers(document, extensions);
  const alone = memberViolations(known);
  const bounds = boundsViolations(document, server, faultyIn(alone));
  const faulty = faultyIn([...alone, ...bounds]);
  const together = rules
    .filter(({ reads }) => reads.every((name) => !faulty.has(name)))
    .flatMap(({ judge }) => judge(known as ClientMetadata, { loopback }));
  refuse([...alone, ...bounds, ...together, ...further]);
  return known as unknown as CheckedMetadata;
}

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

function memberViolations(document: RequestedMetadata): readonly Violation[] {
  const variants = variantsOf(document);
  const faults = new Map([...faultsOf(document), ...variantFaults(document, variants)]);
  const violations = (name: string, clause: string) =>
    (faults.get(name) ?? []).map((fault) => violation(name, clause, fault));
  return metadataMembers.flatMap(({ name, clause }) => {
    const names = variants.get(name) ?? [];
    const tags = tagsFault(names);
    return [
      ...violations(name, clause),
      ...(tags === undefined
        ? names.flatMap((variant) => violations(variant, clause))
        : [violation(name, 'RFC 7591 section 2.2', tags)]),
    ];
  });
}

/** A variant is judged as the member itself would be: each round judges one variant of every member (RFC 7591 section 2.2). */
function variantFaults(document: RequestedMetadata, variants: Variants): Faults {
  const faults = new Map<string, readonly string[]>();
  for (let round = 0; round < mostVariants; round += 1) {
    const names = [...variants].flatMap(([name, all]) => {
      const variant = all[round];
      return variant === undefined ? [] : [[name, variant] as const];
    });
    if (names.length === 0) break;
    const found = faultsOf(Object.fromEntries(names.map(([name, variant]) => [name, document[variant]])));
    for (const [name, variant] of names) faults.set(variant, found.get(name) ?? []);
  }
  return faults;
}

type Faults = ReadonlyMap<string, readonly string[]>;

function faultsOf(document: RequestedMetadata): Faults {
  const errors = validateSync(Object.assign(new ClientMetadata(), document), { stopAtFirstError: true });
  return new Map(
    errors.map(({ property, constraints = {} }) => [property, Object.values(constraints).join('\n').split('\n')]),
  );
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
