import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { builtInServerMetadata } from '../../src/metadata/server-support.js';
import { plainText } from '../support/builders.js';
import { type Answer, send, type Sending } from '../support/http.js';
import { adminToken, startApp, type TestApp } from '../support/test-app.js';

type Information = Readonly<Record<string, any>>;

/** Calls a client's own address, with its own token unless another one is given. */
export const manage = (method: string, information: Information, sending: Sending = {}): Promise<Answer> =>
  send(method, information.registration_client_uri, { token: information.registration_access_token, ...sending });

/** What an authorization server is told about a client. */
export const lookUp = (url: string, { client_id }: Information): Promise<Answer> =>
  send('GET', `${url}/lookup/clients/${client_id}`, { token: adminToken });

/** Whether an authorization server would let a client in with this secret. */
export async function authenticates(url: string, { client_id }: Information, client_secret: string): Promise<boolean> {
  const answer = await send('POST', `${url}/lookup/clients/${client_id}/authenticate`, {
    token: adminToken,
    json: { client_secret },
  });
  return answer.body.authenticated;
}

/** A refusal of metadata with this code, whose first violation is about this member; others may follow from it. */
export const refusalOf = (member: string, error = 'invalid_client_metadata') => ({
  status: 400,
  body: { error, error_description: plainText, violations: { 0: { member } } },
});

/** A refusal for want of a good token; the challenge has an error only where a token was sent. */
export const unauthorized = { status: 401, body: { error: 'invalid_token', error_description: plainText } };

const builtIn = builtInServerMetadata('https://as.example', ['openid', 'profile', 'email']);

/** A server that offers more than the built-in one: every extension grant, backchannel authentication, unsigned ID tokens. */
export const generousServer = {
  ...builtIn,
  issuer: 'https://as.example',
  grant_types_supported: [
    ...builtIn.grant_types_supported!,
    'urn:ietf:params:oauth:grant-type:jwt-bearer',
    'urn:ietf:params:oauth:grant-type:saml2-bearer',
    'urn:ietf:params:oauth:grant-type:token-exchange',
    'urn:ietf:params:oauth:grant-type:uma-ticket',
    'urn:openid:params:grant-type:ciba',
    'implicit',
    'password',
  ],
  response_types_supported: [
    'code',
    'id_token',
    'id_token token',
    'code id_token',
    'code token',
    'code id_token token',
  ],
  token_endpoint_auth_methods_supported: [...builtIn.token_endpoint_auth_methods_supported!, 'https://as.example/auth'],
  id_token_signing_alg_values_supported: ['RS256', 'ES256', 'HS256', 'none'],
  request_object_signing_alg_values_supported: ['RS256', 'ES256', 'none'],
  acr_values_supported: ['urn:example:gold'],
  authorization_details_types_supported: ['payment'],
  client_registration_types_supported: ['automatic', 'explicit'],
  digest_algorithms_supported: ['sha-256'],
  backchannel_token_delivery_modes_supported: ['poll', 'ping', 'push'],
  backchannel_authentication_request_signing_alg_values_supported: ['RS256', 'ES256'],
};

/** A server that offers as little as RFC 8414 allows. */
export const plainServer = { issuer: 'https://as.example', response_types_supported: ['code'] };

/** Starts the program as the registry of a foreign authorization server with this metadata. */
export async function startAppFor(metadata: object): Promise<TestApp> {
  const folder = mkdtempSync(join(tmpdir(), 'clientele-server-'));
  const path = join(folder, 'server.json');
  writeFileSync(path, JSON.stringify(metadata));
  try {
    return await startApp({ TOKEN_SERVICE: 'off', SERVER_METADATA: path });
  } finally {
    rmSync(folder, { recursive: true });
  }
}
