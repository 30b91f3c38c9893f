import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { aSecret, failure, plainText, refusal } from './support/builders.js';
import { apiKey, eventsOf, meeting, query } from './support/database.js';
import { type Answer, register, replacementOf, send, type Sending, webClient } from './support/http.js';
import { adminToken, startApp, type TestApp } from './support/test-app.js';

let program: TestApp;

beforeAll(async () => {
  program = await startApp();
});

afterAll(() => program.close());

const admin = (method: string, path = '', sending: Sending = {}): Promise<Answer> =>
  send(method, `${program.url}/admin/clients${path}`, { token: adminToken, ...sending });
const service = { grant_types: ['client_credentials'] };

interface Known {
  readonly id: string;
  readonly path: string;
  readonly body: any;
}

async function made(json: object = { metadata: webClient }): Promise<Known> {
  const { status, body } = await admin('POST', '', { json });
  expect(status).toBe(201);
  return { id: body.client_id, path: `/${body.client_id}`, body };
}

async function registered(metadata: object = webClient, bounds: object = {}): Promise<Known> {
  const { body } = await register(program.url, metadata, bounds);
  return { id: body.client_id, path: `/${body.client_id}`, body };
}

const show = async ({ path }: Known) => (await admin('GET', path)).body;
const patch = ({ path }: Known, json: object, sending: Sending = {}) => admin('PATCH', path, { json, ...sending });
const put = ({ path }: Known, json: object, sending: Sending = {}) => admin('PUT', path, { json, ...sending });
const actions = async ({ id }: Known) => (await eventsOf(program, id)).map(({ action }) => action);
const authenticates = async ({ id }: Known, client_secret: string): Promise<boolean> => {
  const url = `${program.url}/lookup/clients/${id}/authenticate`;
  return (await send('POST', url, { token: adminToken, json: { client_secret } })).body.authenticated;
};
const ended = (one: Known, at: number) =>
  query(program, 'UPDATE clients SET expires_at = ? WHERE client_id = ?', [at, one.id]);
const now = () => Math.floor(Date.now() / 1000);

