import type { Violation } from '../errors.js';
import { hostMatches } from '../metadata/host-pattern.js';
import type { RequestedMetadata } from '../metadata/read-metadata.js';
import { isLoopbackUri, redirectHost, redirectUrisOf } from '../metadata/redirect-uri.js';
import { violation } from '../metadata/rule.js';
import type { Tell } from '../metadata/trace.js';
import { partsOf } from '../metadata/uri.js';
import type { RedirectUriRules } from './client-template.js';

const member = 'redirect_uris';

/** What of the redirect URIs lies outside the places that a template allows. */
export function redirectViolations(
  document: RequestedMetadata,
  { hosts, schemes, loopback }: RedirectUriRules,
  tell: Tell,
): Violation[] {
  if (!hosts && !schemes && loopback) return [];
  const rules: readonly (readonly [string, string | undefined])[] = [
    ['hosts', hosts && `must have a host that matches ${hosts.join(' or ')}`],
    ['schemes', schemes && `must use one of these schemes: ${schemes.join(', ')}`],
    ['loopback', loopback ? undefined : 'must not use http on a loopback host'],
  ];
  const allows: Readonly<Record<string, (uri: string) => boolean>> = {
    // An app that claims a scheme has no host; whether it may is for the schemes to say.
    hosts: (uri) => (redirectHost(uri) === undefined ? schemes !== undefined : hostMatches(uri, hosts!)),
    // http on the own machine is judged by loopback alone.
    schemes: (uri) => isLoopbackUri(uri) || schemes!.includes(partsOf(uri)?.scheme ?? ''),
    loopback: (uri) => !isLoopbackUri(uri),
  };
  const uris = redirectUrisOf(document);
  return rules.flatMap(([name, demand]) => {
    if (demand === undefined) return [];
    const rule = `template: redirect_uris.${name}`;
    const outside = uris.findIndex((uri) => !allows[name]!(uri));
    tell({ step: 'fill_in', member, rule, outcome: outside < 0 ? 'passed' : 'refused' });
    return outside < 0 ? [] : [violation(member, rule, `[${outside}] ${demand}`)];
  });
}
