import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Clock } from '../src/clock.js';
import { anId, failure, information, justNow, plainText, refusal } from './support/builders.js';
import { apiKey, count, dump, eventsOf, filesOf, meeting, query } from './support/database.js';
import {
  type Answer,
  credentialsSeen,
  initialAccessToken,
  register,
  replacementOf,
  send,
  type Sending,
  sendAtOnce,
  sendRaw,
  webClient,
} from './support/http.js';
import { adminToken, startApp, type TestApp } from './support/test-app.js';

const path = '/admin/initial-access-tokens';
const day = 86_400;

let program: TestApp;

beforeAll(async () => {
  program = await startApp();
});

afterAll(() => program.close());
afterEach(() => {
  jest.restoreAllMocks();
});

const admin = (method: string, below = '', sending: Sending = {}): Promise<Answer> =>
  send(method, program.url + path + below, { token: adminToken, ...sending });
const make = (json: unknown = {}): Promise<Answer> => admin('POST', '', { json });
const post = (token: string, json: unknown = webClient): Promise<Answer> =>
  send('POST', `${program.url}/register`, { token, json });
const web = (changes: object) => ({ ...webClient, ...changes });
const inSeconds = (later: number) => {
  const then = Math.floor(Date.now() / 1000) + later;
  jest.spyOn(program.app.get(Clock), 'now').mockReturnValue(then);
};

/** What an answer says to whoever sent a token, without what is different in each answer. */
const said = ({ status, headers, text }: Answer) => {
  const changing = ['date', 'x-request-id', 'connection', 'keep-alive'];
  return { status, text, headers: [...headers].filter(([name]) => !changing.includes(name)) };
};

/** How a token is shown that was made with nothing said about it. */
const plain = {
  id: anId,
  status: 'active',
  uses: 1,
  uses_left: 1,
  manages: false,
  created_at: justNow,
};

