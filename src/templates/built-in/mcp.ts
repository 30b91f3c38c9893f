import type { TemplateDocument } from '../dto/template-document.dto.js';

const day = 86_400;

/**
 * Public clients of the Model Context Protocol, which register themselves without a token or are described at their client_id
 * (its authorization specification, sections on client registration), and whose users may sit at any of these redirects.
 */
export const mcpTemplate: TemplateDocument = {
  id: 'mcp',
  status: 'off',
  description: 'Public clients of the Model Context Protocol, by anyone; gone after a week without use',
  default_for: ['anonymous'],
  access: { anonymous: true, metadata_document: true },
  metadata: {
    redirect_uris: { essential: true },
    // They mix loopback, https and private-use redirects, which only a native application may (RFC 8252 section 7).
    application_type: { default: 'native' },
    token_endpoint_auth_method: { value: 'none' },
    grant_types: {
      default: ['authorization_code', 'refresh_token'],
      subset_of: ['authorization_code', 'refresh_token'],
    },
    response_types: { default: ['code'], subset_of: ['code'] },
  },
  redirect_uris: { schemes: ['https', 'cursor', 'vscode'] },
  lifecycle: { unused_ttl: 7 * day, idle_ttl: 90 * day },
  limits: { per_minute: 60 },
};
