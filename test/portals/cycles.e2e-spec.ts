import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { aSecret, failure, information } from '../support/builders.js';
import { eventsOf } from '../support/database.js';
import { send } from '../support/http.js';
import { adminToken, startApp, type TestApp } from '../support/test-app.js';
import { dialects } from './dialects.js';
import { Application, type Dialect, example, sent, type State } from './portal.js';

let program: TestApp;

const settings = { SCOPES: 'orders:read orders:write' };

/** What is registered of the first request of each portal. */
const registered: Readonly<Record<string, object>> = {
  gravitee: {
    client_name: 'Weather app',
    application_type: 'backend_to_backend',
    portal_application_type: 'backend_to_backend',
    client_uri: 'https://app.example',
    logo_uri: 'https://app.example/l.png',
    software_id: '4NRB1-0XZABZI9E6-5SM3R',
    redirect_uris: [],
    scope: 'orders:read',
    portal_metadata: { tenant: 'acme' },
  },
  tyk: {
    client_name: 'Weather app',
    portal_application_type: 'service',
    redirect_uris: ['https://app.example/callback'],
    scope: 'orders:read',
  },
  mulesoft: {
    client_name: 'Weather app',
    redirect_uris: ['https://example.com/'],
    scope: 'orders:read orders:write',
  },
  wso2: { client_name: 'admin_Weather_PRODUCTION', scope: 'orders:read orders:write' },
};

