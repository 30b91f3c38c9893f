import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { apiKey } from './support/database.js';
import { freePort } from './support/free-port.js';
import { register, replacementOf, send } from './support/http.js';
import { adminToken, startApp, type TestApp } from './support/test-app.js';
import { type Registration, sendForm } from './token-service/oauth.js';
import { pkce } from './token-service/user.js';

/** The authorization server of examples/oidc-provider, in a process of its own. */
class ForeignServer {
  private process?: ChildProcess;
  output = '';

  constructor(readonly issuer: string) {}

  async start(settings: Record<string, string> = {}): Promise<Record<string, any>> {
    const { PATH = '' } = process.env;
    this.process = spawn(process.execPath, ['examples/oidc-provider/server.mjs'], {
      env: { PATH, ISSUER: this.issuer, ...settings },
    });
    for (const stream of [this.process.stdout!, this.process.stderr!])
      stream.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
    for (;;) {
      const answer = await send('GET', `${this.issuer}/.well-known/openid-configuration`).catch(() => undefined);
      if (answer) return answer.body;
      if (this.process.exitCode !== null) throw new Error(this.output);
      await pause(100);
    }
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.process?.once('exit', resolve));
    if (this.process?.kill()) await ended;
  }
}

let program: TestApp;
let server: ForeignServer;
const folder = mkdtempSync(join(tmpdir(), 'clientele-example-'));

beforeAll(async () => {
  server = new ForeignServer(`http://localhost:${await freePort()}`);
  const metadata = join(folder, 'server.json');
  writeFileSync(metadata, JSON.stringify(await server.start()));
  await server.stop();
  program = await startApp({ TOKEN_SERVICE: 'off', SERVER_METADATA: metadata });
  await server.start({ CLIENTELE_URL: program.url, CLIENTELE_TOKEN: await apiKey(program, ['clients:lookup']) });
}, 60_000);
afterAll(async () => {
  await server?.stop();
  await program?.close();
  rmSync(folder, { recursive: true });
});

const service = { grant_types: ['client_credentials'], scope: 'orders:read' };
type Client = Registration & Record<string, any>;
const registered = async (metadata: object): Promise<Client> => (await register(program.url, metadata)).body;
const ask = (client: Registration) =>
  sendForm(`${server.issuer}/token`, { grant_type: 'client_credentials', scope: 'orders:read' }, client);

/** Asks until the answer is this one, for some seconds. */
async function eventually(client: Client, status: number): Promise<number> {
  for (let tries = 0; tries < 50; tries++) {
    if ((await ask(client)).status === status) return status;
    await pause(100);
  }
  return (await ask(client)).status;
}

const setStatus = (client: Client, status: string) =>
  send('PATCH', `${program.url}/admin/clients/${client.client_id}`, { token: adminToken, json: { status } });

describe('an oidc-provider in another process, with its clients here', () => {
  it('is what discovery names, beside our registration endpoint (RFC 8414 section 2)', async () => {
    const { body } = await send('GET', `${program.url}/.well-known/oauth-authorization-server`);
    const { issuer, token_endpoint, registration_endpoint } = body;
    expect({ issuer, token_endpoint, registration_endpoint }).toEqual({
      issuer: server.issuer,
      token_endpoint: `${server.issuer}/token`,
      registration_endpoint: `${program.url}/register`,
    });
  });

  it('gives a client a token the moment it is registered, and nobody with a wrong secret', async () => {
    const client = await registered(service);
    const { status, body } = await ask(client);
    expect([status, body]).toEqual([
      200,
      { access_token: expect.any(String), expires_in: 600, token_type: 'Bearer', scope: 'orders:read' },
    ]);
    expect((await ask({ ...client, client_secret: 'wrong' })).status).toBe(401);
    expect((await ask({ client_id: 'nobody', client_secret: 'wrong' })).status).toBe(401);
  });

  it('knows of changes within seconds: a suspended client, a resumed one, a lost grant, a deleted client', async () => {
    const client = await registered(service);
    expect((await ask(client)).status).toBe(200);
    await setStatus(client, 'suspended');
    expect(await eventually(client, 401)).toBe(401);
    await setStatus(client, 'active');
    expect(await eventually(client, 200)).toBe(200);
    const json = replacementOf(client, {
      grant_types: ['authorization_code'],
      redirect_uris: ['https://app.example/'],
    });
    delete json.response_types;
    const { registration_client_uri: uri, registration_access_token: token } = client;
    expect((await send('PUT', uri, { token, json })).status).toBe(200);
    expect(await eventually(client, 400)).toBe(400);
    await send('DELETE', uri, { token });
    expect(await eventually(client, 401)).toBe(401);
  });

  it('asks the user of an app for what it registered', async () => {
    const app = await registered({
      redirect_uris: ['http://127.0.0.1/callback'],
      grant_types: ['authorization_code', 'refresh_token'],
      token_endpoint_auth_method: 'none',
    });
    const asked = { client_id: app.client_id, redirect_uri: 'http://127.0.0.1:5000/callback', response_type: 'code' };
    const query = new URLSearchParams({
      ...asked,
      scope: 'openid',
      code_challenge: pkce().challenge,
      code_challenge_method: 'S256',
    });
    const { status, headers } = await send('GET', `${server.issuer}/auth?${query.toString()}`);
    expect([status, headers.get('location')]).toEqual([303, expect.stringMatching(/^\/interaction\//)]);
  });

  it('reports who uses it, so that nobody expires who is used', async () => {
    const { publicKey, privateKey } = await generateKeyPair('ES256');
    const jwks = { keys: [await exportJWK(publicKey)] };
    const method = { token_endpoint_auth_method: 'private_key_jwt', token_endpoint_auth_signing_alg: 'ES256' };
    const client = await registered({ ...service, ...method, jwks });
    const client_assertion = await new SignJWT({ jti: randomUUID() })
      .setProtectedHeader({ alg: 'ES256' })
      .setIssuer(client.client_id)
      .setSubject(client.client_id)
      .setAudience(server.issuer)
      .setIssuedAt()
      .setExpirationTime('1m')
      .sign(privateKey);
    const client_assertion_type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
    const form = { grant_type: 'client_credentials', client_assertion_type, client_assertion };
    expect((await sendForm(`${server.issuer}/token`, form)).status).toBe(200);
    let seen: number | undefined;
    for (let tries = 0; tries < 100 && seen === undefined; tries++) {
      await pause(100);
      seen = (await send('GET', `${program.url}/admin/clients/${client.client_id}`, { token: adminToken })).body
        .last_used_at;
    }
    expect(seen).toEqual(expect.any(Number));
  });
});
