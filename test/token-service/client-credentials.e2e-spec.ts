import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { type IncomingMessage, request as httpRequest } from 'node:http';
import { json } from 'node:stream/consumers';
import { setImmediate } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createLocalJWKSet, decodeJwt, jwtVerify } from 'jose';
import { justNow, plainText } from '../support/builders.js';
import { dump, query } from '../support/database.js';
import { register, replacementOf, send } from '../support/http.js';
import { saveTemplate } from '../support/templates.js';
import { adminToken, startApp, type TestApp } from '../support/test-app.js';
import { basic, clientCredentials, introspect, type Registration, sendForm } from './oauth.js';

let program: TestApp;
beforeAll(async () => {
  program = await startApp({ SCOPES: 'openid profile offline_access orders:read orders:write' });
});
afterAll(() => program.close());

const service = {
  client_name: 'Nightly report',
  grant_types: ['client_credentials'],
  scope: 'orders:read orders:write',
};

const aToken: unknown = expect.stringMatching(/^[A-Za-z0-9_-]{43}$/);

const registerService = async (metadata: object = {}): Promise<Registration & Record<string, any>> =>
  (await register(program.url, { ...service, ...metadata })).body;

describe('a client with the client_credentials grant (RFC 6749 section 4.4)', () => {
  it('gets a token the moment it is registered', async () => {
    const answer = await clientCredentials(program.url, await registerService(), { scope: 'orders:read' });
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ access_token: aToken, expires_in: 3600, token_type: 'Bearer', scope: 'orders:read' });
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.headers.get('pragma')).toBe('no-cache');
  });

  it('may send its secret in the body', async () => {
    const { client_id, client_secret = '' } = await registerService();
    const form = { grant_type: 'client_credentials', client_id, client_secret };
    expect((await sendForm(`${program.url}/oauth/token`, form)).status).toBe(200);
  });

  it('is granted its own scope where it asks for none (RFC 6749 section 3.3)', async () => {
    const answer = await clientCredentials(program.url, await registerService());
    expect(answer.body.scope).toBe('orders:read orders:write');
  });

  it.each(['openid', 'dcr', 'dcrm', 'clients:read', 'orders:read dcr', 'unheard-of'])(
    'is refused the scope %s that it did not register (RFC 6749 section 5.2)',
    async (scope) => {
      const answer = await clientCredentials(program.url, await registerService(), { scope });
      expect(answer.status).toBe(400);
      expect(answer.body).toEqual({
        error: 'invalid_scope',
        error_description: 'the client may not be granted this scope',
        scope: scope.split(' ').at(-1),
      });
    },
  );

  it('is refused without the right secret, as if it were unknown (RFC 6749 section 5.2)', async () => {
    const { client_id } = await registerService();
    const wrong = await clientCredentials(program.url, { client_id, client_secret: 'a'.repeat(64) });
    const unknown = await clientCredentials(program.url, { client_id: 'nobody', client_secret: 'a'.repeat(64) });
    expect(wrong.status).toBe(401);
    expect(wrong.body).toEqual({ error: 'invalid_client', error_description: 'client authentication failed' });
    expect(wrong.headers.get('www-authenticate')).toMatch(
      /^Basic realm="http:\/\/localhost:\d+", error="invalid_client"/,
    );
    expect([unknown.status, unknown.body]).toEqual([wrong.status, wrong.body]);
  });

  it('cannot use the digest of its secret in its place', async () => {
    const { client_id } = await registerService();
    const [row] = await query<{ secrets: string }>(program, 'SELECT secrets FROM clients WHERE client_id = ?', [
      client_id,
    ]);
    const [{ digest }] = JSON.parse(row!.secrets);
    expect((await clientCredentials(program.url, { client_id, client_secret: digest })).status).toBe(401);
  });

  it('is refused a grant that it did not register (RFC 6749 section 5.2)', async () => {
    const { body: client } = await register(program.url);
    const device = 'urn:ietf:params:oauth:grant-type:device_code';
    const answers = [
      await clientCredentials(program.url, client),
      await sendForm(`${program.url}/oauth/token`, { grant_type: 'refresh_token', refresh_token: 'x' }, client),
      await sendForm(`${program.url}/oauth/token`, { grant_type: device, device_code: 'x' }, client),
      await sendForm(`${program.url}/oauth/device`, {}, client),
    ];
    for (const { status, body } of answers)
      expect([status, body]).toEqual([400, { error: 'unauthorized_client', error_description: plainText }]);
    const unknown = await sendForm(`${program.url}/oauth/token`, { grant_type: 'password' }, client);
    expect([unknown.status, unknown.body.error]).toEqual([400, 'unsupported_grant_type']);
  });

  it('is refused a code that it did not register (RFC 6749 section 4.1.2.1)', async () => {
    const redirect_uri = 'https://app.example/callback';
    const { client_id } = await registerService({ redirect_uris: [redirect_uri], response_types: [] });
    const query = new URLSearchParams({ client_id, redirect_uri, response_type: 'code', state: 'x' });
    const { headers } = await send('GET', `${program.url}/oauth/authorize?${query.toString()}`);
    const { searchParams } = new URL(headers.get('location') ?? 'about:blank');
    expect(Object.fromEntries(searchParams)).toEqual({
      error: 'unauthorized_client',
      error_description: plainText,
      state: 'x',
      iss: program.url,
    });
  });
});

