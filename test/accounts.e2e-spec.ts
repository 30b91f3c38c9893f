import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { anId, failure, justNow, refusal } from './support/builders.js';
import { apiKey, count, dump, eventsOf } from './support/database.js';
import { send, type Sending } from './support/http.js';
import { adminToken, startApp, type TestApp } from './support/test-app.js';

let program: TestApp;
beforeAll(async () => {
  program = await startApp();
});
afterAll(() => program.close());

const accounts = (method: string, below = '', sending: Sending = {}) =>
  send(method, `${program.url}/admin/accounts${below}`, { token: adminToken, ...sending });

const password = 'seven green lamps at noon';
const make = (json: object) => accounts('POST', '', { json: { password, ...json } });
const made = async (json: object) => (await make(json)).body;
const change = (id: string, json: object) => accounts('PATCH', `/${id}`, { json });
const anAccount = { id: anId, status: 'active', created_at: justNow, updated_at: justNow };

describe('making an account', () => {
  it('answers all but the password, of which nobody learns anything', async () => {
    const answer = await make({ username: 'Ada', email: 'ada@users.example' });
    expect(answer.status).toBe(201);
    expect(answer.body).toEqual({ ...anAccount, username: 'Ada', email: 'ada@users.example' });
    expect(answer.headers.get('cache-control')).toBe('no-store');
    const { body } = await accounts('GET', '?limit=200');
    expect(body.items).toContainEqual(answer.body);
    const stored = await dump(program);
    expect(stored).not.toContain(password);
    expect(stored).not.toContain('argon2');
  });

  it.each(['ada lovelace'.replace(' ', '.'), 'ADA.LOVELACE', 'ａda.lovelace'])(
    'is refused for a username that somebody has in another spelling: %s',
    async (username) => {
      await make({ username: 'Ada.Lovelace' });
      expect(await make({ username })).toMatchObject({ status: 409, body: failure('conflict') });
    },
  );

  it('gives a username to one of many who ask at once', async () => {
    const answers = await Promise.all(Array.from({ length: 5 }, () => make({ username: 'raced' })));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409, 409]);
  });

  it.each([
    ['username', { username: undefined }],
    ['username', { username: '' }],
    ['username', { username: 'a b' }],
    ['username', { username: 'a\u200bb' }],
    ['username', { username: 'a'.repeat(65) }],
    ['username', { username: 5 }],
    ['password', { username: 'x', password: undefined }],
    ['password', { username: 'x', password: 'too short' }],
    ['password', { username: 'grace.hopper', password: 'grace.hopper 1906' }],
    ['password', { username: 'x', password: ['seven green lamps at noon'] }],
    ['email', { username: 'x', email: 'nobody' }],
    ['email', { username: 'x', email: 'a b@users.example' }],
    ['email', { username: 'x', email: 5 }],
    ['name', { username: 'x', name: 'Ada' }],
  ])('is refused for a wrong %s in %j', async (member, json) => {
    expect(await make(json)).toMatchObject({ status: 400, body: refusal(member, 'invalid_request') });
  });
});

