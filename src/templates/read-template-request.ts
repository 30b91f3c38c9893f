import type { Violation } from '../errors.js';
import type { JsonObject } from '../http/strict-json.js';
import type { TemplateState } from './client-template.entity.js';
import type { TemplateDocument } from './dto/template-document.dto.js';
import { readTemplate } from './read-template.js';

/**
 * Reads what shall become a version of a template, the next one of `current` if there is one. What only the server sets
 * may stand in it as it is, so that a template can be read, changed and sent back. Throws `invalid_request` with the path
 * of all that is wrong.
 */
export function readTemplateRequest(requested: JsonObject, current?: TemplateState): TemplateDocument {
  const fixed = new Map<string, string | number>(
    current
      ? [
          ['id', current.id],
          ['version', current.version],
          ['created_at', current.createdAt],
          ['updated_at', current.updatedAt],
        ]
      : [['version', 1]],
  );
  const violations = [...fixed].flatMap(([member, value]) => anotherThan(member, value, requested[member]));
  const written = Object.entries(requested).filter(([member]) => !fixed.has(member));
  return readTemplate({ ...Object.fromEntries(written), ...(current && { id: current.id }) }, violations);
}

function anotherThan(member: string, value: string | number, sent: unknown): Violation[] {
  if (sent === undefined || sent === null || sent === value) return [];
  return [{ member, rule: 'document', message: `${member} must be left out, or be ${value} as it is` }];
}
