import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { TraceEntry } from '../../src/metadata/trace.js';
import { failure, information, plainText } from '../support/builders.js';
import { eventsOf } from '../support/database.js';
import { initialAccessToken, register, replacementOf, send, sendRaw } from '../support/http.js';
import { saveTemplate } from '../support/templates.js';
import { adminToken, startApp, type TestApp } from '../support/test-app.js';

let program: TestApp;

beforeAll(async () => {
  program = await startApp({ SCOPES: 'openid orders:read orders:write' });
  const access = { initial_access_token: true };
  await saveTemplate(program, { id: 'strict', access });
  await saveTemplate(program, { id: 'gravitee', access, compatibility: 'gravitee', secrets: { recoverable: true } });
  await saveTemplate(program, {
    id: 'closed',
    access,
    compatibility: 'gravitee',
    secrets: { recoverable: true },
    unknown_members: 'refuse',
  });
});
afterAll(() => program.close());

const machine = {
  client_name: 'Weather app',
  application_type: 'backend_to_backend',
  grant_types: ['client_credentials'],
  response_types: [],
  redirect_uris: [],
  scope: ['orders:read'],
};

/** What it is in the words of the standards. */
const stored = {
  client_name: 'Weather app',
  redirect_uris: [],
  grant_types: ['client_credentials'],
  response_types: [],
  scope: 'orders:read',
  application_type: 'web',
};

const registerAt = (template: string, metadata: object) => register(program.url, metadata, { template });

describe('a template with the compatibility of a portal', () => {
  it('registers what the portal says in its own words, and answers in them', async () => {
    const { status, body } = await registerAt('gravitee', machine);
    expect(status).toBe(201);
    const known = { portal_application_type: 'backend_to_backend', application_type: 'backend_to_backend' };
    expect(body).toEqual(information(program.url, { ...stored, ...known }));
    const { registration_client_uri: uri, registration_access_token: token, client_id } = body;
    expect((await send('GET', uri, { token })).body).toEqual(body);

    const { body: seen } = await send('GET', `${program.url}/admin/clients/${client_id}`, { token: adminToken });
    expect(seen.metadata).toMatchObject({ ...stored, portal_application_type: 'backend_to_backend' });
  });

  it('takes what the portal sends back, in capital letters too', async () => {
    const { body } = await registerAt('gravitee', machine);
    const { registration_client_uri: uri, registration_access_token: token, client_secret } = body;
    const { client_secret: _, ...rest } = replacementOf(body, {
      application_type: 'BACKEND_TO_BACKEND',
      client_name: 'Weather 2',
    });
    const replaced = await send('PUT', uri, { token, json: rest });
    expect(replaced.body).toEqual({ ...body, client_secret, client_name: 'Weather 2' });
  });

  it('is told in the trail and in simulations what was translated', async () => {
    const { body } = await registerAt('gravitee', machine);
    const { registration_client_uri: uri, registration_access_token: token, client_id } = body;
    await send('PUT', uri, { token, json: { ...replacementOf(body), scope: ['orders:write'] } });
    const told = (await eventsOf(program, client_id)).map(({ action, trace }) => [
      action,
      (trace as TraceEntry[]).filter(({ step }) => step === 'normalize').map(({ rule, member }) => [rule, member]),
    ]);
    const rule = 'compatibility gravitee: an application_type in other words or capital letters';
    const type = [
      [rule, 'application_type'],
      [rule, 'portal_application_type'],
    ];
    const scope = ['compatibility gravitee: scope as a list', 'scope'];
    expect(told).toEqual([
      ['client.registered', [...type, scope]],
      ['client.replaced', [type[0], scope]],
    ]);
    const json = { registrar: { type: 'initial_access_token' }, template: 'gravitee', metadata: machine };
    const simulated = await send('POST', `${program.url}/admin/simulations`, { token: adminToken, json });
    expect(simulated.body.client).toMatchObject(stored);
    expect(simulated.body.trace).toContainEqual({
      step: 'normalize',
      member: 'scope',
      rule: 'compatibility gravitee: scope as a list',
      outcome: 'changed',
      before: ['orders:read'],
      after: 'orders:read',
    });
  });

  it('refuses as strictly as any other what is wrong in whatever words', async () => {
    const { status, body } = await registerAt('gravitee', { ...machine, grant_types: ['password'] });
    expect([status, body.violations.map(({ member }: { member: string }) => member)]).toEqual([400, ['grant_types']]);
    expect(body.error_description).not.toContain('compatibility');
  });

  it('knows the words of its portal where unknown members are refused', async () => {
    expect((await registerAt('closed', machine)).status).toBe(201);
    expect((await registerAt('closed', { ...machine, wish: 1 })).status).toBe(400);
  });

  it('has its administrators speak the language of the standards', async () => {
    const { body } = await registerAt('gravitee', machine);
    const address = `${program.url}/admin/clients/${body.client_id}`;
    const patch = { metadata: { scope: ['orders:write'] } };
    const { status, body: refused } = await send('PATCH', address, { token: adminToken, json: patch });
    expect([status, refused.violations[0].member]).toEqual([400, 'scope']);
    const json = { template: 'gravitee', metadata: { ...machine, application_type: 'web' } };
    const made = await send('POST', `${program.url}/admin/clients`, { token: adminToken, json });
    expect([made.status, made.body.violations[0].member]).toEqual([400, 'scope']);
  });
});

