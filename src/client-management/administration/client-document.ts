import { isDeepStrictEqual } from 'node:util';
import type { CompleteClient } from '../../clients/complete-client.js';
import { Refusal, type Violation } from '../../errors.js';
import { mergePatch } from '../../http/merge-patch.js';
import { readStrictly } from '../../http/strict-document.js';
import type { JsonObject } from '../../http/strict-json.js';
import { ClientChangeRequest } from './dto/client-requests.js';

/** What a client shall be: the members that administrators own, complete. */
export interface WantedClient {
  readonly status: CompleteClient['status'];
  readonly owner: string | null;
  readonly tags: readonly string[];
  readonly notes: string | null;
  /** Absent where nothing was said about them. */
  readonly metadata?: JsonObject;
}

/** Members of a client that a document may repeat as they are, and not change. */
const fixed = [
  ...['client_id', 'kind', 'template_id', 'template_version', 'bounds', 'registrar', 'verification', 'secrets'],
  ...['created_at', 'updated_at', 'last_used_at', 'expires_at', 'version'],
] as const;

/** Reads a merge patch of a client (RFC 7396). Throws `invalid_request` with everything that is wrong. */
export function readPatch(patch: JsonObject, client: CompleteClient): WantedClient {
  const { metadata, ...others } = patch;
  const merged = mergePatch(client, others);
  // Only what the patch says is judged: the rest is as it is already.
  const request = read(
    Object.fromEntries(Object.keys(others).map((name) => [name, merged[name] ?? null])),
    metadata,
    client,
  );
  const said = (name: string) => Object.hasOwn(patch, name);
  return {
    status: request.status ?? client.status,
    owner: (said('owner') ? request.owner : client.owner) ?? null,
    tags: (said('tags') ? request.tags : client.tags) ?? [],
    notes: (said('notes') ? request.notes : client.notes) ?? null,
    ...(request.metadata && { metadata: patched(client.metadata, request.metadata) }),
  };
}

/** What a patch takes away stays to be seen as null, so that a name that nobody knows is refused and not passed over. */
const patched = (metadata: object, patch: JsonObject): JsonObject => ({
  ...Object.fromEntries(Object.keys(patch).map((name) => [name, null])),
  ...mergePatch(metadata, patch),
});

/** Reads what shall replace a client: members that are left out go back to their defaults, but for the status. */
export function readWhole(document: JsonObject, client: CompleteClient): WantedClient {
  const { metadata, ...others } = document;
  const request = read(others, metadata ?? null, client);
  return {
    status: request.status ?? client.status,
    owner: request.owner ?? null,
    tags: request.tags ?? [],
    notes: request.notes ?? null,
    metadata: request.metadata!,
  };
}

function read(document: JsonObject, metadata: unknown, client: CompleteClient): ClientChangeRequest {
  const violations: Violation[] = fixed
    .filter((name) => Object.hasOwn(document, name) && !isDeepStrictEqual(plain(document[name]), plain(client[name])))
    .map((member) => ({ member, rule: 'document', message: `${member} cannot be changed here; leave it out` }));
  if (metadata === null)
    violations.push({ member: 'metadata', rule: 'document', message: 'metadata must be an object' });
  const rest = Object.entries(document).filter(([name]) => !(fixed as readonly string[]).includes(name));
  const known = Object.fromEntries(rest);
  try {
    const request = readStrictly(ClientChangeRequest, {
      ...known,
      ...(metadata !== null && metadata !== undefined && { metadata }),
    });
    if (violations.length === 0) return request;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    violations.unshift(...error.violations);
  }
  throw new Refusal('invalid_request', violations[0]!.message, violations);
}

/** A value as its JSON says it: a member that is absent and one that is null are the same. */
const plain = (value: unknown): unknown =>
  value === undefined || value === null ? undefined : (JSON.parse(JSON.stringify(value)) as unknown);
