import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { information, plainText } from './support/builders.js';
import { apiKey, eventsOf } from './support/database.js';
import { type Answer, initialAccessToken, replacementOf, send } from './support/http.js';
import { saveTemplate } from './support/templates.js';
import { adminToken, startApp, type TestApp } from './support/test-app.js';

let program: TestApp;

beforeAll(async () => {
  program = await startApp();
});

afterAll(() => program.close());

const web = { redirect_uris: ['https://app.example/callback'] };

/** Saves a template of the next name that lets initial access tokens in, and answers a token bound to it. */
async function tokenUnder(document: object, bounds: object = {}): Promise<string> {
  const id = await newTemplate(document);
  return initialAccessToken(program.url, { template: id, uses: 1000, ...bounds });
}

let made = 0;
async function newTemplate(document: object, id = `t-${++made}`): Promise<string> {
  await saveTemplate(program, { id, access: { initial_access_token: true }, ...document });
  return id;
}

const register = (token: string | undefined, metadata: object) =>
  send('POST', `${program.url}/register`, { token, json: metadata });

const replace = ({ body }: Answer, changes: object) =>
  send('PUT', body.registration_client_uri, {
    token: body.registration_access_token,
    json: replacementOf(body, changes),
  });

const lookUp = async (clientId: string) =>
  (await send('GET', `${program.url}/lookup/clients/${clientId}`, { token: adminToken })).body;

/** The whole body of a refusal by one rule of a template. */
const refusedBy = (rule: string, member: string, error = 'invalid_client_metadata') => ({
  error,
  error_description: plainText,
  violations: [{ member, rule: `template: ${rule}`, message: expect.stringContaining(member) as unknown }],
});

