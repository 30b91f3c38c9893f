import { setImmediate } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import type { Registrar, SpendableRight } from '../admission/registrar.js';
import { offeredScopes } from '../admission/scope-rules.js';
import type { Administrator } from '../administrators/administrators.service.js';
import type { Actor } from '../audit/audit-event.entity.js';
import { AuditTrail, changesBetween } from '../audit/audit-trail.js';
import { ClientStore } from '../clients/client.store.js';
import { newId, newToken } from '../clients/credentials.js';
import { Keyring } from '../clients/keyring.js';
import { Clock } from '../clock.js';
import { portals } from '../compatibility/portals.js';
import { AuthorizationServer } from '../config/authorization-server.js';
import { DataSources } from '../data-sources/data-sources.service.js';
import { Refusal } from '../errors.js';
import { unusableToken } from '../http/bearer.js';
import type { CredentialForm } from '../http/foreign-credential.js';
import { Templates } from '../templates/templates.service.js';
import type {
  InitialAccessTokenRequest,
  InitialAccessTokenView,
  MadeInitialAccessToken,
} from './dto/initial-access-token.dto.js';
import type { InitialAccessToken } from './initial-access-token.entity.js';
import { type CountedToken, InitialAccessTokenStore } from './initial-access-token.store.js';
import { initialAccessTokenView } from './initial-access-token.view.js';

/** A registrar who came with an initial access token made here. */
export interface TokenBearer extends Registrar {
  readonly right: SpendableRight;
  /** Whether the token also manages the clients that it made. */
  readonly manages: boolean;
}

const batchSize = 100;

/** Makes, shows, spends and revokes initial access tokens. */
@Injectable()
export class InitialAccessTokens {
  constructor(
    private readonly store: InitialAccessTokenStore,
    private readonly templates: Templates,
    private readonly clients: ClientStore,
    private readonly audit: AuditTrail,
    private readonly dataSources: DataSources,
    private readonly keyring: Keyring,
    private readonly server: AuthorizationServer,
    private readonly clock: Clock,
  ) {}

  /** Makes a token; its text is in the answer and nowhere else. */
  async make(
    request: InitialAccessTokenRequest,
    { actor }: Pick<Administrator, 'actor'>,
  ): Promise<MadeInitialAccessToken> {
    await this.refuseWhatCannotBe(request);
    const text = newToken('ciat');
    const now = this.clock.now();
    const token: InitialAccessToken = {
      id: newId(),
      digest: this.keyring.digest(text),
      templateId: request.template ?? null,
      uses: request.uses ?? 1,
      label: request.label ?? null,
      owner: request.owner ?? null,
      scope: request.scope ?? null,
      softwareId: request.software_id ?? null,
      redirectHosts: request.redirect_hosts ?? null,
      manages: request.manages ?? false,
      createdAt: now,
      expiresAt: now + (request.expires_in ?? 86_400),
      revokedAt: null,
    };
    const view = initialAccessTokenView({ ...token, used: 0 }, now);
    const changes = changesBetween({}, view);
    const event = this.audit.eventOf({ action: 'initial_access_token.made', actor, changes });
    await this.audit.record(event, (transaction) => this.store.add(token, transaction));
    return { ...view, token: text };
  }

  /** The token with this id. Throws `not_found`. */
  async show(id: string): Promise<InitialAccessTokenView> {
    return initialAccessTokenView(await this.get(id), this.clock.now());
  }

  /** Tokens in the order in which they were made. */
  async list(limit: number, after?: string): Promise<InitialAccessTokenView[]> {
    const now = this.clock.now();
    return (await this.store.list(limit, after)).map((token) => initialAccessTokenView(token, now));
  }

  /** Revokes a token, at once and for good; `suspendClients` suspends every client that it made. Throws `not_found`. */
  async revoke(id: string, { actor }: Pick<Administrator, 'actor'>, suspendClients: boolean): Promise<void> {
    await this.get(id);
    const now = this.clock.now();
    const changes = { id: { before: id, after: id }, revoked_at: { after: now } };
    const event = this.audit.eventOf({ action: 'initial_access_token.revoked', actor, changes });
    await this.audit.record(event, (transaction) => this.store.revoke(id, now, transaction));
    if (suspendClients) await this.suspendClientsOf(id, actor);
  }

  /** Who registers with this token, or did so with its last use; nobody when it is unknown, expired or revoked. */
  async bearerOf(text: string): Promise<TokenBearer | undefined> {
    const token = await this.usable(text);
    return token && bearerOf(token, this.store);
  }

