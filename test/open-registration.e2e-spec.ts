import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { discoverAuthorizationServerMetadata, registerClient } from '@modelcontextprotocol/sdk/client/auth.js';
import { Refusals } from '../src/audit/refusals.js';
import { Clock } from '../src/clock.js';
import { DataSources } from '../src/data-sources/data-sources.service.js';
import { RateCountStore } from '../src/rate-limits/rate-count.store.js';
import { RateCountSweep } from '../src/rate-limits/rate-count.sweep.js';
import { RateLimits } from '../src/rate-limits/rate-limits.js';
import { mcpTemplate } from '../src/templates/built-in/mcp.js';
import { anId, failure, information, plainText } from './support/builders.js';
import { count, query } from './support/database.js';
import { type Answer, initialAccessToken, patiently, replacementOf, send, type Sending } from './support/http.js';
import { saveTemplate } from './support/templates.js';
import { adminToken, startApp, type TestApp } from './support/test-app.js';

let program: TestApp;

/** Who calls behind the proxy that the tests are: each from an address of its own unless it says another. */
let callers = 0;
const nextAddress = () => `198.18.${callers >> 8}.${callers++ & 255}`;

beforeAll(async () => {
  program = await startApp({ TRUST_PROXY: '127.0.0.1,::1' });
});

afterAll(() => program.close());

const editor = {
  client_name: 'Editor',
  redirect_uris: ['http://127.0.0.1:33418/callback', 'cursor://mcp/callback'],
};

/** What the template mcp makes of it. */
const registered = {
  ...editor,
  application_type: 'native',
  token_endpoint_auth_method: 'none',
  grant_types: ['authorization_code', 'refresh_token'],
};

const call = ({ headers, ...sending }: Sending, from = nextAddress()) =>
  send('POST', `${program.url}/register`, { ...sending, headers: { 'x-forwarded-for': from, ...headers } });
const lookUp = async (id: string) =>
  (await send('GET', `${program.url}/lookup/clients/${id}`, { token: adminToken })).body;
const auditEvents = async (query: string) =>
  (await send('GET', `${program.url}/admin/audit-events?${query}`, { token: adminToken })).body.items;

describe('as long as no template is open to anyone', () => {
  it('a caller without a token is 401, whatever it sends (RFC 7591 section 3)', async () => {
    const json = { 'content-type': 'application/json' };
    for (const sending of [{ json: editor }, { body: '{', headers: json }, { body: 'x' }, {}]) {
      const answer = await call(sending);
      expect(answer).toMatchObject({ status: 401, body: failure('invalid_token') });
      expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="clientele"');
    }
  });
});

