import { Injectable } from '@nestjs/common';
import type { Client } from '../clients/client.entity.js';
import type { TemplateState } from './client-template.entity.js';
import { type ClientTemplate, neutral, type RegistrarType, type TemplateRules } from './client-template.js';
import { completeTemplate } from './complete-template.js';
import { TemplateStore, unreadable } from './template.store.js';

/** What decides under which template a client is registered, the first that is there. */
export interface Selection {
  /** The template that the initial access token or the issuer is bound to. */
  readonly templateId?: string;
  /** What the request says; the template with this id, if there is one. */
  readonly softwareId?: string;
  readonly registrarType: RegistrarType;
}

/** As much of a client as says which template it is under. */
export type Templated = Pick<Client, 'templateId' | 'templateVersion'>;

const mostKept = 500;

/**
 * Finds the template that a registration or a stored client is under. What is newest is asked of the data source each
 * time, so that several instances behave as one; versions never change, and are kept once they were read.
 */
@Injectable()
export class Templates {
  private readonly kept = new Map<string, ClientTemplate>();

  constructor(private readonly store: TemplateStore) {}

  /** The newest version of the template with this id, whatever its status. */
  async newest(id: string): Promise<ClientTemplate | undefined> {
    return this.current(await this.store.find(id));
  }

  /** The version of a template that a client was registered under, with the status that it was written with. */
  async version(id: string, version: number): Promise<ClientTemplate | undefined> {
    const key = `${id} ${version}`;
    const known = this.kept.get(key);
    if (known) return known;
    const document = await this.store.findDocument(id, version);
    if (!document) return undefined;
    const found = completeTemplate(document, version);
    if (this.kept.size === mostKept) this.kept.delete(this.kept.keys().next().value!);
    this.kept.set(key, found);
    return found;
  }

  /** The version that a stored client is under; none where it is under no template, or under one that is gone. */
  async versionOf({ templateId, templateVersion }: Templated): Promise<ClientTemplate | undefined> {
    return templateId === null ? undefined : this.version(templateId, templateVersion ?? 0);
  }

  /** What holds for a stored client; nothing restricts one without a template. */
  async rulesOf(client: Templated): Promise<TemplateRules> {
    return (await this.versionOf(client)) ?? neutral;
  }

  /** The newest version of the template of a registration, whatever its status; none where nothing decides. */
  async select({ templateId, softwareId, registrarType }: Selection): Promise<ClientTemplate | undefined> {
    if (templateId !== undefined) return this.newest(templateId);
    return this.current(await this.store.select(registrarType, softwareId));
  }

  /** Whether any template is open to callers without a token: to anybody, or to whoever has a software statement. */
  async admitWithoutToken(): Promise<boolean> {
    for (const { id, version } of await this.store.active()) {
      const access = (await this.version(id, version))?.access;
      if (access?.anonymous || access?.software_statement) return true;
    }
    return false;
  }

  private async current(state: TemplateState | undefined): Promise<ClientTemplate | undefined> {
    if (!state) return undefined;
    const { id, version, status } = state;
    const template = await this.version(id, version);
    if (!template) throw unreadable(`version ${version} of the template ${id}`);
    return template.status === status ? template : { ...template, status };
  }
}