/** The scope of a token that a client gets for all that it may ask for; nothing where it gets none. */
async function scopeOfToken({ client_id, client_secret, scope }: State): Promise<string | undefined> {
  const { body } = await send('POST', `${program.url}/oauth/token`, {
    headers: {
      authorization: `Basic ${Buffer.from(`${client_id}:${client_secret}`).toString('base64')}`,
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: new URLSearchParams({ grant_type: 'client_credentials', scope }).toString(),
  });
  return body.access_token && body.scope;
}

const isManagedByToken = (name: string) => ['gravitee', 'tyk'].includes(name);

/** What each portal is answered, whole: its clients are services, and its changes are on top. */
function answerOf(name: string, changes: object = {}) {
  const service = { grant_types: ['client_credentials'], response_types: [] };
  const token = isManagedByToken(name) ? {} : { token: 'none' as const };
  return information(program.url, { ...service, ...registered[name], ...changes }, token);
}

describe.each(Object.entries(dialects))('%s', (name, portal) => {
  let dialect: Dialect;
  let app: Application;
  /** Whether the portal says which scopes it approves. */
  const sendsScopes = isManagedByToken(name);

  beforeAll(async () => {
    program = await startApp(settings);
    dialect = await portal(program);
  });
  afterAll(() => program.close());
  beforeEach(() => {
    app = new Application(dialect);
  });

  it('makes a client, approves more, updates it twice, renews its secret and gives it up', async () => {
    const created = await app.create();
    expect([created.status, created.body]).toEqual([201, answerOf(name)]);
    expect(await scopeOfToken(app.state)).toBe(sendsScopes ? 'orders:read' : 'orders:read orders:write');

    const approved = await app.update({ scopes: ['orders:read', 'orders:write'] });
    const more = { scope: 'orders:read orders:write' };
    const gone = name === 'gravitee' ? { portal_metadata: undefined } : {};
    expect([approved.status, approved.body]).toEqual([200, { ...created.body, ...more, ...gone }]);
    expect(await scopeOfToken(app.state)).toBe('orders:read orders:write');

    for (const client_name of ['Weather 2', 'Weather 3']) {
      const updated = await app.update({ name: client_name });
      expect([updated.status, updated.body]).toEqual([200, { ...approved.body, client_name }]);
    }

    const { client_secret: before } = app.state;
    const renewed = await app.renew();
    expect([renewed.status, renewed.body]).toEqual([
      200,
      { ...approved.body, client_name: 'Weather 3', client_secret: aSecret },
    ]);
    expect(app.state.client_secret).not.toBe(before);
    expect(await scopeOfToken(app.state)).toBe('orders:read orders:write');
    // What the developers still use lives on for a day.
    expect(await scopeOfToken({ ...app.state, client_secret: before })).toBe('orders:read orders:write');

    if (dialect.read) expect((await sent(dialect.read(app.state))).body).toEqual(app.state);
    if (!dialect.remove) return;
    expect((await app.remove()).status).toBe(204);
    expect(await scopeOfToken(app.state)).toBeUndefined();
    expect((await app.update({ name: 'Ghost' })).status).toBe(401);
  });

  it('keeps what it needs when it updates, and renews, at the same time', async () => {
    await app.create();
    const answers = await Promise.all([
      app.update({ name: 'One', scopes: ['orders:write'] }),
      app.renew(),
      app.update({ name: 'Two', scopes: ['orders:write'] }),
      app.renew(),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(await scopeOfToken(app.state)).toContain('orders:write');
    const last = await app.update({ name: 'Three' });
    expect([last.status, last.body.client_name]).toEqual([200, 'Three']);
    expect(await scopeOfToken(app.state)).toContain('orders:write');
    expect((await app.renew()).status).toBe(200);
    expect(await scopeOfToken(app.state)).toContain('orders:write');
  });

  it('goes on when an answer was lost, and it asks again', async () => {
    await sent(dialect.create());
    await app.create();
    const { client_id } = app.state;
    await sent(dialect.update(app.state, { name: 'Two' }));
    const again = await app.update({ name: 'Two' });
    expect([again.status, again.body.client_name]).toEqual([200, 'Two']);
    await sent(dialect.renew(app.state));
    expect((await app.renew()).status).toBe(200);
    expect((await app.update({ name: 'Three' })).status).toBe(200);
    expect(app.state.client_id).toBe(client_id);
    expect(await scopeOfToken(app.state)).toContain('orders:read');
    if (!dialect.remove) return;
    await sent(dialect.remove(app.state));
    const { status, body } = await app.remove();
    expect([status, body]).toEqual([401, failure('invalid_token')]);
  });

  it('makes one client of a call that it sends twice with the same Idempotency-Key', async () => {
    const { headers, ...call } = dialect.create();
    const key = { ...headers, 'idempotency-key': '8e03978e-40d5-43e8-bc93-6894a57f9324' };
    const [one, other] = await Promise.all([1, 2].map(() => sent({ ...call, headers: key })));
    expect(other!.text).toBe(one!.text);
    expect((await sent({ ...call, headers: key })).text).toBe(one!.text);
    const registrations = (await eventsOf(program, one!.body.client_id)).filter(
      ({ action }) => action === 'client.registered',
    );
    expect(registrations).toHaveLength(1);
  });

  it('has no say over the clients of others, and keeps its own when it tries', async () => {
    await app.create();
    const json = { metadata: { grant_types: ['client_credentials'] } };
    const { body: foreign } = await send('POST', `${program.url}/admin/clients`, { token: adminToken, json });
    const url = `${program.url}/register/${foreign.client_id}`;
    for (const [method, address] of [
      ['GET', url],
      ['DELETE', url],
      ['POST', `${url}/secret`],
    ] as const)
      expect((await sent({ method, url: address, headers: dialect.headers })).status).toBe(401);
    expect((await app.update({ name: 'Mine' })).status).toBe(200);
    expect((await app.create()).status).toBe(201);
  });
});

describe('the templates of examples/templates', () => {
  beforeAll(async () => {
    program = await startApp();
  });
  afterAll(() => program.close());

  it.each(readdirSync('examples/templates'))('%s is taken as it is', async (file) => {
    const json = example(file.replace('.json', ''));
    const { status, body } = await send('POST', `${program.url}/admin/templates`, { token: adminToken, json });
    expect([status, body.status]).toEqual([201, 'active']);
    expect(body).toMatchObject({ ...json, id: file.replace('.json', '') });
  });
});
