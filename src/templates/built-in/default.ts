import type { TemplateDocument } from '../dto/template-document.dto.js';

/** Web, native and service clients of callers with a plain initial access token or an access token of scope `dcr`. */
export const defaultTemplate: TemplateDocument = {
  id: 'default',
  status: 'active',
  description: 'Web, native and service clients, by initial access token or access token',
  default_for: ['initial_access_token', 'access_token'],
  access: { initial_access_token: true, access_token: true },
};
