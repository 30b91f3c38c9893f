import { personal } from '../audit/audit-trail.js';
import { type Tell, type TraceEntry, valuesOf } from '../metadata/trace.js';
import type { ClientTemplate } from '../templates/client-template.js';

/** What the rules said in one decision: those that changed or refused something, or every one for who wants to know why. */
export class Trace {
  readonly entries: TraceEntry[] = [];
  /** The template that was found, if one was. */
  template?: Pick<ClientTemplate, 'id' | 'version'>;

  /** `explains`: whether rules that passed, and the standards' own defaults, are told too. */
  constructor(readonly explains = false) {}

  readonly tell: Tell = (entry) => {
    if (this.explains || entry.outcome !== 'passed') this.entries.push(entry);
  };

  /** Tells which members a step changed, for who wants to know why. */
  tellChanges(step: TraceEntry['step'], ruleOf: (member: string) => string, before: object, after: object): void {
    if (!this.explains) return;
    const old = before as Record<string, unknown>;
    const fresh = after as Record<string, unknown>;
    for (const member of new Set([...Object.keys(old), ...Object.keys(fresh)])) {
      if (old[member] === fresh[member]) continue;
      this.tell({
        step,
        member,
        rule: ruleOf(member),
        outcome: 'changed',
        ...valuesOf(member, old[member], fresh[member]),
      });
    }
  }

  /** What the audit trail keeps: rules that changed or refused something, without the values of members about people. */
  forAudit(): readonly TraceEntry[] {
    return this.entries
      .filter(({ outcome }) => outcome !== 'passed')
      .map(({ before, after, ...entry }) =>
        personal.has(entry.member ?? '')
          ? entry
          : { ...entry, ...(before !== undefined && { before }), ...(after !== undefined && { after }) },
      );
  }
}
