import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';
import { plainText } from '../support/builders.js';
import { register, replacementOf, send } from '../support/http.js';
import { adminToken, startApp, type TestApp } from '../support/test-app.js';
import { introspect, type Registration, sendForm } from './oauth.js';
import { pkce, returned, User } from './user.js';

const orders = 'https://orders.example/';
const bills = 'https://bills.example/';

let program: TestApp;
beforeAll(async () => {
  program = await startApp({
    SCOPES: 'openid offline_access orders:read orders:write bills:read',
    RESOURCES: JSON.stringify([
      { resource: orders, scopes: ['orders:read'] },
      { resource: bills, scopes: ['bills:read'], format: 'opaque' },
    ]),
  });
});
afterAll(() => program.close());

type Client = Registration & Record<string, any>;

const device = 'urn:ietf:params:oauth:grant-type:device_code';

const registered = async (metadata: object = {}): Promise<Client> =>
  (
    await register(program.url, {
      redirect_uris: ['https://app.example/cb'],
      grant_types: ['authorization_code', 'refresh_token', device],
      scope: 'openid orders:read orders:write bills:read',
      ...metadata,
    })
  ).body;

/** A request for a code, with its verifier; the resources may be several. */
function request({ client_id, redirect_uris }: Client, scope: string | undefined, resources: readonly string[]) {
  const { verifier, challenge } = pkce();
  const parameters = new URLSearchParams({
    ...{ response_type: 'code', client_id, redirect_uri: redirect_uris[0], ...(scope !== undefined && { scope }) },
    ...{ code_challenge: challenge, code_challenge_method: 'S256' },
  });
  for (const resource of resources) parameters.append('resource', resource);
  return { parameters, verifier };
}

/** Has a user agree; answers what the client is sent back with. */
const agreed = async (parameters: URLSearchParams, user = new User(program, 'alice')) =>
  returned(await user.agree(`${program.url}/oauth/authorize?${parameters.toString()}`));

/** Exchanges what the user agreed to, for one resource. */
async function exchanged(
  client: Client,
  scope: string | undefined,
  resources: readonly string[],
  { resource = resources[0]!, user = new User(program, 'alice') } = {},
) {
  const { parameters, verifier } = request(client, scope, resources);
  const { code, ...others } = await agreed(parameters, user);
  if (code === undefined) throw new Error(JSON.stringify(others));
  const redirect_uri = client.redirect_uris[0];
  const form = { grant_type: 'authorization_code', code, code_verifier: verifier, redirect_uri, resource };
  return sendForm(`${program.url}/oauth/token`, form, client);
}

const refreshed = (client: Client, refresh_token: string, more: Record<string, string>) =>
  sendForm(`${program.url}/oauth/token`, { grant_type: 'refresh_token', refresh_token, ...more }, client);

const noScope = (scope: string) => ({ error: 'invalid_scope', error_description: plainText, scope });

