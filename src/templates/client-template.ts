import type { SecretRules } from '../clients/client-secrets.js';

/** What a kind of client may be. */
export interface ClientTemplate {
  readonly id: string;
  readonly version: number;
  readonly status: 'active' | 'off';
  readonly redirect_uris: { readonly loopback: boolean };
  readonly secrets: SecretRules;
}

/** The template of a caller with a plain initial access token: web, native and service clients. */
export const defaultTemplate: ClientTemplate = {
  id: 'default',
  version: 1,
  status: 'active',
  redirect_uris: { loopback: true },
  secrets: { ttl: 0, recoverable: false, overlap: 0 },
};
