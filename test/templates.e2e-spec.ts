import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Environment } from '../src/config/environment.js';
import { TemplateStore } from '../src/templates/template.store.js';
import { Templates } from '../src/templates/templates.service.js';
import { encodeCursor } from '../src/http/cursor.js';
import { failure, justNow, plainText, refusal } from './support/builders.js';
import { count as countRows, eventsOf, meeting, query } from './support/database.js';
import { type Answer, initialAccessToken, replacementOf, send, webClient } from './support/http.js';
import { adminToken, startApp, type TestApp } from './support/test-app.js';

let program: TestApp;

beforeAll(async () => {
  program = await startApp();
});
afterAll(() => program.close());
afterEach(() => {
  jest.restoreAllMocks();
});

let count = 0;
const freshId = () => `t-${++count}`;

const call = (method: string, below = '', json?: unknown, headers?: Record<string, string>): Promise<Answer> =>
  send(method, `${program.url}/admin/templates${below}`, { token: adminToken, json, headers });
const make = (json: unknown) => call('POST', '', json);
const put = (id: string, json: unknown = {}, headers?: Record<string, string>) => call('PUT', `/${id}`, json, headers);
const show = (id: string) => call('GET', `/${id}`);
const retire = (id: string, headers?: Record<string, string>) => call('DELETE', `/${id}`, undefined, headers);

/** Makes a template that lets initial access tokens in, and answers its id. */
const made = async (parts: object = {}): Promise<string> => {
  const { status, body } = await make({ id: freshId(), access: { initial_access_token: true }, ...parts });
  expect(status).toBe(201);
  return body.id;
};
const register = async (metadata: object, bounds: object = {}): Promise<Answer> =>
  send('POST', `${program.url}/register`, { token: await initialAccessToken(program.url, bounds), json: metadata });
const lookUp = async (clientId: string) =>
  (await send('GET', `${program.url}/lookup/clients/${clientId}`, { token: adminToken })).body;

/** Makes calls that each read what is stored before any of them changes it. */
const atOnce = (times: number, one: (turn: number) => Promise<Answer>): Promise<Answer[]> =>
  meeting(program, () => Array.from({ length: times }, (_, turn) => one(turn)));

/** A template with every part. */
const whole = {
  description: 'Apps that partners make in the API portal',
  default_for: [],
  access: {
    initial_access_token: true,
    access_token: { by: ['client', 'user'], clients: ['portal-registrar'] },
    software_statement: { issuers: ['https://directory.example'], required: false },
    anonymous: false,
    approval: false,
  },
  metadata: {
    grant_types: { subset_of: ['authorization_code', 'refresh_token'], default: ['authorization_code'] },
    token_endpoint_auth_method: { value: 'private_key_jwt' },
    scope: { subset_of: ['openid', 'orders:read'], default: 'openid' },
    redirect_uris: { essential: true },
  },
  redirect_uris: { hosts: ['*.partners.example'], schemes: ['https'], loopback: false },
  secrets: { ttl: 15552000, recoverable: false, overlap: 604800 },
  registration_access_token: { issue: true, ttl: 31536000, rotation: 'never' },
  lifecycle: { ttl: 0, unused_ttl: 2592000, idle_ttl: 15552000 },
  limits: { clients: 10000, per_registrar: 50, per_minute: 60 },
  unknown_members: 'ignore',
  compatibility: 'strict',
  extensions: { x_department: { type: 'string', maxLength: 64 } },
};

