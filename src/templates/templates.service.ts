import { Injectable } from '@nestjs/common';
import { defaultTemplate } from './built-in/default.js';
import type { ClientTemplate, RegistrarType } from './client-template.js';

/** What decides under which template a client is registered, the first that is there. */
export interface Selection {
  /** The template that the initial access token or the issuer is bound to. */
  readonly templateId?: string;
  /** What the request says; the template with this id, if there is one. */
  readonly softwareId?: string;
  readonly registrarType: RegistrarType;
}

const builtIn: readonly ClientTemplate[] = [defaultTemplate];

/** Finds the template that a registration or a stored client is under. */
@Injectable()
export class Templates {
  /** The newest version of the template with this id, active or not. */
  newest(id: string): Promise<ClientTemplate | undefined> {
    return Promise.resolve(builtIn.find((template) => template.id === id));
  }

  /** The version of a template that a client was registered under. */
  version(id: string, version: number): Promise<ClientTemplate | undefined> {
    return Promise.resolve(builtIn.find((template) => template.id === id && template.version === version));
  }

  /** The newest version of the template of a registration, active or not; none where nothing decides. */
  async select({ templateId, softwareId, registrarType }: Selection): Promise<ClientTemplate | undefined> {
    if (templateId !== undefined) return this.newest(templateId);
    const named = softwareId === undefined ? undefined : await this.newest(softwareId);
    return named ?? builtIn.find((template) => template.default_for.includes(registrarType));
  }
}
