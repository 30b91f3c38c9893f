import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { scopesNeededFor } from '../admission/reserved-scopes.js';
import type { Administrator } from '../administrators/administrators.service.js';
import { AuditTrail, changesBetween } from '../audit/audit-trail.js';
import { newId } from '../clients/credentials.js';
import { Clock } from '../clock.js';
import { Environment } from '../config/environment.js';
import { DataSources } from '../data-sources/data-sources.service.js';
import { Refusal, type Violation } from '../errors.js';
import { demandGivable } from '../http/access.guard.js';
import { demandMatch } from '../http/if-match.js';
import { refuse } from '../http/strict-document.js';
import type { JsonObject } from '../http/strict-json.js';
import { Templates } from '../templates/templates.service.js';
import type { TrustedIssuerRequest, TrustedIssuerView } from './dto/trusted-issuer.dto.js';
import { defaultAlgorithms, type Trust } from '../issuers/trust.js';
import type { TrustedIssuer } from '../issuers/trusted-issuer.entity.js';
import { TrustedIssuerStore } from '../issuers/trusted-issuer.store.js';
import { readReplacement } from './read-replacement.js';
import { trustedIssuerView } from './trusted-issuer.view.js';

/** Makes, shows, changes and forgets those whose signatures are trusted. */
@Injectable()
export class TrustedIssuers {
  constructor(
    private readonly store: TrustedIssuerStore,
    private readonly templates: Templates,
    private readonly audit: AuditTrail,
    private readonly dataSources: DataSources,
    private readonly environment: Environment,
    private readonly clock: Clock,
  ) {}

  /** Trusts an issuer. Throws `invalid_request`, `insufficient_scope` for scopes that the administrator lacks, `conflict`. */
  async make(request: TrustedIssuerRequest, administrator: Administrator): Promise<TrustedIssuerView> {
    const trust = await this.trustOf(request, administrator);
    const now = this.clock.now();
    const made = { id: newId(), issuer: request.issuer, trust, version: 1, createdAt: now, updatedAt: now };
    return this.unlessTaken(made.issuer, async () => {
      await this.step('trusted_issuer.made', administrator, undefined, made, (transaction) =>
        this.store.add(made, transaction).then(() => true),
      );
      return trustedIssuerView(made);
    });
  }

  /** The issuer with this id. Throws `not_found`. */
  async show(id: string): Promise<TrustedIssuerView> {
    return trustedIssuerView(await this.get(id));
  }

  /** Issuers in the order in which they were made. */
  async list(limit: number, after?: string): Promise<TrustedIssuerView[]> {
    return (await this.store.list(limit, after)).map(trustedIssuerView);
  }

  /** Replaces all that is said of an issuer. Throws what {@link make} does, `not_found` and `precondition_failed`. */
  async replace(
    id: string,
    document: JsonObject,
    ifMatch: string | undefined,
    administrator: Administrator,
  ): Promise<TrustedIssuerView> {
    const before = await this.get(id);
    this.demandMatch(ifMatch, before);
    const request = readReplacement(document, trustedIssuerView(before));
    const trust = await this.trustOf(request, administrator);
    const { issuer } = request;
    const after = { ...before, issuer, trust, version: before.version + 1, updatedAt: this.clock.now() };
    return this.unlessTaken(issuer, async () => {
      await this.step('trusted_issuer.changed', administrator, before, after, (transaction) =>
        this.store.change(before, after, transaction),
      );
      return trustedIssuerView(after);
    });
  }

  /** Trusts an issuer no more, at once. Throws `not_found` and `precondition_failed`. */
  async forget(id: string, ifMatch: string | undefined, administrator: Administrator): Promise<void> {
    const before = await this.get(id);
    this.demandMatch(ifMatch, before);
    await this.step('trusted_issuer.deleted', administrator, before, undefined, (transaction) =>
      this.store.remove(before, transaction),
    );
  }

  /**
   * All that is decided of an issuer, defaults included. Whoever saves it needs all of its scopes, those that it has already
   * too: with other keys, others would have them.
   */
  private async trustOf({ issuer, ...request }: TrustedIssuerRequest, administrator: Administrator): Promise<Trust> {
    const { PUBLIC_URL } = this.environment;
    const { scopes = [], algorithms = defaultAlgorithms, audience = PUBLIC_URL, jwks, jwks_uri, template } = request;
    const faults: Violation[] = [];
    const fault = (member: string, message: string) =>
      faults.push({ member, rule: 'document', message: `${member} ${message}` });
    if (issuer === PUBLIC_URL) fault('issuer', 'must not be this server, whose tokens are known anyway');
    if ((jwks === undefined) === (jwks_uri === undefined))
      fault('jwks', 'or jwks_uri must be there, and only one of them');
    if (template !== undefined && (await this.templates.newest(template))?.status !== 'active')
      fault('template', 'must be the id of an active template');
    if (scopes.length > 0 && !request.uses.includes('access_tokens'))
      fault('scopes', 'must be left out unless uses has access_tokens');
    refuse(faults);
    demandGivable(administrator, scopesNeededFor(scopes));
    return { ...request, scopes, algorithms, audience };
  }

  private async step(
    action: string,
    { actor }: Administrator,
    before: TrustedIssuer | undefined,
    after: TrustedIssuer | undefined,
    store: (transaction: EntityManager) => Promise<boolean>,
  ): Promise<void> {
    const { id } = (after ?? before)!;
    const changes = changesBetween(before ? trustedIssuerView(before) : {}, after ? trustedIssuerView(after) : {});
    const event = this.audit.eventOf({
      action,
      actor,
      changes: { id: { before: before && id, after: id }, ...changes },
    });
    const isStored = await this.audit.record(event, store);
    if (isStored === false)
      throw new Refusal('conflict', 'the trusted issuer was changed at the same time; read it again and send it anew');
  }

  /** There is one entry for each issuer, so that nobody has to guess which one holds. Throws `conflict`. */
  private async unlessTaken<T>(issuer: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof Refusal || this.dataSources.isOutage(error)) throw error;
      throw (await this.store.findByIssuer(issuer)) ? taken() : error;
    }
  }

  private demandMatch(ifMatch: string | undefined, { version }: TrustedIssuer): void {
    demandMatch(ifMatch, 'trusted issuer', { version, isRequired: this.environment.REQUIRE_IF_MATCH });
  }

  private async get(id: string): Promise<TrustedIssuer> {
    const found = await this.store.find(id);
    if (!found) throw new Refusal('not_found', 'there is no trusted issuer with this id');
    return found;
  }
}

const taken = () => new Refusal('conflict', 'there is another entry for this issuer; change that one');
