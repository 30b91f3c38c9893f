import { untagged, type RequestedMetadata } from './read-metadata.js';

/** How many variants one member may have. */
export const mostVariants = 16;
const longestTag = 35;

const language = '[a-z]{2,3}(-[a-z]{3}){0,3}|[a-z]{4,8}';
const scriptAndRegion = '(-[a-z]{4})?(-([a-z]{2}|[0-9]{3}))?';
const variantsAndExtensions = '(-([a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*(-[0-9a-wy-z](-[a-z0-9]{2,8})+)*';
const privateUse = 'x(-[a-z0-9]{1,8})+';
const irregular =
  'en-gb-oed|i-(ami|bnn|default|enochian|hak|klingon|lux|mingo|navajo|pwn|tao|tay|tsu)|sgn-(be-(fr|nl)|ch-de)';
const languageTag = new RegExp(
  `^((${language})${scriptAndRegion}${variantsAndExtensions}(-${privateUse})?|${privateUse}|${irregular})$`,
);

/** Whether a tag in lower case is well-formed, and short enough to be of use (RFC 5646 sections 2.1 and 4.4.1). */
const isLanguageTag = (tag: string): boolean => tag.length <= longestTag && languageTag.test(tag);

/** The names of variants, by the name of their member. */
export type Variants = ReadonlyMap<string, readonly string[]>;

const none: Variants = new Map();

/** The names under which a document has variants of members by language, by the name of the member. */
export function variantsOf(document: RequestedMetadata): Variants {
  let variants: Map<string, string[]> | undefined;
  for (const name of Object.keys(document)) {
    if (!name.includes('#')) continue;
    variants ??= new Map();
    const names = variants.get(untagged(name));
    if (names) names.push(name);
    else variants.set(untagged(name), [name]);
  }
  return variants ?? none;
}

/** What is wrong with the tags of one member's variants, if anything (RFC 7591 section 2.2). */
export function tagsFault(names: readonly string[]): string | undefined {
  if (names.length > mostVariants) return `must not have more than ${mostVariants} language variants`;
  const tags = names.map((name) => name.slice(name.indexOf('#') + 1).toLowerCase());
  if (!tags.every(isLanguageTag)) return 'must have well-formed language tags after the number sign';
  return new Set(tags).size < tags.length ? 'must not have two variants of one language' : undefined;
}
