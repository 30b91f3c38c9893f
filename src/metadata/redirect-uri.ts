import { partsOf, schemeOf, uriFault } from './uri.js';

/** The two kinds of application, which may be sent back to different places (OpenID Connect Registration 1.0 section 2). */
export type ApplicationType = 'web' | 'native';

const loopbackHosts = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Schemes that a browser or an operating system acts upon itself, so that no app can call them its own (RFC 8252 section 7.1). */
const foreignSchemes = new Set([
  ...['javascript', 'data', 'vbscript', 'file', 'blob', 'about', 'filesystem', 'view-source'],
  ...['mailto', 'tel', 'sms', 'ftp', 'ws', 'wss'],
  ...['chrome', 'jar', 'intent', 'search-ms', 'ms-msdt', 'res', 'shell'],
]);

/** Whether no app can claim a scheme. */
export const isForeignScheme = (scheme: string): boolean => foreignSchemes.has(scheme);

/** Whether a URI leads to the user's own machine over http (RFC 8252 section 7.3). */
export function isLoopbackUri(uri: string): boolean {
  return schemeOf(uri) === 'http' && loopbackHosts.has(partsOf(uri)?.host ?? '');
}

/** Whether a URI has a scheme that an app may claim for itself (RFC 8252 section 7.1). */
export function isPrivateUseUri(uri: string): boolean {
  const scheme = schemeOf(uri);
  return scheme !== undefined && scheme !== 'http' && scheme !== 'https' && !foreignSchemes.has(scheme);
}

/** The host that a web address leads to, in lower case and without port; undefined for private-use schemes. */
export function redirectHost(uri: string): string | undefined {
  const parts = partsOf(uri);
  return parts?.scheme === 'https' || parts?.scheme === 'http' ? parts.host : undefined;
}

/** The redirect URIs of a document that nobody has judged yet, as far as they are texts. */
export const redirectUrisOf = ({ redirect_uris }: { readonly redirect_uris?: unknown }): string[] =>
  Array.isArray(redirect_uris) ? redirect_uris.filter((uri) => typeof uri === 'string') : [];

/** What an application is that did not say: native when all its redirects stay on the device (RFC 8252 section 7). */
export function applicationTypeFor(redirectUris: unknown): ApplicationType {
  const uris: unknown[] = Array.isArray(redirectUris) ? redirectUris : [];
  const onDevice = (uri: unknown) => typeof uri === 'string' && (isLoopbackUri(uri) || isPrivateUseUri(uri));
  return uris.length > 0 && uris.every(onDevice) ? 'native' : 'web';
}

/** What is wrong with one redirect URI, if anything (RFC 6749 section 3.1.2, RFC 8252 section 7, RFC 9700 section 4.1). */
export function redirectUriFault(uri: unknown, applicationType: ApplicationType): string | undefined {
  return uriFault(uri, { fragment: false }) ?? judges[applicationType](uri as string);
}

const judges: Readonly<Record<ApplicationType, (uri: string) => string | undefined>> = {
  web: (uri) =>
    schemeOf(uri) === 'https' || isLoopbackUri(uri)
      ? undefined
      : 'must use https, or http on a loopback host, for a web application',

  native: (uri) => {
    const { scheme, host = '', authority, path, query } = partsOf(uri)!;
    if (scheme === 'https') {
      return loopbackHosts.has(host) ? 'must use http on a loopback host for a native application' : undefined;
    }
    if (scheme === 'http') {
      return loopbackHosts.has(host) ? undefined : 'must use https unless its host is a loopback host';
    }
    if (foreignSchemes.has(scheme)) return 'must use a scheme that the application may claim for itself';
    return authority === undefined && path === '' && query === '' ? 'must go on after the scheme' : undefined;
  },
};
