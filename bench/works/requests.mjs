import { serviceClient, webClient } from '../client-document.mjs';

/**
 * Clients that requests take in turn: one for each of the most connections, and few enough for a peer that keeps the newest
 * 1,000 things and what it has made of 100 clients.
 */
const amount = 64;
const json = { 'content-type': 'application/json' };

export const bearer = (token) => ({ authorization: `Bearer ${token}` });
const basic = ({ client_id, client_secret }) => ({
  authorization: `Basic ${Buffer.from(`${client_id}:${client_secret}`).toString('base64')}`,
});

/** Sends one request of a list to a server; answers the body. Throws unless the status is what it has to be. */
export async function send(server, { method, path, headers, body, status }) {
  const response = await fetch(`${server.base}${path}`, { method, headers, body });
  const text = await response.text();
  if (response.status !== status) throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
  return text === '' ? undefined : JSON.parse(text);
}

/** Registers clients, one after the other. */
export async function registered(server, document, count = amount) {
  const clients = [];
  while (clients.length < count) clients.push(await send(server, registration(server, document)));
  return clients;
}

export const registration = ({ token }, document) => ({
  method: 'POST',
  path: '/register',
  headers: { ...json, ...bearer(token) },
  body: JSON.stringify(document),
  status: 201,
});

export const reading = ({ client_id, registration_access_token }) => ({
  method: 'GET',
  path: `/register/${client_id}`,
  headers: bearer(registration_access_token),
  status: 200,
});

/** Each replaces what the client has by another name (RFC 7592 section 2.2). */
export const replacement = ({ client_id, client_secret, registration_access_token }, turn) => ({
  method: 'PUT',
  path: `/register/${client_id}`,
  headers: { ...json, ...bearer(registration_access_token) },
  body: JSON.stringify({ ...webClient, client_id, client_secret, client_name: `Weather ${turn}` }),
  status: 200,
});

export const authentication = ({ adminToken }, { client_id, client_secret }) => ({
  method: 'POST',
  path: `/lookup/clients/${client_id}/authenticate`,
  headers: { ...json, ...bearer(adminToken) },
  body: JSON.stringify({ client_secret }),
  status: 200,
});

export const clientCredentials = (client) => ({
  method: 'POST',
  path: '/oauth/token',
  headers: { 'content-type': 'application/x-www-form-urlencoded', ...basic(client) },
  body: 'grant_type=client_credentials',
  status: 200,
});

export { serviceClient, webClient };
