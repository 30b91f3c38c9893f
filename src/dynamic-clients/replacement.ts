import type { Client } from '../clients/client.entity.js';
import type { ClientSecrets } from '../clients/client-secrets.js';
import type { Violation } from '../errors.js';
import { isAbsent, type JsonObject } from '../http/strict-json.js';
import { serversOwn } from '../metadata/servers-own.js';

/** A replacement as it was sent, judged as far as it is about credentials. */
export interface Replacement {
  /** What remains for the metadata's own rules. */
  readonly document: JsonObject;
  /** The secret of the client, if the replacement has it and it is right. */
  readonly presentedSecret?: string;
  readonly violations: readonly Violation[];
}

const violation = (member: string, message: string): Violation => ({ member, rule: 'RFC 7592 section 2.2', message });

/** Separates the credentials in a replacement from its metadata, and judges them (RFC 7592 section 2.2). */
export function readReplacement(requested: JsonObject, client: Client, secrets: ClientSecrets): Replacement {
  const { client_id, client_secret, ...document } = requested;
  const violations: Violation[] = [];
  if (client_id !== client.clientId)
    violations.push(violation('client_id', 'client_id must be the one of this client'));
  const proved = typeof client_secret === 'string' && secrets.find(client, client_secret) !== undefined;
  if (!isAbsent(client_secret) && !proved)
    violations.push(violation('client_secret', 'client_secret must be the current one, or be left out'));
  for (const member of serversOwn)
    if (!isAbsent(document[member]))
      violations.push(violation(member, `${member} must be left out; only the server sets it`));
  return { document, ...(proved && { presentedSecret: client_secret }), violations };
}
