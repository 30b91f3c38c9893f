import type { Bounds } from '../clients/client.entity.js';
import type { Violation } from '../errors.js';
import { hostMatches } from '../metadata/host-pattern.js';
import type { RequestedMetadata } from '../metadata/read-metadata.js';
import { redirectUrisOf } from '../metadata/redirect-uri.js';

/** The rule of a bound, as violations and traces name it. */
export const tokenBounds = 'bounds of the initial access token';

/** Fills in what a bound leaves only one value for. */
export const fillBounds = (requested: RequestedMetadata, { software_id }: Bounds): RequestedMetadata =>
  software_id !== undefined && requested.software_id === undefined ? { ...requested, software_id } : requested;

/** What of a document lies outside the limits of the initial access token. */
export function boundsViolations(document: RequestedMetadata, { software_id, redirect_hosts }: Bounds): Violation[] {
  const violations: Violation[] = [];
  if (redirect_hosts !== undefined && !redirectUrisOf(document).every((uri) => hostMatches(uri, redirect_hosts)))
    violations.push({
      member: 'redirect_uris',
      rule: tokenBounds,
      message: `redirect_uris must have hosts that match ${redirect_hosts.join(' or ')}`,
    });
  if (software_id !== undefined && document.software_id !== software_id)
    violations.push({
      member: 'software_id',
      rule: tokenBounds,
      message: 'software_id must be the one that the initial access token is for, or be left out',
    });
  return violations;
}
