import type { Bounds } from '../clients/client.entity.js';
import type { Violation } from '../errors.js';
import type { RequestedMetadata } from '../metadata/read-metadata.js';
import { redirectHost } from '../metadata/redirect-uri.js';

const clause = 'bounds of the initial access token';

/** Fills in what a bound leaves only one value for. */
export const fillBounds = (requested: RequestedMetadata, { software_id }: Bounds): RequestedMetadata =>
  software_id !== undefined && requested.software_id === undefined ? { ...requested, software_id } : requested;

/** What of a document lies outside the limits of the initial access token. */
export function boundsViolations(
  document: RequestedMetadata,
  { software_id, redirect_hosts }: Bounds,
  scopes: readonly string[],
): Violation[] {
  const violations: Violation[] = [];
  if (redirect_hosts !== undefined && !redirectUris(document).every((uri) => isWithin(uri, redirect_hosts)))
    violations.push({
      member: 'redirect_uris',
      rule: clause,
      message: `redirect_uris must have hosts that match ${redirect_hosts.join(' or ')}`,
    });
  if (scopes.length === 0)
    // Without a scope the client would get the server's default one, and so more than its token may give.
    violations.push({
      member: 'scope',
      rule: clause,
      message: 'scope of the initial access token is not on offer any more; ask for another token',
    });
  if (software_id !== undefined && document.software_id !== software_id)
    violations.push({
      member: 'software_id',
      rule: clause,
      message: 'software_id must be the one that the initial access token is for, or be left out',
    });
  return violations;
}

/** Whether the host of a redirect URI matches a pattern: itself, or `*.` for one or more labels before the rest. */
function isWithin(uri: string, patterns: readonly string[]): boolean {
  const host = redirectHost(uri)?.toLowerCase();
  return (
    host !== undefined &&
    patterns.some((pattern) =>
      pattern.startsWith('*.') ? host.length > pattern.length - 1 && host.endsWith(pattern.slice(1)) : host === pattern,
    )
  );
}

const redirectUris = ({ redirect_uris }: RequestedMetadata): string[] =>
  Array.isArray(redirect_uris) ? redirect_uris.filter((uri) => typeof uri === 'string') : [];