describe('a metadata policy', () => {
  it('fills in what was left out, and the answer shows it', async () => {
    const token = await tokenUnder({ metadata: { contacts: { default: ['desk@portal.example'] } } });
    const { body } = await register(token, web);
    expect(body).toEqual(information(program.url, { ...web, contacts: ['desk@portal.example'] }));
    expect((await register(token, { ...web, contacts: ['me@app.example'] })).body.contacts).toEqual(['me@app.example']);
  });

  it('forces a value, whatever was asked for', async () => {
    const token = await tokenUnder({ metadata: { require_pushed_authorization_requests: { value: true } } });
    const asked = { ...web, require_pushed_authorization_requests: false };
    const expected = { ...web, require_pushed_authorization_requests: true };
    expect((await register(token, asked)).body).toEqual(information(program.url, expected));
  });

  it('takes a member away', async () => {
    const token = await tokenUnder({ metadata: { initiate_login_uri: { value: null } } });
    const { body } = await register(token, { ...web, initiate_login_uri: 'https://app.example/login' });
    expect(body).toEqual(information(program.url, web));
  });

  it('refuses a value outside its limits, and names the member', async () => {
    const token = await tokenUnder({ metadata: { token_endpoint_auth_method: { one_of: ['none'] } } });
    const { status, body } = await register(token, { ...web, token_endpoint_auth_method: 'client_secret_post' });
    expect(status).toBe(400);
    expect(body).toEqual(refusedBy('metadata.token_endpoint_auth_method.one_of', 'token_endpoint_auth_method'));
  });

  it('judges the defaults of the standards too, since they would be registered', async () => {
    const token = await tokenUnder({ metadata: { token_endpoint_auth_method: { one_of: ['none'] } } });
    const { status, body } = await register(token, web);
    expect(status).toBe(400);
    expect(body).toEqual(refusedBy('metadata.token_endpoint_auth_method.one_of', 'token_endpoint_auth_method'));
  });

  it('drops what is outside a subset, and shows what is left', async () => {
    const token = await tokenUnder({ metadata: { grant_types: { subset_of: ['authorization_code'] } } });
    const asked = { ...web, grant_types: ['refresh_token', 'authorization_code'] };
    expect((await register(token, asked)).body).toEqual(information(program.url, web));
  });

  it('refuses where nothing would be left', async () => {
    const token = await tokenUnder({ metadata: { grant_types: { subset_of: ['authorization_code'] } } });
    const { status, body } = await register(token, { grant_types: ['client_credentials'] });
    expect(status).toBe(400);
    expect(body).toEqual(refusedBy('metadata.grant_types.subset_of', 'grant_types'));
  });

  it('binds each language variant', async () => {
    const token = await tokenUnder({ metadata: { client_name: { one_of: ['Weather', 'Wetter'] } } });
    const names = { client_name: 'Weather', 'client_name#de': 'Wetter' };
    expect((await register(token, { ...web, ...names })).body).toEqual(information(program.url, { ...web, ...names }));
    expect((await register(token, { ...web, ...names, 'client_name#fr': 'Banque' })).body).toEqual({
      error: 'invalid_client_metadata',
      error_description: plainText,
      violations: [{ member: 'client_name#fr', rule: 'template: metadata.client_name.one_of', message: plainText }],
    });
  });

  it('demands redirect URIs, and never puts others in their place', async () => {
    const token = await tokenUnder({ metadata: { redirect_uris: { within: web.redirect_uris, essential: true } } });
    expect((await register(token, web)).body).toEqual(information(program.url, web));
    for (const redirect_uris of [['https://app.example/other'], [...web.redirect_uris, 'https://app.example/other']])
      expect((await register(token, { redirect_uris })).body).toEqual(
        refusedBy('metadata.redirect_uris.within', 'redirect_uris', 'invalid_redirect_uri'),
      );
    expect((await register(token, { grant_types: ['client_credentials'] })).body).toEqual(
      refusedBy('metadata.redirect_uris.essential', 'redirect_uris', 'invalid_redirect_uri'),
    );
  });

  it('may supply all that a client needs', async () => {
    const token = await tokenUnder({ metadata: { redirect_uris: { default: web.redirect_uris } } });
    const { status, body } = await register(token, {});
    expect(status).toBe(201);
    expect(body).toEqual(information(program.url, web));
  });

  it('cannot make a client that the rulebook forbids', async () => {
    const token = await tokenUnder({ metadata: { token_endpoint_auth_method: { value: 'none' } } });
    const { status, body } = await register(token, { grant_types: ['client_credentials'] });
    expect(status).toBe(400);
    expect(body.violations).toEqual([{ member: 'grant_types', rule: 'RFC 6749 section 4.4', message: plainText }]);
  });

  it('is told with everything else that is wrong, in the order of the members', async () => {
    const token = await tokenUnder({
      metadata: { contacts: { essential: true }, client_uri: { essential: true } },
      redirect_uris: { hosts: ['app.example'] },
    });
    const { body } = await register(token, { redirect_uris: ['https://evil.example/'], logo_uri: 'ftp://x' });
    expect(body.error).toBe('invalid_redirect_uri');
    expect(body.violations.map(({ member }: { member: string }) => member)).toEqual([
      ...['redirect_uris', 'client_uri', 'logo_uri', 'contacts'],
    ]);
  });
});