describe('making an initial access token', () => {
  it('gives the right to register one client within a day, shown this once', async () => {
    const answer = await make();
    expect(answer.status).toBe(201);
    expect(answer.body).toEqual({
      ...plain,
      expires_at: answer.body.created_at + day,
      token: expect.stringMatching(/^ciat_[A-Za-z0-9_-]{43}$/),
    });
    expect(answer.headers.get('location')).toBe(`${program.url}${path}/${answer.body.id}`);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.headers.get('pragma')).toBe('no-cache');

    const { token, ...rest } = answer.body;
    const shown = await admin('GET', `/${rest.id}`);
    expect(shown.status).toBe(200);
    expect(shown.body).toEqual(rest);
    expect(shown.headers.get('cache-control')).toBe('no-store');
  });

  it('takes every limit, and shows it again', async () => {
    const limits = {
      template: 'default',
      uses: 1_000_000,
      label: 'Pàrtners',
      owner: 'team-payments',
      scope: 'openid email',
      software_id: '4NRB1-0XZABZI9E6-5SM3R',
      redirect_hosts: ['app.example', '*.partners.example', 'localhost', '127.0.0.1', '[::1]'],
      manages: true,
    };
    const answer = await make({ ...limits, expires_in: 600 });
    const { token, ...rest } = answer.body;
    expect(answer.status).toBe(201);
    expect(rest).toEqual({
      ...limits,
      id: anId,
      status: 'active',
      uses_left: 1_000_000,
      created_at: justNow,
      expires_at: rest.created_at + 600,
    });
    expect((await admin('GET', `/${rest.id}`)).body).toEqual(rest);
    expect((await post(token, web({ redirect_uris: ['http://localhost/cb'] }))).status).toBe(201);
    expect((await admin('GET', `/${rest.id}`)).body.uses_left).toBe(999_999);
  });

  const members = [
    'uses',
    'expires_in',
    'template',
    'label',
    'owner',
    'scope',
    'software_id',
    'redirect_hosts',
    'manages',
  ];

  it.each(members)('takes a null %s for one that is left out', async (member) => {
    const { status, body } = await make({ [member]: null });
    expect(body).toEqual({ ...plain, expires_at: body.created_at + day, token: body.token });
    expect(status).toBe(201);
  });

  it.each([
    ['uses', 0],
    ['uses', -1],
    ['uses', 1.5],
    ['uses', '1'],
    ['uses', 1_000_001],
    ['uses', true],
    ['expires_in', 0],
    ['expires_in', -1],
    ['expires_in', 0.5],
    ['expires_in', '3600'],
    ['expires_in', 1e300],
    ['label', ''],
    ['label', 7],
    ['label', 'x'.repeat(256)],
    ['owner', ''],
    ['owner', ['team']],
    ['owner', 'x'.repeat(256)],
    ['template', 'unheard-of'],
    ['template', ''],
    ['template', 7],
    ['scope', 'unheard-of'],
    ['scope', 'openid unheard-of'],
    ['scope', 'openid  email'],
    ['scope', ''],
    ['scope', ['openid']],
    ['scope', 'dcr'],
    ['scope', 'openid clients:read'],
    ['software_id', ''],
    ['software_id', 7],
    ['software_id', 'x'.repeat(256)],
    ['redirect_hosts', []],
    ['redirect_hosts', 'app.example'],
    ['redirect_hosts', ['https://app.example']],
    ['redirect_hosts', ['app.example/path']],
    ['redirect_hosts', ['app.example:8443']],
    ['redirect_hosts', ['app.*']],
    ['redirect_hosts', ['*']],
    ['redirect_hosts', ['**.example']],
    ['redirect_hosts', ['a.*.example']],
    ['redirect_hosts', ['']],
    ['redirect_hosts', ['app.example', 7]],
    ['redirect_hosts', Array.from({ length: 101 }, (_, at) => `a${at}.example`)],
    ['manages', 'true'],
    ['manages', 1],
    ['expires_at', 1],
    ['id', 'my-own'],
    ['token', 'ciat_my-own'],
    ['Uses', 1],
    ['constructor', 1],
  ])('is refused with %s %j', async (member, value) => {
    const before = await count(program, 'initial_access_tokens');
    const answer = await make({ [member]: value });
    expect(answer.body).toEqual(refusal(member, 'invalid_request'));
    expect(answer.status).toBe(400);
    expect(await count(program, 'initial_access_tokens')).toBe(before);
  });

  it.each([
    ['label', 'a\u0000b'],
    ['owner', 'a\u0000b'],
    ['software_id', 'a\u0000b'],
    ['label', 'a\ud800b'],
    ['software_id', 'a\nb'],
  ])('is refused with text that no client and not every database could have: %s %j', async (member, value) => {
    const answer = await make({ [member]: value });
    expect(answer.body).toEqual(refusal(member, 'invalid_request'));
    expect(answer.status).toBe(400);
  });

  it('tells all that is wrong at once, and repeats no markup', async () => {
    const { status, body } = await make({ uses: 0, '<script>': 1, manages: 'x' });
    expect(status).toBe(400);
    expect(body).toMatchObject({ error: 'invalid_request', error_description: plainText });
    expect(body.violations).toHaveLength(3);
    expect(JSON.stringify(body)).not.toContain('<');
  });

  it.each(['', '{', 'null', '[]', '"x"', '{"uses":1,"uses":2}'])('is refused with the body %j', async (body) => {
    const answer = await admin('POST', '', { body, headers: { 'content-type': 'application/json' } });
    expect(answer.status).toBe(400);
    expect(answer.body).toEqual(failure('invalid_request'));
  });

  it('is 415 for a form and 413 for too much (RFC 9110 sections 15.5.14 and 15.5.16)', async () => {
    const form = await admin('POST', '', {
      body: 'uses=1',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    expect(form).toMatchObject({ status: 415, body: failure('unsupported_media_type') });
    expect(await make({ label: 'x'.repeat(70_000) })).toMatchObject({
      status: 413,
      body: failure('payload_too_large'),
    });
  });
});

describe('initial access tokens', () => {
  it('are listed page by page, in the order in which they were made, with links (RFC 8288 section 3)', async () => {
    const fresh = await startOver();
    const made: string[] = [];
    for (let turn = 0; turn < 5; turn += 1) made.push((await make({ label: `token ${turn}` })).body.id);

    const pages: Answer[] = [];
    for (let next: string | undefined = `${fresh}?limit=2`; next !== undefined;) {
      const page: Answer = await send('GET', next, { token: adminToken });
      expect(page.status).toBe(200);
      pages.push(page);
      next = /^<([^>]+)>; rel="next"$/.exec(page.headers.get('link') ?? '')?.[1];
    }
    expect(pages.map(({ body }) => body.items.length)).toEqual([2, 2, 1]);
    expect(pages.flatMap(({ body }) => body.items.map(({ id }: { id: string }) => id))).toEqual(made);
    const [first, , last] = pages;
    expect(first?.body).toEqual({
      items: [0, 1].map((turn) => ({
        ...plain,
        id: made[turn],
        label: `token ${turn}`,
        expires_at: first?.body.items[turn].created_at + day,
      })),
      next: expect.any(String),
    });
    expect(last?.body).toEqual({ items: [expect.objectContaining({ id: made[4] })] });
    expect(last?.headers.get('link')).toBeNull();
    const again = await send('GET', `${fresh}?limit=2&after=${first?.body.next}`, { token: adminToken });
    expect(again.body).toEqual(pages[1]?.body);
  });

  it('are on one page when they just fit, and 50 on a page unless said', async () => {
    const fresh = await startOver();
    for (let turn = 0; turn < 51; turn += 1) await make();
    const pageOf = async (limit: string) => (await send('GET', fresh + limit, { token: adminToken })).body;
    expect((await pageOf('?limit=51')).next).toBeUndefined();
    const usual = await pageOf('');
    expect(usual.items).toHaveLength(50);
    expect(usual.next).toEqual(expect.any(String));
    expect((await pageOf('?limit=200')).items).toHaveLength(51);
  });

  it.each([
    ...['limit=0', 'limit=201', 'limit=-1', 'limit=x', 'limit=1.5', 'limit=', 'limit=1&limit=2', 'limit=01'],
    ...['after=', 'after=%00', 'after=made-up', 'after=MQ', 'after=bnVsbA', 'after=a&after=b'],
    ...['offset=1', 'Limit=1', 'status=active', 'limit[]=1', '__proto__=1'],
  ])('are not listed for a question that nobody understands: %s', async (question) => {
    const answer = await admin('GET', `?${question}`);
    expect(answer.status).toBe(400);
    expect(answer.body).toEqual(failure('invalid_request'));
  });

  it('are shown and revoked by their id only, else 404 (RFC 9110 section 15.5.5)', async () => {
    const { body } = await make();
    for (const id of [
      'nobody',
      '01890000-0000-7000-8000-000000000000',
      body.token,
      body.id.toUpperCase(),
      '%20',
      'x'.repeat(4000),
    ])
      for (const method of ['GET', 'DELETE']) {
        const answer = await admin(method, `/${id}`);
        expect(answer.status).toBe(404);
        expect(answer.body).toEqual(failure('not_found'));
      }
  });

  it.each([
    ['GET', '?made_up=1'],
    ['DELETE', '?made_up=1'],
    ['DELETE', '?clients=delete'],
    ['DELETE', '?clients='],
    ['DELETE', '?clients=suspend&clients=suspend'],
  ])('are not %s with %s, which nobody understands', async (method, question) => {
    const { body } = await make();
    const answer = await admin(method, `/${body.id}${question}`);
    expect(answer.status).toBe(400);
    expect(answer.body).toEqual(failure('invalid_request'));
    expect((await admin('GET', `/${body.id}`)).body.status).toBe('active');
  });

  it('are not made with a parameter that nobody understands', async () => {
    const answer = await admin('POST', '?uses=5', { json: {} });
    expect(answer.status).toBe(400);
    expect(answer.body).toEqual(failure('invalid_request'));
  });

  it.each([
    ['PUT', '', 'GET, HEAD, OPTIONS, POST'],
    ['PATCH', '', 'GET, HEAD, OPTIONS, POST'],
    ['POST', '/some-id', 'DELETE, GET, HEAD, OPTIONS'],
  ])('do not take %s %s (RFC 9110 section 15.5.6)', async (method, below, allow) => {
    const answer = await admin(method, below);
    expect(answer.status).toBe(405);
    expect(answer.headers.get('allow')).toBe(allow);
    expect(answer.body).toEqual(failure('method_not_allowed'));
  });

  it('end with 204 when they are revoked, at once, for good and as often as one likes', async () => {
    const { body } = await make({ uses: 5 });
    expect((await post(body.token)).status).toBe(201);
    for (let turn = 0; turn < 2; turn += 1) {
      const answer = await admin('DELETE', `/${body.id}`);
      expect(answer).toMatchObject({ status: 204, text: '' });
      expect(answer.headers.get('content-type')).toBeNull();
    }
    expect((await post(body.token)).status).toBe(401);
    const { token, ...rest } = body;
    expect((await admin('GET', `/${body.id}`)).body).toEqual({
      ...rest,
      status: 'revoked',
      uses_left: 0,
      revoked_at: justNow,
    });
  });

  it('are spent when each use is, and show how many are left', async () => {
    const { body } = await make({ uses: 2 });
    const { token, ...rest } = body;
    const state = async () => (await admin('GET', `/${body.id}`)).body;
    expect((await post(token)).status).toBe(201);
    expect(await state()).toEqual({ ...rest, uses_left: 1 });
    expect((await post(token)).status).toBe(201);
    expect(await state()).toEqual({ ...rest, status: 'spent', uses_left: 0 });
    expect((await post(token)).status).toBe(401);
  });

  it('expire to the second', async () => {
    const { body } = await make({ uses: 5, expires_in: 1000 });
    const { token, ...rest } = body;
    const clock = jest.spyOn(program.app.get(Clock), 'now');
    clock.mockReturnValue(body.expires_at - 1);
    expect((await post(token)).status).toBe(201);
    clock.mockReturnValue(body.expires_at);
    expect((await post(token)).status).toBe(401);
    expect((await admin('GET', `/${body.id}`)).body).toEqual({ ...rest, status: 'expired', uses_left: 0 });
  });

  async function startOver(): Promise<string> {
    await query(program, 'DELETE FROM initial_access_tokens');
    await query(program, 'DELETE FROM initial_access_token_uses');
    return program.url + path;
  }
});

describe('administrators', () => {
  const calls: [string, string, string][] = [
    ['POST', '', 'tokens:issue'],
    ['GET', '', 'tokens:read'],
    ['GET', '/some-id', 'tokens:read'],
    ['DELETE', '/some-id', 'tokens:issue'],
  ];

  it.each(calls)('%s %s only with the scope %s (RFC 6750 section 3.1)', async (method, below, scope) => {
    const others = ['tokens:read', 'tokens:issue', 'clients:write', 'keys:write'].filter((other) => other !== scope);
    const token = await apiKey(program, others as never);
    const answer = await admin(method, below, { token, json: method === 'POST' ? {} : undefined });
    expect(answer.status).toBe(403);
    expect(answer.body).toEqual(failure('insufficient_scope'));
    expect(answer.headers.get('www-authenticate')).toBe(
      `Bearer realm="clientele", error="insufficient_scope", scope="${scope}"`,
    );
    const able = await admin(method, below, {
      token: await apiKey(program, [scope] as never),
      json: method === 'POST' ? {} : undefined,
    });
    expect([200, 201, 404]).toContain(able.status);
  });

  it.each(calls)('%s %s only with a token of theirs (RFC 6750 section 3.1)', async (method, below) => {
    const call = (sending: Sending) => send(method, program.url + path + below, sending);
    const without = await call({});
    expect(without.status).toBe(401);
    expect(without.body).toEqual(failure('invalid_token'));
    expect(without.headers.get('www-authenticate')).toBe('Bearer realm="clientele"');

    const registered = await register(program.url);
    const foreign = [
      'wrong',
      `${adminToken}x`,
      adminToken.toUpperCase(),
      await initialAccessToken(program.url, { manages: true }),
      registered.body.registration_access_token,
      await apiKey(program, ['tokens:read', 'tokens:issue'], Math.floor(Date.now() / 1000) - 1),
    ];
    for (const token of foreign) {
      const answer = await call({ token });
      expect(answer.status).toBe(401);
      expect(answer.body).toEqual(failure('invalid_token'));
      expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="clientele", error="invalid_token"');
    }
  });

  it('are judged before what they send (RFC 6750 section 3)', async () => {
    const headers = { 'content-type': 'text/plain' };
    expect((await send('POST', program.url + path, { headers, body: 'x'.repeat(70_000) })).status).toBe(401);
  });
});

describe('registering', () => {
  const call = (sending: Sending) => send('POST', `${program.url}/register`, { json: webClient, ...sending });

  it('without a token is 401 with a bare challenge (RFC 6750 section 3.1)', async () => {
    const answer = await call({});
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="clientele"');
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.headers.get('pragma')).toBe('no-cache');
    expect(answer.body).toEqual(failure('invalid_token'));
  });

  it('without a token says nothing about what was sent (RFC 6750 section 3)', async () => {
    const bare = said(await call({}));
    const headers = { 'content-type': 'application/json' };
    const bodies = ['', '{', '[]', '{}', '{"redirect_uris":7}', 'x'.repeat(70_000)];
    for (const body of bodies) expect(said(await call({ json: undefined, body, headers }))).toEqual(bare);
    expect(said(await call({ json: undefined, body: 'a=b', headers: { 'content-type': 'text/plain' } }))).toEqual(bare);
  });

  it.each(['wrong', 'ciat_wrong', 'Bearer', 'a'.repeat(4096)])(
    'with the unknown token %s is 401 with an error in the challenge (RFC 6750 section 3.1)',
    async (token) => {
      const answer = await call({ token });
      expect(answer.status).toBe(401);
      expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="clientele", error="invalid_token"');
      expect(answer.body).toEqual(failure('invalid_token'));
    },
  );

  it('with a token that was tampered with is 401 (RFC 6750 section 3.1)', async () => {
    const token = await initialAccessToken(program.url);
    const changed = [
      token.slice(0, -1),
      `${token}A`,
      token.toLowerCase(),
      token.replace('ciat_', ''),
      token.replace('ciat', 'crat'),
    ];
    for (const other of changed) expect((await call({ token: other })).status).toBe(401);
    expect((await call({ token })).status).toBe(201);
  });

  it.each(['Bearer', 'Bearer ', 'bearer', 'Bearer a b', 'Bearer "x"', 'Bearer ,', 'Bearer e!'])(
    'with the malformed header %j is 401 (RFC 6750 section 3.1)',
    async (authorization) => {
      const answer = await call({ headers: { authorization } });
      expect(answer.status).toBe(401);
      expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="clientele", error="invalid_token"');
      expect(answer.body).toEqual(failure('invalid_token'));
    },
  );

  it('with two tokens is 401, also when both are right (RFC 6750 section 2)', async () => {
    const token = await initialAccessToken(program.url);
    const both = ['Authorization', `Bearer ${token}`, 'Authorization', `Bearer ${token}`];
    const answer = await sendRaw('POST', `${program.url}/register`, {
      headers: [...both, 'Content-Type', 'application/json'],
      body: JSON.stringify(webClient),
    });
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="clientele", error="invalid_token"');
    expect((await call({ token })).status).toBe(201);
  });

  it.each(['bearer', 'BEARER', 'bEaReR'])(
    'spells the scheme as it likes: %s (RFC 9110 section 11.1)',
    async (scheme) => {
      const token = await initialAccessToken(program.url);
      expect((await call({ headers: { authorization: `${scheme} ${token}` } })).status).toBe(201);
    },
  );

  it('sends the token in the header, not in the body or the query (RFC 6750 section 2, RFC 9700 section 4.3.2)', async () => {
    const token = await initialAccessToken(program.url);
    const elsewhere = [
      await call({ json: web({ access_token: token, initial_access_token: token }) }),
      await send('POST', `${program.url}/register?access_token=${token}`, { json: webClient }),
      await call({ headers: { cookie: `access_token=${token}`, 'x-access-token': token } }),
    ];
    for (const answer of elsewhere) {
      expect(answer.status).toBe(401);
      expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="clientele"');
    }
    expect((await call({ token })).status).toBe(201);
  });

  it('with another scheme is as without a token (RFC 6750 section 3.1)', async () => {
    const token = await initialAccessToken(program.url);
    const basic = `Basic ${Buffer.from(`user:${token}`).toString('base64')}`;
    for (const authorization of [basic, `DPoP ${token}`, token]) {
      const answer = await call({ headers: { authorization } });
      expect(answer.status).toBe(401);
      expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="clientele"');
    }
  });

  it('takes initial access tokens only, not those of administrators or clients (RFC 7591 section 1.2)', async () => {
    const { body } = await register(program.url);
    for (const token of [
      adminToken,
      await apiKey(program, ['tokens:issue', 'clients:write']),
      body.registration_access_token,
    ])
      expect((await call({ token })).status).toBe(401);
    const read = await send('GET', body.registration_client_uri, { token: body.registration_access_token });
    expect(read.status).toBe(200);
  });

  it('with a wrong, expired, revoked or spent token is refused in the very same words (RFC 6750 section 3.1)', async () => {
    const [spent, revoked, expired, partly] = await Promise.all([{}, {}, { expires_in: 60 }, { uses: 2 }].map(make));
    expect((await post(spent!.body.token)).status).toBe(201);
    await admin('DELETE', `/${revoked!.body.id}`);
    expect((await post(partly!.body.token)).status).toBe(201);
    await admin('DELETE', `/${partly!.body.id}`);
    const wrong = said(await post(`ciat_${'A'.repeat(43)}`));
    expect(said(await post(spent!.body.token))).toEqual(wrong);
    expect(said(await post(revoked!.body.token))).toEqual(wrong);
    expect(said(await post(partly!.body.token))).toEqual(wrong);
    inSeconds(61);
    expect(said(await post(expired!.body.token))).toEqual(wrong);
  });

  it('spends nothing when it is refused (RFC 7591 section 3.2.2)', async () => {
    const { body } = await make();
    for (const json of [{}, { redirect_uris: ['x'] }, [], web({ jwks: 7 })])
      expect((await post(body.token, json)).status).toBe(400);
    const form = { json: undefined, body: 'a=b', headers: { 'content-type': 'text/plain' } };
    expect((await call({ token: body.token, ...form })).status).toBe(415);
    expect((await post(body.token, web({ client_name: 'x'.repeat(70_000) }))).status).toBe(413);
    expect((await admin('GET', `/${body.id}`)).body.uses_left).toBe(1);
    expect((await post(body.token)).status).toBe(201);
  });
});

