import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { discoverAuthorizationServerMetadata, registerClient } from '@modelcontextprotocol/sdk/client/auth.js';
import * as openid from 'openid-client';
import { failure, information, keyPair } from './support/builders.js';
import { initialAccessToken, replacementOf, send } from './support/http.js';
import { startApp, type TestApp } from './support/test-app.js';

let program: TestApp;

beforeAll(async () => {
  program = await startApp();
});

afterAll(() => program.close());

/** Reads, replaces and deletes a registration with what the client library was given, as its application would. */
async function manage(registered: Record<string, any>, changes: object): Promise<void> {
  const { registration_client_uri: uri, registration_access_token: token } = registered;
  const { client_secret, ...known } = registered;
  const read = await send('GET', uri, { token });
  expect(read.status).toBe(200);
  expect(read.body).toEqual(known);

  const replaced = await send('PUT', uri, { token, json: replacementOf(read.body, changes) });
  expect(replaced.body).toEqual({ ...known, ...changes });
  expect(replaced.status).toBe(200);
  expect((await send('GET', uri, { token })).body).toEqual({ ...known, ...changes });

  expect((await send('DELETE', uri, { token })).status).toBe(204);
  expect(await send('GET', uri, { token })).toMatchObject({ status: 401, body: failure('invalid_token') });
}

describe('openid-client', () => {
  const overHttp = { execute: [openid.allowInsecureRequests] };
  const register = (metadata: Partial<openid.ClientMetadata>, token: string, options: object = {}) =>
    openid.dynamicClientRegistration(new URL(program.url), metadata, undefined, {
      ...overHttp,
      initialAccessToken: token,
      ...options,
    });

  it.each(['oidc', 'oauth2'] as const)(
    'accepts the metadata of the server by %s (RFC 8414 section 3.3)',
    async (algorithm) => {
      const configuration = await openid.discovery(new URL(program.url), 'some-id', undefined, undefined, {
        ...overHttp,
        algorithm,
      });
      expect(configuration.serverMetadata()).toMatchObject({
        issuer: program.url,
        registration_endpoint: `${program.url}/register`,
      });
      expect(configuration.serverMetadata().supportsPKCE()).toBe(true);
    },
  );

  it('registers a web application, which is then read, replaced and deleted (RFC 7591 section 3, RFC 7592 section 2)', async () => {
    const metadata = {
      client_name: 'Weather',
      redirect_uris: ['https://app.example/callback'],
      contacts: ['ada@app.example'],
    };
    const configuration = await register(metadata, await initialAccessToken(program.url));
    const registered = configuration.clientMetadata();
    expect(registered).toEqual(information(program.url, metadata));
    await manage(registered, { client_name: 'Weather 2', redirect_uris: ['https://app.example/2'] });
  });

  it('registers a client with a key of its own, by OAuth metadata (RFC 7591 section 2)', async () => {
    const metadata = {
      redirect_uris: ['https://app.example/callback'],
      token_endpoint_auth_method: 'private_key_jwt',
      jwks: { keys: [keyPair().publicKey] },
    };
    const token = await initialAccessToken(program.url);
    const configuration = await register(metadata as never, token, { algorithm: 'oauth2' });
    const registered = configuration.clientMetadata();
    expect(registered).toEqual(information(program.url, metadata, { secret: 'none' }));
    await manage(registered, { jwks: { keys: [keyPair('RSA').publicKey] } });
  });

  it('starts the code flow for the client that it registered, with what was registered (RFC 6749 section 4.1.1)', async () => {
    const redirect_uri = 'https://app.example/callback?kept=as%20is';
    const configuration = await register({ redirect_uris: [redirect_uri] }, await initialAccessToken(program.url));
    const url = openid.buildAuthorizationUrl(configuration, { redirect_uri, scope: 'openid' });
    expect(url.href).toMatch(`${program.url}/oauth/authorize?`);
    expect(url.searchParams.get('client_id')).toBe(configuration.clientMetadata().client_id);
    expect(url.searchParams.get('redirect_uri')).toBe(redirect_uri);
  });

  it('understands why it is refused (RFC 7591 section 3.2.2)', async () => {
    const token = await initialAccessToken(program.url);
    await expect(register({ redirect_uris: ['https://app.example/#x'] }, token)).rejects.toMatchObject({
      error: 'invalid_redirect_uri',
      error_description: expect.stringContaining('fragment') as unknown,
      status: 400,
    });
  });

  it('understands the challenge for a wrong token (RFC 6750 section 3)', async () => {
    const refused = register({ redirect_uris: ['https://app.example/'] }, 'wrong');
    await expect(refused).rejects.toMatchObject({
      cause: [{ scheme: 'bearer', parameters: { realm: 'clientele', error: 'invalid_token' } }],
    });
  });
});