describe('a token', () => {
  it('is told about to who asks (RFC 7662 section 2.2)', async () => {
    const client = await registerService();
    const { body } = await clientCredentials(program.url, client, { scope: 'orders:read' });
    const answer = await introspect(program.url, await registerService(), body.access_token);
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      active: true,
      client_id: client.client_id,
      iss: program.url,
      iat: justNow,
      exp: expect.any(Number),
      scope: 'orders:read',
      token_type: 'Bearer',
    });
  });

  it('that nobody knows is not active (RFC 7662 section 2.2)', async () => {
    const answer = await introspect(program.url, await registerService(), 'A'.repeat(43));
    expect([answer.status, answer.body]).toEqual([200, { active: false }]);
  });

  it('is taken back by its client (RFC 7009 section 2.1)', async () => {
    const client = await registerService();
    const { body } = await clientCredentials(program.url, client);
    const answer = await sendForm(`${program.url}/oauth/revocation`, { token: body.access_token }, client);
    expect([answer.status, answer.text]).toEqual([200, '']);
    expect((await introspect(program.url, client, body.access_token)).body).toEqual({ active: false });
  });

  it('is not taken back by another client (RFC 7009 section 2.1)', async () => {
    const [client, other] = [await registerService(), await registerService()];
    const { body } = await clientCredentials(program.url, client);
    const answer = await sendForm(`${program.url}/oauth/revocation`, { token: body.access_token }, other);
    expect(answer.status).toBe(400);
    expect(answer.body).toEqual({ error: 'invalid_request', error_description: plainText });
    expect((await introspect(program.url, client, body.access_token)).body.active).toBe(true);
  });

  it('is nowhere in the data source', async () => {
    const { body } = await clientCredentials(program.url, await registerService());
    expect(await dump(program)).not.toContain(body.access_token);
  });

  it('loses a scope that its client loses', async () => {
    const client = await registerService();
    const { body } = await clientCredentials(program.url, client);
    await send('PUT', client.registration_client_uri, {
      token: client.registration_access_token,
      json: replacementOf(client, { scope: 'orders:read' }),
    });
    expect((await introspect(program.url, client, body.access_token)).body.scope).toBe('orders:read');
  });
});

