import { clientIdFault, isServerMade } from '../../clients/chosen-client-id.js';
import { secretFormFault, secretFromElsewhere } from '../../clients/given-secret.js';
import { slowHashFault } from '../../clients/slow-hash.js';
import type { JsonObject } from '../../http/strict-json.js';
import { textFault } from '../../metadata/text.js';
import type { ClientRecord } from '../client-record.js';
import type { Entry } from './source.js';

const mostTags = 32;

const tagsFault = (value: unknown): string | undefined => {
  if (!Array.isArray(value)) return 'must be a list';
  if (value.length > mostTags) return `must not have more than ${mostTags} entries`;
  if (new Set(value).size < value.length) return 'must not name one twice';
  return value.map((tag) => textFault(tag, 64)).find((fault) => fault !== undefined);
};

/** What is wrong with each member of a line, if anything: as the server says it, so that a dry run says it too. */
const members: Readonly<Record<keyof ClientRecord, (value: unknown) => string | undefined>> = {
  // One that the server made may be there.
  client_id: (value) => (typeof value === 'string' && isServerMade(value) ? undefined : clientIdFault(value)),
  status: (value) =>
    value === 'active' || value === 'suspended'
      ? undefined
      : 'must be active or suspended, since no other client can be made',
  template: (value) => textFault(value, 64),
  owner: (value) => textFault(value, 255),
  tags: tagsFault,
  notes: (value) => textFault(typeof value === 'string' ? value.replace(/\r?\n/g, ' ') : value, 4000),
  metadata: (value) =>
    typeof value === 'object' && value !== null && !Array.isArray(value) ? undefined : 'must be an object',
  client_secret: (value) =>
    typeof value === 'string' && secretFromElsewhere.test(value) ? undefined : secretFormFault,
  client_secret_hash: slowHashFault,
};

/** Reads a client as `export` writes it. */
export function readRecord(document: JsonObject): Pick<Entry, 'clientId' | 'record' | 'faults'> {
  const faults = Object.entries(document).flatMap(([name, value]) => {
    if (!Object.hasOwn(members, name)) return [`${name} is not a member that import knows`];
    const fault = members[name as keyof ClientRecord](value);
    return fault === undefined ? [] : [`${name} ${fault}`];
  });
  for (const name of ['client_id', 'metadata'])
    if (!Object.hasOwn(document, name)) faults.push(`${name} must be there`);
  const { client_id: id } = document;
  const clientId = typeof id === 'string' && id.length <= 255 ? { clientId: id } : {};
  if (faults.length > 0) return { ...clientId, faults };
  return { ...clientId, record: document as unknown as ClientRecord, faults };
}