describe('a strict template', () => {
  it('names the quirk that it refuses, and who would take it', async () => {
    const { status, body } = await registerAt('strict', machine);
    expect(status).toBe(400);
    expect(body).toEqual({
      error: 'invalid_client_metadata',
      error_description: plainText,
      violations: [
        {
          member: 'scope',
          rule: plainText,
          message: expect.stringMatching(
            /; scope as a list is taken by a template with the compatibility gravitee or kong$/,
          ),
        },
        {
          member: 'application_type',
          rule: plainText,
          message: expect.stringMatching(
            /; an application_type in other words or capital letters is taken by a template with the compatibility gravitee or tyk$/,
          ),
        },
      ],
    });
    expect(body.error_description).toBe(body.violations[0].message);
  });

  it('says so of a replacement without client_id, and not of a wrong one', async () => {
    const { body } = await registerAt('strict', { grant_types: ['client_credentials'] });
    const { registration_client_uri: uri, registration_access_token: token } = body;
    const put = async (changes: object) =>
      (await send('PUT', uri, { token, json: { ...replacementOf(body), ...changes } })).body.error_description;
    expect(await put({ client_id: null })).toBe(
      'client_id must be the one of this client; a replacement without client_id is taken by a template with the compatibility wso2',
    );
    expect(await put({ client_id: 'another' })).toBe('client_id must be the one of this client');
    expect(await put({ client_id_issued_at: 1 })).toBe(
      'client_id_issued_at must be left out; only the server sets it; client_id_issued_at of the last answer is taken by a template with the compatibility tyk',
    );
  });

  it('ignores members that it does not know, as the standard says', async () => {
    const { status, body } = await registerAt('strict', { grant_types: ['client_credentials'], scopes: ['openid'] });
    expect([status, body.scope, body.scopes]).toEqual([201, 'openid orders:read orders:write', undefined]);
  });
});

describe('a template is refused', () => {
  it.each([
    ['gravitee', {}, 'secrets.recoverable'],
    ['wso2', { secrets: { recoverable: false } }, 'secrets.recoverable'],
    [
      'gravitee',
      { secrets: { recoverable: true }, registration_access_token: { issue: false } },
      'registration_access_token.issue',
    ],
  ])('that speaks to %s and has %j', async (compatibility, rules, member) => {
    const json = { id: 'refused', compatibility, ...rules };
    const { status, body } = await send('POST', `${program.url}/admin/templates`, { token: adminToken, json });
    expect([status, body.violations.map((one: { member: string }) => one.member)]).toEqual([400, [member]]);
  });
});

