/** Members of a client that only the server writes: a replacement must not hold them (RFC 7592 section 2.2). */
export const serversOwn = [
  'registration_access_token',
  'registration_client_uri',
  'client_secret_expires_at',
  'client_id_issued_at',
] as const;
