import { sign as signBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Refusals } from '../src/audit/refusals.js';
import { Clock } from '../src/clock.js';
import { plainText } from './support/builders.js';
import { apiKey } from './support/database.js';
import { send, sendAtOnce, webClient } from './support/http.js';
import { publicJwk, seconds as now, signingKeys, signText } from './support/signing.js';
import { saveTemplate } from './support/templates.js';
import { adminToken, startApp, type TestApp } from './support/test-app.js';

const key = signingKeys();
const jwks = { keys: [publicJwk(key, 'a')] };
const issuer = 'https://idp.example';

let program: TestApp;
const trust = (json: object) =>
  send('POST', `${program.url}/admin/trusted-issuers`, {
    token: adminToken,
    json: { uses: ['access_tokens'], ...json },
  });

beforeAll(async () => {
  program = await startApp();
  await saveTemplate(program, {
    id: 'partners',
    access: { access_token: { by: ['client', 'user'], clients: ['app'] } },
  });
  await saveTemplate(program, { id: 'portal-only', access: { access_token: { by: ['client'], clients: ['app'] } } });
  for (const one of [
    { issuer, jwks, scopes: ['dcr', 'dcrm', 'clients:read'] },
    { issuer: 'https://bound.example', jwks, scopes: ['dcr', 'dcrm'], template: 'partners' },
    { issuer: 'https://statements.example', jwks, uses: ['software_statements'] },
    { issuer: 'https://silent.example', jwks_uri: 'https://silent.example/jwks', scopes: ['dcr'] },
    { issuer: 'https://idle.example', jwks, scopes: [] },
  ])
    expect((await trust(one)).status).toBe(201);
});
afterAll(() => program.close());

let number = 0;
const claims = (more: object = {}) => ({
  iss: issuer,
  sub: 'app',
  client_id: 'app',
  aud: program.url,
  iat: now(),
  exp: now() + 600,
  jti: `token-${++number}`,
  scope: 'dcr dcrm',
  ...more,
});

const sign = (payload: object = claims()): Promise<string> => signText(JSON.stringify(payload), key.privateKey, {});

const register = (token: string, json: object = webClient) => send('POST', `${program.url}/register`, { token, json });
const client = async (id: string) =>
  (await send('GET', `${program.url}/admin/clients/${id}`, { token: adminToken })).body as Record<string, any>;