describe('changing a client', () => {
  it('merges a patch into what administrators own and into its metadata (RFC 7396)', async () => {
    const one = await made({ metadata: { ...webClient, client_uri: 'https://app.example/' }, tags: ['a'], notes: 'x' });
    const { client_secret, ...before } = one.body;
    const type = { 'content-type': 'application/merge-patch+json' };
    const body = JSON.stringify({
      owner: 'team',
      tags: ['b', 'c'],
      notes: null,
      metadata: { client_name: 'Shop', client_uri: null, 'client_name#de': 'Laden' },
    });
    const { client_uri, ...metadata } = before.metadata;
    const answer = await admin('PATCH', one.path, { body, headers: type });
    const { notes, ...rest } = before;
    expect(answer.body).toEqual({
      ...rest,
      owner: 'team',
      tags: ['b', 'c'],
      metadata: { ...metadata, client_name: 'Shop', 'client_name#de': 'Laden' },
      updated_at: expect.any(Number),
      version: 2,
    });
    expect([answer.status, answer.headers.get('etag')]).toEqual([200, '"2"']);
    expect(await show(one)).toEqual(answer.body);
    const list = await admin('GET', '?tag=b');
    expect(list.body.items).toEqual([answer.body]);
    expect((await admin('GET', '?tag=a')).body.items).toEqual([]);
    const [, event] = await eventsOf(program, one.id);
    expect(event).toMatchObject({ action: 'client.changed', actor: { type: 'administrator' } });
    expect(event!.changes).toEqual({
      owner: { after: 'team' },
      tags: { before: ['a'], after: ['b', 'c'] },
      notes: { before: 'x' },
      client_name: { before: 'Weather', after: 'Shop' },
      'client_name#de': { after: 'Laden' },
      client_uri: { before: 'https://app.example/' },
    });
  });

  it('replaces all that administrators own: what is left out goes back to its default', async () => {
    const one = await made({
      metadata: { ...webClient, contacts: ['a@app.example'] },
      owner: 'x',
      tags: ['a'],
      notes: 'x',
    });
    const { status, body } = await put(one, { metadata: webClient, tags: ['b'] });
    const { client_secret, owner, notes, ...rest } = one.body;
    const { contacts, ...metadata } = one.body.metadata;
    expect([status, body]).toEqual([
      200,
      { ...rest, tags: ['b'], metadata, updated_at: expect.any(Number), version: 2 },
    ]);
    expect(await actions(one)).toEqual(['client.made', 'client.replaced']);
  });

  it('takes back what it showed, and changes nothing then', async () => {
    for (const one of [await made({ metadata: webClient, owner: 'o', tags: ['t'], notes: 'n' }), await registered()]) {
      const shown = await show(one);
      for (const method of ['PUT', 'PATCH']) {
        const { status, body, headers } = await admin(method, one.path, { json: shown });
        expect([status, body, headers.get('etag')]).toEqual([200, shown, '"1"']);
      }
      expect((await actions(one)).length).toBe(1);
    }
  });

  it.each([
    ['client_id', 'other'],
    ['kind', 'dynamic'],
    ['template_id', 'mcp'],
    ['template_version', 2],
    ['bounds', { scope: 'openid' }],
    ['registrar', { type: 'anonymous' }],
    ['verification', 'self_asserted'],
    ['secrets', []],
    ['created_at', 1],
    ['updated_at', 1],
    ['last_used_at', 1],
    ['expires_at', 1],
    ['version', 7],
  ])('refuses another %s', async (member, value) => {
    const one = await made();
    for (const [method, json] of [
      ['PATCH', { [member]: value }],
      ['PUT', { metadata: webClient, [member]: value }],
    ] as const) {
      const { status, body } = await admin(method, one.path, { json });
      expect([status, body]).toEqual([400, refusal(member, 'invalid_request')]);
    }
    expect((await patch(one, { [member]: null })).status).toBe(one.body[member] === undefined ? 200 : 400);
  });

  it.each([
    [{ ownr: 'x' }, 'ownr', 'invalid_request'],
    [{ ownr: null }, 'ownr', 'invalid_request'],
    [{ client_secret: 'x' }, 'client_secret', 'invalid_request'],
    [{ metadata: { redirect_urls: [] } }, 'redirect_urls', 'invalid_client_metadata'],
    [{ metadata: { redirect_urls: null } }, 'redirect_urls', 'invalid_client_metadata'],
    [{ metadata: { client_secret: 'x'.repeat(40) } }, 'client_secret', 'invalid_client_metadata'],
    [{ metadata: null }, 'metadata', 'invalid_request'],
    [{ metadata: 'x' }, 'metadata', 'invalid_request'],
    [{ status: 'gone' }, 'status', 'invalid_request'],
    [{ owner: '' }, 'owner', 'invalid_request'],
    [{ tags: 'a' }, 'tags', 'invalid_request'],
    [{ tags: ['x'.repeat(65)] }, 'tags', 'invalid_request'],
    [{ tags: ['partner', 'partner '] }, 'tags', 'invalid_request'],
    [{ owner: ' team' }, 'owner', 'invalid_request'],
    [{ metadata: { redirect_uris: ['javascript:x'] } }, 'redirect_uris', 'invalid_redirect_uri'],
  ])('refuses %j, and names the member', async (json, member, error) => {
    const one = await made();
    const { status, body } = await patch(one, json);
    expect([status, body]).toEqual([400, refusal(member, error)]);
    expect(await show(one)).toMatchObject({ version: 1 });
  });

  it('demands metadata in a replacement', async () => {
    const { status, body } = await put(await made(), { owner: 'x' });
    expect([status, body]).toEqual([400, refusal('metadata', 'invalid_request')]);
  });

  it('knows no client that was never made', async () => {
    for (const [method, json] of [
      ['PATCH', {}],
      ['PUT', { metadata: webClient }],
      ['DELETE', undefined],
    ] as const)
      expect((await admin(method, '/nobody', { json })).status).toBe(404);
  });

  it('keeps a dynamic client within the bounds of its token', async () => {
    const one = await registered(webClient, { scope: 'openid', redirect_hosts: ['app.example'], owner: 'team' });
    const outside = await patch(one, { metadata: { redirect_uris: ['https://evil.example/'] } });
    expect([outside.status, outside.body.error]).toEqual([400, 'invalid_redirect_uri']);
    const scope = await patch(one, { metadata: { scope: 'openid email dcr' } });
    expect(scope.body.metadata.scope).toBe('openid');
  });

  it('gives a secret where the change needs one, and shows it this once', async () => {
    const one = await made({ metadata: { ...webClient, token_endpoint_auth_method: 'none' } });
    expect(one.body.secrets).toEqual([]);
    const { body } = await patch(one, { metadata: { token_endpoint_auth_method: 'client_secret_basic' } });
    expect(body.client_secret).toEqual(aSecret);
    expect(await authenticates(one, body.client_secret)).toBe(true);
    expect((await patch(one, { metadata: { client_name: 'Other' } })).body).not.toHaveProperty('client_secret');
    expect((await patch(one, { metadata: { token_endpoint_auth_method: 'none' } })).body.secrets).toEqual([]);
    expect(await authenticates(one, body.client_secret)).toBe(false);
  });

  it('never shows a secret that the server knows', async () => {
    const one = await made({ metadata: { ...webClient, token_endpoint_auth_method: 'client_secret_jwt' } });
    const { body } = await patch(one, { metadata: { client_name: 'Other' } });
    expect(body).not.toHaveProperty('client_secret');
  });
});