describe('a token for a resource (RFC 8707)', () => {
  const resource = 'https://api.example/orders';

  it('is told about as long as it is good (RFC 7662 section 2.2)', async () => {
    const [client, asking] = [await registerService(), await registerService()];
    const { body } = await clientCredentials(program.url, client, { resource, scope: 'orders:read' });
    const { iat, exp, jti } = decodeJwt(body.access_token);
    const told = await introspect(program.url, asking, body.access_token);
    expect([told.status, told.body]).toEqual([
      200,
      {
        active: true,
        client_id: client.client_id,
        aud: resource,
        iss: program.url,
        ...{ iat, exp, jti },
        scope: 'orders:read',
        token_type: 'Bearer',
      },
    ]);
    await send('DELETE', client.registration_client_uri, { token: client.registration_access_token });
    expect((await introspect(program.url, asking, body.access_token)).body).toEqual({ active: false });
  });

  it('that somebody has altered or made up is not active (RFC 7662 section 2.2)', async () => {
    const client = await registerService();
    const { body } = await clientCredentials(program.url, client, { resource });
    const [header = '', payload = '', signature = ''] = body.access_token.split('.');
    const claims = { ...decodeJwt(body.access_token), scope: 'orders:write clients:write' };
    const altered = `${header}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.${signature}`;
    const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${payload}.`;
    const digest = createHash('sha256').update(body.access_token).digest('base64url');
    for (const token of [altered, unsigned, 'e30.e30.e30', '..', digest, `jwt ${digest}`]) {
      const { status, body: told } = await introspect(program.url, client, token);
      expect([token, status, told]).toEqual([token, 200, { active: false }]);
    }
  });

  it('is of no use at this server, and ends by itself (RFC 7009 section 2.2.1)', async () => {
    const client = await registerService();
    const { body } = await clientCredentials(program.url, client, { resource });
    expect((await send('GET', `${program.url}/oauth/userinfo`, { token: body.access_token })).status).toBe(401);
    const revoked = await sendForm(`${program.url}/oauth/revocation`, { token: body.access_token }, client);
    expect([revoked.status, revoked.body]).toEqual([
      400,
      { error: 'unsupported_token_type', error_description: plainText },
    ]);
    expect(await dump(program)).not.toContain(body.access_token);
  });

  it('is a JWT that the resource reads by itself, and lives five minutes (RFC 9068 section 2)', async () => {
    const client = await registerService();
    const { body } = await clientCredentials(program.url, client, { resource, scope: 'orders:read' });
    expect(body).toEqual({
      access_token: expect.any(String),
      expires_in: 300,
      token_type: 'Bearer',
      scope: 'orders:read',
    });
    const { body: keys } = await send('GET', `${program.url}/oauth/jwks`);
    const { payload, protectedHeader } = await jwtVerify(body.access_token, createLocalJWKSet(keys), {
      issuer: program.url,
      audience: resource,
      typ: 'at+jwt',
    });
    expect(protectedHeader).toEqual({ alg: 'RS256', typ: 'at+jwt', kid: keys.keys[0].kid });
    expect(payload).toEqual({
      iss: program.url,
      aud: resource,
      sub: client.client_id,
      client_id: client.client_id,
      scope: 'orders:read',
      jti: expect.any(String),
      iat: justNow,
      exp: payload.iat! + 300,
    });
  });

  it.each(['http://api.example/', 'urn:api', 'ftp://api.example', 'https://user@api.example/', 'nope'])(
    'is not given for %s, which is no https address (RFC 8707 section 2)',
    async (address) => {
      const answer = await clientCredentials(program.url, await registerService(), { resource: address });
      expect(answer.status).toBe(400);
      expect(answer.body).toEqual({ error: 'invalid_target', error_description: plainText });
    },
  );

  it('may be one on the own machine', async () => {
    const answer = await clientCredentials(program.url, await registerService(), {
      resource: 'http://127.0.0.1:8080/',
    });
    expect(answer.status).toBe(200);
  });

  it('is not given for several at once (RFC 8707 section 2.2)', async () => {
    const client = await registerService();
    const form = `grant_type=client_credentials&resource=${resource}&resource=https://other.example`;
    const { client_id, client_secret } = client;
    const answer = await send('POST', `${program.url}/oauth/token`, {
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: `${form}&client_id=${client_id}&client_secret=${client_secret}`,
    });
    expect(answer.body).toEqual({ error: 'invalid_target', error_description: plainText });
  });
});