describe('the bounds of a token hold for its clients for life:', () => {
  interface Bounded {
    readonly answer: Answer;
    /** Replaces the client's registration with these changes. */
    readonly replace: (changes: object) => Promise<Answer>;
  }

  async function bounded(bounds: object, metadata: object = webClient): Promise<Bounded> {
    const answer = await register(program.url, metadata, bounds);
    const { registration_client_uri: uri, registration_access_token: token } = answer.body;
    return {
      answer,
      replace: (changes) => send('PUT', uri, { token, json: replacementOf(answer.body, changes) }),
    };
  }

  describe('redirect_hosts', () => {
    const redirect_hosts = ['app.example', '*.partners.example'];
    const within = [
      'https://app.example/cb',
      'https://APP.example/cb',
      'https://app.example:8443/cb?x=1',
      'https://a.partners.example/',
      'https://a.b.c.partners.example/',
    ];
    const outside = [
      'https://partners.example/',
      'https://evilpartners.example/',
      'https://a.partners.example.evil.example/',
      'https://sub.app.example/',
      'https://app.example.evil.example/',
      'https://evil.example/app.example',
      'https://evil.example/?https://app.example/',
      'http://localhost/cb',
    ];

    it.each(within)('let %s in', async (uri) => {
      const { answer, replace } = await bounded({ redirect_hosts }, { redirect_uris: [uri] });
      expect(answer.body).toEqual(information(program.url, { redirect_uris: [uri] }));
      expect(await replace({ redirect_uris: [uri, 'https://app.example/2'] })).toMatchObject({ status: 200 });
    });

    it.each(outside)('keep %s out', async (uri) => {
      const expected = refusal('redirect_uris', 'invalid_redirect_uri');
      const refused = await register(program.url, { redirect_uris: ['https://app.example/', uri] }, { redirect_hosts });
      expect(refused.body).toEqual(expected);
      expect(refused.status).toBe(400);

      const { answer, replace } = await bounded({ redirect_hosts });
      const later = await replace({ redirect_uris: [uri], application_type: undefined });
      expect(later.body).toEqual(expected);
      expect(later.status).toBe(400);
      const { registration_client_uri, registration_access_token } = answer.body;
      const read = await send('GET', registration_client_uri, { token: registration_access_token });
      expect(read.body.redirect_uris).toEqual(webClient.redirect_uris);
    });

    it.each(['com.example.app:/cb', 'app.example:/cb', 'app.example://app.example/cb'])(
      'keep %s out, whose scheme any app can claim',
      async (uri) => {
        const refused = await register(program.url, { redirect_uris: [uri] }, { redirect_hosts });
        expect(refused.body).toEqual(refusal('redirect_uris', 'invalid_redirect_uri'));
        const { replace } = await bounded({ redirect_hosts });
        expect((await replace({ redirect_uris: [uri], application_type: 'native' })).body.error).toBe(
          'invalid_redirect_uri',
        );
      },
    );

    it('let a client in that has no redirect URI', async () => {
      const { answer } = await bounded({ redirect_hosts }, { grant_types: ['client_credentials'] });
      expect(answer.status).toBe(201);
    });

    it.each([
      ['127.0.0.1', 'http://127.0.0.1:8080/cb', 'http://localhost:8080/cb'],
      ['[::1]', 'http://[::1]:8080/cb', 'http://127.0.0.1/cb'],
      ['localhost', 'http://localhost/cb', 'http://[::1]/cb'],
    ])('may be %s, which lets %s in and not %s', async (host, inside, beyond) => {
      expect((await register(program.url, { redirect_uris: [inside] }, { redirect_hosts: [host] })).status).toBe(201);
      expect((await register(program.url, { redirect_uris: [beyond] }, { redirect_hosts: [host] })).status).toBe(400);
    });
  });

  describe('scope', () => {
    it.each([
      [undefined, 'openid email'],
      ['openid', 'openid'],
      ['email openid', 'email openid'],
      ['openid profile', 'openid'],
      ['profile', 'openid email'],
      ['unheard-of', 'openid email'],
    ])('narrows %j to %j', async (scope, given) => {
      const { answer, replace } = await bounded({ scope: 'openid email' }, web({ scope }));
      expect(answer.body).toEqual(information(program.url, web({ scope: given })));
      expect((await replace({ scope })).body.scope).toBe(given);
      expect((await replace({ scope: 'openid profile email address phone' })).body.scope).toBe('openid email');
      expect((await replace({ scope: undefined })).body.scope).toBe('openid email');
    });
  });

  describe('software_id', () => {
    it('is filled in where a client leaves it out', async () => {
      for (const software_id of [undefined, null, 'weather']) {
        const { answer, replace } = await bounded({ software_id: 'weather' }, web({ software_id }));
        expect(answer.body).toEqual(information(program.url, web({ software_id: 'weather' })));
        expect((await replace({ software_id })).body.software_id).toBe('weather');
      }
    });

    it('is not another one', async () => {
      for (const software_id of ['Weather', 'other', '']) {
        const refused = await register(program.url, web({ software_id }), { software_id: 'weather' });
        expect(refused.status).toBe(400);
        expect(refused.body).toMatchObject({ error: 'invalid_client_metadata', error_description: plainText });
        expect(refused.body.error_description).toContain('software_id');
        const { replace } = await bounded({ software_id: 'weather' });
        expect((await replace({ software_id })).status).toBe(400);
      }
    });
  });

  it('owner becomes the owner of its clients, and no client changes it', async () => {
    const { answer, replace } = await bounded({ owner: 'team-payments' }, web({ owner: 'other' }));
    const owner = async () =>
      (await send('GET', `${program.url}/lookup/clients/${answer.body.client_id}`, { token: adminToken })).body.owner;
    expect(answer.body).toEqual(information(program.url, webClient));
    expect(await owner()).toBe('team-payments');
    expect((await replace({ owner: 'other' })).status).toBe(200);
    expect(await owner()).toBe('team-payments');
  });

  it('all of them together, also when the token is gone', async () => {
    const bounds = { redirect_hosts: ['app.example'], scope: 'openid', software_id: 'weather' };
    const made = await make(bounds);
    const answer = await post(made.body.token, web({ scope: 'openid email' }));
    expect(answer.body).toEqual(information(program.url, web({ scope: 'openid', software_id: 'weather' })));
    await admin('DELETE', `/${made.body.id}`);
    const { registration_client_uri: uri, registration_access_token: token, client_id } = answer.body;
    const lookup = await send('GET', `${program.url}/lookup/clients/${client_id}`, { token: adminToken });
    expect(lookup.body.bounds).toEqual(bounds);
    const wrong = { redirect_uris: ['https://evil.example/'], scope: 'openid email', software_id: 'other' };
    const { status, body } = await send('PUT', uri, { token, json: replacementOf(answer.body, wrong) });
    expect(status).toBe(400);
    expect(body).toEqual({
      error: 'invalid_redirect_uri',
      error_description: plainText,
      violations: ['redirect_uris', 'software_id'].map((member) => ({ member, rule: plainText, message: plainText })),
    });
  });
});