describe('the same template on a replacement', () => {
  it('judges the complete result: what is left out is filled in, and forced values stay', async () => {
    const token = await tokenUnder({
      metadata: { contacts: { default: ['desk@portal.example'] }, subject_type: { value: 'public' } },
    });
    const client = await register(token, { ...web, contacts: ['me@app.example'] });
    const { status, body } = await replace(client, { contacts: undefined, subject_type: 'pairwise' });
    expect(status).toBe(200);
    expect([body.contacts, body.subject_type]).toEqual([['desk@portal.example'], 'public']);
  });

  it('refuses what it refuses of a registration, and changes nothing', async () => {
    const token = await tokenUnder({
      metadata: { grant_types: { within: ['authorization_code'] } },
      redirect_uris: { hosts: ['app.example'], loopback: false },
    });
    const client = await register(token, web);
    const wider = { redirect_uris: ['http://localhost/cb'], grant_types: ['authorization_code', 'refresh_token'] };
    const refused = await replace(client, wider);
    expect(refused.status).toBe(400);
    expect(refused.body.violations.map(({ rule }: { rule: string }) => rule)).toEqual([
      ...['template: redirect_uris.hosts', 'template: redirect_uris.loopback'],
      'template: metadata.grant_types.within',
    ]);
    expect((await register(token, wider)).body).toEqual(refused.body);
    const { body } = await send('GET', client.body.registration_client_uri, {
      token: client.body.registration_access_token,
    });
    expect(body.redirect_uris).toEqual(web.redirect_uris);
  });

  it('holds in the version that the client was registered under, also when a newer one says otherwise or is off', async () => {
    const id = await newTemplate({ metadata: { client_name: { default: 'one' } } });
    const token = await initialAccessToken(program.url, { template: id, uses: 10 });
    const client = await register(token, web);
    await saveTemplate(program, {
      id,
      access: { initial_access_token: true },
      metadata: { client_name: { default: 'two' } },
    });
    expect((await register(token, web)).body.client_name).toBe('two');
    expect((await replace(client, { client_name: undefined })).body.client_name).toBe('one');
    await saveTemplate(program, { id, access: { initial_access_token: true }, status: 'off' });
    expect((await register(token, web)).status).toBe(403);
    expect((await replace(client, { client_name: undefined })).body.client_name).toBe('one');
    const { template_id, template_version } = await lookUp(client.body.client_id);
    expect([template_id, template_version]).toEqual([id, 1]);
  });
});

describe('the scope under a template', () => {
  it('is what the template offers, also beyond SCOPES, and never what is reserved', async () => {
    const token = await tokenUnder({
      metadata: { scope: { subset_of: ['openid', 'orders:read'], default: 'openid' } },
    });
    const given = async (scope?: string) => (await register(token, { ...web, scope })).body.scope;
    expect(await given('openid email orders:read dcr')).toBe('openid orders:read');
    expect(await given('email')).toBe('openid');
    expect(await given()).toBe('openid');
  });

  it('is refused outside of it where the template does not drop', async () => {
    const token = await tokenUnder({ metadata: { scope: { within: ['openid', 'orders:read'] } } });
    expect((await register(token, { ...web, scope: 'openid email' })).body).toEqual(
      refusedBy('metadata.scope.within', 'scope'),
    );
    expect((await register(token, { ...web, scope: 'orders:read' })).body.scope).toBe('orders:read');
    expect((await register(token, web)).body.scope).toBe('openid orders:read');
  });

  it('is narrowed by the token, and never widened', async () => {
    const token = await tokenUnder({ metadata: { scope: { subset_of: ['openid', 'email'] } } }, { scope: 'email' });
    expect((await register(token, { ...web, scope: 'openid email' })).body.scope).toBe('email');
    expect((await register(token, web)).body.scope).toBe('email');
  });
});

describe('a token bound to a template', () => {
  it('may have the scopes that the template offers', async () => {
    const template = await newTemplate({ metadata: { scope: { subset_of: ['openid', 'orders:read'] } } });
    const make = (scope: string) =>
      send('POST', `${program.url}/admin/initial-access-tokens`, { token: adminToken, json: { template, scope } });
    const { body } = await make('orders:read');
    expect((await register(body.token, { ...web, scope: 'openid orders:read' })).body.scope).toBe('orders:read');
    const refused = await make('email');
    expect(refused.status).toBe(400);
    expect(refused.body.violations).toEqual([
      { member: 'scope', rule: 'document', message: 'scope must be within openid orders:read' },
    ]);
  });
});

