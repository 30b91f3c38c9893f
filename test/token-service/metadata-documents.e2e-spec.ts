import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { SignJWT } from 'jose';
import { Clock } from '../../src/clock.js';
import { FetchFailure } from '../../src/fetching/fetch-failure.js';
import { GuardedFetcher } from '../../src/fetching/guarded-fetcher.js';
import { count, eventsOf, query } from '../support/database.js';
import { type Answer, register, send } from '../support/http.js';
import { publicJwk, signingKeys } from '../support/signing.js';
import { saveTemplate } from '../support/templates.js';
import { adminToken, startApp, type TestApp } from '../support/test-app.js';
import { forgetAttempts } from './attempts.js';
import { introspect, sendForm } from './oauth.js';
import { pkce, returned, User } from './user.js';

const template = {
  id: 'described',
  access: { metadata_document: true },
  metadata: {
    application_type: { default: 'native' },
    grant_types: { default: ['authorization_code', 'refresh_token'] },
  },
};

let program: TestApp;
beforeAll(async () => {
  program = await startApp({
    METADATA_DOCUMENT_TEMPLATE: 'described',
    SCOPES: 'openid profile offline_access orders:read',
    TRUST_PROXY: '127.0.0.1,::1',
  });
  await saveTemplate(program, template);
});
afterAll(() => program.close());
beforeEach(() => forgetAttempts(program));

let number = 0;
/** The address of a document that is there; each of its own. */
function publish(more: object = {}, clientId = `https://app.example/client-${++number}.json`): string {
  program.documents.set(clientId, {
    client_id: clientId,
    client_name: 'Weather',
    redirect_uris: ['http://127.0.0.1/callback', 'https://app.example/callback'],
    token_endpoint_auth_method: 'none',
    ...more,
  });
  return clientId;
}

const redirect_uri = 'https://app.example/callback';

function authorizeUrl(client_id: string, more: Record<string, string> = {}) {
  const { verifier, challenge } = pkce();
  const asked = { response_type: 'code', client_id, redirect_uri, scope: 'openid orders:read', state: 'a state' };
  const query = new URLSearchParams({ ...asked, code_challenge: challenge, code_challenge_method: 'S256', ...more });
  return { url: `${program.url}/oauth/authorize?${query.toString()}`, verifier };
}

const ada = () => new User(program, 'ada');

async function tokensOf(client_id: string, user = ada(), more: Record<string, string> = {}): Promise<Answer> {
  const { url, verifier } = authorizeUrl(client_id);
  const { code = '' } = returned(await user.agree(url));
  const form = { grant_type: 'authorization_code', code, code_verifier: verifier, redirect_uri, ...more };
  return sendForm(`${program.url}/oauth/token`, form, { client_id });
}

const refresh = (client_id: string, refresh_token: string) =>
  sendForm(`${program.url}/oauth/token`, { grant_type: 'refresh_token', refresh_token }, { client_id });

/** What a browser is shown that comes for a client. */
const visit = (client_id: string, more?: Record<string, string>, from = '198.51.100.1') =>
  ada().visit(authorizeUrl(client_id, more).url, 'GET', undefined, { 'x-forwarded-for': from });

/** The page that asks for consent. */
async function consentPage(client_id: string): Promise<string> {
  const user = ada();
  await user.exist();
  let answer = await user.visit(authorizeUrl(client_id).url);
  for (let step = 0; step < 6 && !answer.text.includes('Let this application in?'); step++) {
    const next = new URL(answer.headers.get('location')!, program.url).href;
    answer = await user.visit(next);
    if (answer.text.includes('name="password"')) answer = await signedIn(user, next, answer);
  }
  return answer.text;
}

async function signedIn(user: User, url: string, { text }: Answer): Promise<Answer> {
  const proof = /name="proof" value="([^"]+)"/.exec(text)![1]!;
  return user.visit(url, 'POST', { proof, username: 'ada', password: 'seven green lamps at noon', answer: 'sign-in' });
}

const fetches = () => jest.spyOn(program.app.get(GuardedFetcher), 'fetchJson');
const actionsOf = async (clientId: string) => {
  const { body } = await send(
    'GET',
    `${program.url}/admin/audit-events?client_id=${encodeURIComponent(clientId)}&limit=200`,
    { token: adminToken },
  );
  return (body.items as { action: string }[]).map(({ action }) => action).reverse();
};

