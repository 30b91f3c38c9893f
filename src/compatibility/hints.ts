import { Refusal, type Violation } from '../errors.js';
import type { JsonObject } from '../http/strict-json.js';
import { allQuirks, portalsWith } from './portals.js';
import type { Occasion } from './quirk.js';

/**
 * Decides on a document, and where that refuses what some portal is known for, lets the refusal say so and which
 * `compatibility` of a template would take it.
 */
export async function hinting<T>(document: JsonObject, occasion: Occasion, decide: () => Promise<T>): Promise<T> {
  try {
    return await decide();
  } catch (error) {
    if (!(error instanceof Refusal) || error.violations.length === 0) throw error;
    throw withHints(error, document, occasion);
  }
}

function withHints(refusal: Refusal, document: JsonObject, occasion: Occasion): Refusal {
  const violations = refusal.violations.map((violation) => withHint(violation, document, occasion));
  const isOfFirst = refusal.description === refusal.violations[0]!.message;
  const description = isOfFirst ? violations[0]!.message : refusal.description;
  return new Refusal(refusal.failure, description, violations, refusal.headers, refusal.caller);
}

function withHint(violation: Violation, document: JsonObject, occasion: Occasion): Violation {
  const found = allQuirks.find(
    ({ member, translate }) => member === violation.member && translate(document, occasion) !== document,
  );
  if (!found) return violation;
  const takers = portalsWith(found).join(' or ');
  const hint = `${found.name} is taken by a template with the compatibility ${takers}`;
  return { ...violation, message: `${violation.message}; ${hint}` };
}
