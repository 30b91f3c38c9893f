import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { plainText } from './support/builders.js';
import { send } from './support/http.js';
import { adminToken, startApp, type TestApp } from './support/test-app.js';

let program: TestApp;
beforeAll(async () => {
  program = await startApp();
});
afterAll(() => program.close());

const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const jwks = { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'a', alg: 'ES256', use: 'sig' }] };
let number = 0;
const directory = (more: object = {}) => ({
  issuer: `https://directory-${++number}.example`,
  uses: ['software_statements'],
  jwks,
  ...more,
});

const ask = (method: string, path = '', json?: unknown, token = adminToken, headers?: Record<string, string>) =>
  send(method, `${program.url}/admin/trusted-issuers${path}`, { token, json, headers });
const make = (more: object = {}) => ask('POST', '', directory(more));

const justNow = expect.any(Number) as unknown as number;
const events = async () =>
  (await send('GET', `${program.url}/admin/audit-events?limit=200`, { token: adminToken })).body.items as {
    action: string;
    changes: Record<string, unknown>;
  }[];

describe('a trusted issuer', () => {
  it('is made with all that is left out filled in, shown, listed, replaced and deleted', async () => {
    const request = directory({ label: 'directory' });
    const made = await ask('POST', '', request);
    const view = {
      id: expect.stringMatching(/^[0-9a-f-]{36}$/) as unknown as string,
      ...request,
      algorithms: ['RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519'],
      audience: program.url,
      scopes: [],
      created_at: justNow,
      updated_at: justNow,
      version: 1,
    };
    expect([made.status, made.body]).toEqual([201, view]);
    const { id } = made.body as { id: string };
    expect(made.headers.get('location')).toBe(`${program.url}/admin/trusted-issuers/${id}`);
    expect(made.headers.get('etag')).toBe('"1"');
    expect((await ask('GET', `/${id}`)).body).toEqual(view);
    expect((await ask('GET')).body.items).toContainEqual(view);

    const { issuer } = request;
    const other = { issuer, uses: ['software_statements'], jwks_uri: 'https://directory.example/jwks' };
    const replaced = await ask('PUT', `/${id}`, other, adminToken, { 'if-match': '"1"' });
    const { label: _label, jwks: _jwks, ...rest } = { label: '', ...view };
    expect([replaced.status, replaced.body]).toEqual([200, { ...rest, ...other, version: 2 }]);
    expect((await ask('PUT', `/${id}`, other, adminToken, { 'if-match': '"1"' })).status).toBe(412);
    expect((await ask('DELETE', `/${id}`, undefined, adminToken, { 'if-match': '"1"' })).status).toBe(412);
    expect((await ask('DELETE', `/${id}`)).status).toBe(204);
    for (const method of ['GET', 'DELETE']) expect((await ask(method, `/${id}`)).status).toBe(404);
    expect((await ask('PUT', `/${id}`, other)).status).toBe(404);
    const happened = (await events()).filter(({ changes }) => JSON.stringify(changes['id'] ?? '').includes(id));
    expect(happened.map(({ action }) => action).reverse()).toEqual([
      'trusted_issuer.made',
      'trusted_issuer.changed',
      'trusted_issuer.deleted',
    ]);
  });

  it('can be read, changed and sent back, with what only the server sets as it is', async () => {
    const { body } = await ask('POST', '', directory());
    const { status, body: changed } = await ask('PUT', `/${body['id']}`, { ...body, label: 'changed' });
    expect([status, changed]).toEqual([200, { ...body, label: 'changed', version: 2, updated_at: justNow }]);
    const refused = await ask('PUT', `/${body['id']}`, { ...changed, version: 7, id: 'other', foo: 1 });
    const violations = (refused.body['violations'] as { member: string }[]).map(({ member }) => member);
    expect([refused.status, violations]).toEqual([400, ['id', 'version', 'foo']]);
    expect((await ask('POST', '', { ...directory(), version: 1 })).status).toBe(400);
  });

  it('has one entry, and may have another once that is gone', async () => {
    const first = directory();
    const made = (await ask('POST', '', first)).body;
    expect((await ask('POST', '', first)).status).toBe(409);
    const second = (await make()).body;
    expect((await ask('PUT', `/${second.id}`, first)).status).toBe(409);
    expect((await ask('DELETE', `/${made.id}`)).status).toBe(204);
    expect((await ask('POST', '', first)).status).toBe(201);
  });

  it('is made once by two who make it at the same time', async () => {
    const one = directory();
    const answers = await Promise.all([1, 2, 3, 4].map(() => ask('POST', '', one)));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409]);
  });

  const privateJwks = { keys: [privateKey.export({ format: 'jwk' })] };
  it.each<[string, object, string]>([
    ['without a name', { issuer: undefined }, 'issuer'],
    ['with an empty name', { issuer: '' }, 'issuer'],
    ['with a name that is too long', { issuer: `https://${'a'.repeat(256)}` }, 'issuer'],
    ['without a use', { uses: [] }, 'uses'],
    ['with an unknown use', { uses: ['everything'] }, 'uses'],
    ['with a use twice', { uses: ['software_statements', 'software_statements'] }, 'uses'],
    ['without keys', { jwks: undefined }, 'jwks'],
    ['with keys and their address', { jwks_uri: 'https://directory.example/jwks' }, 'jwks'],
    ['with no key in its set', { jwks: { keys: [] } }, 'jwks'],
    ['with a private key', { jwks: privateJwks }, 'jwks'],
    ['with keys at an address without TLS', { jwks: undefined, jwks_uri: 'http://directory.example' }, 'jwks_uri'],
    ['with a symmetric algorithm', { algorithms: ['HS256'] }, 'algorithms'],
    ['with no signature', { algorithms: ['none'] }, 'algorithms'],
    ['without an algorithm', { algorithms: [] }, 'algorithms'],
    ['with an empty audience', { audience: '' }, 'audience'],
    ['with a template that is not there', { template: 'nowhere' }, 'template'],
    ['with a template that is off', { template: 'open' }, 'template'],
    ['with no age', { max_age: 0 }, 'max_age'],
    ['with a member that nobody knows', { jwks_url: 'https://directory.example' }, 'jwks_url'],
  ])('is refused %s', async (_what, more, member) => {
    const { status, body } = await make(more);
    expect([status, body]).toEqual([
      400,
      { error: 'invalid_request', error_description: plainText, violations: expect.any(Array) as unknown },
    ]);
    expect(body.violations.map((one: { member: string }) => one.member)).toContain(member);
  });

  it('is never this server itself', async () => {
    expect((await make({ issuer: program.url })).status).toBe(400);
  });
});
