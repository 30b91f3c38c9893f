import { Injectable } from '@nestjs/common';
import type { Bounds, Client } from '../clients/client.entity.js';
import { AuthorizationServer } from '../config/authorization-server.js';
import { Refusal, type Violation } from '../errors.js';
import type { JsonObject } from '../http/strict-json.js';
import { fillDefaults } from '../metadata/defaults.js';
import { resolveChoices } from '../metadata/metadata-choices.js';
import { ignoredFaults, readMetadata } from '../metadata/read-metadata.js';
import { check, type CheckedMetadata } from '../metadata/rulebook.js';
import type { ClientTemplate } from '../templates/client-template.js';
import { Templates } from '../templates/templates.service.js';
import { boundsViolations, fillBounds } from './bounds.js';
import type { Registrar } from './registrar.js';
import { narrowScope, scopesWithin } from './scope.js';

/** What a client may be registered with, and what it stays under for life. */
export interface Admitted {
  readonly metadata: CheckedMetadata;
  readonly template: ClientTemplate;
  readonly bounds: Bounds;
}

/** Decides whether a registrar may have a client: read, admit, fill in, check, on the complete resulting document. */
@Injectable()
export class AdmissionService {
  constructor(
    private readonly templates: Templates,
    private readonly server: AuthorizationServer,
  ) {}

  /** Decides on a new client. Throws `access_denied` for the registrar, or the refusal of the metadata. */
  async admit(requested: JsonObject, { templateId, bounds, record }: Registrar): Promise<Admitted> {
    const { software_id = bounds.software_id } = requested;
    const template = await this.templates.select({
      templateId,
      ...(typeof software_id === 'string' && { softwareId: software_id }),
      registrarType: record.type,
    });
    if (template?.status !== 'active')
      throw new Refusal('access_denied', 'the template of this token is not active; ask for another token');
    return { template, bounds, metadata: this.judge(requested, template, bounds, []) };
  }

  /**
   * Decides on what shall replace a client's metadata, under the template and bounds that it was registered with.
   * `further` are violations that are known already; they are refused together with all others.
   */
  async readmit(
    requested: JsonObject,
    { templateId, templateVersion, bounds }: Client,
    further: readonly Violation[],
  ): Promise<Admitted> {
    const template = await this.templates.version(templateId ?? '', templateVersion ?? 0);
    if (!template) throw new Error(`the template ${templateId} version ${templateVersion} is gone`);
    return { template, bounds, metadata: this.judge(requested, template, bounds, further) };
  }

  private judge(
    requested: JsonObject,
    template: ClientTemplate,
    bounds: Bounds,
    further: readonly Violation[],
  ): CheckedMetadata {
    const { metadata: server } = this.server;
    const scopes = scopesWithin(this.server.scopes, bounds.scope);
    const bounded = fillBounds(resolveChoices(readMetadata(requested), server), bounds);
    const complete = narrowScope(fillDefaults(bounded, server), scopes);
    return check(complete, server, {
      loopback: template.redirect_uris.loopback,
      further: [...ignoredFaults(requested), ...boundsViolations(complete, bounds, scopes), ...further],
    });
  }
}