describe('what a client writes about itself beyond the standards', () => {
  it('is in none of its tokens, whatever it is called', async () => {
    const names = ['roles', 'groups', 'realm_access', 'sub_of', 'x_admin'];
    await saveTemplate(program, {
      id: 'extended',
      access: { initial_access_token: true },
      extensions: Object.fromEntries(names.map((name) => [name, { type: 'string' }])),
    });
    const extended = Object.fromEntries(names.map((name) => [name, 'administrator']));
    const { body: client } = await register(program.url, { ...service, ...extended }, { template: 'extended' });
    expect(client).toMatchObject(extended);
    const { body: opaque } = await clientCredentials(program.url, client, { scope: 'orders:read' });
    const told = await introspect(program.url, client, opaque.access_token);
    expect(Object.keys(told.body).sort()).toEqual([
      ...['active', 'client_id', 'exp', 'iat', 'iss', 'scope', 'token_type'],
    ]);
    const { body: signed } = await clientCredentials(program.url, client, {
      scope: 'orders:read',
      resource: 'https://api.example/',
    });
    const claims = decodeJwt(signed.access_token);
    expect(Object.keys(claims).sort()).toEqual(['aud', 'client_id', 'exp', 'iat', 'iss', 'jti', 'scope', 'sub']);
    expect(claims['sub']).toBe(client.client_id);
  });
});

