import { randomUUID } from 'node:crypto';
import { send } from '../support/http.js';
import { adminToken, type TestApp } from '../support/test-app.js';
import { clientCredentials, type Registration, sendForm } from './oauth.js';
import { pkce, returned, User } from './user.js';

/** A client that an administrator made, and that may register or manage others. */
export type Registrar = Registration & { readonly redirect_uris?: readonly string[] };

/** Makes a client by hand, as administrators do for portals and apps that register others. */
export async function makeRegistrar(
  { url }: Pick<TestApp, 'url'>,
  metadata: object = {},
  more: object = {},
): Promise<Registrar> {
  const json = {
    metadata: { client_name: 'Portal', grant_types: ['client_credentials'], scope: 'dcr dcrm', ...metadata },
    ...more,
  };
  const { status, body, text } = await send('POST', `${url}/admin/clients`, { token: adminToken, json });
  if (status !== 201) throw new Error(text);
  const { redirect_uris } = body.metadata;
  return { client_id: body.client_id, client_secret: body.client_secret, redirect_uris };
}

/** An app that registers instances of itself for its users. */
export const app = {
  client_name: 'Weather',
  application_type: 'native',
  redirect_uris: ['com.example.weather:/callback'],
  grant_types: ['authorization_code', 'refresh_token'],
  token_endpoint_auth_method: 'none',
  scope: 'openid dcr dcrm',
};

/** A fresh access token of a client. */
export async function tokenOf({ url }: Pick<TestApp, 'url'>, client: Registration, scope = 'dcr'): Promise<string> {
  const { body, text } = await clientCredentials(url, client, { scope });
  if (body.access_token === undefined) throw new Error(text);
  return body.access_token;
}

/** A fresh access token of a user, who signs in at the client and agrees. */
export async function userTokenOf(
  program: TestApp,
  client: Registrar,
  { scope = 'openid dcr', user = new User(program, randomUUID()), kind = 'access_token' } = {},
): Promise<string> {
  const { verifier, challenge } = pkce();
  const [redirect_uri = ''] = client.redirect_uris ?? [];
  const asked = { response_type: 'code', client_id: client.client_id, redirect_uri, scope, state: 'a state' };
  const query = new URLSearchParams({ ...asked, code_challenge: challenge, code_challenge_method: 'S256' });
  const { code = '' } = returned(await user.agree(`${program.url}/oauth/authorize?${query.toString()}`));
  const form = { grant_type: 'authorization_code', code, code_verifier: verifier, redirect_uri };
  const { body, text } = await sendForm(`${program.url}/oauth/token`, form, client);
  if (body[kind] === undefined) throw new Error(text);
  return body[kind];
}
