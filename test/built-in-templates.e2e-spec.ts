import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { defaultMetadata, keyPair } from './support/builders.js';
import { initialAccessToken, send } from './support/http.js';
import { adminToken, startApp, type TestApp } from './support/test-app.js';

let program: TestApp;

beforeAll(async () => {
  program = await startApp();
});
afterAll(() => program.close());

const template = (id: string) => `${program.url}/admin/templates/${id}`;
/** Switches a template on or off, as an administrator does who has just read it. */
const setStatus = async (id: string, status: string) => {
  const { body } = await send('GET', template(id), { token: adminToken });
  const { version, created_at, updated_at, ...document } = body;
  return send('PUT', template(id), { token: adminToken, json: { ...document, status } });
};
const withStatus = (id: string) => {
  beforeAll(async () => {
    expect((await setStatus(id, 'active')).status).toBe(200);
  });
  afterAll(() => setStatus(id, 'off'));
};
/** What would become of a registration without any token. */
const anyone = async (metadata: object) => {
  const json = { registrar: { type: 'anonymous' }, metadata };
  return (await send('POST', `${program.url}/admin/simulations`, { token: adminToken, json })).body;
};
const refusedMembers = ({ violations }: any): string[] => violations.map(({ member }: any) => member);

describe('before any is switched on', () => {
  it('nobody registers without a token', async () => {
    expect((await send('POST', `${program.url}/register`, { json: { client_name: 'Anyone' } })).status).toBe(401);
    expect(await anyone({ redirect_uris: ['https://app.example/cb'] })).toMatchObject({ outcome: 'refused' });
  });

  it.each(['mcp', 'open', 'fapi2'])('%s registers nobody with a token either', async (software_id) => {
    const token = await initialAccessToken(program.url);
    const json = { software_id, redirect_uris: ['https://app.example/cb'] };
    expect((await send('POST', `${program.url}/register`, { token, json })).status).toBe(403);
  });
});

describe('mcp', () => {
  withStatus('mcp');

  it.each([
    ['an editor', ['http://127.0.0.1:33418/', 'https://vscode.dev/redirect', 'vscode://vscode.mcp/callback']],
    ['another editor', ['cursor://anysphere.cursor-retrieval/oauth/callback']],
    ['an inspector', ['http://localhost:6274/oauth/callback']],
    ['a hosted application', ['https://claude.ai/api/mcp/auth_callback']],
  ])('takes %s that sends nothing of ours', async (client_name, redirect_uris) => {
    const asked = {
      client_name,
      redirect_uris,
      grant_types: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
    };
    const { outcome, template: under, client } = await anyone(asked);
    expect([outcome, under]).toEqual(['registered', { id: 'mcp', version: 2 }]);
    expect(client).toMatchObject({ ...asked, grant_types: ['authorization_code', 'refresh_token'] });
  });

  it('takes an empty scope for none, as the MCP Inspector sends it', async () => {
    const { outcome, client } = await anyone({ redirect_uris: ['http://localhost:6274/oauth/callback'], scope: '' });
    expect([outcome, client.scope]).toEqual(['registered', defaultMetadata.scope]);
  });

  it('makes public clients only', async () => {
    const asked = { redirect_uris: ['https://app.example/cb'], token_endpoint_auth_method: 'client_secret_post' };
    expect((await anyone(asked)).client.token_endpoint_auth_method).toBe('none');
  });

  it.each([
    ['com.example.app:/cb', 'redirect_uris'],
    ['javascript:alert(1)', 'redirect_uris'],
    ['http://app.example/cb', 'redirect_uris'],
  ])('sends nobody back to %s', async (uri, member) => {
    const answer = await anyone({ redirect_uris: [uri] });
    expect(answer.outcome).toBe('refused');
    expect(refusedMembers(answer)).toContain(member);
  });

  it('makes no services', async () => {
    expect(refusedMembers(await anyone({ grant_types: ['client_credentials'] }))).toContain('grant_types');
    expect(refusedMembers(await anyone({}))).toContain('redirect_uris');
  });

  it('is one of two: open cannot be switched on beside it', async () => {
    const { status, body } = await setStatus('open', 'active');
    expect(status).toBe(409);
    expect(body.error_description).toContain(' mcp ');
  });
});

describe('open', () => {
  withStatus('open');

  it('takes web applications of anyone', async () => {
    const { outcome, client } = await anyone({ redirect_uris: ['https://app.example/cb'] });
    expect([outcome, client.grant_types, client.application_type]).toEqual([
      'registered',
      ['authorization_code'],
      'web',
    ]);
  });

  it('gives no grants without a user', async () => {
    const redirect_uris = ['https://app.example/cb'];
    const { client } = await anyone({ redirect_uris, grant_types: ['authorization_code', 'client_credentials'] });
    expect(client.grant_types).toEqual(['authorization_code']);
    expect(refusedMembers(await anyone({ redirect_uris, grant_types: ['client_credentials'] }))).toContain(
      'grant_types',
    );
  });
});

describe('fapi2', () => {
  withStatus('fapi2');

  const jwks = { keys: [{ ...keyPair('RSA').publicKey, kid: 'a' }] };
  const register = async (metadata: object) => {
    const token = await initialAccessToken(program.url, { template: 'fapi2' });
    return send('POST', `${program.url}/register`, { token, json: { ...metadata } });
  };

  it('fills in what the profile demands (FAPI 2.0 Security Profile section 5.4)', async () => {
    const { status, body } = await register({ redirect_uris: ['https://app.example/cb'], jwks });
    expect(status).toBe(201);
    expect(body).toMatchObject({
      token_endpoint_auth_method: 'private_key_jwt',
      token_endpoint_auth_signing_alg: 'PS256',
      id_token_signed_response_alg: 'ES256',
      authorization_signed_response_alg: 'ES256',
      require_pushed_authorization_requests: true,
      dpop_bound_access_tokens: true,
      grant_types: ['authorization_code', 'refresh_token'],
    });
    expect(body).not.toHaveProperty('client_secret');
  });

  it.each([
    ['token_endpoint_auth_method', { token_endpoint_auth_method: 'client_secret_basic' }],
    ['token_endpoint_auth_method', { token_endpoint_auth_method: 'none' }],
    ['token_endpoint_auth_signing_alg', { token_endpoint_auth_signing_alg: 'RS256' }],
    ['id_token_signed_response_alg', { id_token_signed_response_alg: 'RS256' }],
    ['grant_types', { grant_types: ['authorization_code', 'urn:ietf:params:oauth:grant-type:device_code'] }],
    ['redirect_uris', { redirect_uris: ['http://localhost:8080/cb'] }],
  ])('refuses what the profile forbids: %s', async (member, changes) => {
    const { status, body } = await register({ redirect_uris: ['https://app.example/cb'], jwks, ...changes });
    expect(status).toBe(400);
    expect(refusedMembers(body)).toContain(member);
  });

  it('overrules a client that would rather not (FAPI 2.0 Security Profile section 5.3.3)', async () => {
    const asked = { require_pushed_authorization_requests: false, dpop_bound_access_tokens: false };
    const { body } = await register({ redirect_uris: ['https://app.example/cb'], jwks, ...asked });
    expect(body).toMatchObject({ require_pushed_authorization_requests: true, dpop_bound_access_tokens: true });
  });
});