describe('the MCP SDK', () => {
  const metadata = {
    client_name: 'Editor',
    client_uri: 'https://editor.example',
    redirect_uris: ['http://127.0.0.1:33418/callback', 'http://localhost:33418/callback', 'cursor://mcp/callback'],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    token_endpoint_auth_method: 'none',
  };

  /**
   * The SDK has no place for an initial access token, so its requests are sent with one; and it drops what it does not
   * know of the answers, so they are kept here.
   */
  function fetchWith(token: string) {
    const answers: Record<string, any>[] = [];
    const fetchFn: typeof fetch = async (input, init) => {
      const headers = new Headers(init?.headers);
      headers.set('authorization', `Bearer ${token}`);
      const response = await fetch(input, { ...init, headers });
      answers.push((await response.clone().json()) as Record<string, any>);
      return response;
    };
    return { fetchFn, answers };
  }

  it('accepts the metadata of the server (RFC 8414 section 3)', async () => {
    const found = await discoverAuthorizationServerMetadata(program.url);
    expect(found).toMatchObject({
      issuer: program.url,
      registration_endpoint: `${program.url}/register`,
      code_challenge_methods_supported: ['S256'],
    });
    expect(found?.token_endpoint_auth_methods_supported).toContain('none');
  });

  it('registers a public native client, which is then read, replaced and deleted (RFC 7591 section 3, RFC 7592 section 2)', async () => {
    const found = await discoverAuthorizationServerMetadata(program.url);
    const { fetchFn, answers } = fetchWith(await initialAccessToken(program.url));
    const registered = await registerClient(program.url, {
      metadata: found,
      clientMetadata: metadata,
      scope: 'openid offline_access mcp:tools',
      fetchFn,
    });
    const given = { ...metadata, scope: 'openid offline_access' };
    expect(registered).toMatchObject(given);
    expect(registered).not.toHaveProperty('client_secret');
    const [answer = {}] = answers;
    expect(answer).toEqual(information(program.url, { ...given, application_type: 'native' }, { secret: 'none' }));
    expect(registered.client_id).toBe(answer.client_id);
    await manage(answer, { client_name: 'Editor 2', redirect_uris: ['http://127.0.0.1/callback'] });
  });

  it('registers a confidential client and takes its secret (RFC 7591 section 3.2.1)', async () => {
    const { redirect_uris } = metadata;
    const registered = await registerClient(program.url, {
      clientMetadata: { redirect_uris, client_name: 'Server' },
      fetchFn: fetchWith(await initialAccessToken(program.url)).fetchFn,
    });
    expect(registered).toMatchObject({ client_secret: expect.any(String), client_secret_expires_at: 0 });
    expect(Number.isInteger(registered.client_id_issued_at)).toBe(true);
  });

  it('fails without a token in words that a person understands (RFC 6750 section 3)', async () => {
    await expect(registerClient(program.url, { clientMetadata: metadata })).rejects.toThrow(/bearer token is needed/);
  });

  it('understands why it is refused (RFC 7591 section 3.2.2)', async () => {
    const refused = registerClient(program.url, {
      clientMetadata: { ...metadata, redirect_uris: ['https://app.example/#x'] },
      fetchFn: fetchWith(await initialAccessToken(program.url)).fetchFn,
    });
    await expect(refused).rejects.toThrow(/fragment/);
  });
});
