import { parsedUrl } from '../metadata/url.js';
import { style, styleSource } from './style.js';

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text as it can stand in HTML. */
export const escaped = (text: string): string => text.replace(/[&<>"']/g, (character) => escapes[character]!);

/** A text that somebody else chose: kept apart from ours, in whatever direction it is written. */
export const foreign = (text: string): string => `<bdi>${escaped(text)}</bdi>`;

/** What was wrong with the last answer, where something was; read aloud at once. */
export const problemNote = (problem: string | undefined): string =>
  problem === undefined ? '' : `<div class="note bad" role="alert" id="problem"><p>${escaped(problem)}</p></div>\n`;

/** A page; `content` is HTML. */
export const page = (title: string, content: string): string =>
  `<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${escaped(title)}</title><style>${style}</style></head>
<body><main><h1>${escaped(title)}</h1>
${content}</main></body>
</html>
`;

/**
 * Headers of pages: nothing but their own style, no scripts but those whose digest oidc-provider adds, no frames around
 * them; forms go to this server and, from there, to where the user is sent back. Pages come back to the window that
 * opened them: apps in a browser ask for codes in one.
 */
export const pageHeaders = (formTargets?: readonly string[]) => ({
  'Content-Security-Policy': [
    "default-src 'none'",
    'script-src',
    `style-src ${styleSource}`,
    "base-uri 'none'",
    "frame-ancestors 'none'",
    ...(formTargets ? [`form-action ${["'self'", ...formTargets].join(' ')}`] : []),
  ].join(';'),
  'Cross-Origin-Opener-Policy': 'unsafe-none',
});

/** Where a form may lead to in the end, as a policy says it: an origin, or the scheme of an app (CSP Level 3 section 2.3.1). */
export function formTarget(address: string | undefined): string[] {
  const url = address === undefined ? undefined : parsedUrl(address);
  if (!url) return [];
  // Policies cannot spell an IPv6 address.
  if (url.hostname.startsWith('[')) return [`${url.protocol}`];
  return [url.origin === 'null' ? url.protocol : url.origin];
}
