import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { Clock } from '../src/clock.js';
import { SpentAccessTokens } from '../src/token-models/spent-access-tokens.js';
import { TokenService } from '../src/token-service/token-service.js';
import { failure, information, plainText } from './support/builders.js';
import { count, dump, eventsOf, query } from './support/database.js';
import { initialAccessToken, register, replacementOf, send, sendAtOnce, webClient } from './support/http.js';
import { saveTemplate } from './support/templates.js';
import { adminToken, startApp, type TestApp } from './support/test-app.js';
import { sendForm } from './token-service/oauth.js';
import { app, makeRegistrar, type Registrar, tokenOf, userTokenOf } from './token-service/sign-in-as.js';
import { User } from './token-service/user.js';

let program: TestApp;
let portal: Registrar;
let weather: Registrar;

beforeAll(async () => {
  program = await startApp({
    SCOPES: 'openid profile email address phone offline_access orders:read',
    RESOURCES: JSON.stringify([{ resource: 'https://api.example/', scopes: ['orders:read'], format: 'opaque' }]),
  });
  portal = await makeRegistrar(program);
  weather = await makeRegistrar(program, app);
});
afterAll(() => program.close());

const registerWith = (token: string, json: object = webClient, headers: Record<string, string> = {}) =>
  send('POST', `${program.url}/register`, { token, json, headers });

const shown = async (clientId: string) =>
  (await send('GET', `${program.url}/admin/clients/${clientId}`, { token: adminToken })).body;

const asAdministrator = (clientId: string, json: object) =>
  send('PATCH', `${program.url}/admin/clients/${clientId}`, { token: adminToken, json });

/** A portal that registers by itself, and for its users too. */
const webPortal = {
  ...app,
  redirect_uris: ['https://portal.example/callback'],
  application_type: 'web',
  token_endpoint_auth_method: 'client_secret_basic',
  grant_types: ['authorization_code', 'client_credentials'],
};

const challengeFor = (scope: string) => `Bearer realm="clientele", error="insufficient_scope", scope="${scope}"`;
const unusable = {
  error: 'invalid_token',
  error_description: 'the bearer token is unknown, expired, revoked or not for this address',
};

