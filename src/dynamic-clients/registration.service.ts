import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AdmissionService, type Admitted } from '../admission/admission.service.js';
import type { Registrar } from '../admission/registrar.js';
import { TemplateLimits } from '../admission/template-limits.js';
import { AuditTrail, changesBetween } from '../audit/audit-trail.js';
import { type ClientInformation, clientInformation } from '../clients/client-information.js';
import { ClientSecrets } from '../clients/client-secrets.js';
import { ClientStore, type NewClient } from '../clients/client.store.js';
import { newId, newToken } from '../clients/credentials.js';
import { Keyring } from '../clients/keyring.js';
import { inItsWords } from '../compatibility/answers.js';
import { Clock } from '../clock.js';
import { Environment } from '../config/environment.js';
import { DataSources } from '../data-sources/data-sources.service.js';
import { carryOut, type Step } from '../data-sources/statements.js';
import { Refusal } from '../errors.js';
import type { JsonObject } from '../http/strict-json.js';
import { Lifetimes } from '../lifecycle/lifetimes.js';
import type { ClientTemplate } from '../templates/client-template.js';
import { Vouching } from '../trusted-issuers/vouching.js';
import { IdempotencyKeys, type RepeatableCall } from './idempotency-keys.js';

/** What a registration is called by, where whoever asks for it says so. */
export interface Naming {
  /** Under which the same call gets the same answer. */
  readonly key?: string;
  /** The identifier of the client; made here unless a portal has to choose it. */
  readonly clientId?: string;
}

/** Registers clients (RFC 7591): read, admit, fill in, check, issue, store, show. */
@Injectable()
export class RegistrationService {
  constructor(
    private readonly vouching: Vouching,
    private readonly admission: AdmissionService,
    private readonly limits: TemplateLimits,
    private readonly secrets: ClientSecrets,
    private readonly clients: ClientStore,
    private readonly audit: AuditTrail,
    private readonly lifetimes: Lifetimes,
    private readonly idempotencyKeys: IdempotencyKeys,
    private readonly dataSources: DataSources,
    private readonly keyring: Keyring,
    private readonly environment: Environment,
    private readonly clock: Clock,
  ) {}

  /**
   * Registers a client, once for each key if there is one: the same call gets the same answer for a day, whatever became
   * of the client. Throws `idempotency_key_reused` for another document under the key, and `conflict` when a chosen identifier
   * was ever given to another client.
   */
  async register(
    requested: JsonObject,
    registrar: Registrar,
    { key, clientId }: Naming = {},
  ): Promise<ClientInformation> {
    if (clientId !== undefined) return this.registerAs(clientId, requested, registrar);
    if (key === undefined) return this.registerNew(requested, registrar);
    const call = { registrar, key, requested };
    const answered = await this.idempotencyKeys.answerTo(call);
    if (answered) return answered;
    try {
      return await this.registerNew(requested, registrar, { call });
    } catch (error) {
      if (this.dataSources.isOutage(error)) throw error;
      // Perhaps the same call was faster, to the row of the key or to the last use of the token.
      const answer = await this.idempotencyKeys.answerTo(call);
      if (!answer) throw error;
      return answer;
    }
  }

  private async registerAs(clientId: string, requested: JsonObject, registrar: Registrar): Promise<ClientInformation> {
    await this.refuseTaken(clientId);
    try {
      return await this.registerNew(requested, registrar, { clientId });
    } catch (error) {
      if (!this.dataSources.isOutage(error)) await this.refuseTaken(clientId);
      throw error;
    }
  }

  private async refuseTaken(clientId: string): Promise<void> {
    if (await this.clients.find(clientId))
      throw new Refusal('conflict', 'this id is or was that of another client; choose another one');
  }

  /** Registers a client, from what it asked for to what it gets (RFC 7591 section 3). */
  private async registerNew(
    asked: JsonObject,
    caller: Registrar,
    { call, clientId = newId() }: { call?: RepeatableCall; clientId?: string } = {},
  ): Promise<ClientInformation> {
    const { requested, registrar } = await this.vouching.ofRegistration(asked, caller);
    const admitted = await this.admission.admit(requested, registrar);
    const { metadata, template, trace } = admitted;
    const { client, shown } = await this.issue(clientId, admitted, registrar);
    const changes = changesBetween({}, metadata);
    const { actor } = registrar;
    const event = this.audit.eventOf({ action: 'client.registered', actor, clientId, changes, trace });
    const information = clientInformation(client, this.environment.PUBLIC_URL, shown);
    const answer = await inItsWords(information, () => template.compatibility);
    const repeatable = call && this.idempotencyKeys.remembered(call, answer);
    const adding = () => [
      // First, so that the same call waits here, and does nothing in vain.
      ...(repeatable ? [this.idempotencyKeys.adding(repeatable)] : []),
      ...this.clients.adding(client),
      this.audit.appending(event),
    ];
    await this.store(adding, template, registrar, this.audit.landed(event));
    return answer;
  }

  /** Stores a client, and takes the use of a right and the room that it needs. */
  private async store(
    adding: () => readonly Step[],
    template: ClientTemplate,
    { right, record }: Registrar,
    landed: (reader: EntityManager) => Promise<boolean>,
  ): Promise<void> {
    // Last, because their rows are the ones that parallel registrations wait for.
    const taking = () => [...(right?.spending(template) ?? []), ...this.limits.takingRoom(template, record)];
    if (await this.dataSources.store('dynamic', () => [...adding(), ...taking()], landed)) return;
    // Perhaps there is some left that it takes more to find.
    await this.dataSources.transaction(
      'dynamic',
      async (transaction) => {
        for (const step of adding()) await carryOut(step, transaction);
        await right?.spend(transaction, template);
        await this.limits.takeRoom(template, record, transaction);
      },
      landed,
    );
  }

  /** A client with its identifier and credentials, and what is shown of those this once. */
  private async issue(clientId: string, { metadata, template, bounds, status }: Admitted, registrar: Registrar) {
    const { secrets, shown: clientSecret } = this.secrets.issue(clientId, metadata, template.secrets);
    const { issue, ttl } = template.registration_access_token;
    const registrationAccessToken = issue ? newToken('crat') : undefined;
    const now = this.clock.now();
    const client: NewClient = {
      clientId,
      kind: 'dynamic',
      status,
      templateId: template.id,
      templateVersion: template.version,
      bounds,
      registrar: registrar.record,
      owner: registrar.owner ?? null,
      tags: [],
      notes: null,
      verification: registrar.verification,
      metadata,
      secrets,
      registrationTokenDigest:
        registrationAccessToken === undefined ? null : this.keyring.digest(registrationAccessToken),
      registrationTokenExpiresAt: ttl === 0 ? null : now + ttl,
      createdAt: now,
      updatedAt: now,
      lastUsedAt: null,
      ...(await this.lifetimes.begin(template.lifecycle)),
      version: 1,
    };
    return { client, shown: { clientSecret, registrationAccessToken } };
  }
}
