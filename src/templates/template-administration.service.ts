import { Injectable } from '@nestjs/common';
import type { Administrator } from '../administrators/administrators.service.js';
import { Clock } from '../clock.js';
import { Environment } from '../config/environment.js';
import { DataSources } from '../data-sources/data-sources.service.js';
import { Refusal } from '../errors.js';
import type { TimePosition } from '../http/cursor.js';
import { demandMatch } from '../http/if-match.js';
import type { JsonObject } from '../http/strict-json.js';
import type { TemplateVersionView, TemplateView } from './dto/template.dto.js';
import { readTemplateRequest } from './read-template-request.js';
import { type Step, TemplateSteps, type WrittenTemplate } from './template-steps.js';
import { TemplateStore } from './template.store.js';
import { templateVersionView, templateView } from './template.view.js';

type Author = Pick<Administrator, 'actor'>;

/** More tries than parallel changes of one template are likely to need. */
const mostTries = 20;

/** Makes, shows, changes and retires templates. */
@Injectable()
export class TemplateAdministration {
  constructor(
    private readonly store: TemplateStore,
    private readonly steps: TemplateSteps,
    private readonly dataSources: DataSources,
    private readonly environment: Environment,
    private readonly clock: Clock,
  ) {}

  /** Makes a template. Throws `invalid_request` with the path of all that is wrong, `conflict` for what is taken. */
  async make(requested: JsonObject, { actor }: Author): Promise<TemplateView> {
    const document = readTemplateRequest(requested);
    const { id, status = 'active' } = document;
    const now = this.clock.now();
    const after = { state: { id, version: 1, status, createdAt: now, updatedAt: now }, document };
    return this.persistently(async () => {
      if (await this.store.find(id)) throw taken();
      try {
        return (await this.steps.take({ action: 'template.made', actor, after })) ? view(after) : undefined;
      } catch (error) {
        if (error instanceof Refusal || this.dataSources.isOutage(error)) throw error;
        // Perhaps the same id was made at the same time.
        throw (await this.store.find(id)) ? taken() : error;
      }
    });
  }

  /** The template with this id. Throws `not_found`. */
  async show(id: string): Promise<TemplateView> {
    return view(await this.get(id));
  }

  /** Templates in the order in which they were made. */
  async list(limit: number, after?: TimePosition): Promise<TemplateView[]> {
    const states = await this.store.list(limit, after);
    const documents = await this.store.documentsOf(states);
    return states.map((state, index) => templateView(state, documents[index]!));
  }

  /** The versions of a template, oldest first. Throws `not_found`. */
  async versions(id: string, limit: number, after = 0): Promise<TemplateVersionView[]> {
    const { state } = await this.get(id);
    return (await this.store.versions(state, limit, after)).map(templateVersionView);
  }

  /** Makes the next version of a template. Throws what {@link make} does, and `precondition_failed`. */
  replace(id: string, requested: JsonObject, ifMatch: string | undefined, { actor }: Author): Promise<TemplateView> {
    return this.change(id, ifMatch, (before) => {
      const { state } = before;
      if (state.status === 'retired')
        throw new Refusal('conflict', 'this template is retired for good; make another one with an id of its own');
      const document = readTemplateRequest(requested, state);
      const { status = 'active' } = document;
      const after = { state: { ...state, version: state.version + 1, status, updatedAt: this.clock.now() }, document };
      return { action: 'template.changed', actor, before, after };
    });
  }

  /** Retires a template for good: nobody registers under it, and its clients keep their versions. */
  async retire(id: string, ifMatch: string | undefined, { actor }: Author): Promise<void> {
    await this.change(id, ifMatch, (before) => {
      const { state, document } = before;
      if (state.status === 'retired') return undefined;
      const after = { state: { ...state, status: 'retired' as const, updatedAt: this.clock.now() }, document };
      return { action: 'template.retired', actor, before, after };
    });
  }

  /** Decides on the template as it is, and stores the decision if it still is so; else decides again. */
  private async change(
    id: string,
    ifMatch: string | undefined,
    decide: (before: WrittenTemplate) => Step | undefined,
  ): Promise<TemplateView> {
    return this.persistently(async () => {
      const before = await this.get(id);
      demandMatch(ifMatch, 'template', { ...before.state, isRequired: this.environment.REQUIRE_IF_MATCH });
      const step = decide(before);
      if (!step) return view(before);
      return (await this.steps.take(step)) ? view(step.after) : undefined;
    });
  }

  private async persistently<T>(attempt: () => Promise<T | undefined>): Promise<T> {
    for (let tries = 1; tries <= mostTries; tries++) {
      const result = await attempt();
      if (result !== undefined) return result;
    }
    throw new Refusal('conflict', 'the template changes too often at the same time; send the request again');
  }

  private async get(id: string): Promise<WrittenTemplate> {
    const state = await this.store.find(id);
    const document = state && (await this.store.findDocument(id, state.version));
    if (!document) throw new Refusal('not_found', 'there is no template with this id');
    return { state, document };
  }
}

const view = ({ state, document }: WrittenTemplate): TemplateView => templateView(state, document);

const taken = () =>
  new Refusal('conflict', 'there is or was a template with this id; choose another one, since ids are not reused');
