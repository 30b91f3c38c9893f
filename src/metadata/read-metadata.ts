import type { Violation } from '../errors.js';
import { metadataMembers } from './client-metadata.js';
import { mostEntries } from './limits.js';
import { metadataChoices } from './metadata-choices.js';
import { nestedTextFault } from './text.js';

/** What somebody asked for: names that we know, values that nobody has judged yet. */
export type RequestedMetadata = Readonly<Record<string, unknown>>;

const known = new Set<string>([...metadataMembers.map(({ name }) => name), ...metadataChoices.map(({ list }) => list)]);
const localizable = new Set<string>(metadataMembers.filter((member) => member.localizable).map(({ name }) => name));

/** The member that a name belongs to: itself, or what stands before the language tag (RFC 7591 section 2.2). */
export function untagged(name: string): string {
  const end = name.indexOf('#');
  return end < 0 ? name : name.slice(0, end);
}

/** Whether a name is one of the table, of a variant of one by language, or of a list to choose from. */
export const isMember = (name: string): boolean =>
  name.includes('#') ? localizable.has(untagged(name)) : known.has(name);

/** Members beyond the table that a template declares, by their names. */
export type Declared = Readonly<Record<string, unknown>>;

const isKnown = (name: string, declared: Declared) => isMember(name) || Object.hasOwn(declared, name);

/** Repeated entries of a list count once, except in one that is refused for its length. */
const withoutDuplicates = (value: readonly unknown[]): readonly unknown[] =>
  value.length <= mostEntries && value.every((entry) => typeof entry === 'string') ? [...new Set(value)] : value;

/** A member that is null is absent, however deep it is. */
export function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== 'object' || value === null) return value;
  const present = Object.entries(value).filter(([, entry]) => entry !== null);
  return Object.fromEntries(present.map(([name, entry]) => [name, withoutNulls(entry)]));
}

const tidy = (value: unknown): unknown => (Array.isArray(value) ? withoutDuplicates(value) : withoutNulls(value));

/**
 * What of a document concerns a client's metadata: members that we do not understand are ignored, `null` is absent,
 * and repeated entries of a list count once (RFC 7591 section 2, RFC 7592 section 2.2).
 */
export function readMetadata(document: Readonly<Record<string, unknown>>, declared: Declared = {}): RequestedMetadata {
  const read: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(document))
    if (value !== null && value !== undefined && isKnown(name, declared)) read[name] = tidy(value);
  return read;
}

/** What makes members that are ignored unfit even to be read (RFC 8259 section 8). */
export function ignoredFaults(document: Readonly<Record<string, unknown>>, declared: Declared = {}): Violation[] {
  const member = 'unknown members';
  for (const name of Object.keys(document)) {
    if (isKnown(name, declared)) continue;
    const fault = nestedTextFault(name) ?? nestedTextFault(withoutNulls(document[name]));
    if (fault !== undefined) return [{ member, rule: 'RFC 8259 section 8', message: `${member} ${fault}` }];
  }
  return [];
}
