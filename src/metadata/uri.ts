import { parsedUrl } from './url.js';

const longest = 2048;

/** The parts of a URI as they are spelled, the scheme and the host in lower case (RFC 3986 section 3). */
export interface UriParts {
  readonly scheme: string;
  readonly authority?: string;
  readonly host?: string;
  readonly port?: string;
  readonly path: string;
  readonly query: string;
}

const anatomy = /^([a-z][a-z0-9+.-]*):(?:\/\/([^/?#]*))?([^?#]*)(?:\?([^#]*))?/i;
const hostAndPort = /^(?:.*@)?(\[[^\]]*\]|[^:[]*)(?::(.*))?$/;

/** The parts of an absolute URI, or undefined where there is no scheme (RFC 3986 appendix B). */
export function partsOf(uri: string): UriParts | undefined {
  const [, scheme, authority, path = '', query = ''] = anatomy.exec(uri) ?? [];
  if (scheme === undefined) return undefined;
  const [, host, port] = hostAndPort.exec(authority ?? '') ?? [];
  return { scheme: scheme.toLowerCase(), authority, host: host?.toLowerCase(), port, path, query };
}

/** The scheme of a URI, in lower case. */
export const schemeOf = (uri: string): string | undefined => /^[a-z][a-z0-9+.-]*(?=:)/i.exec(uri)?.[0].toLowerCase();

/** Spellings that two readers may understand differently, and what to do about each (RFC 3986 sections 2 and 3). */
const forbiddenSpellings: readonly (readonly [RegExp, string])[] = [
  [/[^\x21-\x7e]/, 'must hold only ASCII characters, without blanks and control characters'],
  [/["\\<>^`{|}]/, 'must hold only characters that RFC 3986 allows'],
  [/%(?![0-9a-f]{2})/i, 'must have two hexadecimal digits after each percent sign'],
  [/%(?:[01][0-9a-f]|7f)/i, 'must not contain encoded control characters'],
];

const hostname = /^(?=.{1,253}$)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;
const portNumber = /^[1-9][0-9]{0,4}$/;
const encodedDots = /^(?:\.|%2e){1,2}$/i;
const separator = /\/|%2f|%5c/i;

/**
 * What is wrong with an absolute URI, if anything. Accepted is only what RFC 3986 and the URL standard read alike, so
 * that no authorization server or browser sees another host than we did (RFC 9700 section 4.1).
 */
export function uriFault(uri: unknown, options: { readonly fragment: boolean }): string | undefined {
  if (typeof uri !== 'string') return 'must be a string';
  if (uri === '') return 'must not be empty';
  if (uri.length > longest) return `must not be longer than ${longest} characters`;
  const spelling = forbiddenSpellings.find(([pattern]) => pattern.test(uri));
  if (spelling) return spelling[1];
  if (!options.fragment && uri.includes('#')) return 'must not contain a fragment';
  const parts = partsOf(uri);
  if (!parts) return 'must be an absolute URI with a scheme';
  const fault = authorityFault(uri, parts) ?? pathFault(parts);
  if (fault !== undefined || isWeb(parts)) return fault;
  return parsedUrl(uri) ? undefined : 'must be a valid URI';
}

const isWeb = ({ scheme }: Pick<UriParts, 'scheme'>) => scheme === 'http' || scheme === 'https';

/** The host must be spelled the way it is resolved, the port be a number (RFC 3986 section 3.2). */
function authorityFault(uri: string, { scheme, authority, host = '', port }: UriParts): string | undefined {
  if (authority?.includes('@')) return 'must not contain user information';
  if (authority?.includes('*')) return 'must not contain a wildcard';
  if (!isWeb({ scheme })) return undefined;
  if (!authority) return 'must have a host after two slashes';
  if (port !== undefined && !(portNumber.test(port) && Number(port) <= 65535)) return 'must have a valid port';
  if (!host.startsWith('[') && !hostname.test(host)) return 'must have a valid host';
  if (!isUsuallySpelled(host) && parsedUrl(uri)?.hostname !== host) return 'must have a host in its usual spelling';
  return undefined;
}

/**
 * Whether the URL standard can read a host name in no other way: neither encoded, nor a number, as whose last label no letter
 * stands first. Most are like this, and need not be parsed, which would cost more than all other rules.
 */
const isUsuallySpelled = (host: string): boolean => !host.includes('xn--') && /(?:^|\.)[a-z][a-z0-9_-]*$/.test(host);

/** Neither wildcards nor segments that lead elsewhere, and brackets only around an address (RFC 3986 sections 3.2.2, 3.3). */
function pathFault({ path, query }: UriParts): string | undefined {
  if (path.includes('*')) return 'must not contain a wildcard';
  if (path.split(separator).some((segment) => encodedDots.test(segment))) return 'must not contain dot segments';
  if (/[[\]]/.test(path + query)) return 'must hold only characters that RFC 3986 allows';
  return undefined;
}
