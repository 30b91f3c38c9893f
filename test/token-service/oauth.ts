import { type Answer, send } from '../support/http.js';

/** A registered client with what it authenticates with. */
export interface Registration {
  readonly client_id: string;
  readonly client_secret?: string;
}

/** HTTP Basic as a client writes it (RFC 6749 section 2.3.1). */
export const basic = ({ client_id, client_secret = '' }: Registration): string =>
  `Basic ${Buffer.from(`${encodeURIComponent(client_id)}:${encodeURIComponent(client_secret)}`).toString('base64')}`;

/** Sends a form as a client does, authenticated by its secret unless it has none. */
export function sendForm(
  url: string,
  parameters: Record<string, string>,
  client?: Registration,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const isPublic = client && client.client_secret === undefined;
  const form = new URLSearchParams({ ...parameters, ...(isPublic && { client_id: client.client_id }) });
  return send('POST', url, {
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      ...(client?.client_secret !== undefined && { authorization: basic(client) }),
      ...headers,
    },
    body: form.toString(),
  });
}

/** Gets a token with the client's own credentials (RFC 6749 section 4.4). */
export const clientCredentials = (url: string, client: Registration, more: Record<string, string> = {}) =>
  sendForm(`${url}/oauth/token`, { grant_type: 'client_credentials', ...more }, client);

/** Asks what a token is worth (RFC 7662 section 2.1). */
export const introspect = (url: string, client: Registration, token: string) =>
  sendForm(`${url}/oauth/introspection`, { token }, client);