describe('a database client', () => {
  const make = (json: object, token = adminToken) => send('POST', `${program.url}/admin/clients`, { token, json });

  it('obeys the rulebook, and the template that its administrator names', async () => {
    const template = await newTemplate({
      metadata: { client_name: { default: 'Weather' } },
      access: { approval: true },
    });
    const { status, body } = await make({ template, metadata: web });
    expect([status, body.status, body.metadata.client_name]).toEqual([201, 'active', 'Weather']);
    expect((await make({ metadata: { ...web, grant_types: ['password'] } })).body.error).toBe(
      'invalid_client_metadata',
    );
  });

  it.each(['nobody-made-it', 'mcp'])('is refused under the template %s, which is not active', async (template) => {
    const { status, body } = await make({ template, metadata: web });
    expect(status).toBe(400);
    expect(body).toEqual({
      error: 'invalid_request',
      error_description: 'template must be the id of an active template',
      violations: [{ member: 'template', rule: 'document', message: plainText }],
    });
  });

  it('has reserved scopes only if its administrator has what they give', async () => {
    const { body } = await make({ metadata: { ...web, scope: 'openid dcr audit:read' } });
    expect(body.metadata.scope).toBe('openid dcr audit:read');
    const token = await apiKey(program, ['clients:write']);
    expect((await make({ metadata: { ...web, scope: 'openid dcrm' } }, token)).status).toBe(201);
    const { status, headers } = await make({ metadata: { ...web, scope: 'openid dcr audit:read' } }, token);
    expect(status).toBe(403);
    expect(headers.get('www-authenticate')).toContain('scope="tokens:issue audit:read"');
  });
});

describe('members beyond the standards', () => {
  const extensions = {
    x_department: { type: 'string', maxLength: 5, enum: ['sales', 'it'] },
    x_floors: { type: 'array', items: { type: 'integer', minimum: 0 } },
  };

  it('are kept and shown where the template declares them, and ignored where it does not', async () => {
    const token = await tokenUnder({ extensions });
    const own = { x_department: 'sales', x_floors: [1, 2] };
    const client = await register(token, { ...web, ...own, x_other: 'gone' });
    expect(client.body).toEqual(information(program.url, { ...web, ...own }));
    expect((await replace(client, { x_floors: undefined })).body).not.toHaveProperty('x_floors');
    const { body } = await send('GET', client.body.registration_client_uri, {
      token: client.body.registration_access_token,
    });
    expect(body.x_department).toBe('sales');
  });

  it('are judged by what it says of them', async () => {
    const token = await tokenUnder({ extensions });
    const { status, body } = await register(token, { ...web, x_department: 'legal', x_floors: [1, -1] });
    expect(status).toBe(400);
    expect(body).toEqual({
      error: 'invalid_client_metadata',
      error_description: plainText,
      violations: [
        { member: 'x_department', rule: 'template: extensions.x_department', message: plainText },
        { member: 'x_floors', rule: 'template: extensions.x_floors', message: 'x_floors[1] must not be less than 0' },
      ],
    });
  });

  it('obey its policy like others', async () => {
    const token = await tokenUnder({ extensions, metadata: { x_department: { default: 'it', essential: true } } });
    expect((await register(token, web)).body.x_department).toBe('it');
  });

  it('are refused by their names where it refuses what it does not know', async () => {
    const token = await tokenUnder({ extensions, unknown_members: 'refuse' });
    expect((await register(token, { ...web, x_department: 'it', x_other: null })).status).toBe(201);
    const { status, body } = await register(token, { ...web, client_id: 'mine', x_other: 1, '<b>': 2 });
    expect(status).toBe(400);
    expect(body.violations.map(({ member }: { member: string }) => member)).toEqual([
      'client_id',
      'x_other',
      'a member',
    ]);
    const client = await register(token, web);
    expect((await replace(client, {})).status).toBe(200);
    expect((await replace(client, { x_other: 1 })).body).toEqual(refusedBy('unknown_members', 'x_other'));
  });

  it('cannot reach what administrators own', async () => {
    const token = await tokenUnder({});
    const { body } = await register(token, {
      ...web,
      owner: 'me',
      tags: ['a'],
      verification: 'approved',
      status: 'active',
    });
    expect(body).toEqual(information(program.url, web));
    const { owner, tags, verification } = await lookUp(body.client_id);
    expect([owner, tags, verification]).toEqual([undefined, [], 'vouched']);
  });
});

