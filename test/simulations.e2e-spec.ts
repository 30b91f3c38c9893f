import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { defaultMetadata, plainText } from './support/builders.js';
import { apiKey, dump } from './support/database.js';
import { initialAccessToken, send } from './support/http.js';
import { saveTemplate } from './support/templates.js';
import { adminToken, startApp, type TestApp } from './support/test-app.js';

let program: TestApp;

beforeAll(async () => {
  program = await startApp();
  await saveTemplate(program, {
    id: 'portal',
    access: { initial_access_token: true, access_token: { by: ['user'], clients: ['portal-registrar'] } },
    metadata: {
      client_name: { default: 'Weather' },
      grant_types: { subset_of: ['authorization_code'] },
      contacts: { essential: true },
    },
    redirect_uris: { schemes: ['https'] },
    extensions: { x_floor: { type: 'integer', maximum: 9 } },
  });
  await saveTemplate(program, { id: 'closed', status: 'off', access: { initial_access_token: true } });
});

afterAll(() => program.close());

const web = { redirect_uris: ['https://app.example/callback'] };
const registrar = { type: 'initial_access_token' };

const simulate = (json: object, token = adminToken) =>
  send('POST', `${program.url}/admin/simulations`, { token, json });

const invalid = (member: string) => ({
  error: 'invalid_request',
  error_description: plainText,
  violations: [{ member, rule: 'document', message: expect.stringContaining(member) as unknown }],
});