describe('once a template is open to anyone', () => {
  beforeAll(async () => {
    await saveTemplate(program, { ...mcpTemplate, status: 'active' });
    await saveTemplate(program, {
      id: 'kiosk',
      access: { anonymous: true },
      metadata: { client_name: { value: 'Kiosk' } },
    });
    await saveTemplate(program, { id: 'closed', status: 'off', access: { anonymous: true } });
  });

  it('an MCP client that sends nothing of ours registers, and looks after itself (RFC 7591 section 3, RFC 7592 section 2)', async () => {
    const answers: Record<string, any>[] = [];
    const given = await registerClient(program.url, {
      metadata: await discoverAuthorizationServerMetadata(program.url),
      clientMetadata: { ...registered, response_types: ['code'], client_uri: 'https://editor.example' },
      scope: 'openid offline_access mcp:tools',
      fetchFn: async (input, init) => {
        const response = await fetch(input, init);
        answers.push((await response.clone().json()) as Record<string, any>);
        return response;
      },
    });
    const expected = { ...registered, client_uri: 'https://editor.example', scope: 'openid offline_access' };
    const [answer = {}] = answers;
    expect(answer).toEqual(information(program.url, expected, { secret: 'none' }));
    // The SDK keeps only what it knows.
    const { client_id, redirect_uris, scope } = answer;
    expect(given).toMatchObject({ client_id, redirect_uris, scope, token_endpoint_auth_method: 'none' });

    const { registration_client_uri: uri, registration_access_token: token } = answer;
    expect((await send('GET', uri, { token })).body).toEqual(answer);
    const json = replacementOf(answer, { client_name: 'Editor 2' });
    expect((await send('PUT', uri, { token, json })).body).toEqual({ ...answer, client_name: 'Editor 2' });
    expect((await send('DELETE', uri, { token })).status).toBe(204);
  });

  it('nobody has vouched for who came without a token', async () => {
    const { status, body } = await call({ json: editor });
    expect(status).toBe(201);
    expect(body).toEqual(information(program.url, registered, { secret: 'none' }));
    const stored = await lookUp(body.client_id);
    expect(stored).toMatchObject({
      status: 'active',
      template_id: 'mcp',
      registrar: { type: 'anonymous' },
      bounds: {},
      verification: 'self_asserted',
    });
    const { registration_client_uri: uri, registration_access_token: token } = body;
    const json = replacementOf(body, { verification: 'vouched', owner: 'me', registrar: { type: 'administrator' } });
    expect((await send('PUT', uri, { token, json })).status).toBe(200);
    const { registrar, verification, owner } = await lookUp(body.client_id);
    expect({ registrar, verification, owner }).toEqual({
      registrar: { type: 'anonymous' },
      verification: 'self_asserted',
      owner: undefined,
    });
  });

  it.each(['wrong', `ciat_${'A'.repeat(43)}`, adminToken])(
    'the wrong token %s is 401, and never taken for none (RFC 6750 section 3.1)',
    async (token) => {
      const answer = await call({ token, json: editor });
      expect(answer).toMatchObject({ status: 401, body: failure('invalid_token') });
      expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="clientele", error="invalid_token"');
    },
  );

  it('a spent token is 401, and never taken for none', async () => {
    const token = await initialAccessToken(program.url);
    expect((await call({ token, json: editor })).status).toBe(201);
    expect(await call({ token, json: editor })).toMatchObject({ status: 401, body: failure('invalid_token') });
  });

  it.each(['Basic bWU6bWU=', 'DPoP abc', 'Bearer', ''])(
    'the credentials "%s" are none of ours, and are never taken for none',
    async (authorization) => {
      const answer = await call({ json: editor, headers: { authorization } });
      expect(answer).toMatchObject({ status: 401, body: failure('invalid_token') });
    },
  );

  it('who has an initial access token registers as before', async () => {
    const { status, body } = await call({ token: await initialAccessToken(program.url), json: editor });
    expect(status).toBe(201);
    expect(body.client_secret).toEqual(expect.any(String));
    expect(await lookUp(body.client_id)).toMatchObject({ template_id: 'default', verification: 'vouched' });
  });

  it('is told what is wrong in the order of the others (RFC 7591 section 3.2.2)', async () => {
    const headers = { 'content-type': 'application/json' };
    expect(await call({ body: '{' })).toMatchObject({ status: 415, body: failure('unsupported_media_type') });
    expect((await call({ body: ' '.repeat(65_537), headers })).body).toEqual(failure('payload_too_large'));
    expect((await call({ body: '{', headers })).body).toEqual(failure('invalid_client_metadata'));
    expect((await call({ json: { redirect_uris: ['https://app.example/#x'] } })).body).toMatchObject({
      error: 'invalid_redirect_uri',
    });
  });

  it('gets no grant beyond those of its template', async () => {
    const { body } = await call({ json: { ...editor, grant_types: ['authorization_code', 'client_credentials'] } });
    expect(body.grant_types).toEqual(['authorization_code']);
    const { status } = await call({ json: { ...editor, grant_types: ['client_credentials'] } });
    expect(status).toBe(400);
  });

  it('chooses another open template by software_id', async () => {
    const { status, body } = await call({ json: { software_id: 'kiosk', redirect_uris: ['https://kiosk.example/'] } });
    expect(status).toBe(201);
    expect(body.client_name).toBe('Kiosk');
    expect(await lookUp(body.client_id)).toMatchObject({ template_id: 'kiosk' });
  });

  it.each(['closed', 'default'])(
    'is 403 with the software_id %s, whose template does not let it in',
    async (software_id) => {
      expect(await call({ json: { ...editor, software_id } })).toMatchObject({
        status: 403,
        body: failure('access_denied'),
      });
    },
  );

  it('is told as anonymous in the audit trail, and only of what was done', async () => {
    await call({ json: {} });
    const { body } = await call({ json: editor });
    expect(await auditEvents(`client_id=${body.client_id}`)).toEqual([
      expect.objectContaining({
        id: anId,
        action: 'client.registered',
        actor: { type: 'anonymous' },
        outcome: 'done',
        client_id: body.client_id,
      }),
    ]);
    await program.app.get(Refusals).flush();
    const refused = await auditEvents('outcome=refused');
    expect(refused.filter(({ actor }: any) => actor.type === 'anonymous')).toEqual([]);
  });

  it('asks again with an Idempotency-Key that cannot be guessed, and gets the same client', async () => {
    const headers = { 'idempotency-key': '8e03978e40d543e8bc9368' };
    const first = await call({ json: editor, headers });
    expect(first.status).toBe(201);
    expect((await call({ json: editor, headers })).text).toBe(first.text);
    const other = await call({ json: { ...editor, client_name: 'Other' }, headers });
    expect(other).toMatchObject({ status: 422, body: failure('idempotency_key_reused') });
    const named = { 'idempotency-key': '8e03978e40d543e8bc936' };
    expect(await call({ json: editor, headers: named })).toEqual(
      expect.objectContaining({
        status: 400,
        body: { error: 'invalid_request', error_description: expect.stringContaining('22') as unknown },
      }),
    );
  });

  it('does not share its keys with those who have a token', async () => {
    const headers = { 'idempotency-key': '0123456789abcdef0123456789' };
    const first = await call({ json: editor, headers });
    const second = await call({ token: await initialAccessToken(program.url), json: editor, headers });
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(second.body.client_id).not.toBe(first.body.client_id);
  });

  it('is 401 again when the templates are closed', async () => {
    await saveTemplate(program, { ...mcpTemplate, status: 'off' });
    expect(await call({ json: editor })).toMatchObject({ status: 401, body: failure('invalid_token') });
    // A template without default_for is open to those who name it.
    expect((await call({ json: { software_id: 'kiosk', redirect_uris: ['https://kiosk.example/'] } })).status).toBe(
      201,
    );
    await saveTemplate(program, { id: 'kiosk', status: 'off', access: { anonymous: true } });
    const answer = await call({ json: { software_id: 'kiosk' } });
    expect(answer).toMatchObject({ status: 401, body: { error: 'invalid_token', error_description: plainText } });
  });
});

