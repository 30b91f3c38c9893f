import { Injectable } from '@nestjs/common';
import type { AdapterPayload, Grant, KoaContextWithOIDC } from 'oidc-provider';
import { IssuedFor } from '../../token-models/issued-for.js';
import { TokenModelStore } from '../../token-models/token-model.store.js';
import { ActiveClients, type ServedClient } from '../active-clients.js';
import { ModelAdapter } from '../model-adapter.js';
import { registeredOf } from '../registered-client.js';

/** Seconds for which a user is not asked again. */
const remembered = 31_536_000;

/** What a user granted to a client as it was then. */
interface Consent extends AdapterPayload {
  readonly clientVersion: number;
  /** Beyond the session of a browser; who speaks for itself alone is asked about in each. */
  readonly lasts: boolean;
}

/** Remembers to what users agreed, until the client is another one than it was. */
@Injectable()
export class Consents {
  private readonly adapter: ModelAdapter;

  constructor(models: TokenModelStore, clients: ActiveClients, issuedFor: IssuedFor) {
    this.adapter = new ModelAdapter('Consent', models, clients, issuedFor);
  }

  /** Takes note of all that a user has granted to a client by now. */
  async remember({ accountId, clientId, openid, resources }: Grant, client: ServedClient): Promise<void> {
    const lasts = client.verification !== 'self_asserted';
    const consent = { accountId, clientId, openid, resources, clientVersion: client.version, lasts };
    await this.adapter.upsert(keyOf(accountId!, clientId!), consent, remembered);
  }

  /** The grant under which a user does not have to be asked again, if there is one. */
  async existing({ oidc }: KoaContextWithOIDC): Promise<Grant | undefined> {
    const { client, session, provider, account } = oidc;
    if (!client || !session || !account) return undefined;
    const { clientId } = client;
    const { consent: given } = (oidc.result ?? {}) as { consent?: { grantId?: string } };
    if (given?.grantId !== undefined) return provider.Grant.find(given.grantId);
    const consent = (await this.adapter.find(keyOf(account.accountId, clientId))) as Consent | undefined;
    if (consent?.clientVersion !== registeredOf(client).version) return undefined;
    const grantId = session.grantIdFor(clientId);
    const known = grantId === undefined ? undefined : await provider.Grant.find(grantId);
    if (known || !consent.lasts) return known;
    const grant = new provider.Grant({ accountId: account.accountId, clientId });
    Object.assign(grant, { openid: consent.openid, resources: consent.resources });
    await grant.save();
    return grant;
  }
}

const keyOf = (accountId: string, clientId: string): string => `${accountId} ${clientId}`;
