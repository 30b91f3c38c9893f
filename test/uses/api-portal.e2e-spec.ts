import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import * as openid from 'openid-client';
import { send } from '../support/http.js';
import { saveTemplate } from '../support/templates.js';
import { adminToken, startApp, type TestApp } from '../support/test-app.js';
import { makeRegistrar, type Registrar } from '../token-service/sign-in-as.js';

const orders = 'https://orders.example/';

let program: TestApp;
beforeAll(async () => {
  program = await startApp({ SCOPES: 'openid orders:read orders:write' });
});
afterAll(() => program.close());

const overHttp = { execute: [openid.allowInsecureRequests] };

/** An API portal, as it is made with openid-client: it registers the apps of its developers, and looks after them. */
class Portal {
  private constructor(private readonly configuration: openid.Configuration) {}

  static async connect({ client_id, client_secret }: Registrar): Promise<Portal> {
    return new Portal(await openid.discovery(new URL(program.url), client_id, client_secret, undefined, overHttp));
  }

  async token(scope: string): Promise<string> {
    return (await openid.clientCredentialsGrant(this.configuration, { scope })).access_token;
  }

  /** Registers an app; answers the app with what it was given. */
  async register(client_name: string, template: string): Promise<openid.Configuration> {
    const metadata = { client_name, software_id: template, grant_types: ['client_credentials'] };
    const initialAccessToken = await this.token('dcr');
    return openid.dynamicClientRegistration(new URL(program.url), metadata, undefined, {
      ...overHttp,
      initialAccessToken,
    });
  }

  async list(): Promise<unknown[]> {
    const { body } = await send('GET', `${program.url}/my/clients`, { token: await this.token('dcrm') });
    return body.items.map(({ client_name, status }: Record<string, unknown>) => [client_name, status]);
  }

  async manage(method: string, app: openid.Configuration, json?: object) {
    const { registration_client_uri: uri } = app.clientMetadata() as Record<string, any>;
    return send(method, uri, { token: await this.token('dcrm'), json });
  }
}

/** Calls the API of a partner, who lets in whoever has a token of the program for it; answers what the token says. */
async function callOrders(app: openid.Configuration): Promise<Record<string, unknown>> {
  const { access_token } = await openid.clientCredentialsGrant(app, { resource: orders, scope: 'orders:read' });
  const keys = createRemoteJWKSet(new URL(`${program.url}/oauth/jwks`));
  const { payload } = await jwtVerify(access_token, keys, { issuer: program.url, audience: orders, typ: 'at+jwt' });
  return payload;
}

const idOf = (app: openid.Configuration): string => app.clientMetadata().client_id;

