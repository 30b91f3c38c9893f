import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import { AdmissionService } from '../../admission/admission.service.js';
import { scopesNeededFor } from '../../admission/reserved-scopes.js';
import type { Administrator } from '../../administrators/administrators.service.js';
import { AuditTrail, changesBetween } from '../../audit/audit-trail.js';
import type { Client } from '../../clients/client.entity.js';
import { ClientSecrets } from '../../clients/client-secrets.js';
import { statusAt } from '../../clients/client-status.js';
import { type ClientChange, ClientStore } from '../../clients/client.store.js';
import { completeClient } from '../../clients/complete-client.js';
import { tombstone } from '../../clients/tombstone.js';
import { Clock } from '../../clock.js';
import { Environment } from '../../config/environment.js';
import { Refusal } from '../../errors.js';
import { demandGivable } from '../../http/access.guard.js';
import { matches } from '../../http/if-match.js';
import type { JsonObject } from '../../http/strict-json.js';
import { Lifetimes } from '../../lifecycle/lifetimes.js';
import type { TraceEntry } from '../../metadata/trace.js';
import { auditView } from './audit-view.js';
import { readPatch, readWhole, type WantedClient } from './client-document.js';
import type { ChangedClient } from './dto/client-requests.js';
import { notPossible, transition } from './transitions.js';

/** What shall be stored of a client, how the trail calls it, and the rules that changed something about it. */
export interface Decision {
  readonly action: string;
  readonly change: ClientChange;
  readonly trace?: readonly TraceEntry[];
}

/** Decides on a client as it is; nothing where there is nothing to change. */
export type Decide = (client: Client) => Promise<Decision | undefined> | Decision | undefined;

/** More tries than parallel changes of one client are likely to need. */
const mostTries = 20;

/** Changes clients for administrators, by the same rules that hold for the clients themselves. */
@Injectable()
export class ClientChanges {
  constructor(
    private readonly admission: AdmissionService,
    private readonly lifetimes: Lifetimes,
    private readonly clients: ClientStore,
    private readonly secrets: ClientSecrets,
    private readonly audit: AuditTrail,
    private readonly environment: Environment,
    private readonly clock: Clock,
  ) {}

  /** Changes what a merge patch says (RFC 7396). */
  patch(id: string, patch: JsonObject, administrator: Administrator, ifMatch?: string): Promise<ChangedClient> {
    return this.become(id, (client) => readPatch(patch, this.view(client)), 'client.changed', administrator, ifMatch);
  }

  /** Replaces all that administrators own. */
  replace(id: string, document: JsonObject, administrator: Administrator, ifMatch?: string): Promise<ChangedClient> {
    const read = (client: Client) => readWhole(document, this.view(client));
    return this.become(id, read, 'client.replaced', administrator, ifMatch);
  }

  /** Deletes a client for good; what is deleted already stays so. */
  async delete(clientId: string, administrator: Administrator, ifMatch?: string): Promise<void> {
    this.demandCondition(ifMatch);
    const change = tombstone(this.clock.now());
    const decide: Decide = ({ status }) => (status === 'deleted' ? undefined : { action: 'client.deleted', change });
    await this.change(clientId, administrator, decide, ifMatch);
  }

  /**
   * Decides on the client as it is, and stores the decision with its event if it still is so; else decides again. Throws
   * `not_found`, and `precondition_failed` when `ifMatch` names another version.
   */
  async change(clientId: string, { actor }: Administrator, decide: Decide, ifMatch?: string): Promise<Client> {
    for (let tries = 1; ; tries++) {
      const located = await this.clients.locate(clientId);
      if (!located) throw new Refusal('not_found', 'there is no client with this id');
      const { client, role } = located;
      if (!matches(ifMatch, client.version, statusAt(client, this.clock.now())))
        throw new Refusal('precondition_failed', 'the client has changed; read it again and send its new ETag');
      const decision = await decide(client);
      if (!decision) return client;
      const { action, trace = [] } = decision;
      const change = { ...decision.change, updatedAt: this.clock.now() };
      const changes = changesBetween(auditView(client), auditView({ ...client, ...change }));
      const event = this.audit.eventOf({ action, actor, clientId, changes, trace });
      const changed = await this.audit.record(
        event,
        async (transaction) => (await this.clients.change(client, change, transaction)) ?? false,
        role,
      );
      if (changed) return changed;
      if (tries === mostTries)
        throw new Refusal('conflict', 'the client changes too often at the same time; send the request again');
    }
  }

  /** A client as administrators see it now. */
  view(client: Client): ChangedClient {
    return completeClient({ ...client, status: statusAt(client, this.clock.now()) }, new Map());
  }

  private async become(
    clientId: string,
    read: (client: Client) => WantedClient,
    action: string,
    administrator: Administrator,
    ifMatch: string | undefined,
  ): Promise<ChangedClient> {
    this.demandCondition(ifMatch);
    let shown: string | undefined;
    const changed = await this.change(
      clientId,
      administrator,
      async (client) => {
        shown = undefined;
        if (client.status === 'deleted') throw notPossible('deleted');
        const wanted = read(client);
        const moved = await this.move(client, wanted, administrator);
        const judged = wanted.metadata && (await this.judge(client, wanted.metadata, administrator));
        shown = judged?.shown;
        const { owner, tags, notes } = wanted;
        const change = { owner, tags, notes, ...judged?.change, ...moved?.change };
        if (isDeepStrictEqual(auditView({ ...client, ...change }), auditView(client))) return undefined;
        return { action: moved?.action ?? action, change, trace: judged?.trace };
      },
      ifMatch,
    );
    return { ...this.view(changed), ...(shown !== undefined && { client_secret: shown }) };
  }

  private async move(client: Client, { status }: WantedClient, administrator: Administrator) {
    const now = this.clock.now();
    if (status === statusAt(client, now)) return undefined;
    const moved = transition(client, status, now, await this.lifetimes.renewed(client));
    // What works again has its scope again.
    if (status === 'active') demandPower(client, administrator);
    return moved;
  }

  private async judge(client: Client, requested: JsonObject, administrator: Administrator) {
    const { metadata, template, trace } = await this.admission.readmit(requested, client, {
      scopes: administrator.scopes,
    });
    if (isDeepStrictEqual(metadata, client.metadata)) return undefined;
    demandPower(client, administrator);
    const { secrets, shown } = this.secrets.reissue(client, metadata, template.secrets);
    const isNew = secrets.at(-1)?.id !== client.secrets.at(-1)?.id && secrets.length > 0;
    return { change: { metadata, secrets, ...unsigned(client, metadata) }, trace, shown: isNew ? shown : undefined };
  }

  private demandCondition(ifMatch: string | undefined): void {
    if (ifMatch === undefined && this.environment.REQUIRE_IF_MATCH)
      throw new Refusal('precondition_required', 'send the ETag of the last answer as If-Match');
  }
}

/** Without its statement nobody signed what a client says, nor has to sign what it says next. */
const unsigned = ({ verification }: Client, metadata: Client['metadata']): ClientChange =>
  verification === 'statement' && metadata.software_statement === undefined ? { verification: 'vouched' } : {};

/**
 * Throws `insufficient_scope` when a client has scopes that an administrator lacks: with its keys, redirects or secrets in
 * hand, the administrator would have them.
 */
export const demandPower = ({ metadata }: Client, administrator: Administrator): void =>
  demandGivable(administrator, scopesNeededFor(metadata.scope?.split(' ') ?? []));