describe('a token that manages', () => {
  it('reads, replaces and deletes the clients that it made, also when it is spent; answers hold no token of theirs', async () => {
    const { body } = await make({ manages: true });
    const made = await post(body.token);
    expect(made.body).toEqual(information(program.url, webClient));
    const { registration_client_uri: uri, client_id } = made.body;

    const read = await send('GET', uri, { token: body.token });
    expect(read.status).toBe(200);
    expect(read.body).toEqual(information(program.url, webClient, { secret: 'hidden', token: 'none' }));

    const renamed = { client_id, ...webClient, client_name: 'Weather 2' };
    const replaced = await send('PUT', uri, { token: body.token, json: renamed });
    expect(replaced.status).toBe(200);
    expect(replaced.body).toEqual(
      information(program.url, web({ client_name: 'Weather 2' }), { secret: 'hidden', token: 'none' }),
    );

    expect((await send('DELETE', uri, { token: body.token })).status).toBe(204);
    expect((await send('GET', uri, { token: body.token })).status).toBe(401);
    const events = await eventsOf(program, client_id);
    const actor = { type: 'initial_access_token', token_id: body.id };
    expect(events.map(({ action, actor }) => ({ action, actor }))).toEqual(
      ['client.registered', 'client.replaced', 'client.deleted'].map((action) => ({ action, actor })),
    );
  });

  it('leaves the token of the client in force (RFC 7592 section 3)', async () => {
    const token = await initialAccessToken(program.url, { manages: true });
    const { body } = await post(token);
    await send('GET', body.registration_client_uri, { token });
    const read = await send('GET', body.registration_client_uri, { token: body.registration_access_token });
    expect(read.body).toEqual(
      information(program.url, webClient, { secret: 'hidden', token: body.registration_access_token }),
    );
  });

  it('has no say over other clients, and keeps its own when it tries (RFC 7592 section 2.1)', async () => {
    const token = await initialAccessToken(program.url, { manages: true, uses: 2 });
    const own = await post(token);
    const other = await register(program.url);
    const managed = await register(program.url, webClient, { manages: true });
    for (const { body } of [other, managed])
      for (const method of ['GET', 'PUT', 'DELETE']) {
        const json = method === 'PUT' ? replacementOf(body) : undefined;
        const answer = await send(method, body.registration_client_uri, { token, json });
        expect(answer.status).toBe(401);
        expect(answer.body).toEqual(failure('invalid_token'));
      }
    expect((await send('GET', `${program.url}/register/nobody`, { token })).status).toBe(401);
    expect((await send('GET', own.body.registration_client_uri, { token })).status).toBe(200);
    expect((await post(token)).status).toBe(201);
  });

  it('has no say over a client that became a database client', async () => {
    const token = await initialAccessToken(program.url, { manages: true });
    const { body } = await post(token);
    await query(program, "UPDATE clients SET kind = 'database', registration_token_digest = NULL WHERE client_id = ?", [
      body.client_id,
    ]);
    for (const bearer of [token, body.registration_access_token])
      expect((await send('GET', body.registration_client_uri, { token: bearer })).status).toBe(401);
  });

  it('is the only kind that does: any other is 401 at a client, and not spent by it (RFC 7592 section 2)', async () => {
    const { body } = await make({ uses: 2 });
    const made = await post(body.token);
    for (const method of ['GET', 'PUT', 'DELETE']) {
      const json = method === 'PUT' ? replacementOf(made.body) : undefined;
      expect((await send(method, made.body.registration_client_uri, { token: body.token, json })).status).toBe(401);
    }
    expect((await admin('GET', `/${body.id}`)).body).toMatchObject({ status: 'active', uses_left: 1 });
  });

  it('does so no more when it is revoked or expired', async () => {
    const revoked = await make({ manages: true });
    const expired = await make({ manages: true, expires_in: 60 });
    const clients = [await post(revoked.body.token), await post(expired.body.token)];
    await admin('DELETE', `/${revoked.body.id}`);
    expect((await send('GET', clients[0]!.body.registration_client_uri, { token: revoked.body.token })).status).toBe(
      401,
    );
    inSeconds(61);
    expect((await send('GET', clients[1]!.body.registration_client_uri, { token: expired.body.token })).status).toBe(
      401,
    );
  });
});

