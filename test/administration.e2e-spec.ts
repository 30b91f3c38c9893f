import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { ApiKeyUsage } from '../src/administrators/api-key-usage.js';
import { Clock } from '../src/clock.js';
import { type AdministratorScope, administratorScopes } from '../src/config/scopes.js';
import { scopesOf } from '../src/http/access.guard.js';
import { routesOf } from '../src/route-table.js';
import { anId, failure, justNow, refusal } from './support/builders.js';
import { apiKey, count, eventsOf, query } from './support/database.js';
import { send, type Sending } from './support/http.js';
import { adminToken, startApp, type TestApp } from './support/test-app.js';

let program: TestApp;

beforeAll(async () => {
  program = await startApp();
});
afterAll(() => program.close());
afterEach(() => {
  jest.restoreAllMocks();
});

const keys = (method: string, below = '', sending: Sending = {}) =>
  send(method, `${program.url}/admin/api-keys${below}`, { token: adminToken, ...sending });
const make = (json: object, token = adminToken) => keys('POST', '', { token, json });
const isLetIn = async (token: string) =>
  (await send('GET', `${program.url}/admin/initial-access-tokens`, { token })).status;
const setClock = (now: number) => jest.spyOn(program.app.get(Clock), 'now').mockReturnValue(now);
const now = () => Math.floor(Date.now() / 1000);

const aKey = { id: anId, status: 'active', label: 'a reader', scopes: ['tokens:read'], created_at: justNow };

describe('making an API key', () => {
  it('answers its token once, and stores a digest', async () => {
    const answer = await make({ label: 'a reader', scopes: ['tokens:read'] });
    expect(answer.status).toBe(201);
    expect(answer.body).toEqual({ ...aKey, token: expect.stringMatching(/^cadm_[A-Za-z0-9_-]{43}$/) });
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(await isLetIn(answer.body.token)).toBe(200);
    expect(JSON.stringify(await query(program, 'SELECT * FROM api_keys'))).not.toContain(answer.body.token.slice(5));
    expect((await keys('GET', '?limit=200')).text).not.toContain(answer.body.token.slice(5));
  });

  it('gives no scope that its maker lacks, and names those', async () => {
    const maker = await apiKey(program, ['keys:write', 'tokens:read']);
    const before = await count(program, 'api_keys');
    const answer = await make({ label: 'more', scopes: ['tokens:read', 'keys:read', 'clients:write'] }, maker);
    expect(answer.status).toBe(403);
    expect(answer.body).toEqual(failure('insufficient_scope'));
    expect(answer.body.error_description).toContain('keys:read clients:write');
    expect(answer.headers.get('www-authenticate')).toBe(
      'Bearer realm="clientele", error="insufficient_scope", scope="keys:read clients:write"',
    );
    expect(await count(program, 'api_keys')).toBe(before);
    expect((await make({ label: 'equal', scopes: ['tokens:read', 'keys:write'] }, maker)).status).toBe(201);
  });

  const reader = { label: 'a reader', scopes: ['tokens:read'] };
  it.each([
    ['label', { scopes: ['tokens:read'] }],
    ['label', { ...reader, label: '' }],
    ['label', { ...reader, label: 'a\u0000b' }],
    ['label', { ...reader, label: 'a'.repeat(256) }],
    ['label', { ...reader, label: 5 }],
    ['scopes', { label: 'a reader' }],
    ['scopes', { ...reader, scopes: [] }],
    ['scopes', { ...reader, scopes: 'tokens:read' }],
    ['scopes', { ...reader, scopes: ['tokens:read', 'tokens:read'] }],
    ['scopes', { ...reader, scopes: ['everything'] }],
    ['scopes', { ...reader, scopes: [['tokens:read']] }],
    ['expires_in', { ...reader, expires_in: 0 }],
    ['expires_in', { ...reader, expires_in: 1.5 }],
    ['expires_in', { ...reader, expires_in: 315_360_001 }],
    ['expires', { ...reader, expires: 60 }],
  ])('is refused for a wrong %s in %j', async (member, json) => {
    const answer = await make(json);
    expect(answer).toMatchObject({ status: 400, body: refusal(member, 'invalid_request') });
  });
});