describe('making a template', () => {
  it('takes every part, and shows all as it was sent', async () => {
    const id = freshId();
    const answer = await make({ id, ...whole });
    expect(answer.status).toBe(201);
    const view = { ...whole, id, version: 1, status: 'active', created_at: justNow, updated_at: justNow };
    expect(answer.body).toEqual(view);
    expect(answer.headers.get('location')).toBe(`${program.url}/admin/templates/${id}`);
    expect(answer.headers.get('etag')).toBe('"1"');
    const shown = await show(id);
    expect(shown.body).toEqual(view);
    expect(shown.headers.get('etag')).toBe('"1"');
  });

  it('needs nothing but an id', async () => {
    const id = freshId();
    expect((await make({ id })).body).toEqual({
      id,
      version: 1,
      status: 'active',
      created_at: justNow,
      updated_at: justNow,
    });
  });

  it('is an event of the audit trail', async () => {
    const id = await made({ description: 'x' });
    const event = (await eventsOf(program)).at(-1);
    expect(event).toMatchObject({ action: 'template.made', actor: { type: 'administrator' }, clientId: null });
    expect(event?.changes).toEqual({
      id: { after: id },
      version: { after: 1 },
      status: { after: 'active' },
      description: { after: 'x' },
      access: { after: { initial_access_token: true } },
      created_at: { after: justNow },
      updated_at: { after: justNow },
    });
  });

  it.each(['default', 'open', 'mcp', 'fapi2'])('is refused for the id of one of the program: %s', async (id) => {
    const answer = await make({ id });
    expect(answer.status).toBe(409);
    expect(answer.body).toEqual(failure('conflict'));
  });

  it('is refused for an id that exists, or that a retired template had', async () => {
    const id = await made();
    expect((await make({ id })).status).toBe(409);
    await retire(id);
    expect((await make({ id })).status).toBe(409);
  });

  it('happens once for an id, however many ask for it at once', async () => {
    const id = freshId();
    const answers = await atOnce(10, () => make({ id }));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array<number>(9).fill(409)]);
  });
});

describe('a template that cannot be', () => {
  it.each([
    ['colour', { colour: 'red' }],
    ['metadata.scope.subset', { metadata: { scope: { subset: ['openid'] } } }],
    ['metadata.grant_types.default', { metadata: { grant_types: { default: ['implicit'] } } }],
    ['metadata.scope.default', { metadata: { scope: { default: 'clients:read' } } }],
    ['access.access_token.by', { access: { access_token: { by: ['anyone'] } } }],
    ['redirect_uris.hosts', { redirect_uris: { hosts: ['https://app.example'] } }],
    ['redirect_uris.schemes', { redirect_uris: { schemes: ['javascript'] } }],
    ['secrets.overlap', { secrets: { ttl: 60, overlap: 60 } }],
    ['registration_access_token.rotation', { registration_access_token: { issue: false, rotation: 'on_update' } }],
    ['extensions.client_name', { extensions: { client_name: { type: 'string' } } }],
    ['default_for', { default_for: ['anonymous'] }],
    ['version', { version: 3 }],
    ['created_at', { created_at: 1 }],
  ])('is refused with the path: %s', async (path, parts) => {
    const id = await made();
    for (const answer of [await make({ id: freshId(), ...parts }), await put(id, parts)]) {
      expect(answer.status).toBe(400);
      expect(answer.body).toEqual(refusal(path, 'invalid_request'));
    }
    expect((await show(id)).body.version).toBe(1);
  });

  it('is told of everything that is wrong at once', async () => {
    const { body } = await make({ colour: 1, secrets: { ttl: -1 }, metadata: { scope: { in: [] }, hue: {} } });
    const members = ['colour', 'id', 'secrets.ttl', 'metadata.scope.in', 'metadata.hue'];
    expect(body).toEqual({
      error: 'invalid_request',
      error_description: plainText,
      violations: members.map((member) => ({ member, rule: 'document', message: plainText })),
    });
  });
});