describe('an access token with the scope dcr', () => {
  it('registers a client for the client that got it (RFC 7591 section 3)', async () => {
    const answer = await registerWith(await tokenOf(program, portal));
    expect(answer.status).toBe(201);
    expect(answer.body).toEqual(
      information(program.url, {
        ...webClient,
        scope: 'openid profile email address phone offline_access orders:read',
      }),
    );
    const { registrar, verification, template_id } = await shown(answer.body.client_id);
    expect({ registrar, verification, template_id }).toEqual({
      registrar: { type: 'access_token', client_id: portal.client_id, issuer: program.url },
      verification: 'vouched',
      template_id: 'default',
    });
    expect((await eventsOf(program, answer.body.client_id)).map(({ action, actor }) => [action, actor])).toEqual([
      ['client.registered', { type: 'access_token', client_id: portal.client_id }],
    ]);
  });

  it('registers a client for the user who agreed to it', async () => {
    const answer = await registerWith(await userTokenOf(program, weather, { user: new User(program, 'alice') }));
    expect(answer.status).toBe(201);
    const { registrar, verification } = await shown(answer.body.client_id);
    expect({ registrar, verification }).toEqual({
      registrar: { type: 'access_token', client_id: weather.client_id, subject: 'alice', issuer: program.url },
      verification: 'vouched',
    });
    const [event] = await eventsOf(program, answer.body.client_id);
    expect(event!.actor).toEqual({ type: 'access_token', client_id: weather.client_id, subject: 'alice' });
  });

  it('registers one client and no more', async () => {
    const token = await tokenOf(program, portal);
    expect((await registerWith(token)).status).toBe(201);
    const again = await registerWith(token);
    expect([again.status, again.body]).toEqual([401, unusable]);
    expect(again.headers.get('www-authenticate')).toBe('Bearer realm="clientele", error="invalid_token"');
  });

  it('registers one client under a crowd', async () => {
    const token = await tokenOf(program, portal);
    const before = await count(program, 'clients');
    const answers = await sendAtOnce(40, () => ({
      method: 'POST',
      url: `${program.url}/register`,
      token,
      json: webClient,
    }));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array<number>(39).fill(401)]);
    expect(await count(program, 'clients')).toBe(before + 1);
  });

  it('is not spent by a registration that is refused', async () => {
    const token = await tokenOf(program, portal);
    expect((await registerWith(token, { redirect_uris: ['nope'] })).status).toBe(400);
    expect((await registerWith(token)).status).toBe(201);
  });

  it('gets the answer again that it was spent for, with the same Idempotency-Key', async () => {
    const token = await tokenOf(program, portal);
    const key = { 'idempotency-key': randomUUID() };
    const first = await registerWith(token, webClient, key);
    const again = await registerWith(token, webClient, key);
    expect([first.status, again.status, again.text]).toEqual([201, 201, first.text]);
    const withAnother = await registerWith(await tokenOf(program, portal), webClient, key);
    expect(withAnother.text).toBe(first.text);
    expect((await registerWith(token, webClient, { 'idempotency-key': randomUUID() })).status).toBe(401);
  });

  it('registers as often as a template lets it that says so', async () => {
    await saveTemplate(program, { id: 'often', access: { access_token: { by: ['client'], single_use: false } } });
    const token = await tokenOf(program, portal);
    for (let turn = 0; turn < 3; turn++)
      expect((await registerWith(token, { ...webClient, software_id: 'often' })).status).toBe(201);
    expect((await registerWith(token)).status).toBe(201);
    expect((await registerWith(token, { ...webClient, software_id: 'often' })).status).toBe(401);
  });

  it('is nowhere in the data source', async () => {
    const token = await tokenOf(program, portal);
    await registerWith(token);
    expect(await dump(program)).not.toContain(token);
  });

  it('gives no right that it does not name: 403 without it (RFC 6750 section 3.1)', async () => {
    const token = await tokenOf(program, portal, 'dcrm');
    const { status, body, headers } = await registerWith(token);
    expect([status, body]).toEqual([
      403,
      { error: 'insufficient_scope', error_description: 'the token lacks the scope dcr' },
    ]);
    expect(headers.get('www-authenticate')).toBe(challengeFor('dcr'));
  });

  it('is forgotten when it has ended', async () => {
    const token = await tokenOf(program, portal);
    await registerWith(token);
    const clock = program.app.get(Clock);
    const now = clock.now.bind(clock);
    clock.now = () => now() + 3_600 + 301;
    await program.app.get(SpentAccessTokens).sweep(1_000);
    clock.now = now;
    expect(await count(program, 'spent_access_tokens')).toBe(0);
  });
});

describe('a template', () => {
  const partner = { ...webClient, software_id: 'partner' };

  it('takes access tokens of the clients that it names, and of no others', async () => {
    const access = { access_token: { by: ['client'], clients: [portal.client_id] } };
    await saveTemplate(program, { id: 'partner', access });
    expect((await registerWith(await tokenOf(program, portal), partner)).status).toBe(201);
    const another = await makeRegistrar(program);
    const { status, body } = await registerWith(await tokenOf(program, another), partner);
    expect([status, body]).toEqual([
      403,
      {
        error: 'access_denied',
        error_description: 'the template of this registration takes no access tokens of this client',
      },
    ]);
  });

  it.each([
    ['client', 'user'],
    ['user', 'client'],
  ])('takes those of a %s where it says so, and none of a %s', async (by) => {
    const id = `by-${by}`;
    await saveTemplate(program, { id, access: { access_token: { by: [by] } } });
    const of = { client: await tokenOf(program, portal), user: await userTokenOf(program, weather) };
    const answers = await Promise.all(
      Object.values(of).map((token) => registerWith(token, { ...webClient, software_id: id })),
    );
    expect(answers.map(({ status }) => status)).toEqual(by === 'client' ? [201, 403] : [403, 201]);
  });
});

