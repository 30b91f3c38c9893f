import { Injectable } from '@nestjs/common';
import type { Bounds, Client, ClientStatus } from '../clients/client.entity.js';
import { AuthorizationServer } from '../config/authorization-server.js';
import { hinting } from '../compatibility/hints.js';
import { translated } from '../compatibility/translate.js';
import { Refusal, type Violation } from '../errors.js';
import type { JsonObject } from '../http/strict-json.js';
import type { CheckedMetadata } from '../metadata/rulebook.js';
import type { TraceEntry } from '../metadata/trace.js';
import { type ClientTemplate, neutral } from '../templates/client-template.js';
import { Templates } from '../templates/templates.service.js';
import { demandAccess } from './access.js';
import { judgeDocument } from './judge-document.js';
import type { Registrar } from './registrar.js';
import { grantedBy, reservedAmong } from './reserved-scopes.js';
import { scopeRules } from './scope-rules.js';
import { SectorDocuments } from './sector-documents.js';
import { TemplateLimits } from './template-limits.js';
import { templateOf } from './template-of-registration.js';
import { Trace } from './trace.js';

/** What a client may be registered with, and what it stays under for life. */
export interface Admitted {
  readonly metadata: CheckedMetadata;
  /** One that restricts nothing where the client stays under none, as most database clients do. */
  readonly template: ClientTemplate;
  readonly templateId: string | null;
  readonly templateVersion: number | null;
  readonly bounds: Bounds;
  /** `pending` where the template demands an approval. */
  readonly status: Extract<ClientStatus, 'pending' | 'active'>;
  /** The rules of template and token that changed something, for the audit trail. */
  readonly trace: readonly TraceEntry[];
}

/** A replacement in the words of the standards. */
export interface Translation {
  readonly document: JsonObject;
  /** What was translated. */
  readonly trace: Trace;
}

/** What a replacement is judged by beside the client that it is for. */
export interface Readmission {
  /** What is known to be wrong already; refused together with all else. */
  readonly further?: readonly Violation[];
  /** What the administrator may do who changes the client; absent where it changes itself. */
  readonly scopes?: readonly string[];
  /** Whether the software statement in the document is verified; the one that the client has needs not be. */
  readonly isVouched?: boolean;
  /** Another version of the client's template. */
  readonly template?: ClientTemplate;
  /** What is known already of how the document came about. */
  readonly trace?: Trace;
}

/** What a client is that is under no template. */
const none: ClientTemplate = { ...neutral, id: '', version: 0 };

/** Decides whether a registrar may have a client: read, admit, fill in, check, on the complete resulting document. */
@Injectable()
export class AdmissionService {
  constructor(
    private readonly templates: Templates,
    private readonly server: AuthorizationServer,
    private readonly sectors: SectorDocuments,
    private readonly limits: TemplateLimits,
  ) {}

  /**
   * Decides on a new client. Throws `access_denied` for the registrar, `insufficient_scope` for an administrator that
   * gives away what it lacks, `rate_limited`, or the refusal of the metadata. A `trial` counts for nothing, and hears which
   * rules led there.
   */
  async admit(requested: JsonObject, registrar: Registrar, trial?: Trace): Promise<Admitted> {
    const trace = trial ?? new Trace();
    const { record, bounds, scopes: held } = registrar;
    const template = await templateOf(requested, registrar, this.templates, trace);
    trace.template = template;
    if (template) demandAccess(template, registrar, trace);
    if (template && !trial) await this.limits.countAttempt(template, record);
    if (template) await this.limits.demandRoom(template, record, trace);
    const status = held === undefined && template?.access.approval ? 'pending' : 'active';
    if (status === 'pending')
      trace.tell({
        step: 'admit',
        rule: 'template: access.approval',
        outcome: 'changed',
        before: 'active',
        after: status,
      });
    const scopes = held && grantedBy(held, requested, [], trace);
    const outside = held ? 'refuse' : 'drop';
    const further = registrar.statement ? [] : unverified(requested);
    const question = { template, bounds, further, scopes, outside, isStrict: held !== undefined } as const;
    if (held || !template) return { ...(await this.judge(requested, question, trace)), status };
    const document = translated(requested, template.compatibility, {}, trace.tell);
    const judged = await hinting(document, {}, () => this.judge(document, question, trace));
    return { ...judged, status };
  }