/** A page that tells the browser what is wrong, and leads nowhere. */
function expectRefused({ status, headers, text }: Answer): void {
  expect(status).toBe(400);
  expect(headers.get('location')).toBeNull();
  expect(text).toContain('invalid_client');
}

describe('a client whose client_id is the address of its document', () => {
  it('is announced (Client ID Metadata Document section 5, RFC 8414 section 2)', async () => {
    for (const name of ['oauth-authorization-server', 'openid-configuration']) {
      const { body } = await send('GET', `${program.url}/.well-known/${name}`);
      expect(body.client_id_metadata_document_supported).toBe(true);
    }
  });

  it('gets tokens for its user and new ones, with one look at its document (Client ID Metadata Document section 4)', async () => {
    const fetched = fetches();
    const clientId = publish();
    const { status, body } = await tokensOf(clientId);
    expect(status).toBe(200);
    expect(body).toMatchObject({ token_type: 'Bearer', scope: 'openid orders:read' });
    const renewed = await refresh(clientId, body.refresh_token);
    expect(renewed.status).toBe(200);
    const userinfo = await send('GET', `${program.url}/oauth/userinfo`, { token: renewed.body.access_token });
    expect(userinfo.body).toEqual({ sub: 'ada' });
    expect(fetched.mock.calls).toEqual([[clientId]]);
    fetched.mockRestore();
  });

  it('is stored nowhere, and nothing of it can be managed (RFC 7592 section 2.1)', async () => {
    const before = await count(program, 'clients');
    const clientId = publish();
    expect((await tokensOf(clientId)).status).toBe(200);
    expect(await count(program, 'clients')).toBe(before);
    const path = encodeURIComponent(clientId);
    for (const method of ['GET', 'PUT', 'DELETE'])
      expect((await send(method, `${program.url}/register/${path}`, { token: 'crat_some' })).status).toBe(401);
    expect((await send('GET', `${program.url}/admin/clients/${path}`, { token: adminToken })).status).toBe(404);
    expect((await send('GET', `${program.url}/lookup/clients/${path}`, { token: adminToken })).status).toBe(404);
  });

  it('is named by its host where the user is asked, and nobody vouches for it (Client ID Metadata Document, security considerations)', async () => {
    const clientId = publish({ client_name: 'Your <b>Bank</b>' });
    const text = await consentPage(clientId);
    expect(text).toContain('Nobody vouches for this application.');
    expect(text).toContain('It comes from <strong><bdi>app.example</bdi></strong>');
    expect(text).toContain(`<code><bdi>${clientId}</bdi></code>, not registered here`);
    expect(text).toContain('Your &lt;b&gt;Bank&lt;/b&gt;');
    expect(text).toContain('I started this myself');
    expect(text).not.toContain('where any other program could use its name');
  });

  it('is told apart from other programs of the same computer by nobody (RFC 8252 section 8.6)', async () => {
    const clientId = publish({ redirect_uris: ['http://127.0.0.1/callback'] });
    const { url } = authorizeUrl(clientId, { redirect_uri: 'http://127.0.0.1:4444/callback' });
    const user = ada();
    await user.exist();
    let answer = await user.visit(url);
    for (let step = 0; step < 6 && !answer.text.includes('Let this application in?'); step++) {
      const next = new URL(answer.headers.get('location')!, program.url).href;
      answer = await user.visit(next);
      if (answer.text.includes('name="password"')) answer = await signedIn(user, next, answer);
    }
    expect(answer.text).toContain('where any other program could use its name');
  });

  it('is sent back to addresses of its document only (Client ID Metadata Document section 4.5)', async () => {
    const clientId = publish();
    const answer = await visit(clientId, { redirect_uri: 'https://app.example/callback/' });
    expect([answer.status, answer.headers.get('location')]).toEqual([400, null]);
    expect(answer.text).toContain('invalid_redirect_uri');
  });

  it('has no scope that only administrators give', async () => {
    const clientId = publish({ scope: 'openid dcr clients:read' });
    for (const scope of ['openid dcr', 'openid clients:read'])
      expect(returned(await visit(clientId, { scope }))).toMatchObject({ error: 'invalid_scope', state: 'a state' });
  });

  it('proves who it is where its document says how (Client ID Metadata Document, client authentication)', async () => {
    const key = signingKeys();
    const token_endpoint_auth_method = 'private_key_jwt';
    const clientId = publish({ token_endpoint_auth_method, jwks: { keys: [publicJwk(key, 'a')] } });
    const bare = await tokensOf(clientId);
    expect([bare.status, bare.body.error]).toEqual([401, 'invalid_client']);
    const client_assertion = await new SignJWT({ jti: 'once' })
      .setProtectedHeader({ alg: 'ES256', kid: 'a' })
      .setIssuer(clientId)
      .setSubject(clientId)
      .setAudience(program.url)
      .setIssuedAt()
      .setExpirationTime('1m')
      .sign(key.privateKey);
    const client_assertion_type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
    expect((await tokensOf(clientId, ada(), { client_assertion, client_assertion_type })).status).toBe(200);
  });

  it('has no secret unless it says how it proves who it is, whatever the default of RFC 7591 is', async () => {
    const clientId = publish({ token_endpoint_auth_method: undefined });
    expect((await tokensOf(clientId)).status).toBe(200);
  });

  it('may push its request and begin at a device', async () => {
    const grant_types = ['authorization_code', 'urn:ietf:params:oauth:grant-type:device_code'];
    const clientId = publish({ grant_types });
    const { challenge } = pkce();
    const form = { response_type: 'code', redirect_uri, code_challenge: challenge, code_challenge_method: 'S256' };
    expect((await sendForm(`${program.url}/oauth/par`, form, { client_id: clientId })).status).toBe(201);
    const device = await sendForm(`${program.url}/oauth/device`, { scope: 'openid' }, { client_id: clientId });
    expect(device.status).toBe(200);
  });
});

