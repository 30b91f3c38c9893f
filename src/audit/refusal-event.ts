import type { Request } from 'express';
import type { Refusal, Violation } from '../errors.js';
import type { Actor } from './audit-event.entity.js';
import type { Happening } from './audit-trail.js';

const mostViolations = 20;
/** What may be a credential of ours: names of members are as long, but in lower case and without digits. */
const credential = /(?=[\w-]*[A-Z0-9])[\w-]{43,}/g;

/** What the trail says of a refusal: who called what, and which rules refused it; nothing of what was sent. */
export function refusalHappening(
  refusal: Refusal,
  request: Request,
  actor: Actor,
  clientId: string | undefined,
): Happening {
  const { path = '' } = (request.route ?? {}) as { path?: string };
  const { failure, description, violations } = refusal;
  return {
    action: `${request.method} ${path.replace(/:(\w+)/g, '{$1}')}`.slice(0, 64),
    actor,
    clientId: clientId ?? namedClient(request),
    outcome: 'refused',
    trace:
      violations.length > 0
        ? violations.slice(0, mostViolations).map(entryOf)
        : [{ rule: failure, outcome: 'refused', message: description }],
  };
}

/** An unknown member is named as it was sent. */
const entryOf = ({ rule, member, message }: Violation) => ({
  rule,
  member: member.replace(credential, '[masked]'),
  outcome: 'refused',
  message: message.replace(credential, '[masked]'),
});

/** The client in the address, unless it is a credential that was put there. */
function namedClient({ params }: Request): string | undefined {
  const { client_id: id } = params;
  return typeof id === 'string' && /^[!-~]{1,42}$/.test(id) ? id : undefined;
}