describe('If-Match at a client', () => {
  it('lets one of many changes pass, and refuses the others with 412', async () => {
    const one = await made();
    const answers = await meeting(program, () =>
      Array.from({ length: 10 }, (_, turn) =>
        patch(one, { owner: `team-${turn}` }, { headers: { 'if-match': '"1"' } }),
      ),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array<number>(9).fill(412)]);
    expect(answers.find(({ status }) => status === 412)!.body).toEqual(failure('precondition_failed'));
    expect((await show(one)).version).toBe(2);
    expect((await actions(one)).length).toBe(2);
  });

  it('merges parallel patches without it, each on what the other left', async () => {
    const one = await made();
    const names = Array.from({ length: 8 }, (_, turn) => `client_name#${'abcdefgh'[turn]}a`);
    const answers = await meeting(program, () => names.map((name) => patch(one, { metadata: { [name]: 'x' } })));
    expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(200));
    const { metadata, version } = await show(one);
    expect(
      Object.keys(metadata)
        .filter((name) => name.includes('#'))
        .sort(),
    ).toEqual(names);
    expect(version).toBe(9);
  });

  it('holds for replacing and deleting too, and is strong', async () => {
    const one = await made();
    for (const tag of ['"2"', 'W/"1"', '1', '"1-expired"'])
      for (const [method, json] of [
        ['PUT', { metadata: webClient }],
        ['DELETE', undefined],
      ] as const)
        expect((await admin(method, one.path, { json, headers: { 'if-match': tag } })).status).toBe(412);
    expect((await put(one, { metadata: webClient, owner: 'x' }, { headers: { 'if-match': '"0", "1"' } })).status).toBe(
      200,
    );
    expect((await admin('DELETE', one.path, { headers: { 'if-match': '*' } })).status).toBe(204);
  });
});

