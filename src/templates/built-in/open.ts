import type { TemplateDocument } from '../dto/template-document.dto.js';

const day = 86_400;

/** Registration by anyone, for harmless clients that are soon gone unless they are used. */
export const openTemplate: TemplateDocument = {
  id: 'open',
  status: 'off',
  description: 'Clients of anyone: users sign in, nothing else; gone after a week without use',
  default_for: ['anonymous'],
  access: { anonymous: true },
  metadata: {
    redirect_uris: { essential: true },
    grant_types: { default: ['authorization_code'], subset_of: ['authorization_code', 'refresh_token'] },
    response_types: { default: ['code'], subset_of: ['code'] },
  },
  lifecycle: { unused_ttl: 7 * day, idle_ttl: 90 * day },
  limits: { per_minute: 60 },
};
