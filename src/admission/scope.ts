import { isScope } from '../metadata/scope.js';
import type { RequestedMetadata } from '../metadata/read-metadata.js';
import { violation } from '../metadata/rule.js';
import type { Limited } from '../templates/policy-application.js';
import { tokenBounds } from './bounds.js';
import type { ScopeRules } from './scope-rules.js';
import type { Trace } from './trace.js';

const member = 'scope';

/**
 * Narrows the scope that was asked for to what may be given. What lies outside is dropped, and the answer shows what is
 * left, or it is refused; nothing asked, or nothing left, is what the rules fall back to (RFC 7591 section 2). A scope of
 * a wrong type or form stays as it is, to be refused.
 */
export function narrowScope(requested: RequestedMetadata, rules: ScopeRules, trace: Trace): Limited {
  const { scope } = requested;
  // Clients that know of no scope send an empty text, the MCP Inspector among them.
  const isNothing = scope === undefined || scope === '';
  if (!isNothing && (typeof scope !== 'string' || !isScope(scope))) return { document: requested, violations: [] };
  const asked = isNothing ? [] : [...new Set(scope.split(' '))];
  const offered = asked.filter((word) => rules.offered.includes(word));
  if (rules.outside === 'refuse' && offered.length < asked.length) {
    trace.tell({ step: 'fill_in', member, rule: rules.offeredBy, outcome: 'refused', before: scope });
    const message = `must hold only scopes out of: ${rules.offered.join(' ')}`;
    return { document: requested, violations: [violation(member, rules.offeredBy, message)] };
  }
  const within = rules.bound ? offered.filter((word) => rules.bound!.includes(word)) : offered;
  const given = within.length > 0 ? within : rules.fallback;
  if (given.length === 0) return nothingToGive(requested, rules, trace);
  tellSteps([asked, offered, within, given], rules, trace);
  const after = given.join(' ');
  return { document: after === scope ? requested : { ...requested, scope: after }, violations: [] };
}

/** Without a scope the client would get the server's default one, and so more than its token or template may give. */
function nothingToGive(requested: RequestedMetadata, rules: ScopeRules, trace: Trace): Limited {
  const { scope, ...others } = requested;
  if (rules.isUnbounded) {
    trace.tellChanges('fill_in', () => rules.offeredBy, { scope }, {});
    return { document: others, violations: [] };
  }
  const rule = rules.bound ? tokenBounds : rules.offeredBy;
  trace.tell({ step: 'fill_in', member, rule, outcome: 'refused' });
  const message = rules.bound
    ? 'of the initial access token is not on offer any more; ask for another token'
    : 'cannot be given, since nothing is on offer';
  return { document: requested, violations: [violation(member, rule, message)] };
}

function tellSteps(steps: readonly (readonly string[])[], rules: ScopeRules, trace: Trace): void {
  const told = [rules.offeredBy, tokenBounds, rules.fallbackBy];
  const [asked = [], , , given] = steps;
  // Nobody asked: what is filled in then is a default like those of the standards.
  if (asked.length === 0) return trace.tellChanges('fill_in', () => rules.fallbackBy, {}, { scope: given!.join(' ') });
  for (const [index, rule] of told.entries()) {
    if (index === 1 && !rules.bound) continue;
    const before = steps[index]!.join(' ');
    const after = steps[index + 1]!.join(' ');
    if (index === 2 && before === after) continue;
    const change = before === after ? { outcome: 'passed' as const } : { outcome: 'changed' as const, before, after };
    trace.tell({ step: 'fill_in', member, rule, ...change });
  }
}
