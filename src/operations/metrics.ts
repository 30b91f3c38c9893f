import { Injectable } from '@nestjs/common';
import type { NextFunction, Request, Response } from 'express';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { Administrators } from '../administrators/administrators.service.js';
import { AuditSeals, type SealAges } from '../audit/audit-seals.js';
import { countByKey } from '../clients/client-census.js';
import { Keyring } from '../clients/keyring.js';
import { DataSources } from '../data-sources/data-sources.service.js';
import type { Failure } from '../errors.js';
import { GuardedFetcher } from '../fetching/guarded-fetcher.js';
import { InitialAccessTokens } from '../initial-access-tokens/initial-access-tokens.service.js';
import { AccountStore } from '../users/account.store.js';

/** What Prometheus reads. */
@Injectable()
export class Metrics {
  readonly registry = new Registry();
  private readonly durations: Histogram;
  private readonly refusals: Counter;

  constructor(
    private readonly tokens: InitialAccessTokens,
    private readonly administrators: Administrators,
    private readonly accounts: AccountStore,
    private readonly keyring: Keyring,
    private readonly dataSources: DataSources,
    private readonly fetcher: GuardedFetcher,
    private readonly seals: AuditSeals,
  ) {
    collectDefaultMetrics({ register: this.registry });
    this.durations = new Histogram({
      name: 'clientele_http_request_duration_seconds',
      help: 'Time to answer a request, by method, route and status.',
      labelNames: ['method', 'route', 'status'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers: [this.registry],
    });
    this.refusals = new Counter({
      name: 'clientele_refusals_total',
      help: 'Requests that were refused, by the code of the error, whoever sent them.',
      labelNames: ['error'],
      registers: [this.registry],
    });
    this.followKeyRotation();
    this.followDataSources();
    this.followFetching();
    this.followAuditTrail();
  }

  /** Times a request, as middleware. */
  readonly observe = (request: Request, response: Response, next: NextFunction): void => {
    const stop = this.durations.startTimer();
    response.on('finish', () => {
      const { path: route = 'none' } = (request.route ?? {}) as { path?: string };
      stop({ method: request.method, route, status: response.statusCode });
    });
    next();
  };

  countRefusal(error: Failure): void {
    this.refusals.inc({ error });
  }

  private followDataSources(): void {
    const { dataSources } = this;
    new Gauge({
      name: 'clientele_data_source_up',
      help: 'Whether a data source answers.',
      labelNames: ['data_source'],
      registers: [this.registry],
      async collect() {
        const down = await dataSources.unreachable();
        for (const { name } of dataSources.all) this.set({ data_source: name }, down.includes(name) ? 0 : 1);
      },
    });
    new Gauge({
      name: 'clientele_data_source_unsafe_setting',
      help: 'Settings of a data source that endanger what it acknowledged, each 1.',
      labelNames: ['data_source', 'setting'],
      registers: [this.registry],
      collect() {
        this.reset();
        for (const { name, dangers } of dataSources.all)
          for (const { setting } of dangers) this.set({ data_source: name, setting }, 1);
      },
    });
  }

  private followAuditTrail(): void {
    const ages: [keyof SealAges, string, string][] = [
      ['newest', 'clientele_audit_newest_seal_age_seconds', 'Since the newest seal of the audit trail was made.'],
      [
        'unsealed',
        'clientele_audit_oldest_unsealed_age_seconds',
        'Since the oldest event of the audit trail that no seal covers; 0 where all are covered.',
      ],
    ];
    const { seals, dataSources } = this;
    for (const [which, name, help] of ages)
      new Gauge({
        name,
        help,
        labelNames: ['data_source'],
        registers: [this.registry],
        async collect() {
          this.reset();
          for (const role of dataSources.distinctRoles) {
            const age = (await seals.ages(role))?.[which];
            if (age !== undefined) this.set({ data_source: dataSources.nameOf(role) }, age);
          }
        },
      });
  }

  private followFetching(): void {
    const { fetcher } = this;
    new Counter({
      name: 'clientele_fetches_total',
      help: 'Documents fetched from elsewhere, by how it ended.',
      labelNames: ['outcome'],
      registers: [this.registry],
      collect() {
        this.reset();
        for (const [outcome, count] of fetcher.outcomes) this.inc({ outcome }, count);
      },
    });
  }

  /** A key can leave `SECRET_KEY` when nothing hangs on it any more; that is counted only while keys rotate. */
  private followKeyRotation(): void {
    const { dataSources, tokens, administrators, accounts, keyring } = this;
    new Gauge({
      name: 'clientele_credentials_on_old_key',
      help: 'Clients, initial access tokens, API keys and accounts whose credentials are not yet under the current SECRET_KEY.',
      labelNames: ['key', 'kind'],
      registers: [this.registry],
      async collect() {
        this.reset();
        if (keyring.oldIds.length === 0) return;
        const counts = await dataSources.readEach((reader) => countByKey(reader));
        for (const key of keyring.oldIds) {
          this.set(
            { key, kind: 'client' },
            counts.reduce((sum, count) => sum + (count.get(key) ?? 0), 0),
          );
          this.set({ key, kind: 'initial_access_token' }, await tokens.countUnder(key));
          this.set({ key, kind: 'api_key' }, await administrators.countUnder(key));
          this.set({ key, kind: 'account' }, await accounts.countUnder(key));
        }
      },
    });
  }
}