describe('revoking a token together with its clients', () => {
  it('suspends each of them, and nobody else: 403 at their addresses', async () => {
    const { body } = await make({ uses: 3, manages: true });
    const clients = [await post(body.token), await post(body.token), await post(body.token)];
    const [kept, replaced, deleted] = clients.map((answer) => answer.body);
    await send('PUT', replaced.registration_client_uri, {
      token: replaced.registration_access_token,
      json: replacementOf(replaced, { client_name: 'Weather 2' }),
    });
    await send('DELETE', deleted.registration_client_uri, { token: deleted.registration_access_token });
    const other = (await register(program.url)).body;

    expect(await admin('DELETE', `/${body.id}?clients=suspend`)).toMatchObject({ status: 204, text: '' });

    for (const client of [kept, replaced])
      for (const method of ['GET', 'PUT', 'DELETE']) {
        const answer = await send(method, client.registration_client_uri, {
          token: client.registration_access_token,
          json: method === 'PUT' ? replacementOf(client) : undefined,
        });
        expect(answer.status).toBe(403);
        expect(answer.body).toEqual(failure('access_denied'));
        expect(answer.headers.get('www-authenticate')).toBeNull();
      }
    const token = deleted.registration_access_token;
    expect((await send('GET', deleted.registration_client_uri, { token })).status).toBe(401);
    const untouched = await send('GET', other.registration_client_uri, { token: other.registration_access_token });
    expect(untouched.status).toBe(200);

    const states = await query(program, 'SELECT status FROM clients WHERE registrar_token_id = ? ORDER BY client_id', [
      body.id,
    ]);
    expect(states.map(({ status }) => status)).toEqual(['suspended', 'suspended', 'deleted']);
    const [event, ...more] = (await eventsOf(program, kept.client_id)).filter(
      ({ action }) => action === 'client.suspended',
    );
    expect(more).toEqual([]);
    expect(event).toMatchObject({
      actor: { type: 'administrator' },
      changes: { status: { before: 'active', after: 'suspended' } },
    });
  });

  it('is told to nobody without the token of the client (RFC 7592 section 2.1)', async () => {
    const { body } = await make();
    const client = (await post(body.token)).body;
    await admin('DELETE', `/${body.id}?clients=suspend`);
    for (const token of [undefined, 'wrong', (await register(program.url)).body.registration_access_token])
      expect((await send('GET', client.registration_client_uri, { token })).status).toBe(401);
  });

  it('is for who may write clients too (RFC 6750 section 3.1)', async () => {
    const { body } = await make();
    const client = (await post(body.token)).body;
    const token = await apiKey(program, ['tokens:issue', 'tokens:read']);
    const refused = await admin('DELETE', `/${body.id}?clients=suspend`, { token });
    expect([refused.status, refused.body]).toEqual([403, failure('insufficient_scope')]);
    expect((await admin('GET', `/${body.id}`, { token })).body.status).toBe('spent');
    const writer = await apiKey(program, ['tokens:issue', 'clients:write']);
    expect((await admin('DELETE', `/${body.id}?clients=suspend`, { token: writer })).status).toBe(204);
    const address = client.registration_client_uri;
    expect((await send('GET', address, { token: client.registration_access_token })).status).toBe(403);
  });

  it('may follow a revocation without them', async () => {
    const { body } = await make();
    const client = (await post(body.token)).body;
    const status = async () =>
      (await send('GET', client.registration_client_uri, { token: client.registration_access_token })).status;
    await admin('DELETE', `/${body.id}`);
    expect(await status()).toBe(200);
    expect((await admin('DELETE', `/${body.id}?clients=suspend`)).status).toBe(204);
    expect(await status()).toBe(403);
  });
});