describe('the keys of the server', () => {
  it('are public halves of RSA and P-256, to verify and to encrypt with (RFC 7517 section 5)', async () => {
    const { body, headers } = await send('GET', `${program.url}/oauth/jwks`);
    const base64url: unknown = expect.stringMatching(/^[A-Za-z0-9_-]+$/);
    const rsa = { kty: 'RSA', kid: base64url, n: base64url, e: 'AQAB' };
    const ec = { kty: 'EC', kid: base64url, crv: 'P-256', x: base64url, y: base64url };
    expect(body).toEqual({
      keys: [
        { ...rsa, use: 'sig', alg: 'RS256' },
        { ...rsa, use: 'sig', alg: 'PS256' },
        { ...ec, use: 'sig', alg: 'ES256' },
        { ...rsa, use: 'enc' },
        { ...ec, use: 'enc' },
      ],
    });
    expect(headers.get('content-type')).toMatch(/^application\/jwk-set\+json/);
  });

  it('may be kept for five minutes, and asked for again with their ETag (RFC 9110 section 13.1.2)', async () => {
    const { headers, body } = await send('GET', `${program.url}/oauth/jwks`);
    const etag = headers.get('etag') ?? '';
    expect([headers.get('cache-control'), headers.get('pragma')]).toEqual(['public, max-age=300', null]);
    const asked = (validator: string) =>
      send('GET', `${program.url}/oauth/jwks`, { headers: { 'if-none-match': validator } });
    const same = await asked(etag);
    expect([same.status, same.text, same.headers.get('etag')]).toEqual([304, '', etag]);
    const other = await asked('"another"');
    expect([other.status, other.body]).toEqual([200, body]);
  });

  it('are sealed in the data source', async () => {
    const rows = await query<{ id: string }>(program, 'SELECT * FROM server_keys');
    expect(rows.map(({ id }) => id).sort()).toEqual([
      'decrypt-ec.1',
      'decrypt-rsa.1',
      'sign-ec.1',
      'sign-pss.1',
      'sign-rsa.1',
      'subjects.1',
    ]);
    expect(JSON.stringify(rows)).not.toMatch(/kty\\*"|"d\\*"/);
  });
});

describe('a client that is no more', () => {
  it('stops at once when it is deleted, and its tokens with it (RFC 7592 section 2.3)', async () => {
    const [client, other] = [await registerService(), await registerService()];
    const { body } = await clientCredentials(program.url, client);
    await send('DELETE', client.registration_client_uri, { token: client.registration_access_token });
    expect((await clientCredentials(program.url, client)).body.error).toBe('invalid_client');
    expect((await introspect(program.url, other, body.access_token)).body).toEqual({ active: false });
  });

  it('stops at once when it is suspended, and its tokens with it', async () => {
    const made = await send('POST', `${program.url}/admin/initial-access-tokens`, { token: adminToken, json: {} });
    const { id, token } = made.body;
    const { body: client } = await send('POST', `${program.url}/register`, { token, json: service });
    const other = await registerService();
    const { body } = await clientCredentials(program.url, client);
    await send('DELETE', `${program.url}/admin/initial-access-tokens/${id}?clients=suspend`, { token: adminToken });
    expect((await clientCredentials(program.url, client)).body.error).toBe('invalid_client');
    expect((await introspect(program.url, other, body.access_token)).body).toEqual({ active: false });
  });
});

describe('a client that another instance changes after it got a token here', () => {
  const changed = async (change: string) => {
    const client = await registerService();
    await clientCredentials(program.url, client);
    await clientCredentials(program.url, client);
    await query(program, `UPDATE clients SET ${change} WHERE client_id = ?`, [client.client_id]);
    return (await clientCredentials(program.url, client)).body;
  };

  it.each([
    "status = 'suspended'",
    "version = version + 1, status = 'deleted', metadata = '{}', secrets = '[]'",
    "secrets = '[]'",
    'expires_at = 1',
    'lapses_at = 0',
  ])('is refused at once where the change is %s', async (change) => {
    expect((await changed(change)).error).toBe('invalid_client');
  });

  it('is granted what it has now', async () => {
    const change = "version = version + 1, metadata = REPLACE(metadata, 'orders:read orders:write', 'orders:read')";
    expect((await changed(change)).scope).toBe('orders:read');
  });
});

describe('a form that is sent to the token endpoint', () => {
  const sendInPieces = async (pieces: readonly string[]): Promise<{ status?: number; body: unknown }> => {
    const client = await registerService();
    const headers = { 'content-type': 'application/x-www-form-urlencoded', authorization: basic(client) };
    const request = httpRequest(`${program.url}/oauth/token`, { method: 'POST', headers });
    const answered = once(request, 'response') as Promise<[IncomingMessage]>;
    for (const piece of pieces) {
      request.write(piece);
      await setImmediate();
    }
    request.end();
    const [answer] = await answered;
    return { status: answer.statusCode, body: await json(answer) };
  };

  it('may come in pieces', async () => {
    const { status } = await sendInPieces(['grant_type=client', '_credentials&sco', 'pe=orders%3Aread']);
    expect(status).toBe(200);
  });

  it('is refused where it is too long, however it comes (RFC 6749 section 5.2)', async () => {
    const long = `grant_type=client_credentials&much=${'x'.repeat(60_000)}`;
    const tooLong = { error: 'invalid_request', error_description: 'failed to parse the request body' };
    const answer = await sendForm(`${program.url}/oauth/token`, { much: long });
    expect([answer.status, answer.body]).toEqual([400, tooLong]);
    expect(await sendInPieces([long])).toEqual({ status: 400, body: tooLong });
    expect(await sendInPieces([long, 'x'.repeat(60_000)])).toEqual({ status: 400, body: tooLong });
  });
});

describe('the addresses below /oauth', () => {
  it.each([
    '/oauth',
    '/oauth/.well-known/openid-configuration',
    '/oauth/.well-known/oauth-authorization-server',
    '/oauth/reg',
    '/oauth/nope',
  ])('do not include %s', async (path) => {
    expect((await send('GET', program.url + path)).status).toBe(404);
  });

  it('take their own methods only (RFC 9110 section 15.5.6)', async () => {
    const answer = await send('GET', `${program.url}/oauth/token`);
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'OPTIONS, POST']);
  });

  it('answer programs in JSON, whatever they accept', async () => {
    const answer = await sendForm(`${program.url}/oauth/token`, {}, undefined, { accept: 'text/html' });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([400, 'application/json; charset=utf-8']);
    expect(answer.body).toEqual({ error: 'invalid_request', error_description: plainText });
  });
});