describe('the life of a client', () => {
  it('is suspended and resumed, and stops and works at once', async () => {
    const one = await registered();
    const uri = one.body.registration_client_uri;
    const token = one.body.registration_access_token;
    expect((await patch(one, { status: 'suspended' })).body.status).toBe('suspended');
    expect((await send('GET', uri, { token })).status).toBe(403);
    expect(await authenticates(one, one.body.client_secret)).toBe(false);
    expect((await patch(one, { status: 'active' })).body.status).toBe('active');
    expect((await send('GET', uri, { token })).status).toBe(200);
    expect(await authenticates(one, one.body.client_secret)).toBe(true);
    expect(await actions(one)).toEqual(['client.registered', 'client.suspended', 'client.resumed']);
  });

  it('is approved, which a consent page may trust', async () => {
    const one = await registered();
    await query(program, "UPDATE clients SET status = 'pending' WHERE client_id = ?", [one.id]);
    const { body } = await patch(one, { status: 'active' });
    expect(body).toMatchObject({ status: 'active', verification: 'approved' });
    expect(await actions(one)).toEqual(['client.registered', 'client.approved']);
  });

  it('is restored within 30 days of its end', async () => {
    const one = await registered();
    await ended(one, now() - 29 * 86_400);
    const shown = await admin('GET', one.path);
    expect([shown.body.status, shown.headers.get('etag')]).toEqual(['expired', '"1-expired"']);
    expect((await patch(one, { status: 'active' }, { headers: { 'if-match': '"1"' } })).status).toBe(412);
    const { status, body } = await patch(one, { status: 'active' }, { headers: { 'if-match': '"1-expired"' } });
    expect([status, body.status, body.expires_at]).toEqual([200, 'active', undefined]);
    expect(await authenticates(one, one.body.client_secret)).toBe(true);
    await ended(one, now() - 30 * 86_400 - 1);
    expect((await patch(one, { status: 'active' })).status).toBe(409);
    expect(await actions(one)).toEqual(['client.registered', 'client.restored']);
  });

  it.each([
    ['pending', ['suspended', 'expired', 'deleted'], 'approved'],
    ['active', ['pending', 'expired', 'deleted'], 'suspended or deleted'],
    ['suspended', ['pending', 'expired', 'deleted'], 'resumed'],
    ['expired', ['pending', 'suspended', 'deleted'], 'restored'],
  ])('cannot go from %s to %j, and says what is possible', async (status, others, possible) => {
    const one = await registered();
    await query(program, 'UPDATE clients SET status = ? WHERE client_id = ?', [status, one.id]);
    for (const other of others) {
      const answer = await patch(one, { status: other, owner: 'x' });
      expect([answer.status, answer.body]).toEqual([409, failure('conflict')]);
      expect(answer.body.error_description).toContain(possible);
    }
    expect((await patch(one, { status })).status).toBe(200);
    expect((await show(one)).version).toBe(1);
  });

  it('ends for good: nothing is left but its id, and nothing can be done with it', async () => {
    const one = await made({ metadata: webClient, owner: 'o', tags: ['gone'], notes: 'n' });
    expect((await admin('DELETE', one.path)).status).toBe(204);
    expect(await show(one)).toEqual({
      ...one.body,
      client_secret: undefined,
      status: 'deleted',
      owner: undefined,
      notes: undefined,
      tags: [],
      metadata: {},
      secrets: [],
      updated_at: expect.any(Number),
      version: 2,
    });
    const calls = [
      patch(one, { status: 'active' }),
      patch(one, { owner: 'x' }),
      put(one, { metadata: webClient }),
      admin('POST', `${one.path}/secrets`, { json: {} }),
      admin('POST', `${one.path}/registration-access-token`),
      admin('POST', `${one.path}/adopt`),
      admin('POST', '', { json: { client_id: one.id, metadata: webClient } }),
    ];
    for (const answer of await Promise.all(calls))
      expect([answer.status, answer.body]).toEqual([
        expect.any(Number),
        expect.objectContaining({ error: expect.any(String), error_description: plainText }),
      ]);
    expect((await Promise.all(calls.slice(0, 6))).map(({ status }) => status)).toEqual(Array(6).fill(409));
    expect((await admin('DELETE', one.path)).status).toBe(204);
    expect(await actions(one)).toEqual(['client.made', 'client.deleted']);
    expect((await admin('GET', '?tag=gone')).body.items).toEqual([]);
  });
});