describe('a simulation', () => {
  it('says what would be registered, under which template, and what each rule said', async () => {
    const metadata = {
      ...web,
      contacts: ['me@app.example'],
      grant_types: ['authorization_code', 'refresh_token'],
      y: 1,
    };
    const { status, body } = await simulate({ registrar, template: 'portal', metadata: { ...metadata, x_floor: 3 } });
    expect(status).toBe(200);
    const { trace, ...result } = body;
    expect(result).toEqual({
      outcome: 'registered',
      template: { id: 'portal', version: 1 },
      client: { ...defaultMetadata, ...web, contacts: ['me@app.example'], client_name: 'Weather', x_floor: 3 },
    });
    const said = (outcome: string) => trace.filter((entry: { outcome: string }) => entry.outcome === outcome);
    const grants = ['authorization_code', 'refresh_token'];
    expect(said('changed').slice(0, 2)).toEqual([
      { step: 'read', member: 'y', rule: 'RFC 7591 section 2', outcome: 'changed', before: 1 },
      {
        ...{ step: 'fill_in', member: 'client_name', rule: 'template: metadata.client_name.default' },
        ...{ outcome: 'changed', after: 'Weather' },
      },
    ]);
    const fill = { step: 'fill_in', outcome: 'changed' };
    const common = { rule: 'RFC 7591 section 2' };
    expect(said('changed')).toEqual(
      expect.arrayContaining([
        { ...fill, ...common, member: 'token_endpoint_auth_method', after: 'client_secret_basic' },
        {
          ...{ ...fill, member: 'grant_types', rule: 'template: metadata.grant_types.subset_of' },
          ...{ before: grants, after: ['authorization_code'] },
        },
      ]),
    );
    expect(said('passed')).toEqual(
      expect.arrayContaining([
        { step: 'admit', rule: 'template: status', outcome: 'passed' },
        { step: 'admit', rule: 'template: access.initial_access_token', outcome: 'passed' },
        { step: 'fill_in', member: 'contacts', rule: 'template: metadata.contacts.essential', outcome: 'passed' },
        { step: 'fill_in', member: 'redirect_uris', rule: 'template: redirect_uris.schemes', outcome: 'passed' },
        { step: 'check', member: 'x_floor', rule: 'template: extensions.x_floor', outcome: 'passed' },
        { step: 'check', member: 'redirect_uris', rule: 'RFC 7591 section 2', outcome: 'passed' },
        { step: 'check', member: 'response_types', rule: 'RFC 7591 section 2.1', outcome: 'passed' },
      ]),
    );
    expect(said('refused')).toEqual([]);
    const order = ['read', 'admit', 'fill_in', 'check'];
    expect([...new Set(trace.map(({ step }: { step: string }) => step))].sort()).toEqual([...order].sort());
  });

  it('repeats no credentials that somebody sends along', async () => {
    const credentials = { client_secret: 'kept to oneself', registration_access_token: 'crat_kept' };
    const metadata = { ...web, contacts: ['me@app.example'], ...credentials };
    const { body, text } = await simulate({ registrar, template: 'portal', metadata });
    for (const member of Object.keys(credentials))
      expect(body.trace).toContainEqual({ step: 'read', member, rule: 'RFC 7591 section 2', outcome: 'changed' });
    expect(text).not.toContain('kept');
  });

  it('says everything that would be wrong, and which rules refused', async () => {
    const metadata = { redirect_uris: ['com.example.app:/cb'], logo_uri: 'nope', grant_types: ['client_credentials'] };
    const { status, body } = await simulate({ registrar, template: 'portal', metadata });
    expect(status).toBe(200);
    const { trace, ...result } = body;
    const rules = [
      ['redirect_uris', 'template: redirect_uris.schemes'],
      ['grant_types', 'template: metadata.grant_types.subset_of'],
      ['logo_uri', 'RFC 7591 section 2'],
      ['contacts', 'template: metadata.contacts.essential'],
    ];
    expect(result).toEqual({
      outcome: 'refused',
      template: { id: 'portal', version: 1 },
      violations: rules.map(([member, rule]) => ({ member, rule, message: plainText })),
    });
    const refused = trace.filter((entry: { outcome: string }) => entry.outcome === 'refused');
    expect(refused.map(({ member, rule }: Record<string, string>) => [member, rule]).sort()).toEqual(rules.sort());
  });

  it('is of the template that a registration would be under, unless it names one', async () => {
    const { body } = await simulate({ registrar, metadata: web });
    expect(body).toMatchObject({ outcome: 'registered', template: { id: 'default', version: 1 } });
    const named = await simulate({ registrar, metadata: { ...web, software_id: 'portal', contacts: ['a@b.example'] } });
    expect(named.body).toMatchObject({ outcome: 'registered', template: { id: 'portal', version: 1 } });
  });

  it.each([
    ['a template that is off', { registrar, template: 'closed' }, 'template: status'],
    [
      'a registrar of another kind',
      { registrar: { type: 'anonymous' }, template: 'portal' },
      'template: access.anonymous',
    ],
    [
      'a client for itself',
      { registrar: { type: 'access_token', client_id: 'portal-registrar' }, template: 'portal' },
      'template: access.access_token',
    ],
    [
      'another client',
      { registrar: { type: 'access_token', client_id: 'other', subject: 'a' }, template: 'portal' },
      'template: access.access_token',
    ],
  ])('says that %s is refused, and by which rule', async (_title, wanted, rule) => {
    const { status, body } = await simulate({ ...wanted, metadata: web });
    expect(status).toBe(200);
    expect(body.violations).toEqual([{ member: 'registrar', rule, message: plainText }]);
    expect(body.trace.at(-1)).toEqual({ step: 'admit', rule, outcome: 'refused' });
    expect(body.outcome).toBe('refused');
  });

  it('takes no client of another issuer for the one of the same name here', async () => {
    const user = { type: 'access_token', client_id: 'portal-registrar', subject: 'a' };
    const metadata = { ...web, software_id: 'portal', contacts: ['a@b.example'] };
    const outcomes = [];
    for (const issuer of [program.url, 'https://other.example'])
      outcomes.push((await simulate({ registrar: { ...user, issuer }, metadata })).body.outcome);
    expect(outcomes).toEqual(['registered', 'refused']);
  });

  it('says that nobody decides where there is no template', async () => {
    const { body } = await simulate({ registrar: { type: 'anonymous' }, metadata: web });
    const rule = 'selection of a template';
    expect(body).toEqual({
      outcome: 'refused',
      violations: [{ member: 'registrar', rule, message: plainText }],
      trace: [{ step: 'admit', rule, outcome: 'refused' }],
    });
  });

  it('is bound by an initial access token, and spends nothing of it', async () => {
    const bounds = { template: 'portal', scope: 'openid', redirect_hosts: ['app.example'], software_id: 'weather' };
    const token = await initialAccessToken(program.url, bounds);
    const { body: list } = await send('GET', `${program.url}/admin/initial-access-tokens?limit=200`, {
      token: adminToken,
    });
    const { id: token_id } = list.items.at(-1);
    const bound = { registrar: { ...registrar, token_id }, metadata: { ...web, contacts: ['a@b.example'] } };
    const { body } = await simulate(bound);
    const expected = { software_id: 'weather', scope: 'openid', client_name: 'Weather', contacts: ['a@b.example'] };
    expect(body.client).toEqual({ ...defaultMetadata, ...web, ...expected });
    const elsewhere = { redirect_uris: ['https://evil.example/'], contacts: ['a@b.example'] };
    expect((await simulate({ ...bound, metadata: elsewhere })).body.violations).toEqual([
      { member: 'redirect_uris', rule: 'bounds of the initial access token', message: plainText },
    ]);
    expect((await send('POST', `${program.url}/register`, { token, json: bound.metadata })).status).toBe(201);
    expect((await simulate(bound)).body).toEqual({
      outcome: 'refused',
      violations: [{ member: 'registrar', rule: 'initial access token', message: plainText }],
      trace: [{ step: 'admit', rule: 'initial access token', outcome: 'refused' }],
    });
  });

  it('lets an administrator try out a database client, which needs no template', async () => {
    const { body } = await simulate({
      registrar: { type: 'administrator' },
      metadata: { ...web, scope: 'openid dcr' },
    });
    expect(body).toMatchObject({ outcome: 'registered', client: { scope: 'openid dcr' } });
    expect(body).not.toHaveProperty('template');
    const strict = await simulate({
      registrar: { type: 'administrator' },
      metadata: { ...web, scope: 'openid other' },
    });
    expect(strict.body.violations).toEqual([{ member: 'scope', rule: 'SCOPES', message: plainText }]);
  });

  it('gives nobody what the administrator lacks', async () => {
    const token = await apiKey(program, ['templates:write']);
    const asked = { registrar: { type: 'administrator' }, metadata: { ...web, scope: 'openid dcrm audit:read' } };
    const { status, body } = await simulate(asked, token);
    expect(status).toBe(200);
    expect(body.violations).toEqual([{ member: 'registrar', rule: 'scope of an administrator', message: plainText }]);
  });

  it('stores nothing', async () => {
    const before = await dump(program);
    await simulate({ registrar, metadata: web });
    await simulate({ registrar, metadata: {} });
    expect(await dump(program)).toBe(before);
  });

  it.each([
    ['no registrar', { metadata: web }, 'registrar'],
    ['an unknown type', { registrar: { type: 'me' }, metadata: web }, 'registrar.type'],
    ['an unknown member', { registrar: { ...registrar, name: 'x' }, metadata: web }, 'registrar.name'],
    ['another unknown member', { registrar, metadata: web, dry: true }, 'dry'],
    ['no metadata', { registrar }, 'metadata'],
    ['metadata that are none', { registrar, metadata: [] }, 'metadata'],
    ['a template that is not there', { registrar, template: 'nope', metadata: web }, 'template'],
    [
      'a token that is not there',
      { registrar: { ...registrar, token_id: 'nope' }, metadata: web },
      'registrar.token_id',
    ],
    ['a subject of a token', { registrar: { ...registrar, subject: 'a' }, metadata: web }, 'registrar.subject'],
  ])('is refused with %s', async (_title, json, member) => {
    const { status, body } = await simulate(json);
    expect(status).toBe(400);
    expect(body).toEqual(invalid(member));
  });

  it('is for administrators of templates', async () => {
    expect((await simulate({ registrar, metadata: web }, await apiKey(program, ['templates:read']))).status).toBe(403);
  });
});