describe('no client is registered', () => {
  const tokens: Record<string, () => Promise<string>> = {
    'a token that was taken back': async () => {
      const token = await tokenOf(program, portal);
      await sendForm(`${program.url}/oauth/revocation`, { token }, portal);
      return token;
    },
    'a token of a client that is suspended': async () => {
      const client = await makeRegistrar(program);
      const token = await tokenOf(program, client);
      await asAdministrator(client.client_id, { status: 'suspended' });
      return token;
    },
    'a token of a client that was suspended since, and resumed': async () => {
      const client = await makeRegistrar(program);
      const token = await tokenOf(program, client);
      for (const status of ['suspended', 'active']) await asAdministrator(client.client_id, { status });
      return token;
    },
    'a token of a client that is deleted': async () => {
      const client = await makeRegistrar(program);
      const token = await tokenOf(program, client);
      await send('DELETE', `${program.url}/admin/clients/${client.client_id}`, { token: adminToken });
      return token;
    },
    'a token of a user whose client is suspended': async () => {
      const client = await makeRegistrar(program, app);
      const token = await userTokenOf(program, client);
      await asAdministrator(client.client_id, { status: 'suspended' });
      return token;
    },
    'a token of a client that has come to its end': async () => {
      const client = await makeRegistrar(program);
      const token = await tokenOf(program, client);
      await query(program, 'UPDATE clients SET expires_at = 1 WHERE client_id = ?', [client.client_id]);
      return token;
    },
    'a token of a user who has taken back what they agreed to': async () => {
      const token = await userTokenOf(program, weather);
      const provider = await program.app.get(TokenService).provider();
      const { grantId } = (await provider.AccessToken.find(token))!;
      await (await provider.Grant.find(grantId))!.destroy();
      return token;
    },
    'a refresh token': async () => {
      const client = await makeRegistrar(program, { ...app, scope: 'openid offline_access dcr' });
      const user = new User(program, 'bob');
      return userTokenOf(program, client, { user, scope: 'openid dcr', kind: 'refresh_token' });
    },
    'a token bound to a key (RFC 9449 section 7.2)': () => boundToken(),
    'what could be a token': () => Promise.resolve('A'.repeat(43)),
  };

  it.each(Object.entries(tokens))('with %s', async (_name, make) => {
    const { status, body } = await registerWith(await make());
    expect([status, body]).toEqual([401, unusable]);
  });

  it('with a token for a resource, which says nothing here', async () => {
    const client = await makeRegistrar(program, { scope: 'orders:read dcr' });
    const { body } = await sendForm(
      `${program.url}/oauth/token`,
      { grant_type: 'client_credentials', scope: 'orders:read', resource: 'https://api.example/' },
      client,
    );
    expect((await registerWith(body.access_token)).status).toBe(401);
  });

  it('with a token whose client may not have the scope any more', async () => {
    const client = await makeRegistrar(program);
    const token = await tokenOf(program, client, 'dcr dcrm');
    await asAdministrator(client.client_id, { metadata: { scope: 'dcrm' } });
    expect((await registerWith(token)).status).toBe(403);
  });
});

/** A token that only whoever has its key may use. */
async function boundToken(): Promise<string> {
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const url = `${program.url}/oauth/token`;
  const proof = await new SignJWT({ htm: 'POST', htu: url, jti: randomUUID() })
    .setProtectedHeader({ typ: 'dpop+jwt', alg: 'ES256', jwk: await exportJWK(publicKey) })
    .setIssuedAt()
    .sign(privateKey);
  const form = { grant_type: 'client_credentials', scope: 'dcr' };
  const { body } = await sendForm(url, form, portal, { dpop: proof });
  expect(body.token_type).toBe('DPoP');
  return body.access_token;
}

