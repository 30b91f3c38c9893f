import { untagged, type RequestedMetadata } from './read-metadata.js';

/** How many variants one member may have. */
export const mostVariants = 16;
const longestTag = 35;

/** Whether a tag is well-formed, and short enough to be of use (RFC 5646 sections 2.1 and 4.4.1). */
function isLanguageTag(tag: string): boolean {
  if (tag.length > longestTag) return false;
  try {
    return Intl.getCanonicalLocales(tag).length === 1;
  } catch {
    return false;
  }
}

/** The names of variants, by the name of their member. */
export type Variants = ReadonlyMap<string, readonly string[]>;

/** The names under which a document has variants of members by language, by the name of the member. */
export function variantsOf(document: RequestedMetadata): Variants {
  const variants = new Map<string, string[]>();
  for (const name of Object.keys(document)) {
    if (!name.includes('#')) continue;
    const names = variants.get(untagged(name));
    if (names) names.push(name);
    else variants.set(untagged(name), [name]);
  }
  return variants;
}

/** What is wrong with the tags of one member's variants, if anything (RFC 7591 section 2.2). */
export function tagsFault(names: readonly string[]): string | undefined {
  if (names.length > mostVariants) return `must not have more than ${mostVariants} language variants`;
  const tags = names.map((name) => name.slice(name.indexOf('#') + 1).toLowerCase());
  if (!tags.every(isLanguageTag)) return 'must have well-formed language tags after the number sign';
  return new Set(tags).size < tags.length ? 'must not have two variants of one language' : undefined;
}