describe('an API portal with credentials of its own', () => {
  let portal: Portal;
  let other: Portal;
  let registrar: Registrar;

  beforeAll(async () => {
    registrar = await makeRegistrar(program);
    portal = await Portal.connect(registrar);
    other = await Portal.connect(await makeRegistrar(program));
    await saveTemplate(program, {
      id: 'partner-app',
      access: { access_token: { by: ['client'], clients: [registrar.client_id] } },
      metadata: {
        grant_types: { subset_of: ['client_credentials'] },
        scope: { subset_of: ['orders:read'], default: 'orders:read' },
      },
      limits: { per_registrar: 3 },
    });
  });

  it('registers apps that work at once, changes them and takes them away again', async () => {
    const weather = await portal.register('Weather', 'partner-app');
    const climate = await portal.register('Climate', 'partner-app');
    expect(await callOrders(weather)).toMatchObject({ client_id: idOf(weather), scope: 'orders:read' });
    expect(await portal.list()).toEqual([
      ['Weather', 'active'],
      ['Climate', 'active'],
    ]);

    const { body: read } = await portal.manage('GET', climate);
    const { registration_client_uri, client_id_issued_at, client_secret_expires_at, ...metadata } = read;
    expect([registration_client_uri, client_id_issued_at, client_secret_expires_at]).not.toContain(undefined);
    const replaced = await portal.manage('PUT', climate, { ...metadata, client_name: 'Climate 2' });
    expect(replaced.body).toEqual({ ...read, client_name: 'Climate 2' });
    expect(await callOrders(climate)).toMatchObject({ client_id: idOf(climate) });

    expect((await portal.manage('DELETE', climate)).status).toBe(204);
    await expect(callOrders(climate)).rejects.toMatchObject({ error: 'invalid_client' });
    expect(await portal.list()).toEqual([['Weather', 'active']]);
    await portal.manage('DELETE', weather);
  });

  it('manages its own apps, and none of another portal', async () => {
    const mine = await portal.register('Weather', 'partner-app');
    const theirs = await other.register('News', 'default');
    for (const method of ['GET', 'DELETE']) expect((await portal.manage(method, theirs)).status).toBe(401);
    expect(await other.list()).toEqual([['News', 'active']]);
    await expect(other.register('Weather', 'partner-app')).rejects.toMatchObject({
      status: 403,
      error: 'access_denied',
    });
    expect(await portal.list()).toEqual([['Weather', 'active']]);
    await portal.manage('DELETE', mine);
  });

  it('registers with one kind of token, once each, and manages with the other; its apps do neither', async () => {
    const app = await portal.register('Weather', 'partner-app');
    const { registration_client_uri: uri } = app.clientMetadata() as Record<string, any>;
    const { body: stored } = await send('GET', `${program.url}/admin/clients/${idOf(app)}`, { token: adminToken });
    expect([stored.registrar, stored.verification]).toEqual([
      { type: 'access_token', client_id: registrar.client_id, issuer: program.url },
      'vouched',
    ]);

    const [dcr, dcrm] = [await portal.token('dcr'), await portal.token('dcrm')];
    const json = { client_name: 'Climate', software_id: 'partner-app', grant_types: ['client_credentials'] };
    const registered = (token: string) => send('POST', `${program.url}/register`, { token, json });
    const { body: climate } = await registered(dcr);
    const outcomes = [await registered(dcr), await registered(dcrm), await send('GET', uri, { token: dcr })];
    expect(outcomes.map(({ status, body }) => [status, body.error])).toEqual([
      [401, 'invalid_token'],
      [403, 'insufficient_scope'],
      [403, 'insufficient_scope'],
    ]);
    for (const scope of ['dcr', 'dcrm', 'clients:read', 'orders:write'])
      await expect(openid.clientCredentialsGrant(app, { scope })).rejects.toMatchObject({ error: 'invalid_scope' });
    await send('DELETE', climate.registration_client_uri, { token: dcrm });
    await portal.manage('DELETE', app);
    expect(await portal.list()).toEqual([]);
  });

  it('has room for so many apps, and for another one when it deletes one', async () => {
    const apps = [];
    for (const name of ['One', 'Two', 'Three']) apps.push(await portal.register(name, 'partner-app'));
    await expect(portal.register('Four', 'partner-app')).rejects.toMatchObject({ status: 403, error: 'access_denied' });
    await portal.manage('DELETE', apps[0]!);
    apps.push(await portal.register('Four', 'partner-app'));
    for (const app of apps.slice(1)) await portal.manage('DELETE', app);
  });

  it('stops at once when it is suspended; its apps go on, until they are suspended themselves', async () => {
    const app = await portal.register('Weather', 'partner-app');
    const token = await portal.token('dcrm');
    const suspend = (id: string) =>
      send('PATCH', `${program.url}/admin/clients/${id}`, { token: adminToken, json: { status: 'suspended' } });
    await suspend(registrar.client_id);
    await expect(portal.token('dcr')).rejects.toMatchObject({ error: 'invalid_client' });
    expect((await send('GET', `${program.url}/my/clients`, { token })).status).toBe(401);
    expect(await callOrders(app)).toMatchObject({ client_id: idOf(app) });
    await suspend(idOf(app));
    await expect(callOrders(app)).rejects.toMatchObject({ error: 'invalid_client' });
  });
});
