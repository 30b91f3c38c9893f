import { type MemberName, metadataMembers } from './client-metadata.js';
import type { Member, MemberSpec } from './members.js';
import { metadataChoices } from './metadata-choices.js';
import type { RequestedMetadata } from './read-metadata.js';
import { applicationTypeFor } from './redirect-uri.js';
import { supportedValues, type ServerMetadata } from './server-support.js';

/** Defaults that depend on what else is registered, in the order in which they build on each other. */
const derivedDefaults: Readonly<Record<string, (document: RequestedMetadata) => unknown>> = {
  /** A client without a redirect grant has no response types (RFC 7591 section 2.1). */
  response_types: ({ grant_types = ['authorization_code'] }) =>
    Array.isArray(grant_types) && grant_types.includes('authorization_code') ? ['code'] : [],

  application_type: ({ redirect_uris }) => applicationTypeFor(redirect_uris),
};

/** Members whose default gives way to the server's first choice where the server lacks it (OpenID Connect Discovery 1.0 section 3). */
const negotiable = new Set([
  'subject_type',
  'id_token_signed_response_alg',
  'authorization_signed_response_alg',
  'introspection_signed_response_alg',
]);

/** What a member gets that is absent. */
interface Default {
  readonly name: string;
  readonly derive?: (document: RequestedMetadata) => unknown;
  /** Of the standard, as far as the server supports it. */
  readonly value: unknown;
  readonly beside?: string;
}

function standardDefault(
  { name, boundedBy, fallback, fallbackWhenPublished }: Member,
  server: ServerMetadata,
): MemberSpec['fallback'] {
  const supported = boundedBy && supportedValues(server, boundedBy);
  if (fallbackWhenPublished && supported === undefined) return undefined;
  if (!negotiable.has(name) || !supported || supported.includes(fallback as string)) return fallback;
  return supported.find((value) => value !== 'none') ?? fallback;
}

const defaultsOfServers = new WeakMap<ServerMetadata, readonly Default[]>();

/** The members that may get a default at this server, found once: most of the table has none. */
function defaultsOf(server: ServerMetadata): readonly Default[] {
  const known = defaultsOfServers.get(server);
  if (known) return known;
  const defaults = metadataMembers
    .map((member) => ({
      name: member.name,
      derive: derivedDefaults[member.name],
      value: standardDefault(member, server),
      beside: member.fallbackBeside,
    }))
    .filter(({ derive, value }) => derive !== undefined || value !== undefined);
  defaultsOfServers.set(server, defaults);
  return defaults;
}

/**
 * Gives every member that is still absent the default of its standard, and changes nothing that is there
 * (RFC 7591 section 2, OpenID Connect Registration 1.0 section 2).
 */
export function fillDefaults(requested: RequestedMetadata, server: ServerMetadata): RequestedMetadata {
  // An object that is made of entries at once is read and copied faster than one that grows member by member.
  const members = Object.entries(requested);
  const undecided = metadataChoices.filter(({ list }) => requested[list] !== undefined).map(({ member }) => member);
  for (const { name, derive, value, beside } of defaultsOf(server)) {
    if (requested[name] !== undefined || undecided.includes(name as MemberName)) continue;
    if (derive) members.push([name, derive(requested)]);
    else if (beside === undefined || requested[beside] !== undefined)
      members.push([name, Array.isArray(value) ? [...(value as string[])] : value]);
  }
  return Object.fromEntries(members);
}
