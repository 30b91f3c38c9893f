import { redirectHost } from './redirect-uri.js';

/** The pattern of a host: its name in lower case, an address in brackets, or `*.` in front for one or more labels. */
export const hostPattern =
  /^(\*\.)?([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$|^\[[0-9a-f:.]+\]$/;

/** Whether a redirect URI has a host, and it matches a pattern. */
export function hostMatches(uri: string, patterns: readonly string[]): boolean {
  const host = redirectHost(uri);
  return (
    host !== undefined &&
    patterns.some((pattern) =>
      pattern.startsWith('*.') ? host.length > pattern.length - 1 && host.endsWith(pattern.slice(1)) : host === pattern,
    )
  );
}