  /** Whether the portal whose dialect the template of the token takes may send it in this way. */
  async mayComeAs(form: CredentialForm, text: string): Promise<boolean> {
    const token = await this.usable(text);
    const template = token && token.templateId !== null ? await this.templates.newest(token.templateId) : undefined;
    return template !== undefined && portals[template.compatibility].credentialForms.includes(form);
  }

  /** Who registers with the token that has this id, and whether it still may; nobody when it is unknown. */
  async bearerById(id: string): Promise<{ readonly bearer: TokenBearer; readonly isUsable: boolean } | undefined> {
    const token = await this.store.find(id);
    return token && { bearer: bearerOf(token, this.store), isUsable: isUsable(token, this.clock.now()) };
  }

  /** The id of the token, if it manages the clients that it made: also when all its uses are spent. */
  async managerOf(text: string): Promise<string | undefined> {
    const token = await this.usable(text);
    return token?.manages ? token.id : undefined;
  }

  /** Whether any token was ever made. */
  anyMade(): Promise<boolean> {
    return this.store.hasAny();
  }

  /** How many usable tokens are stored under the key with this id. */
  countUnder(keyId: string): Promise<number> {
    return this.store.countUnder(keyId, this.clock.now());
  }

  /** Suspends in batches, since a token may have made a million clients; others are served between two of them. */
  private async suspendClientsOf(id: string, actor: Actor): Promise<void> {
    for (;;) {
      const batch = await this.clients.findActiveByRegistrarToken(id, batchSize);
      if (batch.length === 0) return;
      // SQLite answers at once, so that nothing else would have a turn.
      await setImmediate();
      const changes = { status: { before: 'active', after: 'suspended' } };
      const events = batch.map(({ clientId }) =>
        this.audit.eventOf({ action: 'client.suspended', actor, clientId, changes }),
      );
      const suspension = { status: 'suspended', updatedAt: this.clock.now() } as const;
      await this.dataSources.transaction(
        'dynamic',
        async (transaction) => {
          for (const [index, client] of batch.entries())
            // One that changed in between comes again in the next batch.
            if (await this.clients.change(client, suspension, transaction))
              await this.audit.append(events[index]!, transaction);
        },
        this.audit.landed(events[0]!),
      );
    }
  }

  private async usable(text: string): Promise<CountedToken | undefined> {
    const token = await this.store.findByText(text);
    return token && isUsable(token, this.clock.now()) ? token : undefined;
  }

  private async refuseWhatCannotBe({ template: id, scope }: InitialAccessTokenRequest): Promise<void> {
    const violations = [];
    const template = id === undefined ? undefined : await this.templates.newest(id);
    if (id !== undefined && !(template?.status === 'active' && template.access.initial_access_token))
      violations.push({
        member: 'template',
        rule: 'document',
        message: 'template must be the id of an active template that lets in initial access tokens',
      });
    const { scopes: server, isOpenToScopes: isOpen } = this.server;
    const offered = offeredScopes({ server, isOpen, policy: template?.metadata['scope'] });
    if (scope && scope.split(' ').some((one) => !offered.includes(one)))
      violations.push({ member: 'scope', rule: 'document', message: `scope must be within ${offered.join(' ')}` });
    if (violations.length > 0) throw new Refusal('invalid_request', violations[0]!.message, violations);
  }

  private async get(id: string): Promise<CountedToken> {
    const token = await this.store.find(id);
    if (!token) throw new Refusal('not_found', 'there is no initial access token with this id');
    return token;
  }
}

/** Neither revoked nor expired; uses may be left or not. */
const isUsable = ({ revokedAt, expiresAt }: InitialAccessToken, now: number): boolean =>
  revokedAt === null && expiresAt > now;

const bearerOf = (token: CountedToken, store: InitialAccessTokenStore): TokenBearer => ({
  record: { type: 'initial_access_token', token_id: token.id },
  actor: { type: 'initial_access_token', token_id: token.id },
  ...(token.templateId !== null && { templateId: token.templateId }),
  owner: token.owner ?? undefined,
  verification: 'vouched',
  manages: token.manages,
  bounds: {
    ...(token.scope !== null && { scope: token.scope }),
    ...(token.redirectHosts !== null && { redirect_hosts: token.redirectHosts }),
    ...(token.softwareId !== null && { software_id: token.softwareId }),
  },
  right: {
    isSpent: token.used >= token.uses,
    spend: async (transaction) => {
      if (!(await store.spend(token, transaction))) throw unusableToken();
    },
    spending: () => [store.spending(token)],
  },
});
