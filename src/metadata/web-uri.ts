import { isLoopbackUri, redirectUriFault } from './redirect-uri.js';
import { schemeOf, uriFault } from './uri.js';

interface WebUriRule {
  readonly fragment: boolean;
  readonly accepts: (uri: string) => boolean;
  readonly message: string;
}

const hasScheme =
  (...schemes: readonly string[]) =>
  (uri: string) =>
    schemes.includes(schemeOf(uri) ?? '');

/** What a URI is for decides its scheme and whether it may have a fragment. */
const rules = {
  /** Shown to people (RFC 7591 section 5). */
  shown: { fragment: true, accepts: hasScheme('https', 'http'), message: 'must use https or http' },
  /** Fetched or called by the server (OpenID Connect Registration 1.0 sections 2 and 5). */
  called: { fragment: false, accepts: hasScheme('https'), message: 'must use https' },
  /** Fetched by the server, with a digest as its fragment (OpenID Connect Core 1.0 section 6.2). */
  digested: { fragment: true, accepts: hasScheme('https'), message: 'must use https' },
  /** Opened in a frame of the user's browser (OpenID Connect Front-Channel Logout 1.0 section 2). */
  framed: {
    fragment: false,
    accepts: (uri) => hasScheme('https')(uri) || isLoopbackUri(uri),
    message: 'must use https, or http on a loopback host',
  },
  /** Opened in an app on the user's device (OpenID for Verifiable Credential Issuance 1.0 section 12.1). */
  opened: {
    fragment: false,
    accepts: (uri) => redirectUriFault(uri, 'native') === undefined,
    message: 'must use https or a scheme of the wallet',
  },
  /** Compared as a name only (RFC 8705 section 2.1.2). */
  named: { fragment: true, accepts: () => true, message: '' },
} as const satisfies Record<string, WebUriRule>;

export type WebUriUse = keyof typeof rules;

/** What is wrong with one URI for its use, if anything. */
export function webUriFault(uri: unknown, use: WebUriUse): string | undefined {
  const rule: WebUriRule = rules[use];
  return uriFault(uri, rule) ?? (rule.accepts(uri as string) ? undefined : rule.message);
}
