import type { Member } from './members.js';
import { supportedValues, type ServerMetadata } from './server-support.js';

/** A response type is a set of words, whatever their order (OAuth 2.0 Multiple Response Type Encoding Practices section 3). */
const regardlessOfOrder = (value: string) => value.split(' ').sort().join(' ');

const offers = (supported: readonly string[], value: string) =>
  supported.includes(value) ||
  (value.includes(' ') && supported.map(regardlessOfOrder).includes(regardlessOfOrder(value)));

/**
 * What of a member, sound by itself, this server cannot serve: a value that it does not offer, or a flag that it could
 * not enforce (RFC 7591 section 2, RFC 8414 section 2).
 */
export function boundsFault(member: Member, value: unknown, server: ServerMetadata): string | undefined {
  if (value === true && member.enforcedBy !== undefined && !server[member.enforcedBy]) {
    return 'must not be true, since this server cannot enforce it';
  }
  const supported = member.boundedBy && supportedValues(server, member.boundedBy);
  if (supported === undefined) return undefined;
  const isOffered = Array.isArray(value)
    ? (value as string[]).every((entry) => offers(supported, entry))
    : offers(supported, value as string);
  if (isOffered) return undefined;
  const named = supported.filter((entry) => !member.never?.includes(entry)).join(', ');
  return Array.isArray(value) ? `must hold only values out of: ${named}` : `must be one of: ${named}`;
}