describe('templates', () => {
  it('come with the program, all but default off', async () => {
    const { body } = await call('GET', '?limit=4');
    expect(body.items.map((one: any) => [one.id, one.version, one.status, one.default_for])).toEqual([
      ['default', 1, 'active', ['initial_access_token', 'access_token']],
      ['fapi2', 1, 'off', undefined],
      ['mcp', 1, 'off', ['anonymous']],
      ['open', 1, 'off', ['anonymous']],
    ]);
  });

  it('are listed page by page, with links (RFC 8288 section 3)', async () => {
    const ids = [await made(), await made(), await made()];
    const all: any[] = [];
    let next: string | undefined = `${program.url}/admin/templates?limit=2`;
    while (next) {
      const page: Answer = await send('GET', next, { token: adminToken });
      all.push(...page.body.items);
      const link: string | undefined = /^<([^>]+)>; rel="next"$/.exec(page.headers.get('link') ?? '')?.[1];
      expect(link && new URL(link).searchParams.get('after')).toBe(page.body.next);
      next = link;
    }
    const listed: string[] = all.map(({ id }) => id);
    expect(new Set(listed).size).toBe(listed.length);
    expect(listed).toEqual(expect.arrayContaining(['default', 'fapi2', 'mcp', 'open', ...ids]));
    expect(all).toContainEqual((await show(ids[0]!)).body);
  });

  it.each([
    'after=x',
    'after=W1sxLDJdXQ',
    `after=${encodeCursor([1, 'a\0'])}`,
    'limit=0',
    'limit=201',
    'status=active',
    'limit=1&limit=2',
  ])('are not listed by %s', async (parameters) => {
    expect(await call('GET', `?${parameters}`)).toMatchObject({ status: 400, body: failure('invalid_request') });
  });

  it.each(['unheard-of', 'a%20b', '%00', 'default%20', 'x'.repeat(300), '%2e%2e%2fdefault'])(
    'are not found by %s',
    async (id) => {
      for (const answer of [await show(id), await put(id), await retire(id), await call('GET', `/${id}/versions`)]) {
        expect(answer.status).toBe(404);
        expect(answer.body).toEqual(failure('not_found'));
      }
    },
  );
});

describe('changing a template', () => {
  it('makes the next version, and keeps the ones before', async () => {
    const id = await made({ description: 'one' });
    const answer = await put(id, { description: 'two', status: 'off' });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('etag')).toBe('"2"');
    const second = { id, version: 2, status: 'off', description: 'two', created_at: justNow };
    expect(answer.body).toEqual({ ...second, updated_at: justNow });
    expect((await show(id)).body).toEqual(answer.body);
    expect((await call('GET', `/${id}/versions`)).body).toEqual({
      items: [
        {
          id,
          version: 1,
          status: 'active',
          description: 'one',
          access: { initial_access_token: true },
          created_at: justNow,
        },
        second,
      ],
    });
  });

  it('is an event of the audit trail, with what changed', async () => {
    const id = await made({ description: 'one' });
    await put(id, { description: 'two' });
    const event = (await eventsOf(program)).at(-1);
    expect(event).toMatchObject({ action: 'template.changed', outcome: 'done' });
    expect(event?.changes).toMatchObject({
      id: { before: id, after: id },
      version: { before: 1, after: 2 },
      description: { before: 'one', after: 'two' },
      access: { before: { initial_access_token: true } },
    });
  });

  it('lists the versions page by page', async () => {
    const id = await made();
    for (const description of ['b', 'c']) await put(id, { description });
    const first = await call('GET', `/${id}/versions?limit=2`);
    expect(first.body.items.map((one: any) => one.version)).toEqual([1, 2]);
    const link = `<${program.url}/admin/templates/${id}/versions?limit=2&after=${first.body.next}>; rel="next"`;
    expect(first.headers.get('link')).toBe(link);
    const second = await call('GET', `/${id}/versions?limit=2&after=${first.body.next}`);
    expect(second.body).toEqual({ items: [expect.objectContaining({ version: 3 })] });
    for (const after of ['WzFd', 'x', encodeCursor(2 ** 31, { id })])
      expect(await call('GET', `/${id}/versions?after=${after}`)).toMatchObject({ status: 400 });
    const ofAnother = await call('GET', `/${await made()}/versions?after=${first.body.next}`);
    expect(ofAnother).toMatchObject({ status: 400, body: failure('invalid_request') });
  });

  it('takes back what was read, with what only the server sets as it is', async () => {
    const id = await made(whole);
    const { body } = await show(id);
    const answer = await put(id, { ...body, description: 'new' });
    expect(answer.body).toEqual({ ...body, version: 2, description: 'new', updated_at: justNow });
    const stale = await put(id, { ...body, updated_at: undefined });
    expect(stale.body).toEqual(refusal('version', 'invalid_request'));
    expect((await put(id, { id: 'default' })).body).toEqual(refusal('id', 'invalid_request'));
  });

  it('works on a template of the program', async () => {
    const { body } = await show('fapi2');
    expect((await put('fapi2', body)).body).toEqual({ ...body, version: 2, updated_at: justNow });
    const versions = await call('GET', '/fapi2/versions');
    const { updated_at, ...first } = body;
    expect(versions.body.items).toEqual([first, { ...first, version: 2, created_at: justNow }]);
    const page = await call('GET', '/fapi2/versions?limit=1');
    expect((await call('GET', `/fapi2/versions?after=${page.body.next}`)).body.items).toHaveLength(1);
  });

  it('honours If-Match (RFC 9110 section 13.1.1)', async () => {
    const id = await made();
    expect((await put(id, {}, { 'if-match': '"1"' })).status).toBe(200);
    for (const answer of [
      await put(id, { colour: 1 }, { 'if-match': '"1"' }),
      await retire(id, { 'if-match': '"1"' }),
    ]) {
      expect(answer.status).toBe(412);
      expect(answer.body).toEqual(failure('precondition_failed'));
    }
    expect((await show(id)).body).toMatchObject({ version: 2, status: 'active' });
  });

  it('demands If-Match where the operator does (RFC 6585 section 3)', async () => {
    const id = await made();
    jest.replaceProperty(program.app.get<{ REQUIRE_IF_MATCH: boolean }>(Environment), 'REQUIRE_IF_MATCH', true);
    for (const answer of [await put(id), await retire(id)]) {
      expect(answer.status).toBe(428);
      expect(answer.body).toEqual(failure('precondition_required'));
    }
    expect((await retire(id, { 'if-match': '"1"' })).status).toBe(204);
  });

  it('lets one of many win that saw the same version', async () => {
    const id = await made();
    const answers = await atOnce(10, (turn) => put(id, { description: `turn ${turn}` }, { 'if-match': '"1"' }));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array<number>(9).fill(412)]);
    expect((await show(id)).body.version).toBe(2);
  });

  it('gives each of many that change it at once a version of its own', async () => {
    const id = await made();
    const answers = await atOnce(8, (turn) => put(id, { description: `turn ${turn}` }));
    expect(answers.map(({ status }) => status)).toEqual(Array<number>(8).fill(200));
    const { items } = (await call('GET', `/${id}/versions`)).body;
    expect(items.map((one: any) => one.version)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    for (const { body } of answers) expect(items[body.version - 1].description).toBe(body.description);
  });
});