describe('a management token, with the scope dcrm', () => {
  it('reads, replaces and deletes what its client registered, and never sees its token (RFC 7592 section 2)', async () => {
    const { body: client } = await registerWith(await tokenOf(program, portal));
    const { registration_client_uri: uri, registration_access_token, client_secret, ...registered } = client;
    const token = await tokenOf(program, portal, 'dcrm');
    const read = await send('GET', uri, { token });
    expect([read.status, read.body]).toEqual([200, { ...registered, registration_client_uri: uri }]);
    const json = replacementOf(read.body, { client_name: 'Weather 2' });
    const replaced = await send('PUT', uri, { token, json });
    expect([replaced.status, replaced.body]).toEqual([200, { ...read.body, client_name: 'Weather 2' }]);
    expect((await send('GET', uri, { token: registration_access_token })).status).toBe(200);
    expect((await send('DELETE', uri, { token })).status).toBe(204);
    expect((await send('GET', uri, { token })).body).toEqual(unusable);
    const actors = (await eventsOf(program, client.client_id)).map(({ action, actor }) => [action, actor]);
    const actor = { type: 'access_token', client_id: portal.client_id };
    expect(actors).toEqual(['client.registered', 'client.replaced', 'client.deleted'].map((action) => [action, actor]));
    expect(client_secret).toBeDefined();
  });

  it('leaves the registration access token as it is, also where templates rotate it', async () => {
    const rotation = { rotation: 'on_update' };
    await saveTemplate(program, {
      id: 'rotating',
      access: { access_token: true },
      registration_access_token: rotation,
    });
    const { body } = await registerWith(await tokenOf(program, portal), { ...webClient, software_id: 'rotating' });
    const token = await tokenOf(program, portal, 'dcrm');
    const uri = body.registration_client_uri;
    const replaced = await send('PUT', uri, { token, json: replacementOf(body) });
    expect(replaced.status).toBe(200);
    expect(replaced.body.registration_access_token).toBeUndefined();
    expect((await send('GET', uri, { token: body.registration_access_token })).status).toBe(200);
  });

  it('is 401 for every other client, all alike, and not taken back', async () => {
    const token = await tokenOf(program, portal, 'dcrm');
    const own = (await registerWith(await tokenOf(program, portal))).body;
    const others = [
      (await registerWith(await tokenOf(program, await makeRegistrar(program)))).body.client_id,
      (await registerWith(await userTokenOf(program, weather))).body.client_id,
      (await register(program.url)).body.client_id,
      portal.client_id,
      'unheard-of',
    ];
    for (const id of others)
      for (const method of ['GET', 'PUT', 'DELETE']) {
        const json = method === 'PUT' ? { ...webClient, client_id: id } : undefined;
        const { status, body } = await send(method, `${program.url}/register/${id}`, { token, json });
        expect([method, id, status, body]).toEqual([method, id, 401, unusable]);
      }
    expect((await send('GET', own.registration_client_uri, { token })).status).toBe(200);
  });

  it('does not manage what users registered through its client, and theirs does', async () => {
    const both = await makeRegistrar(program, webPortal);
    const user = new User(program, 'carol');
    const { body: client } = await registerWith(await userTokenOf(program, both, { user }));
    const uri = client.registration_client_uri;
    expect((await send('GET', uri, { token: await tokenOf(program, both, 'dcrm') })).status).toBe(401);
    const other = await userTokenOf(program, both, { scope: 'openid dcrm' });
    expect((await send('GET', uri, { token: other })).status).toBe(401);
    const token = await userTokenOf(program, both, { user, scope: 'openid dcrm' });
    expect((await send('GET', uri, { token })).status).toBe(200);
  });

  it('stops where an administrator has taken the client over', async () => {
    const { body } = await registerWith(await tokenOf(program, portal));
    await send('POST', `${program.url}/admin/clients/${body.client_id}/adopt`, { token: adminToken });
    const token = await tokenOf(program, portal, 'dcrm');
    expect((await send('GET', body.registration_client_uri, { token })).status).toBe(401);
  });

  it('is 403 for a client of its own that is suspended', async () => {
    const { body } = await registerWith(await tokenOf(program, portal));
    await asAdministrator(body.client_id, { status: 'suspended' });
    const { status, body: refused } = await send('GET', body.registration_client_uri, {
      token: await tokenOf(program, portal, 'dcrm'),
    });
    expect([status, refused]).toEqual([403, failure('access_denied')]);
  });

  it('is what dcr is not: 403 (RFC 6750 section 3.1)', async () => {
    const { body } = await registerWith(await tokenOf(program, portal));
    const answer = await send('GET', body.registration_client_uri, { token: await tokenOf(program, portal) });
    expect([answer.status, answer.body]).toEqual([
      403,
      { error: 'insufficient_scope', error_description: 'the token lacks the scope dcrm' },
    ]);
    expect(answer.headers.get('www-authenticate')).toBe(challengeFor('dcrm'));
  });

  it('stops at once when its client is suspended', async () => {
    const client = await makeRegistrar(program);
    const { body } = await registerWith(await tokenOf(program, client));
    const token = await tokenOf(program, client, 'dcrm');
    expect((await send('GET', body.registration_client_uri, { token })).status).toBe(200);
    await asAdministrator(client.client_id, { status: 'suspended' });
    expect((await send('GET', body.registration_client_uri, { token })).status).toBe(401);
    expect((await send('GET', `${program.url}/my/clients`, { token })).status).toBe(401);
  });
});

