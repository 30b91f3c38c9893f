import type { TemplateDocument } from '../dto/template-document.dto.js';
import { defaultTemplate } from './default.js';
import { fapi2Template } from './fapi2.js';
import { mcpTemplate } from './mcp.js';
import { openTemplate } from './open.js';

/** The first versions of the templates that come with the program, by id. */
export const builtIn: ReadonlyMap<string, TemplateDocument> = new Map(
  [defaultTemplate, openTemplate, mcpTemplate, fapi2Template].map((document) => [document.id, document]),
);
