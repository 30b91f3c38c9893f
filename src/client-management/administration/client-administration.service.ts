import { Injectable } from '@nestjs/common';
import { AdmissionService } from '../../admission/admission.service.js';
import type { Registrar } from '../../admission/registrar.js';
import type { Administrator } from '../../administrators/administrators.service.js';
import { AuditTrail, changesBetween } from '../../audit/audit-trail.js';
import { type CompleteClient, completeClient } from '../../clients/complete-client.js';
import { ClientSecrets, type IssuedSecrets, type SecretRules } from '../../clients/client-secrets.js';
import { statusAt } from '../../clients/client-status.js';
import { ClientStore, type NewClient, type Search } from '../../clients/client.store.js';
import { newId } from '../../clients/credentials.js';
import { type GivenSecret, unfitting } from '../../clients/given-secret.js';
import { Clock } from '../../clock.js';
import { DataSources } from '../../data-sources/data-sources.service.js';
import { Refusal } from '../../errors.js';
import { Lifetimes } from '../../lifecycle/lifetimes.js';
import type { ClientMetadata } from '../../metadata/client-metadata.js';
import type { CheckedMetadata } from '../../metadata/rulebook.js';
import type { TraceEntry } from '../../metadata/trace.js';
import { auditView } from './audit-view.js';
import type { ChangedClient, DatabaseClientRequest } from './dto/client-requests.js';

/** Lists, shows and makes clients for administrators. */
@Injectable()
export class ClientAdministration {
  constructor(
    private readonly admission: AdmissionService,
    private readonly clients: ClientStore,
    private readonly secrets: ClientSecrets,
    private readonly audit: AuditTrail,
    private readonly lifetimes: Lifetimes,
    private readonly dataSources: DataSources,
    private readonly clock: Clock,
  ) {}

  /** Clients of both kinds in the order in which they were made. */
  async list(search: Omit<Search, 'now'>): Promise<CompleteClient[]> {
    const now = this.clock.now();
    const found = await this.clients.search({ ...search, now });
    return found.map((client) => this.view(client));
  }

  /** A client of either kind and any status, tombstones too. Throws `not_found`. */
  async show(clientId: string): Promise<CompleteClient> {
    const client = await this.clients.find(clientId);
    if (!client) throw new Refusal('not_found', 'there is no client with this id');
    return this.view(client);
  }

  /**
   * Makes a database client. Throws what registration throws, and `conflict` when its id was ever given to another.
   */
  async make(request: DatabaseClientRequest, administrator: Administrator): Promise<ChangedClient> {
    const registrar = registrarOf(administrator, request.template);
    const { metadata, template, templateId, templateVersion, bounds, status, trace } = await this.admission.admit(
      request.metadata,
      registrar,
    );
    const clientId = request.client_id ?? newId();
    demandFitting(request, metadata);
    const { secrets, shown } = this.issue(clientId, request, metadata, template.secrets);
    const now = this.clock.now();
    const client: NewClient = {
      clientId,
      kind: 'database',
      status,
      templateId,
      templateVersion,
      bounds,
      registrar: registrar.record,
      owner: request.owner ?? null,
      tags: request.tags ?? [],
      notes: request.notes ?? null,
      verification: registrar.verification,
      metadata,
      secrets,
      registrationTokenDigest: null,
      registrationTokenExpiresAt: null,
      createdAt: now,
      updatedAt: now,
      lastUsedAt: null,
      ...(await this.lifetimes.begin(template.lifecycle)),
      version: 1,
    };
    await this.add(client, administrator, trace);
    return { ...this.view(client), ...(shown !== undefined && { client_secret: shown }) };
  }

  private issue(
    clientId: string,
    { client_secret, client_secret_hash }: DatabaseClientRequest,
    metadata: CheckedMetadata,
    rules: SecretRules,
  ): IssuedSecrets {
    if (client_secret_hash !== undefined) return this.secrets.importHash(rules, client_secret_hash);
    if (client_secret !== undefined) return this.secrets.import(clientId, metadata, rules, client_secret);
    return this.secrets.issue(clientId, metadata, rules);
  }

  private async add(client: NewClient, { actor }: Administrator, trace: readonly TraceEntry[]): Promise<void> {
    const { clientId } = client;
    const changes = changesBetween({}, auditView(client));
    const event = this.audit.eventOf({ action: 'client.made', actor, clientId, changes, trace });
    await this.refuseTaken(clientId);
    try {
      await this.audit.record(event, (transaction) => this.clients.add(client, transaction), 'database');
    } catch (error) {
      if (!this.dataSources.isOutage(error)) await this.refuseTaken(clientId);
      throw error;
    }
  }

  private async refuseTaken(clientId: string): Promise<void> {
    if (await this.clients.find(clientId))
      throw new Refusal('conflict', 'this client_id is or was that of another client; choose another one');
  }

  private view(client: NewClient): CompleteClient {
    return completeClient({ ...client, status: statusAt(client, this.clock.now()) }, new Map());
  }
}

const registrarOf = ({ actor, scopes }: Administrator, template: string | undefined): Registrar => ({
  record: {
    type: 'administrator',
    ...(actor.key_id !== undefined && { token_id: actor.key_id }),
    ...(actor.client_id !== undefined && { client_id: actor.client_id }),
  },
  actor,
  ...(template !== undefined && { templateId: template }),
  bounds: {},
  verification: 'approved',
  scopes,
});

/** Refuses a secret from elsewhere that cannot be that of a client with these metadata. */
function demandFitting(given: GivenSecret, metadata: ClientMetadata): void {
  const violations = [...unfitting(given, metadata)].map(([member, message]) => ({
    member,
    rule: 'document',
    message,
  }));
  if (violations.length > 0) throw new Refusal('invalid_request', violations[0]!.message, violations);
}
