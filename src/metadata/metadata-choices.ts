import { isSymmetric } from './algorithms.js';
import type { MemberName } from './client-metadata.js';
import { mostEntries } from './limits.js';
import type { RequestedMetadata } from './read-metadata.js';
import { supportedValues, type ServerLists, type ServerMetadata } from './server-support.js';

/** One row of the choices: the list that a client may send, and the member that the chosen value goes to. */
export interface MetadataChoice {
  readonly list: keyof ServerLists;
  readonly member: MemberName;
}

/**
 * Lists out of which the server chooses, under the names of its own lists (OpenID Connect RP Metadata Choices 1.0
 * section 2). A choice that depends on another one stands below it.
 */
export const metadataChoices: readonly MetadataChoice[] = [
  { list: 'subject_types_supported', member: 'subject_type' },
  { list: 'id_token_signing_alg_values_supported', member: 'id_token_signed_response_alg' },
  { list: 'id_token_encryption_alg_values_supported', member: 'id_token_encrypted_response_alg' },
  { list: 'id_token_encryption_enc_values_supported', member: 'id_token_encrypted_response_enc' },
  { list: 'userinfo_signing_alg_values_supported', member: 'userinfo_signed_response_alg' },
  { list: 'userinfo_encryption_alg_values_supported', member: 'userinfo_encrypted_response_alg' },
  { list: 'userinfo_encryption_enc_values_supported', member: 'userinfo_encrypted_response_enc' },
  { list: 'request_object_signing_alg_values_supported', member: 'request_object_signing_alg' },
  { list: 'request_object_encryption_alg_values_supported', member: 'request_object_encryption_alg' },
  { list: 'request_object_encryption_enc_values_supported', member: 'request_object_encryption_enc' },
  { list: 'token_endpoint_auth_methods_supported', member: 'token_endpoint_auth_method' },
  { list: 'token_endpoint_auth_signing_alg_values_supported', member: 'token_endpoint_auth_signing_alg' },
  {
    list: 'backchannel_authentication_request_signing_alg_values_supported',
    member: 'backchannel_authentication_request_signing_alg',
  },
  { list: 'authorization_signing_alg_values_supported', member: 'authorization_signed_response_alg' },
  { list: 'authorization_encryption_alg_values_supported', member: 'authorization_encrypted_response_alg' },
  { list: 'authorization_encryption_enc_values_supported', member: 'authorization_encrypted_response_enc' },
  { list: 'introspection_signing_alg_values_supported', member: 'introspection_signed_response_alg' },
  { list: 'introspection_encryption_alg_values_supported', member: 'introspection_encrypted_response_alg' },
  { list: 'introspection_encryption_enc_values_supported', member: 'introspection_encrypted_response_enc' },
];

const isChoosable = (list: unknown): list is readonly string[] =>
  Array.isArray(list) &&
  list.length > 0 &&
  list.length <= mostEntries &&
  list.every((entry) => typeof entry === 'string' && entry !== '');

/**
 * Whether a supported value is of use beside what else the client registers: an algorithm for assertions must fit the
 * method, one for content needs one for keys.
 */
function isUsable({ member }: MetadataChoice, value: string, document: RequestedMetadata): boolean {
  if (member === 'token_endpoint_auth_signing_alg') {
    const method = document.token_endpoint_auth_method;
    return isSymmetric(value) ? method === 'client_secret_jwt' : method === 'private_key_jwt';
  }
  return !member.endsWith('_enc') || document[member.replace(/_enc$/, '_alg')] !== undefined;
}

/**
 * Replaces each list by the first of its values that the server supports (OpenID Connect RP Metadata Choices 1.0
 * section 4). A list out of which nothing can be chosen stays, and `check` refuses it.
 */
export function resolveChoices(requested: RequestedMetadata, server: ServerMetadata): RequestedMetadata {
  if (!metadataChoices.some(({ list }) => requested[list] !== undefined)) return requested;
  const document: Record<string, unknown> = { ...requested };
  for (const choice of metadataChoices) {
    const { list, member } = choice;
    const wanted = document[list];
    const given = document[member];
    if (!isChoosable(wanted) || (given !== undefined && !wanted.includes(given as string))) continue;
    const offered = supportedValues(server, list);
    const supported = wanted.filter((value) => offered?.includes(value) ?? true);
    if (supported.length === 0) continue;
    delete document[list];
    if (given !== undefined && supported.includes(given as string)) continue;
    const chosen = supported.find((value) => isUsable(choice, value, document));
    if (chosen !== undefined) document[member] = chosen;
  }
  return document;
}

/** What is wrong with a list that nothing could be chosen from, if anything. */
export function choiceFault(
  choice: MetadataChoice,
  document: RequestedMetadata,
  server: ServerMetadata,
): { readonly member: string; readonly message: string } | undefined {
  const { list, member } = choice;
  const wanted = document[list];
  if (wanted === undefined) return undefined;
  if (!isChoosable(wanted)) return { member: list, message: `must be a list of 1 to ${mostEntries} strings` };
  const given = document[member];
  if (given !== undefined && !wanted.includes(given as string))
    return { member, message: `must be one of the values in ${list}` };
  return { member: list, message: `must have one of: ${supportedValues(server, list)?.join(', ') ?? ''}` };
}
