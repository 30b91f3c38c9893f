import { metadataMembers } from './client-metadata.js';
import { metadataChoices } from './metadata-choices.js';

/** What somebody asked for: names that we know, values that nobody has judged yet. */
export type RequestedMetadata = Readonly<Record<string, unknown>>;

const known = new Set<string>([...metadataMembers.map(({ name }) => name), ...metadataChoices.map(({ list }) => list)]);
const localizable = new Set<string>(metadataMembers.filter((member) => member.localizable).map(({ name }) => name));

/** The member that a name belongs to: itself, or what stands before the language tag (RFC 7591 section 2.2). */
export function untagged(name: string): string {
  const end = name.indexOf('#');
  return end < 0 ? name : name.slice(0, end);
}

const isKnown = (name: string) => (name.includes('#') ? localizable.has(untagged(name)) : known.has(name));

const withoutDuplicates = (value: unknown): unknown =>
  Array.isArray(value) && value.every((entry) => typeof entry === 'string') ? [...new Set(value)] : value;

/**
 * What of a document concerns a client's metadata: members that we do not understand are ignored, `null` is absent,
 * and repeated entries of a list count once (RFC 7591 section 2, RFC 7592 section 2.2).
 */
export function readMetadata(document: Readonly<Record<string, unknown>>): RequestedMetadata {
  return Object.fromEntries(
    Object.entries(document)
      .filter(([name, value]) => isKnown(name) && value !== null && value !== undefined)
      .map(([name, value]) => [name, withoutDuplicates(value)]),
  );
}
