import type { Client as ProviderClient } from 'oidc-provider';
import type { KeySets, PublicJwk } from '../fetching/key-sets.js';
import type { ActiveClients, ServedClient } from './active-clients.js';
import { BuiltClients, type ClientMaker } from './built-clients.js';
import { usableKeys } from './client-keys.js';
import { errors, Provider } from './oidc-provider.js';
import { deviceGrant, registeredOf } from './registered-client.js';

/** As much of oidc-provider's clients as its types leave out. */
interface KeyedClient extends ProviderClient {
  readonly symmetricKeyStore: Iterable<SymmetricKey> & { add(key: SymmetricKey): void };
  readonly asymmetricKeyStore: { add(key: object): void; clear(): void; freshUntil?: number };
}

interface SymmetricKey {
  readonly kty: 'oct';
  readonly alg: string;
  readonly use: string;
  readonly k: string;
}

/** Where clients come from. */
export interface ClientSources {
  readonly clients: ActiveClients;
  readonly find: (id: string) => Promise<ServedClient | undefined>;
  readonly keySets: KeySets;
}

/** Lets oidc-provider judge its clients by what is registered: secrets by their digests, several at once, and all grants. */
export function actOnRegistered(provider: Provider, { clients, find, keySets }: ClientSources): void {
  const { Client, OIDCContext } = provider;
  Client.prototype.compareClientSecret = function (presented) {
    const { clientId } = this;
    return clients.authenticate({ clientId, secrets: registeredOf(this).secrets }, presented);
  };
  Client.prototype.grantTypeAllowed = function (type) {
    const isRegistered = registeredOf(this).grant_types.includes(type);
    if (!isRegistered && isAskedFor(type)) throw new errors.UnauthorizedClient(`${type} is not a registered grant`);
    return isRegistered;
  };
  const { responseTypeAllowed } = Client.prototype as { responseTypeAllowed: (this: object, type: string) => boolean };
  Client.prototype.responseTypeAllowed = function (type) {
    if (responseTypeAllowed.call(this, type)) return true;
    throw new errors.UnauthorizedClient(`${type} is not a registered response type`);
  };

  const built = new BuiltClients((metadata) => completed(new (Client as unknown as ClientMaker)(metadata)));
  Client.find = async (id) => {
    const found = typeof id === 'string' && id !== '' ? await find(id) : undefined;
    const client = found && built.of(found, clients.registered(found));
    if (client?.jwksUri !== undefined) holdKeys(client as KeyedClient, keySets.held(new URL(client.jwksUri).href));
    return client;
  };

  // It knows its own list of scopes; which there are is said by clients and templates.
  Object.defineProperty(OIDCContext.prototype, 'requestParamOIDCScopes', {
    get: scopesWithoutResource(OIDCContext.prototype),
  });
}

/** With what oidc-provider would not take, or has only one of. */
function completed(client: ProviderClient): ProviderClient {
  addOlderKeys(client as KeyedClient);
  return Object.assign(client, { dpopBoundAccessTokens: registeredOf(client).dpop_bound_access_tokens });
}

/** Whether a grant is what the request itself is for, so that a client without it is told so (RFC 6749 section 5.2). */
function isAskedFor(grant: string): boolean {
  const { route, params } = Provider.ctx?.oidc ?? {};
  return route === 'device_authorization' ? grant === deviceGrant : route === 'token' && params?.grant_type === grant;
}

/** Secrets overlap while they are exchanged: what is signed with an older one that lives is good, too. */
function addOlderKeys(client: KeyedClient): void {
  const older = registeredOf(client).keys.slice(0, -1);
  const signing = [...client.symmetricKeyStore].filter(({ use }) => use === 'sig');
  for (const secret of older)
    for (const key of signing) client.symmetricKeyStore.add({ ...key, k: Buffer.from(secret).toString('base64url') });
}

/**
 * A client that has its keys at an address goes by those that are held, for as long as they are: by itself oidc-provider
 * would keep a key for as long as it fits, also after it was withdrawn. What fits none is asked for again.
 */
function holdKeys({ asymmetricKeyStore: store }: KeyedClient, held: readonly PublicJwk[] = []): void {
  store.clear();
  store.freshUntil = 0;
  for (const key of usableKeys({ keys: [...held] }).keys) store.add(key);
}

type Context = InstanceType<Provider['OIDCContext']>;

/** Where no resource is asked for, every scope is of this server itself. */
function scopesWithoutResource(prototype: object) {
  const own = Object.getOwnPropertyDescriptor(prototype, 'requestParamOIDCScopes')!;
  return function (this: Context): Set<string> {
    const { resource } = (this.params ?? {}) as { resource?: unknown };
    return resource === undefined ? this.requestParamScopes : (own.get!.call(this) as Set<string>);
  };
}