describe('an address that cannot be a client_id', () => {
  it.each([
    'https://app.example',
    'http://app.example/client.json',
    'HTTPS://app.example/client.json',
    'https://App.example/client.json',
    'https://app.example:443/client.json',
    'https://app.example/client.json#a',
    'https://app.example/client.json#',
    'https://user@app.example/client.json',
    'https://user:secret@app.example/client.json',
    'https://app.example/../client.json',
    'https://app.example/a/./client.json',
    'https://app.example/%2e%2e/client.json',
    'https://app.example\\client.json',
    'https://app.example/cli ent.json',
    'https://127.1/client.json',
    `https://app.example/${'a'.repeat(240)}`,
  ])('%s is refused, and nothing is fetched (Client ID Metadata Document section 3)', async (clientId) => {
    const fetched = fetches();
    publish({}, clientId);
    expectRefused(await visit(clientId));
    const token = await sendForm(
      `${program.url}/oauth/token`,
      { grant_type: 'authorization_code', code: 'a', redirect_uri },
      { client_id: clientId },
    );
    expect([token.status, token.body.error]).toEqual([400, 'invalid_client']);
    expect(fetched).not.toHaveBeenCalled();
    fetched.mockRestore();
    program.documents.delete(clientId);
  });
});

describe('a document', () => {
  const { privateKey } = signingKeys();

  it.each<[string, object]>([
    ['that names no client', { client_id: undefined }],
    ['of another client', { client_id: 'https://app.example/other.json' }],
    ['whose client_id has a port', { client_id: 'https://app.example:443/bad.json' }],
    ['whose client_id has a slash more', { client_id: 'https://app.example/bad.json/' }],
    ['whose client_id is in capitals', { client_id: 'https://APP.example/bad.json' }],
    ['whose client_id is a list', { client_id: ['https://app.example/bad.json'] }],
    ['with a secret', { client_secret: 'a'.repeat(64) }],
    ['with a secret that is null', { client_secret: null }],
    ['with the end of a secret', { client_secret_expires_at: 0 }],
    ['that proves itself by a secret', { token_endpoint_auth_method: 'client_secret_basic' }],
    ['that proves itself by a secret in the form', { token_endpoint_auth_method: 'client_secret_post' }],
    ['that proves itself by a JWT with a secret', { token_endpoint_auth_method: 'client_secret_jwt' }],
    ['whose tokens would be signed with a secret', { id_token_signed_response_alg: 'HS256' }],
    ['that proves itself by a key it does not name', { token_endpoint_auth_method: 'private_key_jwt' }],
    ['that proves itself in no known way', { token_endpoint_auth_method: 'magic' }],
    [
      'with a private key',
      { token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [privateKey.export({ format: 'jwk' })] } },
    ],
    ['without redirects', { redirect_uris: undefined }],
    ['whose redirects are none', { redirect_uris: [] }],
    ['whose redirect is a script', { redirect_uris: ['javascript:alert(1)'] }],
    ['whose redirect has a wildcard', { redirect_uris: ['https://*.app.example/'] }],
    ['whose redirect has a fragment', { redirect_uris: ['https://app.example/#a'] }],
    ['whose redirect is not encrypted', { redirect_uris: ['http://app.example/'] }],
    ['that vouches for itself', { software_statement: 'a.b.c' }],
    ['that wants the implicit grant', { grant_types: ['implicit'], response_types: ['token'] }],
    ['whose name overrides the direction of text', { client_name: 'a\u202eb' }],
    ['that is longer than 5 KiB', { unknown: 'a'.repeat(5200) }],
  ])('%s is refused, and told to the browser (Client ID Metadata Document section 4.1)', async (_what, more) => {
    const clientId = publish(more, 'https://app.example/bad.json');
    expectRefused(await visit(clientId));
    // Anybody may make up such addresses: the log has them, and nothing is stored.
    expect(await actionsOf(clientId)).toEqual([]);
  });

  it.each([['a list'], 7, null, 'text'])('that is %j is refused', async (document) => {
    program.documents.set('https://app.example/odd.json', document);
    expectRefused(await visit('https://app.example/odd.json'));
  });

  it('is read again when it was refused or could not be had (Client ID Metadata Document section 4.4)', async () => {
    const clientId = publish({ redirect_uris: [] });
    expectRefused(await visit(clientId));
    program.documents.delete(clientId);
    expectRefused(await visit(clientId));
    publish({}, clientId);
    expect((await tokensOf(clientId)).status).toBe(200);
    expect(await actionsOf(clientId)).toEqual(['metadata_document.first_seen']);
  });

  it('is told in the audit trail when it is first seen and when it changes, not each time it is read', async () => {
    const clock = jest.spyOn(program.app.get(Clock), 'now');
    const start = Math.floor(Date.now() / 1000);
    clock.mockReturnValue(start);
    const clientId = publish({ contacts: ['ada@app.example'] });
    expect((await visit(clientId)).status).toBe(303);
    clock.mockReturnValue(start + 601);
    expect((await visit(clientId)).status).toBe(303);
    publish({ client_name: 'Weather 2' }, clientId);
    expect((await visit(clientId)).status).toBe(303);
    clock.mockReturnValue(start + 1_202);
    expect((await visit(clientId)).status).toBe(303);
    const events = await eventsOf(program, clientId);
    expect(events.map(({ action, actor, outcome }) => ({ action, actor, outcome }))).toEqual(
      ['metadata_document.first_seen', 'metadata_document.changed'].map((action) => ({
        action,
        actor: { type: 'client', client_id: clientId },
        outcome: 'done',
      })),
    );
    const [{ before, after }] = [events[1]!.changes['metadata'] as { before: any; after: any }];
    expect([before.client_name, after.client_name]).toEqual(['Weather', 'Weather 2']);
    expect(JSON.stringify(events)).not.toContain('ada@app.example');
    clock.mockRestore();
  });

  it('is told in the audit trail once when it is not good any more, and when it is changed again', async () => {
    const clock = jest.spyOn(program.app.get(Clock), 'now');
    let now = Math.floor(Date.now() / 1000);
    const clientId = publish();
    const visitLater = (more: object) => {
      clock.mockReturnValue((now += 601));
      publish(more, clientId);
      return visit(clientId);
    };
    expect((await visitLater({})).status).toBe(303);
    for (const more of [{ redirect_uris: [] }, { grant_types: ['implicit'] }]) expectRefused(await visitLater(more));
    expect((await visitLater({ client_name: 'Weather 2' })).status).toBe(303);
    expect(await actionsOf(clientId)).toEqual(
      ['first_seen', 'refused', 'changed'].map((what) => `metadata_document.${what}`),
    );
    clock.mockRestore();
  });

  it('is kept as long as its host says, from one minute to an hour (RFC 9111 section 5.2.2)', async () => {
    const clock = jest.spyOn(program.app.get(Clock), 'now');
    const start = Math.floor(Date.now() / 1000);
    for (const [control, seconds] of [
      ['max-age=0', 60],
      ['no-store', 60],
      ['public, max-age=120', 120],
      ['max-age=86400', 3600],
    ] as const) {
      const clientId = publish();
      const document = program.documents.get(clientId);
      const fetched = fetches().mockImplementation(() =>
        Promise.resolve({ document, headers: { 'cache-control': control } }),
      );
      for (const [at, times] of [
        [0, 1],
        [seconds - 1, 1],
        [seconds, 2],
      ] as const) {
        clock.mockReturnValue(start + at);
        await visit(clientId);
        expect([control, at, fetched.mock.calls.length]).toEqual([control, at, times]);
      }
      fetched.mockRestore();
    }
    clock.mockRestore();
  });

  it('goes on for an hour while its host cannot be reached, and ends when its host took it away', async () => {
    const clock = jest.spyOn(program.app.get(Clock), 'now');
    const start = Math.floor(Date.now() / 1000);
    clock.mockReturnValue(start);
    const clientId = publish();
    expect((await visit(clientId)).status).toBe(303);
    const broken = fetches().mockImplementation(() => Promise.reject(new FetchFailure('server_failed')));
    clock.mockReturnValue(start + 601);
    expect((await visit(clientId)).status).toBe(303);
    expect((await visit(clientId)).status).toBe(303);
    expect(broken).toHaveBeenCalledTimes(1);
    broken.mockImplementation(() => Promise.reject(new FetchFailure('status_refused')));
    clock.mockReturnValue(start + 700);
    expectRefused(await visit(clientId));
    broken.mockImplementation(() => Promise.reject(new FetchFailure('server_failed')));
    expectRefused(await visit(clientId));
    broken.mockRestore();
    clock.mockRestore();
  });

  it('has the user asked again when it is another one', async () => {
    const clock = jest.spyOn(program.app.get(Clock), 'now');
    const start = Math.floor(Date.now() / 1000);
    clock.mockReturnValue(start);
    const web = { application_type: 'web', redirect_uris: [redirect_uri] };
    const clientId = publish(web);
    const user = ada();
    await user.agree(authorizeUrl(clientId).url);
    const silent = () => user.visit(authorizeUrl(clientId, { prompt: 'none' }).url);
    expect(returned(await silent())).toHaveProperty('code');
    publish({ ...web, redirect_uris: [redirect_uri, 'https://evil.example/callback'] }, clientId);
    clock.mockReturnValue(start + 601);
    expect(returned(await silent()).error).toBe('consent_required');
    clock.mockRestore();
  });
});

