import { Injectable } from '@nestjs/common';
import { type ClientTemplate, defaultTemplate } from './client-template.js';

const builtIn: readonly ClientTemplate[] = [defaultTemplate];

/** Finds the template that a registration or a stored client is under. */
@Injectable()
export class Templates {
  /** The newest version of the template with this id. */
  newest(id: string): ClientTemplate | undefined {
    return builtIn.find((template) => template.id === id);
  }

  /** The version of a template that a client was registered under. */
  version(id: string, version: number): ClientTemplate | undefined {
    return builtIn.find((template) => template.id === id && template.version === version);
  }
}