describe('a scope that the resource lacks (RFC 6749 sections 3.3 and 5.1)', () => {
  it('is left out, and what is granted is named', async () => {
    const { body } = await exchanged(await registered(), 'orders:read orders:write', [orders]);
    expect(body).toMatchObject({ scope: 'orders:read' });
    expect(decodeJwt(body.access_token)).toMatchObject({ scope: 'orders:read', aud: orders });
  });

  it('is refused where it is all that is asked for, of a user, for a device and in a request that is sent ahead', async () => {
    const client = await registered();
    const { parameters } = request(client, 'orders:write', [orders, bills]);
    expect(await agreed(parameters)).toEqual({ ...noScope('orders:write'), iss: program.url });
    const form = { scope: 'orders:write', resource: orders };
    const ahead = Object.fromEntries(request(client, 'orders:write', [orders]).parameters);
    for (const [path, sent] of [
      ['device', form],
      ['par', ahead],
    ] as const) {
      const { status, body } = await sendForm(`${program.url}/oauth/${path}`, sent, client);
      expect([path, status, body]).toEqual([path, 400, noScope('orders:write')]);
    }
  });

  it('is not asked of the user by a client that names none', async () => {
    const client = await registered();
    expect((await exchanged(client, undefined, [orders])).body).toMatchObject({ scope: 'orders:read' });
    const without = await registered({ scope: 'orders:write' });
    expect(await agreed(request(without, undefined, [orders]).parameters)).toEqual({
      ...{ error: 'invalid_scope', error_description: plainText },
      iss: program.url,
    });
  });

  it('leaves the sign-in, which is named', async () => {
    const { body } = await exchanged(await registered(), 'openid orders:write', [orders]);
    expect(body).toEqual({
      access_token: expect.any(String),
      refresh_token: expect.any(String),
      id_token: expect.any(String),
      expires_in: 300,
      token_type: 'Bearer',
      scope: 'openid',
    });
    expect(decodeJwt(body.access_token)).not.toHaveProperty('scope');
  });

  it('is refused when a code for several resources is exchanged for the one that lacks it', async () => {
    const { status, body } = await exchanged(await registered(), 'orders:read', [orders, bills], { resource: bills });
    expect([status, body]).toEqual([400, noScope('orders:read')]);
  });

  it('is refused to a refresh token, which stays good', async () => {
    const client = await registered();
    const { body: first } = await exchanged(client, 'orders:read bills:read', [orders, bills]);
    const wrong = await refreshed(client, first.refresh_token, { resource: bills, scope: 'orders:read' });
    expect([wrong.status, wrong.body]).toEqual([400, noScope('orders:read')]);
    for (const more of [{}, { resource: 'https://else.example/' }, { resource: 'nope' }] as Record<string, string>[]) {
      const { status, body } = await refreshed(client, first.refresh_token, more);
      expect([more, status, body]).toEqual([more, 400, { error: 'invalid_target', error_description: plainText }]);
    }
    const { status, body } = await refreshed(client, first.refresh_token, { resource: bills });
    expect([status, body.scope]).toEqual([200, 'bills:read']);
  });
});

describe('what was granted to a client that has lost all of its scopes since', () => {
  it('is of no use (RFC 6749 section 5.2)', async () => {
    const client = await registered({ scope: 'bills:read' });
    const { body } = await exchanged(client, 'bills:read', [bills]);
    await send('PUT', client.registration_client_uri, {
      token: client.registration_access_token,
      json: replacementOf(client, { scope: 'orders:read' }),
    });
    const { status, body: refused } = await refreshed(client, body.refresh_token, {});
    expect([status, refused]).toEqual([400, { error: 'invalid_grant', error_description: plainText }]);
    expect((await introspect(program.url, client, body.access_token)).body).toEqual({ active: false });
  });
});

describe('a JWT for a user', () => {
  const signedIn = async (name: string) => {
    const [client, user] = [await registered(), new User(program, name)];
    const { body } = await exchanged(client, 'orders:read', [orders], { user });
    return { client, body, told: async () => (await introspect(program.url, client, body.access_token)).body };
  };

  it('is told about as it says of itself (RFC 7662 section 2.2)', async () => {
    const { body, told } = await signedIn('bob');
    const { iss, sub, aud, client_id, scope, iat, exp, jti } = decodeJwt(body.access_token);
    const said = { iss, sub, aud, client_id, scope, iat, exp, jti };
    expect(await told()).toEqual({ active: true, token_type: 'Bearer', ...said });
  });

  it.each<[string, (program: TestApp, client: Client, body: Record<string, any>) => Promise<unknown>]>([
    [
      'its client is suspended',
      ({ url }, { client_id }) =>
        send('PATCH', `${url}/admin/clients/${client_id}`, { token: adminToken, json: { status: 'suspended' } }),
    ],
    [
      'its user is let in no more',
      ({ url }) => send('PATCH', `${url}/admin/accounts/carol`, { token: adminToken, json: { status: 'disabled' } }),
    ],
    [
      'its refresh token is taken back',
      ({ url }, client, { refresh_token }) => sendForm(`${url}/oauth/revocation`, { token: refresh_token }, client),
    ],
    [
      'its refresh token is used twice',
      async (_program, client, { refresh_token }) => {
        await refreshed(client, refresh_token, {});
        await refreshed(client, refresh_token, {});
      },
    ],
  ])('is not active any more when %s', async (_what, end) => {
    const { client, body } = await signedIn('carol');
    const asking = await registered();
    expect((await introspect(program.url, asking, body.access_token)).body.active).toBe(true);
    await end(program, client, body);
    expect((await introspect(program.url, asking, body.access_token)).body).toEqual({ active: false });
    await send('PATCH', `${program.url}/admin/accounts/carol`, { token: adminToken, json: { status: 'active' } });
  });
});