describe('what administrators own', () => {
  it('is out of the reach of a client that replaces its registration', async () => {
    const one = await registered(webClient, { owner: 'team', scope: 'openid' });
    await patch(one, { tags: ['gold'], notes: 'ask Ada' });
    const before = await show(one);
    const { registration_client_uri: uri, registration_access_token: token } = one.body;
    const smuggled = {
      ...{ status: 'active', kind: 'database', owner: 'me', tags: ['admin'], notes: 'x', verification: 'approved' },
      ...{ template: 'mcp', template_id: 'mcp', template_version: 9, bounds: {}, registrar: { type: 'administrator' } },
      ...{ secrets: [], created_at: 1, expires_at: 0, version: 99, scope: 'openid email clients:write dcr dcrm' },
    };
    const { status } = await send('PUT', uri, { token, json: replacementOf(one.body, smuggled) });
    expect(status).toBe(200);
    expect(await show(one)).toEqual({ ...before, updated_at: expect.any(Number), version: 3 });
  });
});

describe('scopes that register, manage and administer', () => {
  const wide = { metadata: { ...service, scope: 'openid clients:read dcr dcrm' } };

  it('are given to database clients by who has them', async () => {
    const one = await made(wide);
    expect(one.body.metadata.scope).toBe('openid clients:read dcr dcrm');
    const writer = await apiKey(program, ['clients:write', 'clients:read']);
    for (const scope of ['keys:write', 'openid dcr']) {
      const refused = await admin('POST', '', { token: writer, json: { metadata: { ...service, scope } } });
      expect([refused.status, refused.body]).toEqual([403, failure('insufficient_scope')]);
    }
    const given = await admin('POST', '', { token: writer, json: { metadata: { ...service, scope: 'clients:read' } } });
    expect(given.status).toBe(201);
  });

  it('are never given to dynamic clients', async () => {
    const one = await registered();
    const { body } = await patch(one, { metadata: { scope: 'openid clients:read dcr' } });
    expect(body.metadata.scope).toBe('openid');
  });

  it('are not to be had by taking over a client that has them', async () => {
    const one = await made({ ...wide, tags: [] });
    const token = await apiKey(program, ['clients:write', 'clients:secrets', 'clients:read']);
    const as = { token };
    const refused = [
      await admin('POST', `${one.path}/secrets`, { ...as, json: {} }),
      await patch(one, { metadata: { token_endpoint_auth_method: 'client_secret_post' } }, as),
      await put(one, { metadata: { ...wide.metadata, client_name: 'Mine' } }, as),
    ];
    expect(refused.map(({ status, body }) => [status, body.error])).toEqual(Array(3).fill([403, 'insufficient_scope']));
    expect((await patch(one, { status: 'suspended', notes: 'looks odd' }, as)).status).toBe(200);
    expect((await patch(one, { status: 'active' }, as)).status).toBe(403);
    expect((await show(one)).secrets).toEqual(one.body.secrets);
    const weaker = await patch(one, { metadata: { scope: 'openid' } });
    expect(weaker.status).toBe(200);
    expect((await patch(one, { status: 'active' }, as)).status).toBe(200);
  });

  it('come after adoption only, from who has them', async () => {
    const one = await registered();
    expect((await admin('POST', `${one.path}/adopt`)).body.kind).toBe('database');
    const token = await apiKey(program, ['clients:write']);
    expect((await patch(one, { metadata: { scope: 'keys:write' } }, { token })).status).toBe(403);
    expect((await patch(one, { metadata: { scope: 'openid dcr' } })).body.metadata.scope).toBe('openid dcr');
  });
});