describe('retiring a template', () => {
  it('is for good, and keeps its versions', async () => {
    const id = await made();
    expect((await retire(id)).status).toBe(204);
    const shown = await show(id);
    expect(shown.body).toMatchObject({ version: 1, status: 'retired' });
    expect(shown.headers.get('etag')).toBe('"1-retired"');
    expect((await call('GET', `/${id}/versions`)).body.items).toHaveLength(1);
    const again = await put(id, { status: 'active' });
    expect(again.status).toBe(409);
    expect(again.body).toEqual(failure('conflict'));
    expect((await retire(id)).status).toBe(204);
    expect((await retire(id, { 'if-match': '"1"' })).status).toBe(412);
  });

  it('is one event of the audit trail', async () => {
    const id = await made();
    const before = (await eventsOf(program)).length;
    await retire(id);
    await retire(id);
    const events = (await eventsOf(program)).slice(before);
    expect(events.map(({ action, changes: { updated_at, ...changes } }) => [action, changes])).toEqual([
      ['template.retired', { id: { before: id, after: id }, status: { before: 'active', after: 'retired' } }],
    ]);
  });
});

describe('the default for a kind of registrar', () => {
  const anonymous = { access: { anonymous: true }, default_for: ['anonymous'] };
  const free = (id: string) => retire(id);

  it('is one active template; a second one is refused and told which the first is', async () => {
    const first = await made(anonymous);
    const second = await made({ ...anonymous, status: 'off' });
    for (const answer of [await put(second, anonymous), await make({ id: freshId(), ...anonymous })]) {
      expect(answer.status).toBe(409);
      expect(answer.body).toEqual(refusal('default_for', 'conflict'));
      expect(answer.body.error_description).toContain(` ${first} `);
    }
    expect((await show(second)).body).toMatchObject({ version: 1, status: 'off' });
    expect((await put('mcp', { ...(await show('mcp')).body, status: 'active' })).status).toBe(409);
    await put(first, { ...anonymous, status: 'off' });
    expect((await put(second, anonymous)).status).toBe(200);
    await free(second);
    expect((await put(first, anonymous)).status).toBe(200);
    expect((await put(first, anonymous)).status).toBe(200);
    await free(first);
  });

  it('is one of many that want to be it at once', async () => {
    const ids = await Promise.all(Array.from({ length: 6 }, () => made({ ...anonymous, status: 'off' })));
    const answers = await atOnce(6, (turn) => put(ids[turn]!, anonymous));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array<number>(5).fill(409)]);
    const states = await Promise.all(ids.map(async (id) => (await show(id)).body.status));
    expect(states.filter((status) => status === 'active')).toHaveLength(1);
    await free(ids[states.indexOf('active')]!);
  });

  it('can be nobody: then a token without a template registers nothing', async () => {
    const { body: usual } = await show('default');
    expect((await put('default', { ...usual, default_for: ['access_token'] })).status).toBe(200);
    const answer = await register(webClient);
    expect(answer.status).toBe(403);
    expect(answer.body).toEqual(failure('access_denied'));
    const own = await made({ default_for: ['initial_access_token'] });
    expect((await lookUp((await register(webClient)).body.client_id)).template_id).toBe(own);
    await free(own);
    expect((await put('default', { ...usual, version: 2, updated_at: undefined })).status).toBe(200);
    expect((await lookUp((await register(webClient)).body.client_id)).template_version).toBe(3);
  });
});