describe('an account', () => {
  it('is changed member by member', async () => {
    const account = await made({ username: 'bob', email: 'bob@users.example' });
    const renamed = { ...account, username: 'robert', email: 'robert@users.example', updated_at: justNow };
    expect(await change(account.id, { username: 'robert', email: 'robert@users.example' })).toMatchObject({
      status: 200,
      body: renamed,
    });
    const { email, ...without } = renamed;
    expect((await change(account.id, { email: null })).body).toEqual(without);
    expect((await change(account.id, { status: 'disabled' })).body).toEqual({ ...without, status: 'disabled' });
    expect((await change(account.id, { status: 'active' })).body).toEqual(without);
    expect((await change(account.id, { password: 'nine blue kites in the rain' })).body).toEqual(without);
    expect((await change(account.id, { username: 'ROBERT' })).body).toEqual({ ...without, username: 'ROBERT' });
    expect((await make({ username: 'bob' })).status).toBe(201);
  });

  it.each([
    ['username', { username: null }],
    ['username', { username: 'a b' }],
    ['password', { password: null }],
    ['password', { password: 'too short' }],
    ['password', { password: 'margaret.hamilton' }],
    ['status', { status: null }],
    ['status', { status: 'locked' }],
    ['id', { id: 'x' }],
  ])('is not changed to a wrong %s in %j', async (member, json) => {
    const account = await make({ username: 'margaret.hamilton' });
    const id = account.body.id ?? (await accounts('GET', '?limit=200')).body.items.at(-1).id;
    expect(await change(id, json)).toMatchObject({ status: 400, body: refusal(member, 'invalid_request') });
  });

  it('does not take the username of another', async () => {
    await make({ username: 'first' });
    const { id } = await made({ username: 'second' });
    expect(await change(id, { username: 'FIRST' })).toMatchObject({ status: 409, body: failure('conflict') });
  });

  it('is removed for good', async () => {
    const { id } = await made({ username: 'gone' });
    expect(await accounts('DELETE', `/${id}`)).toMatchObject({ status: 204, text: '' });
    expect(await accounts('DELETE', `/${id}`)).toMatchObject({ status: 404, body: failure('not_found') });
    expect(await change(id, { status: 'active' })).toMatchObject({ status: 404, body: failure('not_found') });
    expect(await count(program, 'accounts', 'id = ?', [id])).toBe(0);
  });

  it('leaves one event for each change, without names, addresses and passwords', async () => {
    const { id } = await made({ username: 'audited.user', email: 'audited@users.example' });
    await change(id, { password: 'nine blue kites in the rain', status: 'disabled' });
    await change(id, { username: 'audited.again' });
    await accounts('DELETE', `/${id}`);
    const events = (await eventsOf(program)).filter(({ changes }) => JSON.stringify(changes).includes(id));
    expect(events.map(({ action, actor, changes }) => ({ action, actor, changes }))).toEqual([
      {
        action: 'account.made',
        actor: { type: 'administrator' },
        changes: { id: { after: id }, status: { after: 'active' }, username: {}, password: {}, email: {} },
      },
      {
        action: 'account.changed',
        actor: { type: 'administrator' },
        changes: { id: { before: id, after: id }, status: { before: 'active', after: 'disabled' }, password: {} },
      },
      {
        action: 'account.changed',
        actor: { type: 'administrator' },
        changes: { id: { before: id, after: id }, username: {} },
      },
      {
        action: 'account.removed',
        actor: { type: 'administrator' },
        changes: { id: { before: id }, status: { before: 'disabled' } },
      },
    ]);
    const text = JSON.stringify(await eventsOf(program));
    for (const secret of ['audited', 'kites', 'lamps', 'argon2']) expect(text).not.toContain(secret);
  });
});

describe('the list of accounts', () => {
  it('comes in pages', async () => {
    for (const username of ['page.1', 'page.2', 'page.3']) await make({ username });
    const all = (await accounts('GET', '?limit=200')).body.items;
    const first = await accounts('GET', '?limit=2');
    expect(first.body).toEqual({ items: all.slice(0, 2), next: expect.any(String) });
    const second = await accounts('GET', `?limit=2&after=${first.body.next}`);
    expect(second.body.items).toEqual(all.slice(2, 4));
    expect(first.headers.get('link')).toBe(
      `<${program.url}/admin/accounts?limit=2&after=${first.body.next}>; rel="next"`,
    );
  });

  it('knows no other parameters', async () => {
    expect(await accounts('GET', '?user=ada')).toMatchObject({ status: 400, body: failure('invalid_request') });
  });
});

describe('who may look after accounts', () => {
  it('has the scope for it, and reading is not writing', async () => {
    const reader = await apiKey(program, ['accounts:read']);
    const writer = await apiKey(program, ['accounts:write']);
    expect((await accounts('GET', '', { token: reader })).status).toBe(200);
    expect((await accounts('GET', '', { token: writer })).status).toBe(403);
    expect((await accounts('POST', '', { token: reader, json: {} })).status).toBe(403);
    expect((await accounts('DELETE', '/x', { token: reader })).status).toBe(403);
    expect((await accounts('DELETE', '/x', { token: writer })).status).toBe(404);
  });
});