describe('an initial access token', () => {
  const portals = ['strict', 'gravitee', 'tyk', 'mulesoft', 'wso2', 'kong', 'gloo'];
  const ways: readonly (readonly [string, (token: string) => Record<string, string>, readonly string[]])[] = [
    ['a bearer token', (token) => ({ authorization: `Bearer ${token}` }), portals],
    ['a bearer token in small letters', (token) => ({ authorization: `bearer ${token}` }), portals],
    ['SSWS', (token) => ({ authorization: `SSWS ${token}` }), ['mulesoft']],
    ['all that is in Authorization', (token) => ({ authorization: token }), ['mulesoft']],
    ['X-API-KEY', (token) => ({ 'x-api-key': token }), ['wso2', 'kong']],
    ['token', (token) => ({ token }), ['gloo']],
    ['a scheme that nobody has', (token) => ({ authorization: `Portal ${token}` }), []],
  ];
  const tokens = new Map<string, string>();
  const json = { client_name: 'Weather', grant_types: ['client_credentials'] };

  beforeAll(async () => {
    for (const compatibility of portals) {
      const template = `takes-${compatibility}`;
      const rules = { access: { initial_access_token: true }, secrets: { recoverable: true } };
      await saveTemplate(program, { id: template, compatibility, ...rules });
      tokens.set(compatibility, await initialAccessToken(program.url, { template, manages: true, uses: 100 }));
    }
    tokens.set('unbound', await initialAccessToken(program.url, { manages: true, uses: 100 }));
  });

  it.each(ways)(
    'comes as %s where the portal sends it so, and to no other template',
    async (_name, headersOf, takers) => {
      for (const [template, token] of tokens) {
        const headers = headersOf(token);
        const taken = takers.includes(template) || (template === 'unbound' && takers === portals);
        const made = await send('POST', `${program.url}/register`, { json, headers });
        expect([template, made.status]).toEqual([template, taken ? 201 : 401]);
        if (!taken) {
          expect(made.body).toEqual(failure('invalid_token'));
          expect(made.headers.get('www-authenticate')).toBe('Bearer realm="clientele"');
        }
        const { body } = taken ? made : await send('POST', `${program.url}/register`, { token, json });
        const { registration_client_uri: uri } = body;
        expect((await send('GET', uri, { headers })).status).toBe(taken ? 200 : 401);
        expect((await send('DELETE', uri, { headers })).status).toBe(taken ? 204 : 401);
      }
    },
  );

  it('is none of two that are sent, and none in another way than one of its portal beside a good one', async () => {
    const [mulesoft, kong] = ['mulesoft', 'kong'].map((portal) => tokens.get(portal)!);
    const post = (...headers: string[]) =>
      sendRaw('POST', `${program.url}/register`, {
        headers: [...headers, 'Content-Type', 'application/json'],
        body: JSON.stringify(json),
      });
    expect((await post('Authorization', mulesoft!, 'Authorization', mulesoft!)).status).toBe(401);
    expect((await post('X-API-KEY', kong!, 'X-API-KEY', kong!)).status).toBe(401);
    expect((await post('Authorization', 'Basic Og==', 'X-API-KEY', kong!)).status).toBe(401);
    expect((await post('Authorization', 'Bearer wrong', 'X-API-KEY', kong!)).status).toBe(401);
  });

  it.each([
    ['by the scheme SSWS', (token: string) => ({ authorization: `SSWS ${token}` }), 'mulesoft'],
    ['without a scheme', (token: string) => ({ authorization: token }), 'mulesoft'],
    ['in X-API-KEY', (token: string) => ({ 'x-api-key': token }), 'wso2 or kong'],
    ['in the header token', (token: string) => ({ token }), 'gloo'],
  ])('hears who takes it in the way that it came, %s, where its template does not', async (way, headersOf, takers) => {
    const headers = headersOf(tokens.get('strict')!);
    const { body: client } = await send('POST', `${program.url}/register`, { token: tokens.get('strict')!, json });
    const refusal = {
      error: 'invalid_token',
      error_description: `the token is unknown, expired, revoked or not for this address, or came ${way}, which only a template with the compatibility ${takers} takes; Authorization: Bearer is taken by all`,
    };
    const made = await send('POST', `${program.url}/register`, { json, headers });
    expect([made.status, made.body]).toEqual([401, refusal]);
    const read = await send('GET', client.registration_client_uri, { headers });
    expect([read.status, read.body]).toEqual([401, refusal]);
  });

  it('makes no client of anyone when it is wrong, in whichever way it comes', async () => {
    const everyone = { id: 'everyone', default_for: ['anonymous'], access: { anonymous: true } };
    await saveTemplate(program, everyone);
    try {
      for (const [name, headersOf] of ways) {
        const { status } = await send('POST', `${program.url}/register`, { json, headers: headersOf('ciat_wrong') });
        expect([name, status]).toEqual([name, 401]);
      }
      for (const name of ['X-API-KEY', 'token']) {
        const headers = [name, tokens.get('kong')!, name, 'another', 'Content-Type', 'application/json'];
        const twice = { headers, body: JSON.stringify(json) };
        const { status } = await sendRaw('POST', `${program.url}/register`, twice);
        expect([name, 'twice', status]).toEqual([name, 'twice', 401]);
      }
      expect((await send('POST', `${program.url}/register`, { json })).status).toBe(201);
    } finally {
      await send('DELETE', `${program.url}/admin/templates/everyone`, { token: adminToken });
    }
  });

  it('is no way for the token of a client', async () => {
    const { body } = await send('POST', `${program.url}/register`, { token: tokens.get('mulesoft')!, json });
    const { registration_client_uri: uri, registration_access_token: own } = body;
    for (const authorization of [own, `SSWS ${own}`])
      expect((await send('GET', uri, { headers: { authorization } })).status).toBe(401);
    expect((await send('GET', uri, { token: own })).status).toBe(200);
  });
});
