import type { Adapter, AdapterPayload } from 'oidc-provider';
import type { IssuedFor } from '../token-models/issued-for.js';
import { stillGood } from '../token-models/still-good.js';
import type { FoundModel, IssuedTo, TokenModelStore } from '../token-models/token-model.store.js';
import type { ActiveClients } from './active-clients.js';
import { errors, Provider } from './oidc-provider.js';
import { registeredOf } from './registered-client.js';
import type { User } from './sign-in/users.js';

/** What is used up at most once, so that of two at the same time one is a replay (RFC 6749 section 4.1.2, RFC 9700 section 4.14.2). */
const replayed: Readonly<Record<string, () => Error>> = {
  PushedAuthorizationRequest: () =>
    new errors.InvalidRequestUri('request_uri is invalid, expired, or was already used'),
};

const replays = 'ReplayDetection';

/** What is stored once, under a value that is new each time: a plain insertion, where all else may be a change. */
const madeOnce: readonly string[] = ['AccessToken', 'ClientCredentials', 'AuthorizationCode', 'RefreshToken', replays];

/** Seconds that a model lives for which oidc-provider knows no end. */
const endless = 31_536_000;

/** Models of one kind of oidc-provider, kept in the data source, and judged by what their client is now. */
export class ModelAdapter implements Adapter {
  constructor(
    private readonly model: string,
    private readonly models: TokenModelStore,
    private readonly clients: ActiveClients,
    private readonly issuedFor: IssuedFor,
  ) {}

  async upsert(id: string, state: AdapterPayload, lifetime = endless): Promise<void> {
    // What clients sign may end within a second (RFC 7519 section 2).
    const ttl = Math.ceil(lifetime);
    const issuedTo = await this.issuedTo(state.clientId);
    const payload = await this.issuedFor.stamped(state, Provider.ctx?.oidc.account as User | undefined);
    if (!payload) throw new errors.InvalidGrant('the account is gone or disabled');
    if (!madeOnce.includes(this.model)) return this.models.put(this.model, id, payload, issuedTo, ttl);
    if (await this.models.add(this.model, id, payload, issuedTo, ttl)) return;
    if (this.model === replays) throw new errors.InvalidRequest('this jti was used before');
    throw new Error(`a new ${this.model} has the value of another one`);
  }

  async find(id: string): Promise<AdapterPayload | undefined> {
    return this.judged(await this.models.find(this.model, id));
  }

  async findByUid(uid: string): Promise<AdapterPayload | undefined> {
    return this.judged(await this.models.findByUid(uid));
  }

  async findByUserCode(code: string): Promise<AdapterPayload | undefined> {
    return this.judged(await this.models.findByUserCode(code));
  }

  async consume(id: string): Promise<void> {
    if (await this.models.consume(this.model, id)) return;
    const found = await this.models.find(this.model, id);
    // Who was faster is about to get tokens for the same grant: they die with it.
    if (found?.row.grantId) await this.models.removeByGrant(found.row.grantId, { whole: true });
    throw replayed[this.model]?.() ?? new errors.InvalidGrant('it was already used');
  }

  destroy(id: string): Promise<void> {
    return this.models.remove(this.model, id);
  }

  revokeByGrantId(grantId: string): Promise<void> {
    return this.models.removeByGrant(grantId, { whole: false });
  }

  /** The client and its version, so that what was issued before a later one can be ended at once. */
  private async issuedTo(clientId: string | undefined): Promise<IssuedTo> {
    if (clientId === undefined) return { clientId: null, clientVersion: null };
    const known = Provider.ctx?.oidc.client;
    if (known?.clientId === clientId) return { clientId, clientVersion: registeredOf(known).version };
    const client = await this.clients.find(clientId);
    if (!client) throw new errors.InvalidClient('client is invalid');
    return { clientId, clientVersion: client.version };
  }

  /** What is left of a model now: nothing when its client is not active or has ended its tokens, no scope that it lost. */
  private async judged(found: FoundModel | undefined): Promise<AdapterPayload | undefined> {
    if (!found || !(await this.issuedFor.stillHolds(found.payload))) return undefined;
    const { clientId } = found.row;
    if (clientId === null) return found.payload;
    const client = await this.clients.find(clientId);
    return client && stillGood(found, client, this.clients.scopesOf(client));
  }
}
