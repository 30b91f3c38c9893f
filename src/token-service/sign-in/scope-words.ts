import { escaped } from '../page.js';

/** What scopes mean to the user who grants them (OpenID Connect Core 1.0 sections 5.4 and 11). */
const words: Readonly<Record<string, string>> = {
  openid: 'know who you are here, by an identifier',
  profile: 'see your username',
  email: 'see your email address',
  address: 'see your postal address',
  phone: 'see your phone number',
  offline_access: 'stay connected while you are away, until you take it back',
  dcr: 'register one application in your name',
  dcrm: 'see and delete the applications that are registered in your name',
};

/** What a client would get, one line of HTML for each scope; those for a resource name it. */
export function scopeLines(scopes: readonly string[], resource?: string): string[] {
  const at = resource === undefined ? '' : ` at <code>${escaped(resource)}</code>`;
  return scopes.map((scope) => (words[scope] ?? `use <code>${escaped(scope)}</code>`) + at);
}
