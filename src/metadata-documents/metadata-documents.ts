import { Injectable, Logger } from '@nestjs/common';
import { demandAccess } from '../admission/access.js';
import { AdmissionService } from '../admission/admission.service.js';
import type { Registrar } from '../admission/registrar.js';
import { Trace } from '../admission/trace.js';
import { Clock } from '../clock.js';
import { Environment } from '../config/environment.js';
import { Refusal } from '../errors.js';
import { FetchFailure } from '../fetching/fetch-failure.js';
import { GuardedFetcher } from '../fetching/guarded-fetcher.js';
import { RateLimits } from '../rate-limits/rate-limits.js';
import type { ClientTemplate } from '../templates/client-template.js';
import { Templates } from '../templates/templates.service.js';
import { clientIdUrlFault, isAddress } from './client-id-url.js';
import { type DescribedClient, describedClient } from './described-client.js';
import { demandServable, requestedOf } from './document-rules.js';
import { DocumentTrail } from './document-trail.js';
import { freshSeconds, type HeldDocument } from './held-document.js';

const mostHeld = 256;

/** Seconds after which a document is not used any more, although its host cannot be reached. */
const longestStale = 3_600;

/** Seconds after which a host that could not be reached is asked again. */
const pause = 60;

/** One address may be a whole house of users. */
const ofOneNetwork = { most: 30, told: 'one address may bring 30 client ids that are addresses a minute' };

const ofAll = { id: 'metadata documents', most: 300, told: 'this server reads 300 documents of clients a minute' };

type Fetched = Pick<HeldDocument, 'document' | 'fetchedAt' | 'freshUntil'>;

/**
 * The clients whose client_id is the address of a document that describes them (Client ID Metadata Document). They are
 * judged like registrations, by a template, and kept for a while in this process alone.
 */
@Injectable()
export class MetadataDocuments {
  private readonly held = new Map<string, HeldDocument>();
  private readonly logger = new Logger(MetadataDocuments.name);
  private isTold = false;
  private readonly running = new Map<string, Promise<DescribedClient>>();

  constructor(
    private readonly environment: Environment,
    private readonly templates: Templates,
    private readonly admission: AdmissionService,
    private readonly fetcher: GuardedFetcher,
    private readonly rates: RateLimits,
    private readonly trail: DocumentTrail,
    private readonly clock: Clock,
  ) {}

  /**
   * The client with this id, which nobody has stored; nothing where ids like it are not taken. `network` is who asks, where
   * somebody does. Throws `access_denied` by the template, `invalid_client_metadata` for an id or a document that is no
   * good, `rate_limited` for too many that are new.
   */
  async find(clientId: string, network?: string): Promise<DescribedClient | undefined> {
    if (this.environment.METADATA_DOCUMENT_TEMPLATE === undefined || !isAddress(clientId)) return undefined;
    const fault = clientIdUrlFault(clientId);
    if (fault !== undefined) throw new Refusal('invalid_client_metadata', `client_id ${fault}`);
    const running = this.running.get(clientId);
    if (running) return running;
    const finding = this.read(clientId, network).finally(() => this.running.delete(clientId));
    this.running.set(clientId, finding);
    return finding;
  }

  private async read(clientId: string, network: string | undefined): Promise<DescribedClient> {
    const template = await this.templateOf(clientId);
    const held = this.held.get(clientId);
    const isFresh = held && this.clock.now() < held.freshUntil;
    if (isFresh && held.template.id === template.id && held.template.version === template.version)
      return describedClient(clientId, held.metadata);
    if (!held) await this.count(network);
    const fetched = isFresh ? held : await this.fetch(clientId, held);
    const metadata = await this.judge(clientId, fetched.document, template);
    this.keep(clientId, { ...fetched, template, metadata });
    return describedClient(clientId, metadata);
  }

  /** The template that judges, as it is now: what an administrator changes holds at once. */
  private async templateOf(clientId: string): Promise<ClientTemplate> {
    const template = await this.templates.newest(this.environment.METADATA_DOCUMENT_TEMPLATE!);
    const isOpen = template?.status === 'active' && template.access.metadata_document !== false;
    // Once each time, since anybody can ask; what is published says that such clients are taken.
    if (!isOpen && !this.isTold)
      this.logger.warn('METADATA_DOCUMENT_TEMPLATE names no active template with access.metadata_document');
    this.isTold = !isOpen;
    if (!template) throw new Refusal('access_denied', 'there is no template for client ids that are addresses');
    demandAccess(template, registrarOf(clientId), new Trace());
    return template;
  }

  private async count(network: string | undefined): Promise<void> {
    if (network !== undefined) await this.rates.count({ id: `metadata documents of ${network}`, ...ofOneNetwork });
    await this.rates.count(ofAll);
  }

  /** A document, as it is now. While its host cannot be reached what is held goes on for a while, never when it is gone. */
  private async fetch(clientId: string, held: HeldDocument | undefined): Promise<Fetched> {
    try {
      const { document, headers } = await this.fetcher.fetchJson(clientId);
      const fetchedAt = this.clock.now();
      return { document, fetchedAt, freshUntil: fetchedAt + freshSeconds(headers) };
    } catch (error) {
      if (!(error instanceof FetchFailure)) throw error;
      const now = this.clock.now();
      if (held && error.isOnTheWay && now < held.fetchedAt + longestStale) return { ...held, freshUntil: now + pause };
      this.held.delete(clientId);
      throw new Refusal('invalid_client_metadata', `client_id ${FetchFailure.sentence}`);
    }
  }

  private async judge(clientId: string, document: unknown, { id }: ClientTemplate): Promise<HeldDocument['metadata']> {
    try {
      const requested = requestedOf(document, clientId);
      const registrar = { ...registrarOf(clientId), templateId: id };
      // A trial, since nothing is registered: the limits of the template are on clients that are stored.
      const { metadata, status, trace } = await this.admission.admit(requested, registrar, new Trace());
      if (status === 'pending') throw new Refusal('access_denied', 'clients of this template have to be approved');
      demandServable(metadata, requested);
      await this.trail.note(clientId, metadata, trace);
      return metadata;
    } catch (error) {
      if (!(error instanceof Refusal) || error.failure === 'temporarily_unavailable') throw error;
      this.held.delete(clientId);
      await this.trail.noteRefusal(clientId, error);
      throw error;
    }
  }

  /** The newest last; the oldest goes, so that made-up addresses take no memory. */
  private keep(clientId: string, document: HeldDocument): void {
    this.held.delete(clientId);
    this.held.set(clientId, document);
    if (this.held.size > mostHeld) this.held.delete(this.held.keys().next().value!);
  }
}

const registrarOf = (clientId: string): Registrar => ({
  record: { type: 'metadata_document', client_id: clientId },
  actor: { type: 'client', client_id: clientId },
  bounds: {},
  verification: 'self_asserted',
});