describe('in a race', () => {
  const state = async (id: string) => (await admin('GET', `/${id}`)).body;
  const postAtOnce = (times: number, token: string) =>
    sendAtOnce(times, () => ({ method: 'POST', url: `${program.url}/register`, token, json: webClient }));
  const later = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));
  const clientsOf = (id: string) => count(program, 'clients', 'registrar_token_id = ?', [id]);
  const eventsBy = async (id: string) =>
    (await eventsOf(program)).filter(({ action, actor }) => action === 'client.registered' && actor.token_id === id)
      .length;

  it('a token of one use that a hundred callers use makes one client, twenty times over (RFC 7591 section 3)', async () => {
    const wrong = said(await post(`ciat_${'A'.repeat(43)}`));
    for (let round = 0; round < 20; round += 1) {
      const { body } = await make();
      const answers = await postAtOnce(100, body.token);
      expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
      expect(answers.filter(({ status }) => status === 401)).toHaveLength(99);
      for (const answer of answers)
        if (answer.status === 401)
          expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="clientele", error="invalid_token"');
      expect(await clientsOf(body.id)).toBe(1);
      expect(await eventsBy(body.id)).toBe(1);
      expect(await state(body.id)).toMatchObject({ status: 'spent', uses_left: 0 });
      expect(said(await post(body.token))).toEqual(wrong);
    }
  });

  it('the losers hear the same as anyone with a spent token (RFC 6750 section 3.1)', async () => {
    const { body } = await make();
    const answers = await postAtOnce(50, body.token);
    const spent = said(await post(body.token));
    const heard = answers.filter(({ status }) => status !== 201).map(({ text }) => text);
    expect([...new Set(heard)]).toEqual([spent.text]);
  });

  it('a token of 250 uses that 400 callers use makes 250 clients (RFC 7591 section 3)', async () => {
    const { body } = await make({ uses: 250 });
    // Who is told to come again has nothing twice.
    const answers = await sendAtOnce(400, (turn) => ({
      ...{ method: 'POST', url: `${program.url}/register`, token: body.token, json: webClient },
      more: ['Idempotency-Key', `caller-${turn}`],
    }));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(250);
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(150);
    expect(new Set(answers.flatMap((answer) => answer.body.client_id ?? [])).size).toBe(250);
    expect(await clientsOf(body.id)).toBe(250);
    expect(await eventsBy(body.id)).toBe(250);
    expect(await state(body.id)).toMatchObject({ status: 'spent', uses: 250, uses_left: 0 });
  });

  it.each([99, 100, 101, 1601])(
    'each of %i uses can be used, one after the other',
    async (uses) => {
      const { body } = await make({ uses });
      const spare = uses > 200 ? 200 : 0;
      if (spare > 0)
        await query(program, 'UPDATE initial_access_token_uses SET used = uses - 10 WHERE token_id = ?', [body.id]);
      const left: number = (await state(body.id)).uses_left;
      for (let turn = 0; turn < left; turn += 1) expect((await post(body.token)).status).toBe(201);
      expect((await post(body.token)).status).toBe(401);
      expect(await clientsOf(body.id)).toBe(left);
    },
    60_000,
  );

  it('a token that is revoked while it is used makes no client afterwards', async () => {
    for (let round = 0; round < 10; round += 1) {
      const { body } = await make({ uses: 50 });
      const calls = postAtOnce(20, body.token);
      const revocation = later(160).then(() => admin('DELETE', `/${body.id}?clients=suspend`));
      const answers = await calls;
      expect([204, 409]).toContain((await revocation).status);
      const made = answers.filter(({ status }) => status === 201);
      expect(answers.filter(({ status }) => status === 401)).toHaveLength(20 - made.length);
      expect(await clientsOf(body.id)).toBe(made.length);
      if ((await revocation).status === 204)
        expect(await count(program, 'clients', "registrar_token_id = ? AND status = 'active'", [body.id])).toBe(0);
    }
  });

  it('a token that ten administrators revoke at once is revoked once', async () => {
    const { body } = await make();
    const answers = await meeting(program, () => Array.from({ length: 10 }, () => admin('DELETE', `/${body.id}`)));
    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(204));
    const events = (await eventsOf(program)).filter(
      ({ action, changes }) => action === 'initial_access_token.revoked' && JSON.stringify(changes).includes(body.id),
    );
    expect(events.length).toBe(1);
  });
});

