import { extensionsOf } from '../compatibility/extensions.js';
import { type AccessRules, type ClientTemplate, neutral } from './client-template.js';
import { type TemplateAccess, tokenHolders } from './dto/access.dto.js';
import type { TemplateDocument } from './dto/template-document.dto.js';

/** A version of a template with all that its document leaves out. */
export function completeTemplate(document: TemplateDocument, version: number): ClientTemplate {
  return {
    ...neutral,
    ...document,
    version,
    access: completeAccess(document.access),
    redirect_uris: { ...neutral.redirect_uris, ...document.redirect_uris },
    secrets: { ...neutral.secrets, ...document.secrets },
    registration_access_token: { ...neutral.registration_access_token, ...document.registration_access_token },
    lifecycle: { ...neutral.lifecycle, ...document.lifecycle },
    limits: { ...neutral.limits, ...document.limits },
    extensions: { ...extensionsOf(document.compatibility ?? 'strict'), ...document.extensions },
  };
}

function completeAccess({
  access_token = false,
  software_statement = false,
  metadata_document = false,
  ...rules
}: TemplateAccess = {}): AccessRules {
  return {
    ...neutral.access,
    ...rules,
    access_token: access_token && { by: tokenHolders, single_use: true, ...(access_token !== true && access_token) },
    software_statement: software_statement && { required: false, ...software_statement },
    metadata_document: metadata_document === true ? {} : metadata_document,
  };
}
