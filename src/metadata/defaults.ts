import { metadataMembers } from './client-metadata.js';
import type { Member } from './members.js';
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

function standardDefault(
  { name, boundedBy, fallback, fallbackBeside, fallbackWhenPublished }: Member,
  document: RequestedMetadata,
  server: ServerMetadata,
): unknown {
  const supported = boundedBy && supportedValues(server, boundedBy);
  if (fallbackBeside !== undefined && document[fallbackBeside] === undefined) return undefined;
  if (fallbackWhenPublished && supported === undefined) return undefined;
  if (Array.isArray(fallback)) return [...(fallback as string[])];
  if (!negotiable.has(name) || !supported || supported.includes(fallback as string)) return fallback;
  return supported.find((value) => value !== 'none') ?? fallback;
}

/**
 * Gives every member that is still absent the default of its standard, and changes nothing that is there
 * (RFC 7591 section 2, OpenID Connect Registration 1.0 section 2).
 */
export function fillDefaults(requested: RequestedMetadata, server: ServerMetadata): RequestedMetadata {
  const document: Record<string, unknown> = { ...requested };
  const undecided = new Set<string>(
    metadataChoices.filter(({ list }) => document[list] !== undefined).map(({ member }) => member),
  );
  for (const member of metadataMembers) {
    const { name } = member;
    if (document[name] !== undefined || undecided.has(name)) continue;
    const value = derivedDefaults[name]?.(requested) ?? standardDefault(member, document, server);
    if (value !== undefined) document[name] = value;
  }
  return document;
}