describe('the template of a registration', () => {
  const portal = { metadata: { redirect_uris: { default: ['https://a.partners.example/cb'] } } };
  const templateOf = async ({ body }: Answer) => {
    const { template_id, template_version } = await lookUp(body.client_id);
    return [template_id, template_version];
  };

  it('is the one whose id is the software_id of the request, which may be the whole request', async () => {
    const id = await made(portal);
    const answer = await register({ software_id: id });
    expect(answer.status).toBe(201);
    expect(answer.body).toMatchObject({ software_id: id, redirect_uris: ['https://a.partners.example/cb'] });
    expect(await templateOf(answer)).toEqual([id, 1]);
  });

  it('is the one that the software_id of the initial access token names', async () => {
    const id = await made(portal);
    expect(await templateOf(await register({}, { software_id: id }))).toEqual([id, 1]);
  });

  it('is the one of the initial access token before that of the software_id', async () => {
    const [bound, named] = [await made(), await made()];
    const answer = await register({ ...webClient, software_id: named }, { template: bound });
    expect(await templateOf(answer)).toEqual([bound, 1]);
  });

  it('is the default where the software_id is of no template', async () => {
    for (const software_id of ['unheard-of', 'a b', 'default ', 'open ', '\u00e9'.repeat(200)])
      expect(await templateOf(await register({ ...webClient, software_id }))).toEqual(['default', expect.anything()]);
  });

  it.each([
    ['off', { status: 'off' }],
    ['closed to its token', { access: { anonymous: true } }],
  ])('registers nothing while it is %s', async (_, parts) => {
    const id = await made(parts);
    const answer = await register({ ...webClient, software_id: id });
    expect(answer.status).toBe(403);
    expect(answer.body).toEqual(failure('access_denied'));
  });

  it('registers nothing once it is retired or off, and works again when it is active, with the same token', async () => {
    const id = await made();
    const document = { access: { initial_access_token: true } };
    const token = await initialAccessToken(program.url, { template: id, uses: 3 });
    const post = () => send('POST', `${program.url}/register`, { token, json: webClient });
    await put(id, { ...document, status: 'off' });
    expect(await post()).toMatchObject({ status: 403, body: failure('access_denied') });
    await put(id, document);
    expect((await post()).status).toBe(201);
    await retire(id);
    expect(await post()).toMatchObject({ status: 403, body: failure('access_denied') });
  });

  it('is needed to make an initial access token for it', async () => {
    const wrong = ['unheard-of', await made({ status: 'off' }), await made({ access: { anonymous: true } })];
    for (const template of wrong) {
      const answer = await send('POST', `${program.url}/admin/initial-access-tokens`, {
        token: adminToken,
        json: { template },
      });
      expect(answer.body).toEqual(refusal('template', 'invalid_request'));
    }
  });

  it('stays the template of the client in the version that it was registered under, whatever becomes of it', async () => {
    const id = await made({ metadata: { client_name: { default: 'one' } } });
    const { body: client } = await register({ ...webClient, client_name: undefined, software_id: id });
    expect(client.client_name).toBe('one');
    await put(id, { metadata: { client_name: { value: 'two' } }, redirect_uris: { hosts: ['other.example'] } });
    await retire(id);
    const { registration_client_uri: uri, registration_access_token: token } = client;
    const replaced = await send('PUT', uri, { token, json: replacementOf(client, { client_name: undefined }) });
    expect(replaced.status).toBe(200);
    expect(replaced.body.client_name).toBe('one');
    expect(await templateOf(replaced)).toEqual([id, 1]);
  });
});

