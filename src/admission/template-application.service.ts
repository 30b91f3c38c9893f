import { setImmediate } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import type { Administrator } from '../administrators/administrators.service.js';
import type { AuditEvent } from '../audit/audit-event.entity.js';
import { AuditTrail, changesBetween } from '../audit/audit-trail.js';
import type { Client } from '../clients/client.entity.js';
import { type ClientChange, ClientStore } from '../clients/client.store.js';
import { Clock } from '../clock.js';
import { DataSources, type Role } from '../data-sources/data-sources.service.js';
import { Refusal } from '../errors.js';
import { Lifetimes } from '../lifecycle/lifetimes.js';
import type { ClientTemplate } from '../templates/client-template.js';
import { isSame } from '../templates/json-values.js';
import { Templates } from '../templates/templates.service.js';
import { AdmissionService } from './admission.service.js';
import { ApplicationReport, type Moved } from './application-report.js';
import type { TemplateApplication } from './dto/template-application.dto.js';
import { movedSecrets } from './moved-secrets.js';
import { scopesNeededFor } from './reserved-scopes.js';

/** What shall become of one client, and the event that tells of it. */
interface Move {
  readonly client: Client;
  readonly moved: Moved;
  readonly change: ClientChange;
  readonly event: AuditEvent;
}

type Applicant = Pick<Administrator, 'actor' | 'scopes'>;

/** Who applies which template, and where it is told. */
interface Run {
  readonly template: ClientTemplate;
  readonly administrator: Applicant;
  readonly isDry: boolean;
  readonly report: ApplicationReport;
}

const batchSize = 100;

/** More turns than parallel changes of one client are likely to need. */
const mostTurns = 20;

/** Moves the clients of a template to its newest version; those that would break keep the one that they have. */
@Injectable()
export class TemplateApplications {
  constructor(
    private readonly admission: AdmissionService,
    private readonly templates: Templates,
    private readonly lifetimes: Lifetimes,
    private readonly clients: ClientStore,
    private readonly audit: AuditTrail,
    private readonly dataSources: DataSources,
    private readonly clock: Clock,
  ) {}

  /** Moves them, or says with `isDry` what would become of each and changes nothing. Throws `not_found`. */
  async apply(id: string, administrator: Applicant, isDry: boolean): Promise<TemplateApplication> {
    const template = await this.templates.newest(id);
    if (!template) throw new Refusal('not_found', 'there is no template with this id');
    const run = { template, administrator, isDry, report: new ApplicationReport() };
    for (const role of this.dataSources.distinctRoles) await this.applyIn(role, run);
    return run.report.told;
  }

  /** Moves in batches, since a template may have a million clients; others are served between two of them. */
  private async applyIn(role: Role, run: Run): Promise<void> {
    const filters = { template: run.template.id };
    let last: Client | undefined;
    for (;;) {
      const batch = await this.clients.searchIn(role, {
        filters,
        ...(last && { after: { createdAt: last.createdAt, clientId: last.clientId } }),
        limit: batchSize,
        now: this.clock.now(),
      });
      last = batch.at(-1);
      if (!last) return;
      await this.moveEach(role, batch, run);
      // SQLite answers at once, so that nothing else would have a turn.
      await setImmediate();
    }
  }

  /** Decides on each client as it is, and stores the decisions; those that changed in between are decided on again. */
  private async moveEach(role: Role, batch: readonly Client[], run: Run): Promise<void> {
    let left = batch;
    for (let turn = 1; left.length > 0; turn++) {
      if (turn > mostTurns)
        throw new Refusal('conflict', 'clients change too often at the same time; send the request again');
      const moves: Move[] = [];
      for (const client of left) {
        const move = await this.decide(client, run);
        if (move) moves.push(move);
      }
      const lost = await this.store(role, moves);
      for (const { client, moved } of moves) if (!lost.has(client.clientId)) run.report.moved(client, moved);
      left = lost.size === 0 ? [] : await this.again(role, [...lost], run.template);
    }
  }

  private async again(role: Role, clientIds: readonly string[], template: ClientTemplate): Promise<readonly Client[]> {
    const found = await this.dataSources.read(role, (reader) => this.clients.findEach(clientIds, reader));
    return [...found.values()].filter(({ status, templateId }) => status !== 'deleted' && templateId === template.id);
  }

  /** The move of a client that has to be stored; what becomes of the others is reported at once. */
  private async decide(client: Client, { template, administrator, isDry, report }: Run): Promise<Move | undefined> {
    if (client.templateVersion === template.version) {
      report.kept(client);
      return undefined;
    }
    try {
      const { metadata, trace } = await this.admission.readmit({ ...client.metadata }, client, { template });
      if (!isSame(metadata, client.metadata)) demandScopes(client, administrator);
      const secrets = movedSecrets(client, metadata);
      const lifetime = await this.lifetimes.moved(client, template.lifecycle);
      const ends = (await this.lifetimes.isOver(lifetime)) && !(await this.lifetimes.isOver(client));
      const moved = { metadata, ...lifetime, ends };
      if (isDry) {
        report.moved(client, moved);
        return undefined;
      }
      const updatedAt = this.clock.now();
      const change = { templateVersion: template.version, metadata, secrets, updatedAt, ...lifetime, unlessUsed: true };
      const changes = changesBetween(
        { template_version: client.templateVersion, expires_at: client.expiresAt ?? undefined, ...client.metadata },
        { template_version: template.version, expires_at: lifetime.expiresAt ?? undefined, ...metadata },
      );
      const { clientId } = client;
      const { actor } = administrator;
      const event = this.audit.eventOf({ action: 'client.template_applied', actor, clientId, changes, trace });
      return { client, moved, change, event };
    } catch (error) {
      if (!(error instanceof Refusal) || error.violations.length === 0) throw error;
      report.broken(client, error.violations);
      return undefined;
    }
  }

  /** Stores the moves in one transaction; answers the ids of those clients that changed in between. */
  private async store(role: Role, moves: readonly Move[]): Promise<ReadonlySet<string>> {
    const [first] = moves;
    if (!first) return new Set();
    return this.dataSources.transaction(
      role,
      async (transaction) => {
        const lost = new Set<string>();
        for (const { client, change, event } of moves)
          if (await this.clients.change(client, change, transaction)) await this.audit.append(event, transaction);
          else lost.add(client.clientId);
        return lost;
      },
      this.audit.landed(first.event),
    );
  }
}

/**
 * Throws for a client with scopes that the administrator lacks: with keys or redirects that the template puts in, the
 * administrator would have them.
 */
function demandScopes({ metadata: { scope } }: Client, { scopes }: Applicant): void {
  const missing = scopesNeededFor(scope?.split(' ') ?? []).filter(
    (needed) => !(scopes as readonly string[]).includes(needed),
  );
  if (missing.length === 0) return;
  const message = `scope is more than the token has: whoever applies this needs ${missing.join(', ')}`;
  throw new Refusal('insufficient_scope', message, [{ member: 'scope', rule: 'scope of an administrator', message }]);
}
