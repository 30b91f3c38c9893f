import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  discoverAuthorizationServerMetadata,
  exchangeAuthorization,
  refreshAuthorization,
  registerClient,
  startAuthorization,
} from '@modelcontextprotocol/sdk/client/auth.js';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import * as openid from 'openid-client';
import type { Browser, Page } from 'playwright-core';
import { mcpTemplate } from '../../src/templates/built-in/mcp.js';
import { listenForUser, openPage, startBrowser } from '../support/browser.js';
import { send } from '../support/http.js';
import { saveTemplate } from '../support/templates.js';
import { adminToken, startApp, type TestApp } from '../support/test-app.js';
import { app as weather, makeRegistrar } from '../token-service/sign-in-as.js';

let program: TestApp;
let browser: Browser;
let ada: Record<string, any>;
beforeAll(async () => {
  program = await startApp({ SCOPES: 'openid offline_access orders:read' });
  browser = await startBrowser();
  const json = { username: 'ada', password };
  ada = (await send('POST', `${program.url}/admin/accounts`, { token: adminToken, json })).body;
}, 60_000);
afterAll(async () => {
  await browser?.close();
  await program.close();
});

const password = 'seven green lamps at noon';

/** The user signs in where that is asked, and agrees to all that is. */
async function agree(page: Page, url: URL): Promise<void> {
  await page.goto(url.href);
  if (await page.getByLabel('Password').isVisible()) {
    await page.getByLabel('Username').fill('ada');
    await page.getByLabel('Password').fill(password);
    await page.getByRole('button', { name: 'Sign in' }).click();
  }
  const certain = page.getByLabel('I started this myself');
  if (await certain.isVisible()) await certain.check();
  await page.getByRole('button', { name: 'Allow' }).click();
}

describe('an installed application (RFC 8252)', () => {
  /** What openid-client knows of the server, for one client. */
  const configured = (clientId: string, secret?: string) =>
    openid.discovery(new URL(program.url), clientId, secret, secret === undefined ? openid.None() : undefined, {
      execute: [openid.allowInsecureRequests],
    });

  /** Sends the user through the system's browser, and takes what comes back at a port of this machine. */
  async function authorize(config: openid.Configuration, page: Page, scope: string) {
    const app = await listenForUser();
    const [verifier, state, nonce] = [openid.randomPKCECodeVerifier(), openid.randomState(), openid.randomNonce()];
    const parameters = {
      redirect_uri: app.redirectUri,
      scope,
      state,
      nonce,
      prompt: 'consent',
      code_challenge: await openid.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    };
    await agree(page, openid.buildAuthorizationUrl(config, parameters));
    const back = new URL(`${app.redirectUri}${(await app.came).search}`);
    app.close();
    const checks = { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce };
    return openid.authorizationCodeGrant(config, back, checks);
  }

  it('has its user let it register its own instance, which is a confidential client from then on', async () => {
    const shared = await makeRegistrar(program, { ...weather, redirect_uris: ['http://127.0.0.1/callback'] });
    const page = await openPage(browser);

    const first = await authorize(await configured(shared.client_id), page, 'openid dcr');
    expect(first.scope).toBe('openid dcr');
    const registration = {
      client_name: "Weather on Ada's computer",
      redirect_uris: ['http://127.0.0.1/callback'],
      grant_types: ['authorization_code', 'refresh_token'],
      scope: 'openid offline_access orders:read',
    };
    const sending = { token: first.access_token, json: registration };
    const registered = await send('POST', `${program.url}/register`, sending);
    expect([registered.status, registered.body]).toEqual([201, expect.objectContaining(registration)]);
    expect((await send('POST', `${program.url}/register`, sending)).status).toBe(401);
    const { client_id, client_secret } = registered.body;
    const stored = await send('GET', `${program.url}/admin/clients/${client_id}`, { token: adminToken });
    expect(stored.body).toMatchObject({
      verification: 'vouched',
      registrar: { type: 'access_token', client_id: shared.client_id, subject: ada.id },
    });

    const own = await configured(client_id, client_secret);
    const tokens = await authorize(own, page, 'openid offline_access orders:read');
    expect(tokens.claims()!.sub).toBe(ada.id);
    expect(tokens.scope).toBe('openid offline_access orders:read');
    const renewed = await openid.refreshTokenGrant(own, tokens.refresh_token!);
    const info = await openid.tokenIntrospection(own, renewed.access_token);
    expect(info).toMatchObject({ active: true, client_id, sub: ada.id });
    await expect(openid.refreshTokenGrant(own, tokens.refresh_token!)).rejects.toMatchObject({
      error: 'invalid_grant',
    });
    expect((await openid.tokenIntrospection(own, renewed.access_token)).active).toBe(false);
    await page.context().close();
  }, 60_000);

  it('cannot register in the name of somebody whom an administrator lets in no more', async () => {
    const shared = await makeRegistrar(program, { ...weather, redirect_uris: ['http://127.0.0.1/callback'] });
    const page = await openPage(browser);
    const { access_token: token } = await authorize(await configured(shared.client_id), page, 'openid dcr');
    const status = (json: object) =>
      send('PATCH', `${program.url}/admin/accounts/${ada.id}`, { token: adminToken, json });
    await status({ status: 'disabled' });
    const json = { client_name: 'Late', redirect_uris: ['http://127.0.0.1/callback'] };
    expect((await send('POST', `${program.url}/register`, { token, json })).status).toBe(401);
    await status({ status: 'active' });
    expect((await send('POST', `${program.url}/register`, { token, json })).status).toBe(401);
    await page.context().close();
  }, 60_000);
});

describe('a client of the Model Context Protocol', () => {
  it('registers without a token, sends its user through a browser, and gets tokens for its server', async () => {
    await saveTemplate(program, { ...mcpTemplate, status: 'active' });
    const metadata = (await discoverAuthorizationServerMetadata(program.url))!;
    const app = await listenForUser();
    const clientMetadata = {
      client_name: 'Claude',
      redirect_uris: [app.redirectUri],
      scope: 'offline_access orders:read',
    };
    const clientInformation = await registerClient(program.url, { metadata, clientMetadata });
    const resource = new URL('https://mcp.example/');
    const { authorizationUrl, codeVerifier } = await startAuthorization(program.url, {
      metadata,
      clientInformation,
      redirectUrl: app.redirectUri,
      scope: 'offline_access orders:read',
      resource,
    });
    const page = await openPage(browser);
    await agree(page, authorizationUrl);
    const authorizationCode = (await app.came).searchParams.get('code')!;
    app.close();
    const known = { metadata, clientInformation, resource };
    const tokens = await exchangeAuthorization(program.url, {
      ...known,
      authorizationCode,
      codeVerifier,
      redirectUri: app.redirectUri,
    });
    const renewed = await refreshAuthorization(program.url, { ...known, refreshToken: tokens.refresh_token! });
    expect(renewed.refresh_token).not.toBe(tokens.refresh_token);
    const keys = createRemoteJWKSet(new URL(metadata.jwks_uri as string));
    const { payload } = await jwtVerify(renewed.access_token, keys, {
      issuer: program.url,
      audience: resource.href,
      typ: 'at+jwt',
    });
    expect(payload).toMatchObject({ sub: ada.id, client_id: clientInformation.client_id, scope: 'orders:read' });
    await page.context().close();
  }, 60_000);
});
