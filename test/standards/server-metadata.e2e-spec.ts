import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { keyPair } from '../support/builders.js';
import { register, send, webClient } from '../support/http.js';
import { startApp, type TestApp } from '../support/test-app.js';
import { refusalOf } from './support.js';

const publicUrl = 'https://clients.example';
const paths = ['oauth-authorization-server', 'openid-configuration'];
const jwks = { keys: [keyPair('RSA').publicKey] };

describe('the metadata of the server', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startApp();
  });
  afterAll(() => app.close());

  const read = (path = paths[0]) => send('GET', `${app.url}/.well-known/${path}`);
  const registerWith = (members: object) => register(app.url, { ...webClient, ...members });

  it.each(paths)('are JSON at /.well-known/%s of the issuer (RFC 8414 section 3)', async (path) => {
    const { status, headers, body } = await read(path);
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(body.issuer).toBe(app.url);
  });

  it('are the same for OAuth and for OpenID Connect (RFC 8414 section 5)', async () => {
    expect((await read(paths[0])).body).toEqual((await read(paths[1])).body);
  });

  it('name the address that registers clients (RFC 8414 section 2)', async () => {
    const { body } = await read();
    expect(body.registration_endpoint).toBe(`${app.url}/register`);
    expect((await send('OPTIONS', body.registration_endpoint)).headers.get('allow')).toBe('OPTIONS, POST');
  });

  it('leave out what is empty (RFC 8414 section 3.2)', async () => {
    for (const value of Object.values((await read()).body)) {
      expect([null, '']).not.toContain(value);
      if (Array.isArray(value)) expect(value.length).toBeGreaterThan(0);
    }
  });

  it('list the response types that can be registered, and no others can (RFC 8414 section 2)', async () => {
    const { response_types_supported } = (await read()).body;
    for (const type of response_types_supported)
      expect(await registerWith({ response_types: [type] })).toMatchObject({ status: 201 });
    for (const type of ['token', 'id_token', 'code id_token'])
      expect(await registerWith({ response_types: [type] })).toMatchObject(refusalOf('response_types'));
  });

  it('list the grants that can be registered, and no others can (RFC 8414 section 2)', async () => {
    const { grant_types_supported } = (await read()).body;
    for (const grant of grant_types_supported)
      expect(await registerWith({ grant_types: ['authorization_code', grant] })).toMatchObject({ status: 201 });
    for (const grant of ['implicit', 'password', 'urn:openid:params:grant-type:ciba'])
      expect(await registerWith({ grant_types: ['authorization_code', grant] })).toMatchObject(
        refusalOf('grant_types'),
      );
  });

  it('list the ways of authentication that can be registered, none among them (RFC 8414 section 2)', async () => {
    const { token_endpoint_auth_methods_supported: methods } = (await read()).body;
    expect(methods).toContain('none');
    for (const method of methods.filter((name: string) => !name.includes('tls'))) {
      const keys = method === 'private_key_jwt' ? { jwks } : {};
      expect(await registerWith({ token_endpoint_auth_method: method, ...keys })).toMatchObject({ status: 201 });
    }
  });

  it.each(['token', 'revocation', 'introspection'])(
    'list how assertions may be signed at the %s endpoint, never unsigned (RFC 8414 section 2)',
    async (endpoint) => {
      const { body } = await read();
      const algorithms = body[`${endpoint}_endpoint_auth_signing_alg_values_supported`];
      expect(body[`${endpoint}_endpoint_auth_methods_supported`]).toContain('private_key_jwt');
      expect(algorithms).toContain('RS256');
      expect(algorithms).not.toContain('none');
    },
  );

  it('list the scopes that a client gets unless it asks for some (RFC 8414 section 2)', async () => {
    const { body: client } = await register(app.url);
    expect((await read()).body.scopes_supported).toEqual(client.scope.split(' '));
  });

  it('list S256 for code challenges (RFC 8414 section 2)', async () => {
    expect((await read()).body.code_challenge_methods_supported).toContain('S256');
  });

  it('promise nothing that is not there: no signed metadata, no addresses as client identifiers (RFC 8414 section 2.1)', async () => {
    const { body } = await read();
    for (const name of [
      'signed_metadata',
      'mtls_endpoint_aliases',
      'client_id_metadata_document_supported',
      'protected_resources',
    ])
      expect(body).not.toHaveProperty(name);
  });

  it('have no names of our own for the management of clients (RFC 7592 section 3)', async () => {
    expect(
      Object.keys((await read()).body).filter((name) => /client_configuration|registration_access/.test(name)),
    ).toEqual([]);
  });
});

describe('a public address over https', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startApp({ PUBLIC_URL: publicUrl });
  });
  afterAll(() => app.close());

  it.each(paths)(
    'is the issuer, and the base of every address at /.well-known/%s (RFC 8414 section 3.3)',
    async (path) => {
      const { body } = await send('GET', `${app.url}/.well-known/${path}`);
      expect(body.issuer).toBe(publicUrl);
      const addresses = Object.entries<string>(body).filter(([name]) => /_endpoint$|^jwks_uri$/.test(name));
      expect(addresses.length).toBeGreaterThan(5);
      for (const [, address] of addresses) expect(address.startsWith(`${publicUrl}/`)).toBe(true);
    },
  );

  it('is what clients are managed at (OpenID Connect Registration 1.0 section 3.2)', async () => {
    const { body } = await register(app.url);
    expect(body.registration_client_uri).toBe(`${publicUrl}/register/${body.client_id}`);
  });

  it('is demanded of browsers from then on (RFC 7592 section 5)', async () => {
    const { headers } = await send('GET', `${app.url}/health/live`);
    expect(headers.get('strict-transport-security')).toMatch(/^max-age=\d{8}/);
  });

  it.each(['https://clients.example/tenant', 'https://clients.example/?a=b', 'https://clients.example/#x'])(
    'is an origin and nothing more, unlike %s (RFC 8414 section 2)',
    async (PUBLIC_URL) => {
      await expect(startApp({ PUBLIC_URL })).rejects.toMatchObject({ faults: [expect.stringMatching(/^PUBLIC_URL:/)] });
    },
  );
});