describe('an API key', () => {
  it('lets nobody in from its expiry on', async () => {
    const { body } = await make({ label: 'short', scopes: ['tokens:read'], expires_in: 60 });
    expect(body).toEqual({ ...aKey, label: 'short', expires_at: body.created_at + 60, token: body.token });
    setClock(body.expires_at - 1);
    expect(await isLetIn(body.token)).toBe(200);
    setClock(body.expires_at);
    expect(await isLetIn(body.token)).toBe(401);
    const { items } = (await keys('GET', '?limit=200')).body;
    expect(items.find(({ id }: { id: string }) => id === body.id).status).toBe('expired');
  });

  it('lets nobody in once it is revoked, and stays in the list', async () => {
    const { token, ...made } = (await make({ label: 'a reader', scopes: ['tokens:read'] })).body;
    expect(await keys('DELETE', `/${made.id}`)).toMatchObject({ status: 204, text: '' });
    expect(await isLetIn(token)).toBe(401);
    expect((await keys('DELETE', `/${made.id}`)).status).toBe(204);
    const { items } = (await keys('GET', '?limit=200')).body;
    expect(items.find(({ id }: { id: string }) => id === made.id)).toEqual({
      ...made,
      status: 'revoked',
      revoked_at: justNow,
    });
  });

  it('may revoke itself', async () => {
    const { id, token } = (await make({ label: 'own', scopes: ['keys:write'] })).body;
    expect((await keys('DELETE', `/${id}`, { token })).status).toBe(204);
    expect((await keys('DELETE', `/${id}`, { token })).status).toBe(401);
  });

  it.each(['0190a0b0-0000-7000-8000-000000000000', 'nothing', '%00', "'%20OR%201=1"])(
    'that is not there cannot be revoked: %s',
    async (id) => {
      expect(await keys('DELETE', `/${id}`)).toMatchObject({ status: 404, body: failure('not_found') });
    },
  );

  it('is told with when it was last used, which is stored in batches', async () => {
    const { id, token } = (await make({ label: 'used', scopes: ['tokens:read'] })).body;
    const lastUsedAt = async () => {
      await program.app.get(ApiKeyUsage).flush();
      const { items } = (await keys('GET', '?limit=200')).body;
      return items.find((one: { id: string }) => one.id === id).last_used_at;
    };
    expect(await lastUsedAt()).toBeUndefined();
    const later = now() + 100;
    setClock(later);
    await isLetIn(token);
    expect(await lastUsedAt()).toBe(later);
    setClock(later - 50);
    await isLetIn(token);
    expect(await lastUsedAt()).toBe(later);
  });

  it('is made and revoked with one event each, which names who did it', async () => {
    const maker = (await make({ label: 'maker', scopes: ['keys:write', 'tokens:read'] })).body;
    const { token, ...made } = (await make({ label: 'a reader', scopes: ['tokens:read'], expires_in: 60 }, maker.token))
      .body;
    await keys('DELETE', `/${made.id}`, { token: maker.token });
    await keys('DELETE', `/${made.id}`, { token: maker.token });
    const actor = { type: 'administrator', key_id: maker.id };
    const events = (await eventsOf(program)).filter((event) => event.actor.key_id === maker.id);
    expect(events.map(({ action, changes, actor }) => ({ action, changes, actor }))).toEqual([
      {
        action: 'api_key.made',
        actor,
        changes: {
          id: { after: made.id },
          status: { after: 'active' },
          label: { after: 'a reader' },
          scopes: { after: ['tokens:read'] },
          created_at: { after: made.created_at },
          expires_at: { after: made.expires_at },
        },
      },
      {
        action: 'api_key.revoked',
        actor,
        changes: { id: { before: made.id, after: made.id }, revoked_at: { after: justNow } },
      },
    ]);
    expect(JSON.stringify(events)).not.toContain(token.slice(5));
  });
});

