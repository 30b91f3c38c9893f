import { UsageFault } from '../faults.js';
import { readJsonList } from './json-list.js';
import { attributesOf, type KeycloakClient, type Part, textIn, wholeUri } from './keycloak-attributes.js';
import { authenticationOf } from './keycloak-authentication.js';
import { grantsOf } from './keycloak-grants.js';
import { redirectsOf } from './keycloak-redirects.js';
import { readRecord } from './read-record.js';
import type { Entry, Surroundings } from './source.js';

/** Clients that Keycloak makes for itself in every realm. */
const itsOwn = new Set([
  ...['account', 'account-console', 'admin-cli', 'broker'],
  ...['realm-management', 'security-admin-console'],
]);

/** Scopes that mean something to Keycloak alone. */
const scopesOfItsOwn = new Set([
  ...['acr', 'basic', 'microprofile-jwt', 'organization', 'role_list', 'roles'],
  ...['saml_organization', 'service_account', 'web-origins'],
]);

/** Scopes that every realm has, whether the client asks for them or not. */
const scopesOfEveryRealm = new Set(['profile', 'email', 'address', 'phone', 'offline_access']);

/** The clients of a Keycloak realm export, of a list of clients, or of one client's own export. */
export async function* readKeycloak(file: AsyncIterable<Buffer>, around: Surroundings): AsyncGenerator<Entry> {
  const { document, items, lines } = await readJsonList(file);
  const { realm } = (document ?? {}) as { realm?: unknown };
  for (const [index, item] of items.entries()) {
    const place = { position: index + 1, of: items.length, ...(lines[index] !== undefined && { line: lines[index] }) };
    if (typeof item !== 'object' || item === null || Array.isArray(item))
      yield { ...place, faults: ['must be a JSON object'], remarks: [] };
    else if ('realm' in item && 'clients' in item)
      throw new UsageFault('the file has several realms; import one realm at a time');
    else yield { ...place, ...entryOf(item, realm, around) };
  }
}

function entryOf(
  client: KeycloakClient,
  realm: unknown,
  around: Surroundings,
): Omit<Entry, 'line' | 'position' | 'of'> {
  const { clientId } = client;
  const named = typeof clientId === 'string' ? { clientId } : {};
  const skipped = reasonToSkip(client, realm);
  if (skipped !== undefined) return { ...named, skipped, faults: [], remarks: [] };
  const grants = grantsOf(client);
  const parts: Part[] = [
    grants,
    authenticationOf(client),
    redirectsOf(client, grants.metadata.grant_types.includes('authorization_code')),
    scopeOf(client, around),
    attributesOf(client),
  ];
  const metadata: Record<string, unknown> = { ...shownOf(client) };
  for (const part of parts) Object.assign(metadata, part.metadata);
  const remarks = parts.flatMap((part) => part.remarks ?? []);
  const secret = parts.find((part) => part.secret !== undefined)?.secret;
  const read = readRecord({
    client_id: clientId,
    ...(client.enabled === false && { status: 'suspended' }),
    metadata,
    ...(secret !== undefined && { client_secret: secret }),
  });
  const faults = [...parts.flatMap((part) => part.faults ?? []), ...read.faults];
  return faults.length > 0 ? { ...named, faults, remarks } : { ...read, remarks };
}

function reasonToSkip({ clientId, bearerOnly, protocol }: KeycloakClient, realm: unknown): string | undefined {
  if (itsOwn.has(clientId as string) || (typeof realm === 'string' && clientId === `${realm}-realm`))
    return 'is one that Keycloak has for itself';
  if (bearerOnly === true) return 'is bearer-only: it takes tokens and asks for none, which RESOURCES is for';
  if (protocol !== undefined && protocol !== 'openid-connect')
    return `speaks ${textIn(protocol) ?? 'another protocol'}`;
  return undefined;
}

/** What people are shown; a name in `${}` is one that Keycloak translates. */
function shownOf(client: KeycloakClient): object {
  const { name, description, baseUrl, rootUrl } = client;
  const pages = [baseUrl, rootUrl].flatMap((uri) => textIn(uri) ?? []).map((uri) => wholeUri(client, uri));
  const page = pages.find((uri) => /^https?:\/\//i.test(uri));
  const ownName = textIn(name);
  return {
    ...(ownName !== undefined && !ownName.startsWith('${') && { client_name: ownName }),
    ...(textIn(description) !== undefined && { description: textIn(description) }),
    ...(page !== undefined && { client_uri: page }),
  };
}

/** The scopes that a client may ask for, as far as there are such here. */
function scopeOf({ defaultClientScopes, optionalClientScopes }: KeycloakClient, { scopes }: Surroundings): Part {
  const lists = [defaultClientScopes, optionalClientScopes].filter(Array.isArray) as unknown[][];
  if (lists.length === 0) return { metadata: {} };
  const asked = [...new Set(['openid', ...lists.flat().filter((scope) => typeof scope === 'string')])];
  const meant = asked.filter((scope) => !scopesOfItsOwn.has(scope));
  const offered = meant.filter((scope) => scopes === undefined || scopes.includes(scope));
  const lost = meant.filter((scope) => !offered.includes(scope) && !scopesOfEveryRealm.has(scope));
  return {
    metadata: { scope: offered.join(' ') },
    remarks: lost.map((scope) => `is not given the scope ${scope}, which SCOPES does not name`),
  };
}