describe('an access token of a trusted issuer', () => {
  it('registers a client once, for a client of that issuer (RFC 9068 section 4)', async () => {
    const token = await sign();
    const { status, body } = await register(token);
    expect(status).toBe(201);
    expect(await client(body.client_id)).toMatchObject({
      verification: 'vouched',
      template_id: 'default',
      registrar: { type: 'access_token', client_id: 'app', issuer },
    });
    expect((await register(token)).status).toBe(401);
  });

  it('registers a client for a user, who manages it with another one', async () => {
    const user = { sub: 'ada' };
    const { body } = await register(await sign(claims(user)));
    expect((await client(body.client_id))['registrar']).toEqual({
      type: 'access_token',
      client_id: 'app',
      subject: 'ada',
      issuer,
    });
    const url = `${program.url}/register/${body.client_id}`;
    expect((await send('GET', url, { token: await sign(claims(user)) })).status).toBe(200);
    for (const other of [{ sub: 'eve' }, {}, { iss: 'https://bound.example', ...user }])
      expect((await send('GET', url, { token: await sign(claims(other)) })).status).toBe(401);
    const mine = await send('GET', `${program.url}/my/clients`, { token: await sign(claims(user)) });
    expect(mine.body.items.map((one: { client_id: string }) => one.client_id)).toEqual([body.client_id]);
    expect((await send('DELETE', url, { token: await sign(claims(user)) })).status).toBe(204);
  });

  it('is one right under a crowd, however its signature is written', async () => {
    const token = await sign();
    const text = token.slice(0, token.lastIndexOf('.'));
    const again = () =>
      `${text}.${signBytes('sha256', Buffer.from(text), { key: key.privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
    const answers = await sendAtOnce(20, () => ({
      method: 'POST',
      url: `${program.url}/register`,
      token: again(),
      json: webClient,
    }));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(19);
  });

  it('registers under the template of its issuer, whose clients that template lists', async () => {
    const iss = 'https://bound.example';
    const { body } = await register(await sign(claims({ iss })));
    expect((await client(body.client_id))['template_id']).toBe('partners');
    expect((await register(await sign(claims({ iss, client_id: 'other', sub: 'other' })))).status).toBe(403);
  });

  it('is of no client here, although that has the same id', async () => {
    const json = { ...webClient, software_id: 'portal-only' };
    const { status, body } = await register(await sign(), json);
    expect([status, body]).toEqual([403, { error: 'access_denied', error_description: plainText }]);
  });

  it('counts for its user alone, whom another issuer may know by the same name', async () => {
    await saveTemplate(program, {
      id: 'one-each',
      access: { access_token: { by: ['client', 'user'] } },
      limits: { per_registrar: 1 },
    });
    const json = { ...webClient, software_id: 'one-each' };
    const statuses = async (more: object) => {
      const answers = [await register(await sign(claims(more)), json), await register(await sign(claims(more)), json)];
      return answers.map(({ status }) => status);
    };
    for (const iss of ['https://a_b.example', 'https://a-b.example'])
      expect((await trust({ issuer: iss, jwks, scopes: ['dcr'] })).status).toBe(201);
    for (const sub of ['grace', 'app'])
      for (const iss of ['https://a-b.example', 'https://a_b.example'])
        expect([iss, sub, await statuses({ iss, sub })]).toEqual([iss, sub, [201, 403]]);
  });

  it('carries no more than its issuer is trusted with', async () => {
    const url = `${program.url}/admin/clients?limit=1`;
    const administrator = { scope: 'clients:read clients:write keys:write' };
    expect((await send('GET', url, { token: await sign(claims(administrator)) })).status).toBe(200);
    const json = { metadata: { grant_types: ['client_credentials'] } };
    const token = await sign(claims(administrator));
    expect((await send('POST', `${program.url}/admin/clients`, { token, json })).status).toBe(403);
    expect((await register(await sign(claims({ scope: 'clients:read' })))).status).toBe(403);
    expect((await register(await sign(claims({ iss: 'https://idle.example' })))).status).toBe(403);
  });

  it('is named in the audit trail with its issuer, where it administers', async () => {
    expect((await trust({ issuer: 'https://admins.example', jwks, scopes: ['tokens:issue'] })).status).toBe(201);
    const token = await sign(claims({ iss: 'https://admins.example', sub: 'ada', scope: 'tokens:issue' }));
    const made = await send('POST', `${program.url}/admin/initial-access-tokens`, { token, json: {} });
    expect(made.status).toBe(201);
    const { body } = await send('GET', `${program.url}/admin/audit-events?action=initial_access_token.made`, {
      token: adminToken,
    });
    expect(body.items[0].actor).toEqual({
      type: 'administrator',
      client_id: 'app',
      subject: 'ada',
      issuer: 'https://admins.example',
    });
  });

  it('is good for a minute longer than it says, as clocks differ', async () => {
    const clock = jest.spyOn(program.app.get(Clock), 'now').mockReturnValue(now() + 650);
    expect((await register(await sign(claims({ exp: now() + 600 })))).status).toBe(201);
    clock.mockRestore();
  });

  it('is good no longer than its issuer may let it be', async () => {
    expect((await trust({ issuer: 'https://brief.example', jwks, scopes: ['dcr'], max_age: 300 })).status).toBe(201);
    const brief = (age: number) => sign(claims({ iss: 'https://brief.example', iat: now() - age }));
    expect((await register(await brief(330))).status).toBe(201);
    expect((await register(await brief(361))).status).toBe(401);
  });

  it('counts against nobody when its issuer has said something that cannot be stored', async () => {
    for (const odd of [{ client_id: 'a\u0000b' }, { sub: '\ud800' }, { jti: 'a\nb' }, { exp: 1e300 }])
      expect((await register(await sign(claims(odd)))).status).toBe(401);
  });

  it('is named with its issuer where it is refused', async () => {
    const token = await sign(claims({ client_id: 'a-stranger', sub: 'a-stranger' }));
    expect((await register(token, { ...webClient, software_id: 'portal-only' })).status).toBe(403);
    await program.app.get(Refusals).flush();
    const { body } = await send('GET', `${program.url}/admin/audit-events?actor=a-stranger`, { token: adminToken });
    expect(body.items[0].actor).toEqual({ type: 'access_token', client_id: 'a-stranger', issuer });
  });

  it('ends with the trust in its issuer', async () => {
    const { body } = await trust({ issuer: 'https://short.example', jwks, scopes: ['dcr'] });
    const token = await sign(claims({ iss: 'https://short.example' }));
    await send('DELETE', `${program.url}/admin/trusted-issuers/${body.id}`, { token: adminToken });
    expect((await register(token)).status).toBe(401);
  });

  it('waits with 503 while the keys of its issuer cannot be had', async () => {
    const token = await sign(claims({ iss: 'https://silent.example' }));
    for (const path of ['/register', '/admin/clients', '/my/clients']) {
      const method = path === '/register' ? 'POST' : 'GET';
      const { status, body, headers } = await send(method, program.url + path, { token });
      expect([status, body]).toEqual([503, { error: 'temporarily_unavailable', error_description: plainText }]);
      expect(headers.get('retry-after')).toMatch(/^\d+$/);
    }
  });
});

describe('the scopes of an issuer', () => {
  it('are no more than its administrator has, by a new entry or a change', async () => {
    const token = await apiKey(program, ['issuers:write', 'tokens:issue']);
    const make = (scopes: string[], one = token) =>
      send('POST', `${program.url}/admin/trusted-issuers`, {
        token: one,
        json: { issuer: `https://idp-${++number}.example`, uses: ['access_tokens'], jwks, scopes },
      });
    expect((await make(['dcr', 'issuers:write'])).status).toBe(201);
    expect((await make(['dcrm'])).status).toBe(403);
    expect((await make(['audit:read'])).status).toBe(403);
    const { body } = await make(['audit:read'], adminToken);
    const { issuer: name, uses } = body;
    const put = (scopes: string[]) =>
      send('PUT', `${program.url}/admin/trusted-issuers/${body.id}`, {
        token,
        json: { issuer: name, uses, jwks, scopes },
      });
    // With other keys, others would have what it has.
    expect((await put(['audit:read'])).status).toBe(403);
    expect((await put(['issuers:write'])).status).toBe(200);
  });
});