describe('the list of API keys', () => {
  it('is paged without gap or repeat, in the order in which they were made', async () => {
    for (let turn = 0; turn < 5; turn++) await make({ label: `number ${turn}`, scopes: ['keys:read'] });
    const all = (await keys('GET', '?limit=200')).body.items.map(({ id }: { id: string }) => id);
    const seen: string[] = [];
    let below = '?limit=2';
    for (;;) {
      const { body, headers } = await keys('GET', below);
      seen.push(...body.items.map(({ id }: { id: string }) => id));
      if (!body.next) break;
      expect(headers.get('link')).toBe(`<${program.url}/admin/api-keys?limit=2&after=${body.next}>; rel="next"`);
      below = `?limit=2&after=${body.next}`;
    }
    expect(seen).toEqual(all);
    expect(new Set(seen).size).toBe(seen.length);
  });

  it.each(['?label=a', '?limit=0', '?after=x', '?after=bnVsbA', '?limit=1&limit=2'])('refuses %s', async (below) => {
    expect(await keys('GET', below)).toMatchObject({ status: 400, body: failure('invalid_request') });
  });
});

describe('every route of the administration', () => {
  const desk = () => routesOf(program.app).filter(({ path }) => /^\/(admin|lookup)(\/|$)/.test(path));
  const call = (method: string, path: string, token?: string) =>
    send(method, program.url + path.replaceAll(/\{\w+\}/g, '0190a0b0-0000-7000-8000-000000000000'), { token });

  it('says who may call it', () => {
    const all = routesOf(program.app);
    expect(all.length).toBeGreaterThan(15);
    expect(all.filter(({ rule }) => rule === undefined)).toEqual([]);
  });

  it('lets in administrators only, and asks for scopes that there are', () => {
    const odd = desk().filter(
      ({ rule }) =>
        typeof rule !== 'object' ||
        rule.by !== 'administrator' ||
        scopesOf(rule).length === 0 ||
        scopesOf(rule).some((scope) => !administratorScopes.includes(scope as AdministratorScope)),
    );
    expect(odd).toEqual([]);
  });

  it('is 401 without a token, and with an unknown one', async () => {
    for (const { method, path } of desk()) {
      const without = await call(method, path);
      expect([method, path, without.status, without.body.error]).toEqual([method, path, 401, 'invalid_token']);
      expect(without.headers.get('www-authenticate')).toBe('Bearer realm="clientele"');
      expect((await call(method, path, `cadm_${'A'.repeat(43)}`)).status).toBe(401);
    }
  });

  it('sets no cookie and goes by none, so that no web page acts for who is signed in elsewhere', async () => {
    const all = routesOf(program.app).filter(({ path }) => !path.startsWith('/oauth'));
    const cookie = `token=${adminToken}; session=${adminToken}`;
    for (const { method, path } of all) {
      const url = program.url + path.replaceAll(/\{\w+\}/g, '0190a0b0-0000-7000-8000-000000000000');
      for (const sending of [{ headers: { cookie } }, { token: adminToken }]) {
        const { status, headers } = await send(method, url, sending);
        expect([method, path, headers.get('set-cookie')]).toEqual([method, path, null]);
        if (!('token' in sending) && /^\/(admin|lookup)/.test(path))
          expect([method, path, status]).toEqual([method, path, 401]);
      }
    }
  });

  it('is 403 with every scope but one that it asks for, and names that one', async () => {
    for (const scope of administratorScopes) {
      const token = await apiKey(
        program,
        administratorScopes.filter((one) => one !== scope),
      );
      for (const { method, path, rule } of desk().filter(({ rule }) => scopesOf(rule!).includes(scope))) {
        const answer = await call(method, path, token);
        expect([method, path, answer.status, answer.body]).toEqual([method, path, 403, failure('insufficient_scope')]);
        expect(answer.body.error_description).toContain(scope);
        expect(answer.headers.get('www-authenticate')).toContain(`scope="${scope}"`);
        expect(scopesOf(rule!)).toContain(scope);
      }
    }
  });

  it('lets in a key that has just the scopes that it asks for', async () => {
    const tokens = new Map<string, string>();
    for (const { method, path, rule } of desk()) {
      const scopes = scopesOf(rule!) as AdministratorScope[];
      const token = tokens.get(scopes.join()) ?? (await apiKey(program, scopes));
      tokens.set(scopes.join(), token);
      const { status } = await call(method, path, token);
      expect([method, path, [401, 403, 500, 503].includes(status)]).toEqual([method, path, false]);
    }
  });
});
