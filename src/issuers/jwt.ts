import { type JsonObject, parseJsonObject } from '../http/strict-json.js';

/** Characters of the longest JWT that is read at all. */
export const longestJwt = 16_384;

/** Seconds by which the clock of an issuer may differ. */
export const tolerance = 60;

/** Whether a text has the form of a signed JWT (RFC 7515 section 3.1): three parts, each as it alone is encoded. */
export function isCompact(text: string): boolean {
  const parts = text.length <= longestJwt ? text.split('.') : [];
  return parts.length === 3 && parts.every((part) => part !== '' && encoded(decoded(part)) === part);
}

const decoded = (part: string): Buffer => Buffer.from(part, 'base64url');
const encoded = (bytes: Buffer): string => bytes.toString('base64url');

/** Header members that demand what is not done here, or name a place from which keys would come (RFC 8725 section 3.10). */
export const refusedHeaders: readonly string[] = ['crit', 'b64', 'zip', 'enc', 'jku', 'x5u'];

/** Characters of the longest name of a key. */
export const longestKid = 128;

/**
 * The kind of token that a JWT says it is, in small letters (RFC 8725 section 3.11); nothing where its header cannot be
 * read, demands something, or names its key by what is no name.
 */
export function typeOf(jwt: string): string | undefined {
  const header = partOf(jwt, 0);
  if (!header || refusedHeaders.some((name) => Object.hasOwn(header, name))) return undefined;
  const { typ = 'JWT', kid = '' } = header;
  if (typeof typ !== 'string' || typeof kid !== 'string' || kid.length > longestKid) return undefined;
  return typ.toLowerCase().replace(/^application\//, '');
}

/** The claims of a JWT, which nobody has verified yet; nothing where they are no JSON object. */
export const claimsOf = (jwt: string): JsonObject | undefined => partOf(jwt, 1);

/** A part of a JWT, if it is a JSON object that means the same to every reader. */
function partOf(jwt: string, index: number): JsonObject | undefined {
  try {
    return parseJsonObject(decoded(jwt.split('.')[index]!));
  } catch {
    return undefined;
  }
}