/** How many answers there were of each status. */
function statusesOf(answers: readonly Answer[]): Record<number, number> {
  const counts: Record<number, number> = {};
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

const many = <T>(times: number, make: (turn: number) => Promise<T>) =>
  Promise.all(Array.from({ length: times }, (_, turn) => make(turn)));

const isSeconds = (text: string | null) => Number(text) >= 1 && Number(text) <= 60;

describe('one address', () => {
  const json = { redirect_uris: ['https://kiosk.example/'] };

  beforeAll(() => saveTemplate(program, { id: 'open', access: { anonymous: true }, default_for: ['anonymous'] }));
  afterAll(() => saveTemplate(program, { id: 'open', status: 'off', access: { anonymous: true } }));

  it('may try 30 times a minute, and is refused then before its body is read (RFC 6585 section 4)', async () => {
    const from = nextAddress();
    const bad = { body: '{', headers: { 'content-type': 'application/json' } };
    for (let turn = 0; turn < 30; turn++)
      expect((await call(turn % 2 ? { json } : bad, from)).status).toBe(turn % 2 ? 201 : 400);
    for (const sending of [{ json }, bad, { body: '' }]) {
      const answer = await call(sending, from);
      expect(answer).toMatchObject({ status: 429, body: failure('rate_limited') });
      expect(answer.headers.get('retry-after')).toMatch(/^[0-9]+$/);
      expect(isSeconds(answer.headers.get('retry-after'))).toBe(true);
    }
    expect((await call({ json })).status).toBe(201);
    expect((await call({ json, token: 'wrong' }, from)).status).toBe(401);
    expect((await call({ json, token: await initialAccessToken(program.url) }, from)).status).toBe(201);
  });

  it('registers exactly as often under a flood, through several instances together', async () => {
    const from = nextAddress();
    const before = await count(program, 'clients');
    const other = new RateLimits(program.app.get(RateCountStore), program.app.get(DataSources), program.app.get(Clock));
    const limit = { id: `address ${from}`, most: 30, told: '' };
    const elsewhere = many(100, () =>
      other.count(limit).then(
        () => 'counted',
        () => 'refused',
      ),
    );
    const answers = statusesOf(await many(100, () => patiently(() => call({ json }, from))));
    const counted = (await elsewhere).filter((one) => one === 'counted').length;
    const registered = answers[201] ?? 0;
    expect(registered + counted).toBe(30);
    expect(answers).toEqual({ ...(registered && { 201: registered }), 429: 100 - registered });
    expect(await count(program, 'clients')).toBe(before + registered);
  });

  it('is a /64 of IPv6', async () => {
    const last = nextAddress().split('.').at(-1);
    const within = (turn: number) => `2001:db8:0:${last}::${turn.toString(16)}`;
    const answers = await many(35, (turn) => patiently(() => call({ json }, within(turn))));
    expect(statusesOf(answers)).toEqual({ 201: 30, 429: 5 });
    expect((await call({ json }, `2001:db8:1:${last}::1`)).status).toBe(201);
  });

  it('registers nobody while attempts cannot be counted, and hinders nobody who has a token', async () => {
    const before = await count(program, 'clients');
    await query(program, 'ALTER TABLE rate_counts RENAME TO rate_counts_elsewhere');
    try {
      const begun = Date.now();
      const refused = await call({ json });
      expect(Date.now() - begun).toBeLessThan(2_000);
      expect(refused).toMatchObject({ status: 503, body: failure('temporarily_unavailable') });
      expect(refused.headers.get('retry-after')).toMatch(/^\d+$/);
      expect(await count(program, 'clients')).toBe(before);
      expect((await call({ json, token: await initialAccessToken(program.url) })).status).toBe(201);
    } finally {
      await query(program, 'ALTER TABLE rate_counts_elsewhere RENAME TO rate_counts');
    }
    expect((await call({ json })).status).toBe(201);
  });

  it('starts anew when its minute is over, and leaves no count behind', async () => {
    const clock = jest.spyOn(program.app.get(Clock), 'now');
    const now = Math.floor(Date.now() / 1000);
    const store = program.app.get(RateCountStore);
    clock.mockReturnValue(now);
    expect(await store.add('of a test')).toMatchObject({ attempts: 1, endsAt: now + 60 });
    clock.mockReturnValue(now + 59);
    expect(await store.add('of a test')).toMatchObject({ attempts: 2, endsAt: now + 60 });
    clock.mockReturnValue(now + 60);
    expect(await store.add('of a test')).toMatchObject({ attempts: 1, endsAt: now + 120 });
    const added = await many(20, () => store.add('of a crowd'));
    expect(added.map(({ attempts }) => attempts).sort((one, other) => one - other)).toEqual(
      Array.from({ length: 20 }, (_, turn) => turn + 1),
    );
    clock.mockReturnValue(now + 119);
    await program.app.get(RateCountSweep).sweep();
    expect(await count(program, 'rate_counts', "id LIKE 'of a %'")).toBe(2);
    clock.mockReturnValue(now + 120);
    await program.app.get(RateCountSweep).sweep();
    expect(await count(program, 'rate_counts')).toBe(0);
    clock.mockRestore();
  });
});

describe('per_minute of a template', () => {
  const json = { redirect_uris: ['https://app.example/'] };
  const limited = (id: string, per_minute: number, access: object) =>
    saveTemplate(program, { id, access: { anonymous: true, ...access }, limits: { per_minute } });

  it('holds for attempts of all registrars together, and neither for trials nor for answers given again', async () => {
    await limited('hourglass', 5, { anonymous: false, initial_access_token: true });
    const token = await initialAccessToken(program.url, { template: 'hourglass', uses: 100 });
    const trial = { registrar: { type: 'initial_access_token' }, template: 'hourglass', metadata: json };
    for (let turn = 0; turn < 6; turn++) {
      const { body } = await send('POST', `${program.url}/admin/simulations`, { token: adminToken, json: trial });
      expect(body.outcome).toBe('registered');
    }
    const headers = { 'idempotency-key': 'once' };
    const first = await call({ token, json, headers });
    expect(first.status).toBe(201);
    for (let turn = 0; turn < 6; turn++) expect((await call({ token, json, headers })).text).toBe(first.text);
    expect((await call({ token, json: {} })).status).toBe(400);
    const answers = await many(20, () => patiently(() => call({ token, json })));
    expect(statusesOf(answers)).toEqual({ 201: 3, 429: 17 });
    const refused = await call({ token, json });
    expect(refused).toMatchObject({ status: 429, body: failure('rate_limited') });
    expect(isSeconds(refused.headers.get('retry-after'))).toBe(true);
    expect(await count(program, 'clients', "template_id = 'hourglass'")).toBe(4);
  });

  it('keeps a fifth for callers with a token where both may register', async () => {
    await limited('shared', 5, { initial_access_token: true });
    const software_id = 'shared';
    const anonymous = await many(10, () => patiently(() => call({ json: { ...json, software_id } })));
    expect(statusesOf(anonymous)).toEqual({ 201: 4, 429: 6 });
    const token = await initialAccessToken(program.url, { template: 'shared', uses: 100 });
    const known = await many(3, () => patiently(() => call({ token, json })));
    expect(statusesOf(known)).toEqual({ 201: 1, 429: 2 });
  });

  it('is all of it for anonymous callers where nobody else may register', async () => {
    await limited('theirs', 5, {});
    const answers = await many(10, () => patiently(() => call({ json: { ...json, software_id: 'theirs' } })));
    expect(statusesOf(answers)).toEqual({ 201: 5, 429: 5 });
  });
});
