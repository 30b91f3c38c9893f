import { Refusal } from '../errors.js';
import type { JsonObject } from '../http/strict-json.js';
import { untagged } from '../metadata/read-metadata.js';

/** A software statement that was verified (RFC 7591 section 2.3). */
export interface SoftwareStatement {
  readonly issuer: string;
  /** Its `jti`, if it has one that can be stored and shown as it is. */
  readonly id?: string;
  /** The template under which the issuer's statements register. */
  readonly templateId?: string;
  /** What it says about the client. */
  readonly claims: JsonObject;
  /** As it was presented. */
  readonly text: string;
}

/** The refusal of a statement, in whose sentence the member comes first; `rule` is the clause that it breaks. */
export function refusedStatement(fault: string, rule: string): Refusal {
  const message = `software_statement ${fault}`;
  return new Refusal('invalid_software_statement', message, [{ member: 'software_statement', rule, message }]);
}

/** Claims about the statement itself, which are no metadata (RFC 7519 section 4.1). */
const aboutItself = new Set(['iss', 'sub', 'aud', 'exp', 'nbf', 'iat', 'jti']);

/** The metadata in the claims of a statement. */
export const metadataOf = (claims: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(claims).filter(([name]) => !aboutItself.has(name)));

/**
 * What a client asks for with a statement: its claims take the place of plain members (RFC 7591 section 3.1.1), and of their
 * variants by language, which nobody vouched for.
 */
export function withStatement(requested: JsonObject, { claims, text }: SoftwareStatement): JsonObject {
  const said = new Set(Object.keys(claims).map(untagged));
  const plain = Object.entries(requested).filter(([name]) => !said.has(untagged(name)));
  return { ...Object.fromEntries(plain), ...claims, software_statement: text };
}