describe('/my/clients', () => {
  const list = (token: string, query = '') => send('GET', `${program.url}/my/clients${query}`, { token });

  it('lists what a client registered itself, in order, without credentials', async () => {
    const client = await makeRegistrar(program);
    const token = await tokenOf(program, client, 'dcrm');
    expect((await list(token)).body).toEqual({ items: [] });
    const made = [];
    for (const client_name of ['One', 'Two', 'Three'])
      made.push((await registerWith(await tokenOf(program, client), { ...webClient, client_name })).body);
    await registerWith(await tokenOf(program, portal));
    await asAdministrator(made[1].client_id, { status: 'suspended' });
    await send('DELETE', made[2].registration_client_uri, { token });
    const { status, body, headers } = await list(token);
    expect([status, headers.get('cache-control')]).toEqual([200, 'no-store']);
    const items = made.slice(0, 2).map(({ client_secret, registration_access_token, ...one }, index) => {
      expect([client_secret, registration_access_token]).not.toContain(undefined);
      return { ...one, status: index === 1 ? 'suspended' : 'active' };
    });
    expect(body).toEqual({ items });
  });

  it('is paged, and what users registered in between takes no room', async () => {
    const client = await makeRegistrar(program, webPortal);
    const ids = [];
    for (let turn = 0; turn < 5; turn++) {
      ids.push((await registerWith(await tokenOf(program, client))).body.client_id);
      await registerWith(await userTokenOf(program, client));
    }
    const token = await tokenOf(program, client, 'dcrm');
    const seen = [];
    for (let query = '?limit=2'; ;) {
      const { body, headers } = await list(token, query);
      expect(body.items).toHaveLength(body.next === undefined ? 1 : 2);
      seen.push(...body.items.map(({ client_id }: { client_id: string }) => client_id));
      if (body.next === undefined) break;
      expect(headers.get('link')).toBe(`<${program.url}/my/clients?limit=2&after=${body.next}>; rel="next"`);
      query = `?limit=2&after=${body.next}`;
    }
    expect(seen).toEqual(ids);
  });

  it.each(['?limit=0', '?limit=201', '?after=nope', '?owner=me', '?limit=1&limit=2'])('refuses %s', async (query) => {
    const { status, body } = await list(await tokenOf(program, portal, 'dcrm'), query);
    expect([status, body]).toEqual([400, failure('invalid_request')]);
  });

  it('shows a user what they registered, through whatever client, with dcr alone, spent or not', async () => {
    const user = new User(program, 'dave');
    const another = await makeRegistrar(program, { ...app, client_name: 'Climate' });
    const token = await userTokenOf(program, weather, { user });
    const one = (await registerWith(token)).body.client_id;
    const two = (await registerWith(await userTokenOf(program, another, { user }))).body.client_id;
    await registerWith(await userTokenOf(program, weather));
    const idsOf = ({ body }: Awaited<ReturnType<typeof list>>) =>
      body.items.map(({ client_id }: { client_id: string }) => client_id);
    expect(idsOf(await list(token))).toEqual([one, two]);
    expect(idsOf(await list(await userTokenOf(program, weather, { user })))).toEqual([one, two]);
  });

  it('asks a client by itself for dcrm (RFC 6750 section 3.1)', async () => {
    const { status, headers } = await list(await tokenOf(program, portal));
    expect([status, headers.get('www-authenticate')]).toEqual([403, challengeFor('dcrm')]);
  });

  it('is 401 for all other tokens', async () => {
    const { registration_access_token } = (await register(program.url)).body;
    for (const token of [registration_access_token, await initialAccessToken(program.url), adminToken])
      expect((await list(token)).status).toBe(401);
    const { status, headers } = await send('GET', `${program.url}/my/clients`);
    expect([status, headers.get('www-authenticate')]).toEqual([401, 'Bearer realm="clientele"']);
  });

  it('deletes one of them, with its tokens', async () => {
    const user = new User(program, 'erin');
    const service = { client_name: 'Report', grant_types: ['client_credentials'] };
    const token = await userTokenOf(program, weather, { user });
    const { body: client } = await registerWith(token, service);
    const issued = await tokenOf(program, client, 'orders:read');
    const address = `${program.url}/my/clients/${client.client_id}`;
    expect((await send('DELETE', address, { token, headers: { 'if-match': '"7"' } })).status).toBe(412);
    expect((await send('DELETE', address, { token })).status).toBe(204);
    expect((await list(token)).body).toEqual({ items: [] });
    const told = await sendForm(`${program.url}/oauth/introspection`, { token: issued }, portal);
    expect(told.body).toEqual({ active: false });
    expect((await send('DELETE', address, { token })).status).toBe(404);
  });

  it('deletes nothing else: 404 for unknown and foreign clients alike', async () => {
    const token = await userTokenOf(program, weather);
    const foreign = (await registerWith(await tokenOf(program, portal))).body;
    for (const id of [foreign.client_id, portal.client_id, 'unheard-of']) {
      const { status, body } = await send('DELETE', `${program.url}/my/clients/${id}`, { token });
      expect([status, body]).toEqual([404, { error: 'not_found', error_description: plainText }]);
    }
    expect((await shown(foreign.client_id)).status).toBe('active');
  });

  it('leaves a suspended client to administrators', async () => {
    const token = await userTokenOf(program, weather);
    const { body } = await registerWith(token);
    await asAdministrator(body.client_id, { status: 'suspended' });
    const { status } = await send('DELETE', `${program.url}/my/clients/${body.client_id}`, { token });
    expect(status).toBe(403);
  });
});

