import type { Violation } from '../errors.js';
import type { JsonObject } from '../http/strict-json.js';
import { isMember, type RequestedMetadata } from '../metadata/read-metadata.js';
import { violation } from '../metadata/rule.js';
import { valuesOf } from '../metadata/trace.js';
import type { ClientTemplate } from '../templates/client-template.js';
import { extensionFaults } from '../templates/extension-value.js';
import type { Trace } from './trace.js';

/** What is wrong with the members that the template itself declares. */
export function extensionViolations(
  document: RequestedMetadata,
  { extensions }: Pick<ClientTemplate, 'extensions'>,
  { tell }: Trace,
): Violation[] {
  return Object.entries(extensions).flatMap(([member, rules]) => {
    if (document[member] === undefined) return [];
    const rule = `template: extensions.${member}`;
    const faults = extensionFaults(rules, document[member]);
    tell({ step: 'check', member, rule, outcome: faults.length === 0 ? 'passed' : 'refused' });
    return faults.map((fault) => violation(member, rule, fault));
  });
}

/** Members that nobody declared: ignored (RFC 7591 section 2), or refused where the template says so, and for administrators. */
export function unknownMembers(
  requested: JsonObject,
  { extensions, unknown_members }: Pick<ClientTemplate, 'extensions' | 'unknown_members'>,
  isStrict: boolean,
  trace: Trace,
): Violation[] {
  const refuses = isStrict || unknown_members === 'refuse';
  if (!refuses && !trace.explains) return [];
  return Object.entries(requested).flatMap(([name, before]) => {
    if ((before === null && !isStrict) || isMember(name) || Object.hasOwn(extensions, name)) return [];
    // The name is the caller's text, and is repeated only where it is harmless.
    const member = /^[A-Za-z0-9_.#-]{1,64}$/.test(name) ? name : 'a member';
    if (!refuses) {
      trace.tell({ step: 'read', member, rule: 'RFC 7591 section 2', outcome: 'changed', ...valuesOf(name, before) });
      return [];
    }
    const rule = isStrict ? 'document' : 'template: unknown_members';
    trace.tell({ step: 'read', member, rule, outcome: 'refused' });
    return [
      violation(
        member,
        rule,
        isStrict ? 'is not a member of client metadata' : 'is not a member that this template knows',
      ),
    ];
  });
}