describe('what is stored', () => {
  it('comes first, and its tombstone too', async () => {
    const clientId = publish();
    const { body } = await register(program.url, { client_name: 'Stored', redirect_uris: [redirect_uri] });
    await query(program, 'UPDATE clients SET client_id = ? WHERE client_id = ?', [clientId, body.client_id]);
    const fetched = fetches();
    expect(await consentPage(clientId)).toContain('<bdi>Stored</bdi>');
    for (const status of ['suspended', 'deleted']) {
      await query(program, 'UPDATE clients SET status = ? WHERE client_id = ?', [status, clientId]);
      expectRefused(await visit(clientId));
    }
    expect(fetched).not.toHaveBeenCalled();
    fetched.mockRestore();
  });
});

describe('whoever brings new addresses', () => {
  it('may bring so many from one address in a minute, and known ones still work', async () => {
    const known = publish();
    await visit(known);
    const fetched = fetches();
    const answers = [];
    for (let turn = 0; turn < 32; turn++) answers.push(await visit(publish(), {}, '203.0.113.9'));
    expect(answers.filter(({ status }) => status === 303)).toHaveLength(30);
    expect(answers.slice(30).map(({ status }) => status)).toEqual([429, 429]);
    expect(answers[31]!.headers.get('retry-after')).toMatch(/^\d+$/);
    expect(answers[31]!.headers.get('location')).toBeNull();
    expect(fetched).toHaveBeenCalledTimes(30);
    expect((await visit(known, {}, '203.0.113.9')).status).toBe(303);
    expect((await visit(publish(), {}, '203.0.113.10')).status).toBe(303);
    fetched.mockRestore();
  });

  it('may bring so many in a minute from everywhere, of which so many are kept', async () => {
    const first = publish();
    await visit(first, {}, '192.0.2.0');
    const statuses = [];
    for (let turn = 1; turn <= 300; turn++)
      statuses.push((await visit(publish(), {}, `192.0.2.${1 + (turn % 20)}`)).status);
    expect(statuses.filter((status) => status === 303)).toHaveLength(299);
    expect(statuses.at(-1)).toBe(429);
    await forgetAttempts(program);
    const fetched = fetches();
    expect((await visit(first)).status).toBe(303);
    expect(fetched).toHaveBeenCalledTimes(1);
    fetched.mockRestore();
  });

  it('are waited for once, however many come at the same time', async () => {
    const clientId = publish();
    const fetched = fetches();
    const answers = await Promise.all(Array.from({ length: 20 }, () => visit(clientId)));
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(303));
    expect(fetched).toHaveBeenCalledTimes(1);
    expect(await actionsOf(clientId)).toEqual(['metadata_document.first_seen']);
    fetched.mockRestore();
  });
});