describe('the template of a registration', () => {
  const named = (name: string) => ({ metadata: { client_name: { value: name } } });

  it('is that of the token, else the one that software_id names, else the default', async () => {
    const bound = await tokenUnder(named('bound'));
    const id = await newTemplate(named('by software'), 'weather-app');
    const free = await initialAccessToken(program.url, { uses: 10 });
    const nameOf = async (token: string, software_id?: string) =>
      (await register(token, { ...web, software_id })).body.client_name;
    expect(await nameOf(bound, id)).toBe('bound');
    expect(await nameOf(free, id)).toBe('by software');
    expect(await nameOf(free, 'nobody-knows')).toBeUndefined();
    expect(await nameOf(free)).toBeUndefined();
  });

  it('may be all that a request says', async () => {
    const software_id = await newTemplate({ metadata: { redirect_uris: { default: web.redirect_uris } } });
    const { status, body } = await register(await initialAccessToken(program.url), { software_id });
    expect(status).toBe(201);
    expect(body).toEqual(information(program.url, { ...web, software_id }));
  });

  it.each([
    ['is off', { status: 'off' }],
    ['lets other registrars in', { access: { access_token: { by: ['client'] } } }],
  ])('refuses who comes where it %s, and spends nothing', async (_title, document) => {
    const software_id = await newTemplate(document);
    const token = await initialAccessToken(program.url);
    const refused = await register(token, { ...web, software_id });
    expect(refused.status).toBe(403);
    expect(refused.body).toEqual({ error: 'access_denied', error_description: plainText });
    expect((await register(token, web)).status).toBe(201);
  });

  it('lets a client wait for approval where it demands one; the client works as far as its own address goes', async () => {
    const token = await tokenUnder({ access: { initial_access_token: true, approval: true } });
    const client = await register(token, web);
    expect(client.body).toEqual(information(program.url, web));
    expect((await lookUp(client.body.client_id)).status).toBe('pending');
    expect((await replace(client, { client_name: 'Weather' })).status).toBe(200);
    expect((await lookUp(client.body.client_id)).status).toBe('pending');
  });
});

describe('the audit trail of a registration under a template', () => {
  it('has the rules that changed something, and no values of members about people', async () => {
    const token = await tokenUnder({
      access: { initial_access_token: true, approval: true },
      metadata: {
        contacts: { add: ['desk@portal.example'] },
        client_name: { default: 'Weather' },
        scope: { subset_of: ['openid'] },
        subject_type: { one_of: ['public'] },
      },
    });
    const client = await register(token, { ...web, scope: 'openid email' });
    const [registered] = await eventsOf(program, client.body.client_id);
    const fill = { step: 'fill_in', outcome: 'changed' };
    expect(registered?.trace).toEqual([
      { step: 'admit', rule: 'template: access.approval', outcome: 'changed', before: 'active', after: 'pending' },
      { ...fill, member: 'contacts', rule: 'template: metadata.contacts.add' },
      { ...fill, member: 'client_name', rule: 'template: metadata.client_name.default', after: 'Weather' },
      { ...fill, member: 'scope', rule: 'template: metadata.scope.subset_of', before: 'openid email', after: 'openid' },
    ]);
    await replace(client, { client_name: undefined });
    const replaced = (await eventsOf(program, client.body.client_id)).at(-1);
    expect(replaced?.trace).toEqual([
      { ...fill, member: 'client_name', rule: 'template: metadata.client_name.default', after: 'Weather' },
    ]);
  });
});
