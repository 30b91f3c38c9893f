import type { Violation } from '../errors.js';
import { judgeStrictly, refuse } from '../http/strict-document.js';
import type { JsonObject } from '../http/strict-json.js';
import { completeTemplate } from './complete-template.js';
import { contradictionsOf } from './contradictions.js';
import { TemplateDocument } from './dto/template-document.dto.js';
import { declarationFaults } from './extension-declaration.js';
import { policyFaults, type PolicyFault } from './policy-faults.js';

/**
 * Reads a template as an administrator writes it. Throws `invalid_request` with the path of all that no template can
 * have, so that what is stored is never a surprise when it is used; `known` is what is known to be wrong already.
 */
export function readTemplate(document: JsonObject, known: readonly Violation[] = []): TemplateDocument {
  const { instance, violations: faults } = judgeStrictly(TemplateDocument, document);
  const violations = [...known, ...faults];
  const { metadata, extensions } = instance;
  const declared = isObject(extensions) ? declarationFaults(extensions) : [];
  violations.push(...declared.map((fault) => violation('extensions', fault)));
  if (isObject(metadata)) {
    // What is declared wrongly is told once.
    const judged = declared.length === 0 ? metadata : without(metadata, extensions as object);
    const told = policyFaults(judged, declared.length === 0 ? extensions : {});
    violations.push(...told.map((fault) => violation('metadata', fault)));
  }
  refuse(violations);
  refuse(contradictionsOf(completeTemplate(instance, 0)).map((fault) => violation('', fault)));
  return instance;
}

function violation(part: string, { path, message }: PolicyFault): Violation {
  const whole = [part, path].filter((segment) => segment !== '').join('.');
  // A path has names that are the caller's text, and is repeated only where it is harmless.
  const member = /^[A-Za-z0-9_.:/[\]-]{1,256}$/.test(whole) ? whole : part;
  return { member, rule: 'document', message: `${member} ${message}` };
}

const without = (policy: object, names: object): object =>
  Object.fromEntries(Object.entries(policy).filter(([name]) => !Object.hasOwn(names, name)));

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