describe('an access token with administrator scopes', () => {
  const lookUp = (token: string) => send('GET', `${program.url}/lookup/clients/${portal.client_id}`, { token });

  it('lets the client in that got it, for what it names and nothing else', async () => {
    const client = await makeRegistrar(program, { scope: 'clients:lookup clients:read' });
    const token = await tokenOf(program, client, 'clients:lookup');
    expect((await lookUp(token)).status).toBe(200);
    const { status, headers } = await send('GET', `${program.url}/admin/clients`, { token });
    expect([status, headers.get('www-authenticate')]).toEqual([403, challengeFor('clients:read')]);
  });

  it('names the client as who made another', async () => {
    const client = await makeRegistrar(program, { scope: 'clients:write' });
    const json = { metadata: { grant_types: ['client_credentials'] } };
    const token = await tokenOf(program, client, 'clients:write');
    const made = await send('POST', `${program.url}/admin/clients`, { token, json });
    expect(made.status).toBe(201);
    const actor = { type: 'administrator', client_id: client.client_id };
    expect((await shown(made.body.client_id)).registrar).toEqual(actor);
    expect((await eventsOf(program, made.body.client_id)).map((event) => event.actor)).toEqual([actor]);
    const reserved = { metadata: { ...json.metadata, scope: 'keys:write' } };
    expect((await send('POST', `${program.url}/admin/clients`, { token, json: reserved })).status).toBe(403);
  });

  it('ends at once with the client', async () => {
    const client = await makeRegistrar(program, { scope: 'clients:lookup' });
    const token = await tokenOf(program, client, 'clients:lookup');
    expect((await lookUp(token)).status).toBe(200);
    await asAdministrator(client.client_id, { status: 'suspended' });
    expect((await lookUp(token)).status).toBe(401);
  });

  it('is what no other access token is: 401', async () => {
    for (const token of [await tokenOf(program, portal, 'dcr dcrm'), await userTokenOf(program, weather)])
      expect((await lookUp(token)).status).toBe(401);
  });
});
