import type { Violation } from '../errors.js';
import type { ClientMetadata, MemberName } from './client-metadata.js';

/** A rule across members. It is judged only where every member that it reads is sound by itself. */
export interface Rule {
  readonly clause: string;
  readonly reads: readonly MemberName[];
  readonly judge: (metadata: ClientMetadata) => readonly Violation[];
}

/** A violation whose message says what is wrong in a sentence that starts with the member's name. */
export const violation = (member: string, rule: string, fault: string): Violation => ({
  member,
  rule,
  message: /^[[.]/.test(fault) ? member + fault : `${member} ${fault}`,
});

/** A rule of one clause; what it finds wrong is said of the first member that it reads. */
export const rule = <Name extends MemberName>(
  clause: string,
  reads: readonly [Name, ...Name[]],
  judge: (metadata: Pick<ClientMetadata, Name>) => string | readonly string[] | undefined,
): Rule => ({
  clause,
  reads,
  judge: (metadata) => {
    const found = judge(metadata);
    if (found === undefined) return [];
    return (typeof found === 'string' ? [found] : found).map((fault) => violation(reads[0], clause, fault));
  },
});
