import { Refusal, type Violation } from '../errors.js';
import type { JsonObject } from '../http/strict-json.js';
import { needsSecret } from '../metadata/secret-need.js';
import type { CheckedMetadata } from '../metadata/rulebook.js';

const rule = 'Client ID Metadata Document section 4.1';

/** Characters of the longest document that is taken: whoever publishes one has it kept here, in the audit trail too. */
const longest = 5 * 1024;

/** Nobody else could know them, which there is no way to here. */
const secretMembers = ['client_secret', 'client_secret_expires_at'];

/**
 * What a document asks for, as a registration would. Without a method it means none, since the default of RFC 7591 needs a
 * secret. Throws `invalid_client_metadata` for a document that is not of this client, or holds a secret.
 */
export function requestedOf(document: unknown, clientId: string): JsonObject {
  if (typeof document !== 'object' || document === null || Array.isArray(document))
    throw refused('client_id', 'must lead to a JSON object');
  if (JSON.stringify(document).length > longest)
    throw refused('client_id', `must lead to a document of at most ${longest / 1024} KiB`);
  const { client_id, ...requested } = document as JsonObject;
  if (client_id !== clientId) throw refused('client_id', 'must stand in its document, letter by letter');
  const secret = secretMembers.find((name) => Object.hasOwn(requested, name));
  if (secret !== undefined) throw refused(secret, 'must not stand in a document that anybody can read');
  return { ...requested, token_endpoint_auth_method: requested['token_endpoint_auth_method'] ?? 'none' };
}

/**
 * Refuses what was judged and cannot be: a client that would need a secret, or that would prove who it is in another way
 * than its document says, since nobody tells it. Throws `invalid_client_metadata`.
 */
export function demandServable(metadata: CheckedMetadata, { token_endpoint_auth_method: said }: JsonObject): void {
  if (needsSecret(metadata))
    throw refused('token_endpoint_auth_method', 'and algorithms must be such that no secret is needed');
  if (metadata.token_endpoint_auth_method !== said)
    throw refused(
      'token_endpoint_auth_method',
      `must be ${metadata.token_endpoint_auth_method} for clients whose client_id is an address`,
    );
}

function refused(member: string, fault: string): Refusal {
  const violation: Violation = { member, rule, message: `${member} ${fault}` };
  return new Refusal('invalid_client_metadata', violation.message, [violation]);
}