describe('the template', () => {
  it('ends at once what it took, tokens too, and lets it go on', async () => {
    const clientId = publish();
    const resource = await register(program.url, { grant_types: ['client_credentials'] });
    const { body } = await tokensOf(clientId);
    const isActive = async () => (await introspect(program.url, resource.body, body.access_token)).body.active;
    expect(await isActive()).toBe(true);
    const fetched = fetches();
    await saveTemplate(program, { ...template, status: 'off' });
    expectRefused(await visit(clientId));
    expectRefused(await visit(publish()));
    expect(await isActive()).toBe(false);
    expect((await refresh(clientId, body.refresh_token)).body.error).toBe('invalid_client');
    expect(fetched).not.toHaveBeenCalled();
    await saveTemplate(program, template);
    expect(await isActive()).toBe(true);
    fetched.mockRestore();
  });

  it('judges anew what is kept when it has changed', async () => {
    const clientId = publish();
    expect((await visit(clientId)).status).toBe(303);
    await saveTemplate(program, { ...template, redirect_uris: { hosts: ['other.example'] } });
    expectRefused(await visit(clientId));
    await saveTemplate(program, template);
    expect((await visit(clientId)).status).toBe(303);
  });

  it('names the hosts of those whom it takes, before anything is fetched', async () => {
    const fetched = fetches();
    await saveTemplate(program, { ...template, access: { metadata_document: { hosts: ['*.partners.example'] } } });
    expectRefused(await visit(publish({}, 'https://partners.example/client.json')));
    expectRefused(await visit(publish({}, 'https://evil.example/a.partners.example')));
    expect(fetched).not.toHaveBeenCalled();
    expect((await visit(publish({}, 'https://a.partners.example:8443/client.json'))).status).toBe(303);
    await saveTemplate(program, template);
    fetched.mockRestore();
  });

  it('never makes another client than the document says, which nobody would tell it', async () => {
    const key = { keys: [publicJwk(signingKeys(), 'a')] };
    const clientId = publish({ token_endpoint_auth_method: 'private_key_jwt', jwks: key });
    const metadata = { ...template.metadata, token_endpoint_auth_method: { value: 'none' } };
    await saveTemplate(program, { ...template, metadata });
    expectRefused(await visit(clientId));
    await saveTemplate(program, template);
    expect((await visit(clientId)).status).toBe(303);
  });

  it('is missed by the operator when it is not there, and told once', async () => {
    const warned = jest.spyOn(Logger.prototype, 'warn');
    await saveTemplate(program, { ...template, status: 'off' });
    for (let turn = 0; turn < 3; turn++) expectRefused(await visit(publish()));
    const told = warned.mock.calls.filter(([text]) => String(text).includes('METADATA_DOCUMENT_TEMPLATE'));
    expect(told).toHaveLength(1);
    await saveTemplate(program, template);
    warned.mockRestore();
  });

  it('cannot want an approval, for which there would be nothing', async () => {
    const json = { id: 'approving', access: { metadata_document: true, approval: true } };
    const { status, body } = await send('POST', `${program.url}/admin/templates`, { token: adminToken, json });
    expect([status, body.violations.map(({ member }: { member: string }) => member)]).toEqual([
      400,
      ['access.approval'],
    ]);
  });

  it.each([
    [{ hosts: ['Partners.example'] }, 'access.metadata_document.hosts'],
    [{ hosts: [] }, 'access.metadata_document.hosts'],
    [{ host: 'a.example' }, 'access.metadata_document.host'],
    ['yes', 'access.metadata_document'],
  ])('refuses %j', async (metadata_document, member) => {
    const json = { id: 'odd', access: { metadata_document } };
    const { status, body } = await send('POST', `${program.url}/admin/templates`, { token: adminToken, json });
    expect([status, body.violations[0].member]).toEqual([400, member]);
  });

  it('takes no callers without a token by this', async () => {
    const { status } = await send('POST', `${program.url}/register`, { json: { redirect_uris: [redirect_uri] } });
    expect(status).toBe(401);
  });
});