describe('the audit trail', () => {
  it('has one event for each token that is made and revoked, by whom and of what, without the token', async () => {
    const before = (await eventsOf(program)).length;
    const token = await apiKey(program, ['tokens:issue']);
    const { body } = await admin('POST', '', { token, json: { label: 'audited', uses: 3 } });
    await admin('DELETE', `/${body.id}`, { token });
    await admin('DELETE', `/${body.id}`, { token });
    const [made, revoked, ...more] = (await eventsOf(program)).slice(before);
    expect(more).toEqual([]);
    const actor = { type: 'administrator', key_id: anId };
    expect(made).toMatchObject({ action: 'initial_access_token.made', actor, outcome: 'done', clientId: null });
    expect(made?.changes).toMatchObject({ id: { after: body.id }, label: { after: 'audited' }, uses: { after: 3 } });
    expect(revoked).toMatchObject({ action: 'initial_access_token.revoked', actor, outcome: 'done' });
    expect(JSON.stringify(revoked?.changes)).toContain(body.id);
    expect(JSON.stringify([made, revoked])).not.toContain(body.token.slice(5));
  });

  it('has no event of a change for what is refused', async () => {
    const { body } = await make();
    const before = (await eventsOf(program)).length;
    await make({ uses: 0 });
    await make({ scope: 'unheard-of' });
    await admin('DELETE', '/nobody');
    await admin('DELETE', `/${body.id}?made_up=1`);
    await admin('POST', '', { token: 'wrong', json: {} });
    await admin('POST', '', { token: await apiKey(program, ['tokens:read']), json: {} });
    await post(body.token, {});
    await post('wrong');
    expect((await eventsOf(program)).length).toBe(before);
  });

  it('and all other tables and files have no token in the clear (RFC 6819 section 5.1.4.1)', async () => {
    const [tables, files] = [await dump(program), filesOf(program)];
    expect(credentialsSeen.size).toBeGreaterThan(300);
    const found = [...credentialsSeen, adminToken].filter((credential) => {
      const bare = credential.replace(/^c(iat|rat)_/, '');
      return tables.includes(bare) || files.includes(bare);
    });
    expect(found).toEqual([]);
    expect(await count(program, 'clients')).toBe(
      (await eventsOf(program)).filter(({ action }) => action === 'client.registered').length,
    );
  });
});
