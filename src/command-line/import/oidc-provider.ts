import type { JsonObject } from '../../http/strict-json.js';
import { needsSecret } from '../../metadata/secret-need.js';
import { readJsonList } from './json-list.js';
import { readRecord } from './read-record.js';
import type { Entry } from './source.js';

/** Members that only a server sets. */
const ofServers = ['client_id_issued_at', 'registration_access_token', 'registration_client_uri'];

/** The clients of a list as node-oidc-provider is configured with: their metadata, client_id and client_secret among them. */
export async function* readOidcProvider(file: AsyncIterable<Buffer>): AsyncGenerator<Entry> {
  const { items, lines } = await readJsonList(file);
  for (const [index, item] of items.entries()) {
    const place = { position: index + 1, of: items.length, ...(lines[index] !== undefined && { line: lines[index] }) };
    if (typeof item === 'object' && item !== null && !Array.isArray(item))
      yield { ...place, ...entryOf(item as JsonObject) };
    else yield { ...place, faults: ['must be a JSON object'], remarks: [] };
  }
}

function entryOf(client: JsonObject): Omit<Entry, 'line' | 'position' | 'of'> {
  const { client_id, client_secret, client_secret_expires_at: end, ...rest } = client;
  const metadata = Object.fromEntries(
    Object.entries(rest).filter(([name, value]) => !ofServers.includes(name) && value !== null),
  );
  const remarks: string[] = [];
  const isNeeded = needsSecret({ token_endpoint_auth_method: 'client_secret_basic', ...metadata });
  const hasEnded = typeof end === 'number' && end !== 0 && end * 1000 <= Date.now();
  if (client_secret !== undefined && !isNeeded) remarks.push('its secret is of no use to it, and left out');
  else if (hasEnded) remarks.push('its secret has expired, and is left out');
  else if (typeof end === 'number' && end !== 0)
    remarks.push(`its secret would have expired on ${new Date(end * 1000).toISOString()}; here it does not`);
  const isKept = client_secret !== undefined && isNeeded && !hasEnded;
  return {
    ...readRecord({
      ...(client_id !== undefined && { client_id }),
      metadata,
      ...(isKept && { client_secret }),
    }),
    remarks,
  };
}
