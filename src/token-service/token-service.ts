import type { EventEmitter } from 'node:events';
import { Injectable, Logger } from '@nestjs/common';
import type { Request, Response } from 'express';
import { AuthorizationServer } from '../config/authorization-server.js';
import { Environment } from '../config/environment.js';
import { DataSources } from '../data-sources/data-sources.service.js';
import { GuardedFetcher } from '../fetching/guarded-fetcher.js';
import { KeySets } from '../fetching/key-sets.js';
import { IssuedFor } from '../token-models/issued-for.js';
import { TokenModelStore } from '../token-models/token-model.store.js';
import { ActiveClients } from './active-clients.js';
import { readAtOnce } from './body-at-once.js';
import { DevicePolls, paceDevices } from './device-polls.js';
import { keyList } from './key-list.js';
import { ModelAdapter } from './model-adapter.js';
import { Provider } from './oidc-provider.js';
import { sayingOutage, sayingOutages } from './outages.js';
import { pageHeaders } from './page.js';
import { plainAnswers } from './plain-answers.js';
import { actOnRegistered } from './provider-client.js';
import { providerConfiguration } from './provider-configuration.js';
import { bindToEachKey } from './provider-tokens.js';
import { atPublicAddress } from './public-address.js';
import { nameScope } from './scopes.js';
import { type KeysInUse, ServerKeys } from './server-keys.js';
import { Consents } from './sign-in/consents.js';
import { Users } from './sign-in/users.js';
import { knowSignedTokens } from './signed-tokens.js';

/** How long keys are used without a look whether they have changed, in milliseconds: short beside the time they are published before. */
const keysGoodFor = 10_000;

/** How old keys may be while somebody looks; after a longer rest even the first who asks waits for those of now. */
const keysUsableFor = 60_000;

/** Of whatever may be a page. */
const headers = new Map(Object.entries(pageHeaders()));

/** The built-in authorization server: oidc-provider on our clients, our data source and our keys. */
@Injectable()
export class TokenService {
  private readonly logger = new Logger(TokenService.name);
  private current?: { readonly keys: string; readonly provider: Provider; readonly serve: Serve };
  private looking?: Promise<void>;
  private lookedAt = 0;
  private readonly publicUrl: URL;

  constructor(
    private readonly environment: Environment,
    private readonly server: AuthorizationServer,
    private readonly dataSources: DataSources,
    private readonly clients: ActiveClients,
    private readonly models: TokenModelStore,
    private readonly keys: ServerKeys,
    private readonly keySets: KeySets,
    private readonly fetcher: GuardedFetcher,
    private readonly issuedFor: IssuedFor,
    private readonly users: Users,
    private readonly consents: Consents,
    private readonly polls: DevicePolls,
  ) {
    this.publicUrl = new URL(environment.PUBLIC_URL);
  }

  /** Answers a request below the path of the token service, in the forms of OAuth. */
  async serve(request: Request, response: Response): Promise<void> {
    const { serve } = await this.inUse();
    atPublicAddress(request, this.publicUrl);
    readAtOnce(request);
    response.setHeaders(headers);
    await serve(request, response);
  }

  /** The provider with the keys as they are now. */
  async provider(): Promise<Provider> {
    return (await this.inUse()).provider;
  }

  private async inUse(): Promise<NonNullable<TokenService['current']>> {
    const age = performance.now() - this.lookedAt;
    if (!this.current || age > keysGoodFor) {
      this.looking ??= this.look().finally(() => (this.looking = undefined));
      // Who has keys goes on with them while somebody looks, and where nobody can.
      const looked = this.current ? this.looking.catch((error: unknown) => this.logger.warn(error)) : this.looking;
      if (!this.current || age > keysUsableFor) await looked;
    }
    return this.current!;
  }

  private async look(): Promise<void> {
    const keys = await this.keys.inUse();
    const fingerprint = keys.jwks.keys.map(({ kid }) => kid).join(' ');
    if (this.current?.keys !== fingerprint) {
      const provider = this.build(keys);
      this.current = { keys: fingerprint, provider, serve: provider.callback() };
    }
    this.lookedAt = performance.now();
  }

  private build(keys: KeysInUse): Provider {
    const isOutage = (error: unknown) => this.dataSources.isOutage(error);
    const adapter = (model: string) =>
      sayingOutages(new ModelAdapter(model, this.models, this.clients, this.issuedFor), isOutage);
    const provider = new Provider(
      this.environment.PUBLIC_URL,
      providerConfiguration({
        environment: this.environment,
        server: this.server.metadata,
        keys,
        keySets: this.keySets,
        fetcher: this.fetcher,
        users: this.users,
        consents: this.consents,
        adapter,
      }),
    );
    provider.proxy = true;
    provider.use(plainAnswers);
    provider.use(keyList);
    provider.on('grant.success', nameScope);
    provider.on('grant.success', ({ oidc: { client } }) => client && this.clients.noteUse(client.clientId));
    provider.on('backchannel.error', (_context, error, client) =>
      this.logger.warn(`the client ${client.clientId} could not be told of a logout: ${error.message}`),
    );
    provider.on('server_error', (_context, error: Error) => this.logger.error(error));
    (provider as EventEmitter).on('error', (error: Error) => this.logger.error(error));
    actOnRegistered(provider, {
      clients: this.clients,
      find: sayingOutage(isOutage)((id: string) => this.clients.findServed(id)),
      keySets: this.keySets,
    });
    bindToEachKey(provider);
    knowSignedTokens(provider);
    paceDevices(
      provider,
      sayingOutage(isOutage)((code, clientId) => this.polls.take(code, clientId)),
    );
    return provider;
  }
}

type Serve = (request: Request, response: Response) => Promise<void>;
