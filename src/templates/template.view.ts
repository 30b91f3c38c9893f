import type { TemplateState, TemplateVersion } from './client-template.entity.js';
import type { TemplateVersionView, TemplateView } from './dto/template.dto.js';
import type { TemplateDocument } from './dto/template-document.dto.js';

/** A template as it is now: its newest version as it was written, and what became of it. */
export const templateView = (
  { id, version, status, createdAt, updatedAt }: TemplateState,
  document: TemplateDocument,
): TemplateView => ({ ...document, id, version, status, created_at: createdAt, updated_at: updatedAt });

/** One version of a template. */
export const templateVersionView = ({ id, version, document, createdAt }: TemplateVersion): TemplateVersionView => ({
  ...document,
  id,
  version,
  status: document.status ?? 'active',
  created_at: createdAt,
});
