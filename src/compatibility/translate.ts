import type { JsonObject } from '../http/strict-json.js';
import { type Tell, valuesOf } from '../metadata/trace.js';
import { type Compatibility, portals } from './portals.js';
import type { Occasion } from './quirk.js';

/**
 * A document in the words of the standards, quirk by quirk, each of which is told: what comes out means at a strict
 * template what went in means here. At a strict template it is the document itself.
 */
export function translated(
  document: JsonObject,
  compatibility: Compatibility,
  occasion: Occasion,
  tell: Tell,
): JsonObject {
  let current = document;
  for (const { name, translate } of portals[compatibility].quirks) {
    const after = translate(current, occasion);
    if (after !== current) tellChanges(`compatibility ${compatibility}: ${name}`, current, after, tell);
    current = after;
  }
  return current;
}

function tellChanges(rule: string, before: JsonObject, after: JsonObject, tell: Tell): void {
  for (const member of new Set([...Object.keys(before), ...Object.keys(after)])) {
    if (before[member] === after[member]) continue;
    const values = valuesOf(member, before[member], after[member]);
    tell({ step: 'normalize', member, rule, outcome: 'changed', ...values });
  }
}
