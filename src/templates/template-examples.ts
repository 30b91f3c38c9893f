/** Templates that people write, for the documentation. */
export const templateExamples = {
  partners: {
    summary: 'Apps that partners make in a portal',
    value: {
      id: 'partner-portal',
      description: 'Apps that partners make in the API portal',
      access: { initial_access_token: true },
      metadata: {
        grant_types: { subset_of: ['authorization_code', 'refresh_token'], default: ['authorization_code'] },
        token_endpoint_auth_method: { value: 'private_key_jwt' },
        scope: { subset_of: ['openid', 'orders:read'], default: 'openid' },
        redirect_uris: { essential: true },
      },
      redirect_uris: { hosts: ['*.partners.example'], schemes: ['https'], loopback: false },
      lifecycle: { unused_ttl: 2592000, idle_ttl: 15552000 },
      limits: { clients: 10000, per_registrar: 50, per_minute: 60 },
      extensions: { x_department: { type: 'string', maxLength: 64 } },
    },
  },
  services: {
    summary: 'Services without users, whose secrets are renewed twice a year',
    value: {
      id: 'services',
      access: { initial_access_token: true },
      metadata: { grant_types: { value: ['client_credentials'] } },
      secrets: { ttl: 15552000, overlap: 604800 },
    },
  },
};