describe('a template whose row was broken', () => {
  it.each([
    ['destroyed', "UPDATE client_template_versions SET document = '{' WHERE id = ?", [503, 503, 503]],
    ['lost', 'DELETE FROM client_template_versions WHERE id = ?', [404, 404, 200]],
  ])('lets nobody in and changes no client when it is %s', async (_how, statement, shown) => {
    const id = await made({ metadata: { client_name: { default: 'one' } } });
    const token = await initialAccessToken(program.url, { template: id, uses: 5 });
    const registered = () => send('POST', `${program.url}/register`, { token, json: webClient });
    const { body: client } = await registered();
    const before = await countRows(program, 'clients');
    await query(program, statement, [id]);
    // As after a start: versions are kept once they were read.
    program.app.get(Templates)['kept'].clear();
    const { registration_client_uri: uri, registration_access_token } = client;
    const replaced = { token: registration_access_token, json: replacementOf(client, { client_name: 'Other' }) };
    for (const answer of [await registered(), await send('PUT', uri, replaced)]) {
      expect([answer.status, answer.body]).toEqual([503, failure('temporarily_unavailable')]);
      expect(answer.headers.get('retry-after')).toMatch(/^\d+$/);
    }
    expect(await countRows(program, 'clients')).toBe(before);
    const { body } = await send('GET', uri, { token: registration_access_token });
    expect([body.client_id, body.client_name]).toEqual([client.client_id, webClient.client_name]);
    const looks = [await show(id), await call('GET', `/${id}/versions`), await call('GET', '?limit=200')];
    expect(looks.map(({ status }) => status)).toEqual(shown);
    await query(program, 'DELETE FROM client_templates WHERE id = ?', [id]);
    await query(program, 'DELETE FROM client_template_versions WHERE id = ?', [id]);
  });
});

describe('several instances on one data source', () => {
  /** As another instance on the same data source finds them. */
  const instance = () => new Templates(program.app.get(TemplateStore));

  it('find what is newest at once, and every version as it was', async () => {
    const id = await made({ description: 'one' });
    const other = instance();
    expect(await other.newest(id)).toMatchObject({ version: 1, status: 'active', description: 'one' });
    await put(id, { description: 'two' });
    expect(await other.newest(id)).toMatchObject({ version: 2, description: 'two' });
    expect(await other.version(id, 1)).toMatchObject({ version: 1, description: 'one' });
    await retire(id);
    expect(await other.newest(id)).toMatchObject({ version: 2, status: 'retired' });
    expect(await other.select({ softwareId: id, registrarType: 'anonymous' })).toMatchObject({ status: 'retired' });
    expect(await other.version(id, 3)).toBeUndefined();
  });

  it('select the same default at once', async () => {
    const other = instance();
    expect(await other.select({ registrarType: 'anonymous' })).toBeUndefined();
    const id = await made({ access: { anonymous: true }, default_for: ['anonymous'] });
    expect(await other.select({ registrarType: 'anonymous' })).toMatchObject({ id });
    await put(id, { status: 'off' });
    expect(await other.select({ registrarType: 'anonymous' })).toBeUndefined();
    expect(await other.select({ registrarType: 'administrator' })).toBeUndefined();
  });

  it('ask the data source once for the template of a registration', async () => {
    const [id, other] = [await made(), instance()];
    await other.newest(id);
    const reads = jest.spyOn(program.app.get(TemplateStore)['dataSources'], 'read');
    for (const selection of [{ templateId: id }, { softwareId: id }, {}])
      await other.select({ ...selection, registrarType: 'initial_access_token' });
    await other.version(id, 1);
    // The document of the default is read once more, since nobody has kept it yet.
    expect(reads.mock.calls.length).toBeLessThanOrEqual(4);
  });
});
