import { ApiHeader } from '@nestjs/swagger';
import { Refusal } from '../errors.js';

/** What a status is that came without a new version: a client expires by the clock, a template that is retired keeps its version. */
const endings = ['expired', 'retired'];

/** The strong entity tag of a version, and of its end (RFC 9110 section 8.8.3). */
export const entityTag = (version: number, status = ''): string =>
  endings.includes(status) ? `"${version}-${status}"` : `"${version}"`;

const listMember = /[ \t]*(?:((?:W\/)?"[\x21\x23-\x7e\x80-\xff]*")[ \t]*)?(?:,|$)/y;

/**
 * Whether `If-Match` holds for something that exists in this version and status (RFC 9110 section 13.1.1). Comparison is
 * strong, so a weak tag never matches, and what cannot be read matches nothing. Without the header there is no condition.
 */
export function matches(ifMatch: string | undefined, version: number, status?: string): boolean {
  if (ifMatch === undefined || ifMatch.trim() === '*') return true;
  return tags(ifMatch)?.includes(entityTag(version, status)) ?? false;
}

/** What a change finds that comes with or without `If-Match`. */
interface Changed {
  readonly version: number;
  readonly status?: string;
  /** Whether nothing is changed without the header (RFC 6585 section 3). */
  readonly isRequired: boolean;
}

/** Lets a change of `what` happen. Throws `precondition_required` without the header, `precondition_failed` for another version. */
export function demandMatch(ifMatch: string | undefined, what: string, { version, status, isRequired }: Changed): void {
  if (ifMatch === undefined && isRequired)
    throw new Refusal('precondition_required', 'send the ETag of the last answer as If-Match');
  if (!matches(ifMatch, version, status))
    throw new Refusal('precondition_failed', `the ${what} has changed; read it again and send its new ETag`);
}

function tags(header: string): string[] | undefined {
  const found: string[] = [];
  listMember.lastIndex = 0;
  while (listMember.lastIndex < header.length) {
    const member = listMember.exec(header);
    if (!member) return undefined;
    if (member[1] !== undefined) found.push(member[1]);
  }
  return found;
}

/** Documents the condition that changes of `what` take. */
export const IfMatchHeader = (what: string): MethodDecorator & ClassDecorator =>
  ApiHeader({
    name: 'If-Match',
    required: false,
    description: `The ETag of the last answer: refuse if the ${what} has changed since (RFC 9110 section 13.1.1).`,
  });

/** Documents the header of answers that can be the condition of a change. */
export const versionHeader = (what: string) => ({ ETag: `The version of the ${what}, for If-Match.` });