  /** What a client says of itself in the dialect of its portal, in the words of the standards. */
  async translate(requested: JsonObject, client: Client): Promise<Translation> {
    const { compatibility } = await this.templates.rulesOf(client);
    const trace = new Trace();
    const { clientId } = client;
    return { document: translated(requested, compatibility, { clientId }, trace.tell), trace };
  }

  /** The template that a client is under, or one that restricts nothing. */
  async rulesOf(client: Client): Promise<ClientTemplate> {
    return (await this.storedTemplate(client)) ?? none;
  }

  /**
   * Decides on what shall replace a client's metadata, under the template and bounds that it was registered with, be they
   * still in use or not.
   */
  async readmit(requested: JsonObject, client: Client, change: Readmission = {}): Promise<Omit<Admitted, 'status'>> {
    const { bounds, kind, metadata } = client;
    const { scopes: held } = change;
    const isKnown = change.isVouched || requested['software_statement'] === metadata.software_statement;
    const further = [...(change.further ?? []), ...(isKnown ? [] : unverified(requested))];
    const template = change.template ?? (await this.storedTemplate(client));
    const own = kind === 'database' ? reservedAmong(metadata.scope) : [];
    const scopes = held && kind === 'database' ? grantedBy(held, requested, own, new Trace()) : own;
    const outside = held && kind === 'database' ? 'refuse' : 'drop';
    return this.judge(
      requested,
      { template, bounds, further, scopes, outside, isStrict: held !== undefined },
      change.trace ?? new Trace(),
    );
  }

  private async judge(
    requested: JsonObject,
    { template = none, bounds, further, scopes = [], outside, isStrict }: Question,
    trace: Trace,
  ): Promise<Omit<Admitted, 'status'>> {
    const { metadata: server, scopes: offered, isOpenToScopes: isOpen } = this.server;
    const policy = template.metadata['scope'];
    const rules = scopeRules({ server: offered, isOpen, policy, bounds, further: scopes, outside });
    const circumstances = { server, template, bounds, scopes: rules, further, isStrict };
    const metadata = judgeDocument(requested, circumstances, trace);
    // Last, so that nothing is fetched for a document that is refused anyway.
    await this.sectors.demand(metadata, trace.tell);
    const isUnder = template !== none;
    return {
      metadata,
      template,
      templateId: isUnder ? template.id : null,
      templateVersion: isUnder ? template.version : null,
      bounds,
      trace: trace.forAudit(),
    };
  }

  private async storedTemplate(client: Client): Promise<ClientTemplate | undefined> {
    const template = await this.templates.versionOf(client);
    if (template || client.templateId === null) return template;
    // Without its rules nothing of the client can be decided: better no change than one that nobody judged.
    throw new Refusal('temporarily_unavailable', 'the template of this client cannot be read; try again later');
  }
}

/** A statement counts only once it is verified, which whoever brings a document here has to have done. */
const unverified = ({ software_statement: statement }: JsonObject): Violation[] =>
  statement === undefined || statement === null
    ? []
    : [
        {
          member: 'software_statement',
          rule: 'RFC 7591 section 2.3',
          message: 'software_statement must be left out: it counts where a client registers itself',
        },
      ];

interface Question {
  readonly template: ClientTemplate | undefined;
  readonly bounds: Bounds;
  readonly further: readonly Violation[];
  readonly scopes: readonly string[] | undefined;
  readonly outside: 'drop' | 'refuse';
  /** Administrators are told of members that nobody knows, whatever the template says. */
  readonly isStrict: boolean;
}
