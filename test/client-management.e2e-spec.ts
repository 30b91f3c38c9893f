import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { aRegistrationToken, aSecret, failure, information, keyPair, plainText, refusal } from './support/builders.js';
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
import { createDatabase, type TestDatabase } from './support/test-database.js';

let program: TestApp;

beforeAll(async () => {
  program = await startApp();
});

afterAll(() => program.close());

const web = (changes: object) => ({ ...webClient, ...changes });

interface Registered {
  readonly id: string;
  readonly uri: string;
  readonly token: string;
  readonly body: Record<string, any>;
}

/** A client that has just been registered. */
async function client(metadata: object = webClient, bounds: object = {}): Promise<Registered> {
  const { status, body } = await register(program.url, metadata, bounds);
  expect(status).toBe(201);
  return { id: body.client_id, uri: body.registration_client_uri, token: body.registration_access_token, body };
}

const call = (method: string, { uri, token }: Registered, sending: Sending = {}) =>
  send(method, uri, { token, ...sending });
const read = (one: Registered, sending?: Sending): Promise<Answer> => call('GET', one, sending);
const put = (one: Registered, json: unknown, headers?: Record<string, string>): Promise<Answer> =>
  call('PUT', one, { json, headers });
const remove = (one: Registered, sending?: Sending): Promise<Answer> => call('DELETE', one, sending);
const lookUp = async ({ id }: Registered) =>
  (await send('GET', `${program.url}/lookup/clients/${id}`, { token: adminToken })).body;
const authenticates = async ({ id }: Registered, client_secret: string): Promise<boolean> => {
  const url = `${program.url}/lookup/clients/${id}/authenticate`;
  return (await send('POST', url, { token: adminToken, json: { client_secret } })).body.authenticated;
};

/** The whole answer about a client whose secret is not shown. */
const shown = ({ token }: Registered, metadata: object, secret: unknown = 'hidden') =>
  information(program.url, metadata, { secret, token });

const noStore = ({ headers }: Answer) => {
  expect(headers.get('cache-control')).toBe('no-store');
  expect(headers.get('pragma')).toBe('no-cache');
};

describe('reading a registration', () => {
  it('shows all that is registered, in JSON that no cache keeps (RFC 7592 section 2.1)', async () => {
    const one = await client(web({ contacts: ['ada@app.example'], 'client_name#de': 'Wetter' }));
    const answer = await read(one);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(answer.headers.get('etag')).toBe('"1"');
    noStore(answer);
    const { client_secret, ...rest } = one.body;
    expect(answer.body).toEqual(rest);
  });

  it('changes nothing: each answer is the same and the token stays (RFC 7592 section 2.1)', async () => {
    const one = await client();
    const before = (await eventsOf(program)).length;
    const answers = [await read(one), await read(one), await read(one)];
    for (const { text, headers } of answers) {
      expect(text).toBe(answers[0]?.text);
      expect(headers.get('etag')).toBe('"1"');
    }
    expect((await eventsOf(program)).length).toBe(before);
  });

  it('shows the secret again where the server has to know it, else not (RFC 7592 section 3)', async () => {
    const known = await client(web({ token_endpoint_auth_method: 'client_secret_jwt' }));
    expect((await read(known)).body).toEqual(known.body);
    const key = await client(web({ id_token_signed_response_alg: 'HS256' }));
    expect((await read(key)).body).toEqual(key.body);
    for (const token_endpoint_auth_method of ['client_secret_basic', 'client_secret_post']) {
      const one = await client(web({ token_endpoint_auth_method }));
      expect((await read(one)).body).toEqual(shown(one, web({ token_endpoint_auth_method })));
    }
  });

  it('says nothing of a secret and its expiry where there is none (RFC 7591 section 3.2.1)', async () => {
    const one = await client(web({ token_endpoint_auth_method: 'none' }));
    expect((await read(one)).body).toEqual(shown(one, web({ token_endpoint_auth_method: 'none' }), 'none'));
  });

  it('is possible as soon as the client is registered', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, async () => read(await client())));
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200));
  });
});

describe('whoever may not manage a client', () => {
  const methods = ['GET', 'PUT', 'DELETE'];
  const attempt = (method: string, url: string, sending: Sending) =>
    send(method, url, { ...sending, json: method === 'PUT' ? webClient : undefined });

  it.each(methods)('gets 401 and a bare challenge for %s without a token (RFC 6750 section 3.1)', async (method) => {
    const one = await client();
    for (const authorization of [undefined, 'Basic YTpi', `DPoP ${one.token}`]) {
      const answer = await attempt(method, one.uri, { headers: authorization ? { authorization } : {} });
      expect(answer.status).toBe(401);
      expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="clientele"');
      expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
      expect(answer.body).toEqual(failure('invalid_token'));
      noStore(answer);
    }
    expect((await read(one)).status).toBe(200);
  });

  it.each(methods)('gets 401 with an error for %s with a wrong token (RFC 6750 section 3.1)', async (method) => {
    const one = await client();
    const wrong = [
      'x',
      `${one.token}x`,
      one.token.slice(0, -1),
      one.token.toUpperCase(),
      one.body.client_secret,
      adminToken,
    ];
    for (const token of wrong) {
      const answer = await attempt(method, one.uri, { token });
      expect(answer.status).toBe(401);
      expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="clientele", error="invalid_token"');
      expect(answer.body).toEqual(failure('invalid_token'));
      noStore(answer);
    }
    expect((await read(one)).status).toBe(200);
  });

  it.each(['Bearer', 'Bearer ', 'Bearer ,', 'Bearer a b'])(
    'gets 401 for the header %j (RFC 6750 section 3.1)',
    async (authorization) => {
      const one = await client();
      const answer = await send('GET', one.uri, { headers: { authorization } });
      expect(answer.status).toBe(401);
      expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="clientele", error="invalid_token"');
    },
  );

  it('gets 401 with the right token in the wrong place (RFC 6750 section 2, RFC 9700 section 4.3.2)', async () => {
    const one = await client();
    const places = [
      await send('GET', `${one.uri}?access_token=${one.token}`),
      await send('PUT', one.uri, { json: { ...replacementOf(one.body), access_token: one.token } }),
      await send('GET', one.uri, { headers: { cookie: `access_token=${one.token}` } }),
    ];
    for (const answer of places) {
      expect(answer.status).toBe(401);
      expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="clientele"');
    }
  });

  it('may spell the scheme in any letter case, with the right token (RFC 9110 section 11.1)', async () => {
    const one = await client();
    for (const scheme of ['bearer', 'BEARER'])
      expect((await send('GET', one.uri, { headers: { authorization: `${scheme} ${one.token}` } })).status).toBe(200);
  });

  it('cannot tell whether a client exists: unknown, deleted and foreign look alike (RFC 7592 section 2.1)', async () => {
    const [one, deleted] = [await client(), await client()];
    await remove(deleted);
    const said = async (uri: string, token: string | undefined) => {
      const { status, headers, text } = await send('GET', uri, { token });
      return { status, text, challenge: headers.get('www-authenticate') };
    };
    const unknown = `${program.url}/register/01890000-0000-7000-8000-000000000000`;
    for (const token of [undefined, 'wrong', deleted.token]) {
      const answer = await said(one.uri, token);
      expect(answer.status).toBe(401);
      for (const uri of [unknown, deleted.uri, `${program.url}/register/nobody`])
        expect(await said(uri, token)).toEqual(answer);
    }
  });

  const odd = [
    ...[
      '/register/a%2Fb',
      '/register/%2E%2E',
      '/register/..%2fadmin',
      '/register/%20',
      '/register/%00',
      '/register/%zz',
    ],
    ...[
      '/register/a/b/c',
      `/register/${'x'.repeat(8000)}`,
      '/register/%F0%9F%8C%A6',
      "/register/'%20OR%201=1--",
      '/register/a;b',
    ],
    ...['/register/__proto__', '/register/*', '/register/%25', '/register/a//b', '/register/null'],
  ];

  it.each(odd)('gets 401 at the odd address %s (OpenID Connect Registration 1.0 section 4.4)', async (path) => {
    for (const method of methods)
      for (const authorization of [[], ['Authorization', 'Bearer wrong']]) {
        const answer = await sendRaw(method, program.url, { path, headers: authorization });
        expect(answer.status).toBe(401);
        expect(answer.body).toEqual(failure('invalid_token'));
      }
  });

  it('is not heard any more after a hundred wrong tokens in a minute, at that client only (RFC 7592 section 5)', async () => {
    const [one, other] = [await client(), await client()];
    const unknown = `${program.url}/register/nobody-${randomBytes(8).toString('hex')}`;
    for (const uri of [one.uri, unknown]) {
      const guesses = [];
      for (let turn = 0; turn < 102; turn++)
        guesses.push(
          await attempt(methods[turn % 3]!, uri, { token: `crat_${randomBytes(32).toString('base64url')}` }),
        );
      expect(guesses.map(({ status }) => status)).toEqual([...Array<number>(100).fill(401), 429, 429]);
      expect(guesses.at(-1)!.body).toEqual(failure('rate_limited'));
      expect(Number(guesses.at(-1)!.headers.get('retry-after'))).toBeGreaterThan(0);
      noStore(guesses.at(-1)!);
    }
    expect((await read(one)).status).toBe(429);
    expect((await read(other)).status).toBe(200);
    expect((await send('GET', other.uri)).status).toBe(401);
  });

  describe('since it is another client,', () => {
    it.each(methods)('gets 401 for %s, and its token is revoked (RFC 7592 section 2.1)', async (method) => {
      const [victim, thief] = [await client(web({ client_name: 'Victim' })), await client()];
      const answer = await attempt(method, victim.uri, { token: thief.token });
      expect(answer.status).toBe(401);
      expect(answer.body).toEqual(failure('invalid_token'));
      expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="clientele", error="invalid_token"');

      expect((await read(thief)).status).toBe(401);
      expect((await read(victim)).body).toEqual(shown(victim, web({ client_name: 'Victim' })));
      const events = await eventsOf(program, thief.id);
      expect(events.map(({ action }) => action)).toEqual([
        'client.registered',
        'client.registration_access_token_revoked',
      ]);
      expect(await eventsOf(program, victim.id)).toHaveLength(1);
    });

    it('loses its token at the address of nobody too (RFC 7592 section 2.1)', async () => {
      const one = await client();
      expect((await send('GET', `${program.url}/register/nobody`, { token: one.token })).status).toBe(401);
      expect((await read(one)).status).toBe(401);
    });

    it('stays a client that can authenticate', async () => {
      const [victim, thief] = [await client(), await client()];
      await send('GET', victim.uri, { token: thief.token });
      expect(await lookUp(thief)).toMatchObject({ status: 'active' });
      expect(await authenticates(thief, thief.body.client_secret)).toBe(true);
    });

    it('is found out once, however often it tries at the same time', async () => {
      const [victim, thief] = [await client(), await client()];
      const answers = await meeting(program, () =>
        Array.from({ length: 10 }, () => send('GET', victim.uri, { token: thief.token })),
      );
      expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(401));
      expect(await eventsOf(program, thief.id)).toHaveLength(2);
    });
  });

  it('has another token, such as an initial access token or one of an administrator (RFC 7592 section 2)', async () => {
    const one = await client();
    const others = [
      await initialAccessToken(program.url, { uses: 2 }),
      await apiKey(program, ['clients:read', 'clients:write', 'clients:secrets']),
      adminToken,
    ];
    for (const token of others)
      for (const method of methods) expect((await attempt(method, one.uri, { token })).status).toBe(401);
  });
});

describe('replacing a registration', () => {
  it('with what is there changes nothing but the version (RFC 7592 section 2.2)', async () => {
    const metadata = web({ contacts: ['ada@app.example'], 'client_name#de': 'Wetter', default_max_age: 0 });
    const one = await client(metadata);
    const current = await read(one);
    const answer = await put(one, replacementOf(current.body));
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual(current.body);
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(answer.headers.get('etag')).toBe('"2"');
    noStore(answer);
    const after = await read(one);
    expect(after.body).toEqual(current.body);
    expect(after.headers.get('etag')).toBe('"2"');
  });

  it('sets back to its default what is left out or null (RFC 7592 section 2.2)', async () => {
    const one = await client(
      web({
        'client_name#de': 'Wetter',
        grant_types: ['authorization_code', 'refresh_token'],
        contacts: ['ada@app.example'],
        scope: 'openid',
        subject_type: 'pairwise',
        id_token_signed_response_alg: 'ES256',
        require_auth_time: true,
        default_max_age: 10,
        jwks: { keys: [keyPair().publicKey] },
        token_endpoint_auth_method: 'client_secret_post',
        logo_uri: 'https://app.example/logo.png',
      }),
    );
    const { redirect_uris } = webClient;
    const nulls = { contacts: null, scope: null, jwks: null, grant_types: null, require_auth_time: null };
    const answer = await put(one, { client_id: one.id, redirect_uris, ...nulls });
    expect(answer.body).toEqual(shown(one, { redirect_uris }));
    expect(answer.status).toBe(200);
    expect((await read(one)).body).toEqual(answer.body);
  });

  it('judges anew what kind of application it is (OpenID Connect Registration 1.0 section 2)', async () => {
    const one = await client();
    const redirect_uris = ['http://127.0.0.1/cb'];
    const answer = await put(one, { client_id: one.id, redirect_uris });
    expect(answer.body).toEqual(shown(one, { redirect_uris, application_type: 'native' }));
  });

  it('ignores members that nobody knows, and what only administrators set (RFC 7591 section 2)', async () => {
    const one = await client();
    const unknown = {
      made_up: { x: 1 },
      status: 'suspended',
      owner: 'root',
      verification: 'approved',
      version: 7,
      kind: 'x',
    };
    const answer = await put(one, { client_id: one.id, ...webClient, ...unknown });
    expect(answer.body).toEqual(shown(one, webClient));
    expect(await lookUp(one)).toMatchObject({ kind: 'dynamic', status: 'active', verification: 'vouched', version: 2 });
  });

  it('keeps the id, the time, the secret and the token (RFC 7592 section 2.2)', async () => {
    const one = await client();
    for (let turn = 2; turn < 5; turn += 1) {
      const { body } = await put(one, { client_id: one.id, ...webClient, client_name: `Weather ${turn}` });
      for (const member of ['client_id', 'client_id_issued_at', 'registration_access_token', 'registration_client_uri'])
        expect(body[member]).toBe(one.body[member]);
    }
    expect(await authenticates(one, one.body.client_secret)).toBe(true);
    expect((await lookUp(one)).secrets).toHaveLength(1);
  });

  it.each([[undefined], [null], [''], ['other'], [7], [['x']]])(
    'is refused with the client_id %j (RFC 7592 section 2.2)',
    async (client_id) => {
      const one = await client();
      const answer = await put(one, { client_id, ...webClient, client_name: 'Other' });
      expect(answer.body).toEqual(refusal('client_id'));
      expect(answer.status).toBe(400);
      expect((await read(one)).body).toEqual(shown(one, webClient));
    },
  );

  it('is refused with the client_id of another client, whose registration stays (RFC 7592 section 2.2)', async () => {
    const [one, other] = [await client(), await client(web({ client_name: 'Other' }))];
    const answer = await put(one, { client_id: other.id, ...webClient });
    expect(answer.status).toBe(400);
    expect((await read(other)).body).toEqual(shown(other, web({ client_name: 'Other' })));
  });

  it.each(['registration_access_token', 'registration_client_uri', 'client_secret_expires_at', 'client_id_issued_at'])(
    'is refused with %s, which only the server sets (RFC 7592 section 2.2)',
    async (member) => {
      const one = await client();
      for (const value of [one.body[member], 'other', 1]) {
        const answer = await put(one, { ...replacementOf(one.body), [member]: value });
        expect(answer.body).toEqual(refusal(member));
        expect(answer.status).toBe(400);
      }
      expect((await read(one)).headers.get('etag')).toBe('"1"');
    },
  );

  it('is refused with a secret that is not its own: a client cannot choose one (RFC 7592 section 2.2)', async () => {
    const [one, other] = [await client(), await client()];
    for (const client_secret of [
      'chosen-by-the-client-itself',
      '',
      other.body.client_secret,
      7,
      [one.body.client_secret],
    ]) {
      const answer = await put(one, { client_id: one.id, ...webClient, client_secret });
      expect(answer.body).toEqual(refusal('client_secret'));
      expect(answer.status).toBe(400);
    }
    expect(await authenticates(one, one.body.client_secret)).toBe(true);
  });

  it('repeats the secret that it presents, and is silent where it presents none (RFC 7592 section 2.2)', async () => {
    const one = await client();
    const with_ = await put(one, { client_id: one.id, ...webClient, client_secret: one.body.client_secret });
    expect(with_.body).toEqual(shown(one, webClient, one.body.client_secret));
    expect((await read(one)).body).toEqual(shown(one, webClient));
    for (const client_secret of [undefined, null]) {
      const without = await put(one, { client_id: one.id, ...webClient, client_secret });
      expect(without.body).toEqual(shown(one, webClient));
    }
    expect(await authenticates(one, one.body.client_secret)).toBe(true);
  });

  it.each([
    [{ redirect_uris: [] }, 'redirect_uris', 'invalid_redirect_uri'],
    [{ redirect_uris: ['https://app.example/#x'] }, 'redirect_uris', 'invalid_redirect_uri'],
    [{ redirect_uris: ['http://app.example/'] }, 'redirect_uris', 'invalid_redirect_uri'],
    [{ grant_types: ['authorization_code', 'implicit'] }, 'grant_types', 'invalid_client_metadata'],
    [{ response_types: [] }, 'response_types', 'invalid_client_metadata'],
    [{ token_endpoint_auth_method: 'private_key_jwt' }, 'token_endpoint_auth_method', 'invalid_client_metadata'],
    [{ jwks: { keys: [keyPair().privateKey] } }, 'jwks', 'invalid_client_metadata'],
    [{ contacts: 'ada' }, 'contacts', 'invalid_client_metadata'],
    [{ logo_uri: 'javascript:alert(1)' }, 'logo_uri', 'invalid_client_metadata'],
    [{ default_max_age: -1 }, 'default_max_age', 'invalid_client_metadata'],
    [{ initiate_login_uri: 'http://app.example/' }, 'initiate_login_uri', 'invalid_client_metadata'],
  ])(
    'is judged as a registration is: %j is refused and all stays as it was (RFC 7592 section 2.2)',
    async (changes, member, error) => {
      const one = await client(web({ contacts: ['ada@app.example'] }));
      const before = await read(one);
      const answer = await put(one, { client_id: one.id, ...webClient, client_name: 'Other', ...changes });
      expect(answer.body).toEqual(refusal(member, error));
      expect(answer.status).toBe(400);
      noStore(answer);
      const after = await read(one);
      expect(after.body).toEqual(before.body);
      expect(after.headers.get('etag')).toBe('"1"');
      expect(await eventsOf(program, one.id)).toHaveLength(1);
    },
  );

  it('tells all that is wrong at once, the metadata first (RFC 7592 section 2.2)', async () => {
    const one = await client();
    const wrong = {
      client_id: 'other',
      client_secret: 'other',
      client_id_issued_at: 1,
      contacts: 'ada',
      redirect_uris: [''],
    };
    const { status, body } = await put(one, web(wrong));
    expect(status).toBe(400);
    expect(body).toEqual({
      error: 'invalid_redirect_uri',
      error_description: plainText,
      violations: ['redirect_uris', 'contacts', 'client_id', 'client_secret', 'client_id_issued_at'].map((member) => ({
        member,
        rule: plainText,
        message: expect.stringContaining(member),
      })),
    });
  });

  it.each(['', '{', 'null', '[]', '"x"', '7', '{"a":1,"a":1}'])(
    'is refused with the body %j (RFC 7592 section 2.2)',
    async (body) => {
      const one = await client();
      const answer = await call('PUT', one, { body, headers: { 'content-type': 'application/json' } });
      expect(answer.status).toBe(400);
      expect(answer.body).toEqual(failure('invalid_client_metadata'));
      expect((await read(one)).headers.get('etag')).toBe('"1"');
    },
  );

  it('is 415 for a form and 413 for too much (RFC 9110 sections 15.5.14 and 15.5.16)', async () => {
    const one = await client();
    const form = { body: 'client_id=x', headers: { 'content-type': 'application/x-www-form-urlencoded' } };
    expect(await call('PUT', one, form)).toMatchObject({ status: 415, body: failure('unsupported_media_type') });
    const large = await put(one, { client_id: one.id, ...webClient, client_name: 'x'.repeat(70_000) });
    expect(large).toMatchObject({ status: 413, body: failure('payload_too_large') });
  });

  it('is judged in one order: token, media type, size, text, version, metadata (RFC 9110 section 13.2.1)', async () => {
    const one = await client();
    const stale = { 'if-match': '"7"' };
    const json = { 'content-type': 'application/json' };
    const attempt = async (sending: Sending) => (await send('PUT', one.uri, sending)).status;
    const { token } = one;
    const large = 'x'.repeat(70_000);
    expect(await attempt({ body: large, headers: { ...stale, 'content-type': 'text/plain' } })).toBe(401);
    expect(await attempt({ token, body: large, headers: { ...stale, 'content-type': 'text/plain' } })).toBe(415);
    expect(await attempt({ token, body: large, headers: { ...stale, ...json } })).toBe(413);
    expect(await attempt({ token, body: '{', headers: { ...stale, ...json } })).toBe(400);
    expect(await attempt({ token, body: '{}', headers: { ...stale, ...json } })).toBe(412);
    expect(await attempt({ token, body: '{}', headers: json })).toBe(400);
  });

  it('writes one event, with what was there before and after, and never a credential (RFC 7591 section 5)', async () => {
    const one = await client(web({ contacts: ['ada@app.example'] }));
    await put(one, {
      client_id: one.id,
      ...web({ client_name: 'Weather 2', contacts: ['bob@app.example'] }),
      client_secret: one.body.client_secret,
    });
    const [, event, ...more] = await eventsOf(program, one.id);
    expect(more).toEqual([]);
    expect(event).toMatchObject({
      action: 'client.replaced',
      actor: { type: 'client', client_id: one.id },
      outcome: 'done',
      changes: { client_name: { before: 'Weather', after: 'Weather 2' } },
    });
    expect(Object.keys(event?.changes ?? {}).sort()).toEqual(['client_name', 'contacts']);
    expect(JSON.stringify(event)).not.toMatch(/ada@|bob@/);
  });
});

describe('a condition', () => {
  it.each(['"1"', '*', '"0", "1"', ' "1" '])(
    'holds for the version that was read: %s (RFC 9110 section 13.1.1)',
    async (condition) => {
      const one = await client();
      const headers = { 'if-match': condition };
      expect((await put(one, { client_id: one.id, ...webClient }, headers)).status).toBe(200);
      const other = await client();
      expect(await remove(other, { headers })).toMatchObject({ status: 204 });
    },
  );

  it.each(['"2"', 'W/"1"', '1', '""', '"0", W/"1"', 'nonsense'])(
    'fails for any other version: %s is 412 (RFC 9110 section 13.1.1)',
    async (condition) => {
      const one = await client();
      const headers = { 'if-match': condition };
      for (const answer of [
        await put(one, { client_id: one.id, ...webClient, client_name: 'Other' }, headers),
        await remove(one, { headers }),
      ]) {
        expect(answer.status).toBe(412);
        expect(answer.body).toEqual(failure('precondition_failed'));
        noStore(answer);
      }
      const after = await read(one);
      expect(after.body).toEqual(shown(one, webClient));
      expect(after.headers.get('etag')).toBe('"1"');
    },
  );

  it('lets nobody overwrite what they have not seen (RFC 9110 section 13.1.1)', async () => {
    const one = await client();
    const etag = (await read(one)).headers.get('etag') ?? '';
    const first = await put(one, { client_id: one.id, ...web({ client_name: 'First' }) }, { 'if-match': etag });
    expect(first.status).toBe(200);
    const second = await put(one, { client_id: one.id, ...web({ client_name: 'Second' }) }, { 'if-match': etag });
    expect(second.status).toBe(412);
    const again = await put(
      one,
      { client_id: one.id, ...web({ client_name: 'Second' }) },
      { 'if-match': first.headers.get('etag') ?? '' },
    );
    expect(again.status).toBe(200);
    expect(again.headers.get('etag')).toBe('"3"');
  });

  it('saves a second reading of what has not changed (RFC 9110 section 13.1.2)', async () => {
    const one = await client();
    const authorization = ['Authorization', `Bearer ${one.token}`];
    const unchanged = await sendRaw('GET', one.uri, { headers: [...authorization, 'If-None-Match', '"1"'] });
    expect(unchanged).toMatchObject({ status: 304, text: '' });
    const changed = await sendRaw('GET', one.uri, { headers: [...authorization, 'If-None-Match', '"0"'] });
    expect(changed.status).toBe(200);
  });
});

describe('a change of the authentication', () => {
  const replace = (one: Registered, changes: object) => put(one, { client_id: one.id, ...webClient, ...changes });
  const { publicKey } = keyPair();
  const jwks = { keys: [publicKey] };

  it('from a secret to none ends the secret, and back issues another one (RFC 7592 section 2.2)', async () => {
    const one = await client();
    const none = await replace(one, { token_endpoint_auth_method: 'none' });
    expect(none.body).toEqual(shown(one, web({ token_endpoint_auth_method: 'none' }), 'none'));
    expect((await lookUp(one)).secrets).toEqual([]);
    expect(await authenticates(one, one.body.client_secret)).toBe(false);

    const back = await replace(one, {});
    expect(back.body).toEqual(shown(one, webClient, aSecret));
    expect(back.body.client_secret).not.toBe(one.body.client_secret);
    expect(await authenticates(one, back.body.client_secret)).toBe(true);
    expect(await authenticates(one, one.body.client_secret)).toBe(false);
    expect((await read(one)).body).toEqual(shown(one, webClient));
  });

  it('to none is not hindered by the secret that is presented, which is not repeated', async () => {
    const one = await client();
    const none = await replace(one, {
      token_endpoint_auth_method: 'none',
      client_secret: one.body.client_secret,
    });
    expect(none.body).toEqual(shown(one, web({ token_endpoint_auth_method: 'none' }), 'none'));
    const later = await replace(one, { client_secret: one.body.client_secret });
    expect(later.status).toBe(400);
    expect(later.body).toEqual(refusal('client_secret'));
  });

  it('between basic and post keeps the secret (RFC 7592 section 2.2)', async () => {
    const one = await client();
    const post = await replace(one, { token_endpoint_auth_method: 'client_secret_post' });
    expect(post.body).toEqual(shown(one, web({ token_endpoint_auth_method: 'client_secret_post' })));
    expect(await authenticates(one, one.body.client_secret)).toBe(true);
  });

  it('to assertions under a secret keeps the secret that is presented (RFC 7592 section 2.2)', async () => {
    const one = await client();
    const metadata = { token_endpoint_auth_method: 'client_secret_jwt' };
    const answer = await replace(one, { ...metadata, client_secret: one.body.client_secret });
    expect(answer.body).toEqual(shown(one, web(metadata), one.body.client_secret));
    expect((await read(one)).body).toEqual(answer.body);
    expect(await authenticates(one, one.body.client_secret)).toBe(true);
    expect((await lookUp(one)).secrets).toHaveLength(1);
  });

  it('to assertions under a secret issues another one where none is presented, since only that can be known (RFC 7592 section 2.2)', async () => {
    const one = await client();
    const metadata = { token_endpoint_auth_method: 'client_secret_jwt' };
    const answer = await replace(one, metadata);
    expect(answer.body).toEqual(shown(one, web(metadata), aSecret));
    expect(answer.body.client_secret).not.toBe(one.body.client_secret);
    expect((await read(one)).body).toEqual(answer.body);
    expect((await replace(one, metadata)).body).toEqual(answer.body);
    expect(await authenticates(one, answer.body.client_secret)).toBe(true);
    expect(await authenticates(one, one.body.client_secret)).toBe(false);
  });

  it('from assertions under a secret to the secret itself keeps it, and no longer shows it (RFC 7592 section 2.2)', async () => {
    const one = await client(web({ token_endpoint_auth_method: 'client_secret_jwt' }));
    const answer = await replace(one, {});
    expect(answer.body).toEqual(shown(one, webClient));
    expect((await read(one)).body).toEqual(shown(one, webClient));
    expect(await authenticates(one, one.body.client_secret)).toBe(true);
    expect(
      await query(program, "SELECT 1 FROM clients WHERE client_id = ? AND secrets LIKE '%sealed%'", [one.id]),
    ).toEqual([]);
  });

  it('to a key of the client ends the secret (RFC 7592 section 2.2)', async () => {
    for (const before of ['client_secret_basic', 'client_secret_jwt']) {
      const one = await client(web({ token_endpoint_auth_method: before }));
      const metadata = { token_endpoint_auth_method: 'private_key_jwt', jwks };
      const answer = await replace(one, metadata);
      expect(answer.body).toEqual(shown(one, web(metadata), 'none'));
      expect(await authenticates(one, one.body.client_secret)).toBe(false);
      expect((await lookUp(one)).secrets).toEqual([]);
    }
  });

  it('to a key of the client keeps the secret that an algorithm needs (OpenID Connect Core 1.0 section 10.1)', async () => {
    const one = await client(web({ id_token_signed_response_alg: 'HS256' }));
    const metadata = { token_endpoint_auth_method: 'private_key_jwt', jwks, id_token_signed_response_alg: 'HS256' };
    const answer = await replace(one, metadata);
    expect(answer.body).toEqual(shown(one, web(metadata), one.body.client_secret));
  });
});

describe('deleting a client', () => {
  it('is 204 with nothing in it (RFC 7592 section 2.3)', async () => {
    const answer = await remove(await client());
    expect(answer).toMatchObject({ status: 204, text: '' });
    expect(answer.headers.get('content-type')).toBeNull();
    noStore(answer);
  });

  it('ends its token for good: 401 for everything afterwards (RFC 7592 section 2.3)', async () => {
    const one = await client();
    await remove(one);
    for (const answer of [
      await read(one),
      await put(one, replacementOf(one.body)),
      await remove(one),
      await remove(one, { headers: { 'if-match': '"1"' } }),
    ]) {
      expect(answer.status).toBe(401);
      expect(answer.body).toEqual(failure('invalid_token'));
      expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="clientele", error="invalid_token"');
    }
  });

  it('ignores a body (RFC 9110 section 9.3.5)', async () => {
    for (const sending of [{ json: { client_id: 'other' } }, { body: '{', headers: { 'content-type': 'text/plain' } }])
      expect((await remove(await client(), sending)).status).toBe(204);
  });

  it('leaves a tombstone, without metadata, owner and credentials, so that the id is never given again (RFC 7591 section 3.2.1)', async () => {
    const one = await client(web({ contacts: ['ada@app.example'], token_endpoint_auth_method: 'client_secret_jwt' }), {
      owner: 'team-payments',
      scope: 'openid',
    });
    await remove(one);
    const [row, ...more] = await query(program, 'SELECT * FROM clients WHERE client_id = ?', [one.id]);
    expect(more).toEqual([]);
    expect(row).toMatchObject({
      client_id: one.id,
      status: 'deleted',
      metadata: '{}',
      bounds: '{}',
      secrets: '[]',
      registration_token_digest: null,
      owner: null,
      version: 2,
    });
    expect(await authenticates(one, one.body.client_secret)).toBe(false);
  });

  it('writes one event (RFC 7591 section 5)', async () => {
    const one = await client();
    await remove(one);
    await remove(one);
    const events = await eventsOf(program, one.id);
    expect(events.map(({ action, actor }) => ({ action, actor }))).toEqual([
      { action: 'client.registered', actor: expect.objectContaining({ type: 'initial_access_token' }) },
      { action: 'client.deleted', actor: { type: 'client', client_id: one.id } },
    ]);
  });
});

describe('in a race', () => {
  /** A document all of whose members tell which one it is. */
  const numbered = (one: Registered, number: number) => ({
    client_id: one.id,
    client_name: `Weather ${number}`,
    redirect_uris: [`https://app.example/${number}`],
    contacts: [`${number}@app.example`],
    client_uri: `https://app.example/about/${number}`,
    default_max_age: number,
  });

  const actions = async ({ id }: Registered) => (await eventsOf(program, id)).map(({ action }) => action);

  it.each([
    ['whose bodies come late', 'late bodies'],
    ['that wait for the database', 'busy database'],
  ])(
    'twenty replacements %s leave one of them whole, and each is counted (RFC 7592 section 2.2)',
    async (_what, how) => {
      const one = await client();
      const answers =
        how === 'late bodies'
          ? await sendAtOnce(20, (turn) => ({
              method: 'PUT',
              url: one.uri,
              token: one.token,
              json: numbered(one, turn),
            }))
          : await meeting(program, () => Array.from({ length: 20 }, (_, turn) => put(one, numbered(one, turn))));
      expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200));
      const versions = answers.map(({ headers }) => Number(/^"(\d+)"$/.exec(headers.get('etag') ?? '')?.[1]));
      expect([...versions].sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, at) => at + 2));
      answers.forEach(({ body }, turn) => {
        const { client_id, ...metadata } = numbered(one, turn);
        expect(body).toEqual(shown(one, metadata));
      });

      const last = answers[versions.indexOf(21)];
      const after = await read(one);
      expect(after.body).toEqual(last?.body);
      expect(after.headers.get('etag')).toBe('"21"');
      expect(await lookUp(one)).toMatchObject({ version: 21 });
      expect(await actions(one)).toEqual(['client.registered', ...Array<string>(20).fill('client.replaced')]);
    },
  );

  it('of twenty replacements of one version one is made (RFC 9110 section 13.1.1)', async () => {
    const one = await client();
    const answers = await meeting(program, () =>
      Array.from({ length: 20 }, (_, turn) => put(one, numbered(one, turn), { 'if-match': '"1"' })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array<number>(19).fill(412)]);
    expect((await read(one)).headers.get('etag')).toBe('"2"');
    expect(await actions(one)).toEqual(['client.registered', 'client.replaced']);
  });

  it('of two deletions one is 204 and the other 401 (RFC 7592 section 2.3)', async () => {
    for (let round = 0; round < 10; round += 1) {
      const one = await client();
      const answers = await meeting(program, () => [remove(one), remove(one)]);
      expect(answers.map(({ status }) => status).sort()).toEqual([204, 401]);
      expect(await actions(one)).toEqual(['client.registered', 'client.deleted']);
    }
  });

  it('a deletion wins over a replacement for ever, fifty times over (RFC 7592 section 2.3)', async () => {
    for (let round = 0; round < 50; round += 1) {
      const one = await client();
      const replacement = () => put(one, numbered(one, round));
      const calls = round % 2 === 0 ? () => [replacement(), remove(one)] : () => [remove(one), replacement()];
      const answers = round % 5 === 0 ? await Promise.all(calls()) : await meeting(program, calls);
      const [replaced, deleted] = round % 2 === 0 ? answers : [answers[1], answers[0]];
      expect(deleted?.status).toBe(204);
      expect([200, 401]).toContain(replaced?.status);
      for (const answer of [await read(one), await replacement(), await remove(one)]) expect(answer.status).toBe(401);
      expect(await lookUp(one)).toEqual(failure('client_deleted'));
      const expected = replaced?.status === 200 ? ['client.replaced'] : [];
      expect(await actions(one)).toEqual(['client.registered', ...expected, 'client.deleted']);
    }
  });

  it('a suspension wins over a replacement: 403 from then on', async () => {
    for (let round = 0; round < 5; round += 1) {
      const made = await send('POST', `${program.url}/admin/initial-access-tokens`, { token: adminToken, json: {} });
      const { body } = await send('POST', `${program.url}/register`, { token: made.body.token, json: webClient });
      const one = {
        id: body.client_id,
        uri: body.registration_client_uri,
        token: body.registration_access_token,
        body,
      };
      const revocation = () =>
        send('DELETE', `${program.url}/admin/initial-access-tokens/${made.body.id}?clients=suspend`, {
          token: adminToken,
        });
      const [replaced, suspended] = await meeting(program, () => [put(one, numbered(one, round)), revocation()]);
      if (suspended?.status === 409) await revocation();
      expect([200, 403]).toContain(replaced?.status);
      expect((await read(one)).status).toBe(403);
      expect((await put(one, numbered(one, round))).status).toBe(403);
    }
  });
});

describe('what is stored', () => {
  it('has one event for each change: as many as versions', async () => {
    const wrong = await query(
      program,
      `SELECT client_id, version FROM clients c
       WHERE version <> (SELECT COUNT(*) FROM audit_events WHERE outcome = 'done' AND client_id = c.client_id)`,
    );
    expect(wrong).toEqual([]);
    expect(await count(program, 'clients')).toBeGreaterThan(100);
  });

  it('has no secret and no token in the clear, in no table and no file (RFC 6819 section 5.1.4.1)', async () => {
    const [tables, files] = [await dump(program), filesOf(program)];
    expect(credentialsSeen.size).toBeGreaterThan(300);
    const found = [...credentialsSeen, adminToken].filter((credential) => {
      const bare = credential.replace(/^c(iat|rat)_/, '');
      return tables.includes(bare) || files.includes(bare);
    });
    expect(found).toEqual([]);
  });
});

// From here on with programs of their own.

describe('a program that wants a condition for each change', () => {
  let careful: TestApp;

  beforeAll(async () => {
    careful = await startApp({ REQUIRE_IF_MATCH: 'on' });
  });

  afterAll(() => careful.close());

  it('answers 428 where there is none, and says what to do (RFC 6585 section 3)', async () => {
    const { body } = await register(careful.url);
    const { registration_client_uri: uri, registration_access_token: token } = body;
    const json = replacementOf(body);
    for (const answer of [await send('PUT', uri, { token, json }), await send('DELETE', uri, { token })]) {
      expect(answer.status).toBe(428);
      expect(answer.body).toEqual(failure('precondition_required'));
      expect(answer.body.error_description).toContain('If-Match');
    }
    expect((await send('GET', uri, { token })).status).toBe(200);
    const replaced = await send('PUT', uri, { token, json, headers: { 'if-match': '"1"' } });
    expect(replaced.status).toBe(200);
    const etag = replaced.headers.get('etag') ?? '';
    expect((await send('DELETE', uri, { token, headers: { 'if-match': etag } })).status).toBe(204);
  });
});

describe('while SECRET_KEY rotates', () => {
  const [a, b] = [randomBytes(32).toString('base64url'), randomBytes(32).toString('base64url')];
  let database: TestDatabase;
  let running: TestApp;

  const start = async (SECRET_KEY: string) => {
    running = await startApp({ SECRET_KEY }, database);
  };
  const restart = async (SECRET_KEY: string) => {
    await running.close();
    await start(SECRET_KEY);
  };
  /** The addresses of a client move with the port of the program, which is another one each time. */
  const at = ({ client_id }: Record<string, any>) => `${running.url}/register/${client_id}`;
  const lookup = (below: string, sending: Sending = {}, method = 'GET') =>
    send(method, `${running.url}/lookup/clients/${below}`, { token: adminToken, ...sending });
  const isRight = async ({ client_id }: Record<string, any>, client_secret: string) =>
    (await lookup(`${client_id}/authenticate`, { json: { client_secret } }, 'POST')).body.authenticated;

  /** How many credentials of each kind hang on an old key. */
  async function onOldKey(): Promise<Record<string, number>> {
    const { text } = await send('GET', `${running.url}/metrics`);
    const lines = text.matchAll(/^clientele_credentials_on_old_key\{.*kind="(\w+)".*\} (\d+)$/gm);
    return Object.fromEntries([...lines].map(([, kind, amount]) => [kind, Number(amount)]));
  }

  beforeEach(async () => {
    database = await createDatabase();
    await start(a);
  });

  afterEach(async () => {
    await running.close();
    await database.drop();
  });

  it('every credential works under the new and the old key, moves to the new one when it is presented, and then works without the old one', async () => {
    const basic = (await register(running.url)).body;
    const sealed = (await register(running.url, web({ token_endpoint_auth_method: 'client_secret_jwt' }))).body;
    const open = (await register(running.url, web({ token_endpoint_auth_method: 'none' }))).body;
    const spare = await initialAccessToken(running.url, { uses: 5 });
    const managing = await initialAccessToken(running.url, { manages: true });
    const managed = (await send('POST', `${running.url}/register`, { token: managing, json: webClient })).body;
    const key = await apiKey(running, ['tokens:read']);
    expect(await onOldKey()).toEqual({});

    await restart(`${b},${a}`);
    const before = await onOldKey();
    expect(before).toMatchObject({ client: 4, api_key: 1 });
    expect(before.initial_access_token).toBeGreaterThanOrEqual(2);

    expect((await send('POST', `${running.url}/register`, { token: spare, json: webClient })).status).toBe(201);
    expect((await send('GET', at(managed), { token: managing })).status).toBe(200);
    expect((await send('GET', `${running.url}/admin/initial-access-tokens`, { token: key })).status).toBe(200);
    for (const client of [basic, sealed, open, managed])
      expect((await send('GET', at(client), { token: client.registration_access_token })).status).toBe(200);
    expect((await send('GET', at(sealed), { token: sealed.registration_access_token })).body.client_secret).toBe(
      sealed.client_secret,
    );
    for (const client of [basic, sealed, managed]) expect(await isRight(client, client.client_secret)).toBe(true);
    expect(await isRight(basic, sealed.client_secret)).toBe(false);
    expect(await onOldKey()).toMatchObject({ client: 0, api_key: 0 });

    await restart(b);
    expect(await onOldKey()).toEqual({});
    expect((await send('POST', `${running.url}/register`, { token: spare, json: webClient })).status).toBe(201);
    expect((await send('GET', at(managed), { token: managing })).status).toBe(200);
    expect((await send('GET', `${running.url}/admin/initial-access-tokens`, { token: key })).status).toBe(200);
    for (const client of [basic, sealed, managed]) expect(await isRight(client, client.client_secret)).toBe(true);
    expect((await lookup(`${sealed.client_id}?include=secrets`)).body.secrets[0].client_secret).toBe(
      sealed.client_secret,
    );
    const renamed = await send('PUT', at(basic), {
      token: basic.registration_access_token,
      json: replacementOf(basic, { client_name: 'Weather 2' }),
    });
    expect(renamed.body).toMatchObject({ client_name: 'Weather 2', client_secret: basic.client_secret });
    expect((await send('DELETE', at(open), { token: open.registration_access_token })).status).toBe(204);
  });

  it('nothing but what can still be used counts: no token that is spent', async () => {
    const { body } = await register(running.url, web({ token_endpoint_auth_method: 'none' }));
    await restart(`${b},${a}`);
    expect((await send('GET', at(body), { token: body.registration_access_token })).status).toBe(200);
    expect(await onOldKey()).toEqual({ client: 0, initial_access_token: 0, api_key: 0, account: 0 });
  });

  it('a client that only ever replaces its registration moves to the new key too', async () => {
    const one = (await register(running.url, web({ token_endpoint_auth_method: 'none' }))).body;
    await restart(`${b},${a}`);
    const metadata = { client_id: one.client_id, ...webClient, token_endpoint_auth_method: 'none' };
    const token = one.registration_access_token;
    expect((await send('PUT', at(one), { token, json: metadata })).status).toBe(200);
    expect(await onOldKey()).toMatchObject({ client: 0 });
    await restart(b);
    expect((await send('GET', at(one), { token })).status).toBe(200);
  });

  it.each(['client_secret_basic', 'client_secret_jwt'])(
    'a client that presents its secret for %s with a replacement moves it to the new key',
    async (token_endpoint_auth_method) => {
      const one = (await register(running.url, web({ token_endpoint_auth_method }))).body;
      await restart(`${b},${a}`);
      const token = one.registration_access_token;
      const replaced = await send('PUT', at(one), { token, json: replacementOf(one) });
      expect(replaced.body.client_secret).toBe(one.client_secret);
      await send('GET', at(one), { token });
      expect(await onOldKey()).toMatchObject({ client: 0 });
      await restart(b);
      expect(await isRight(one, one.client_secret)).toBe(true);
    },
  );

  it('a new secret beside the old key is made under the new one', async () => {
    const one = (await register(running.url, web({ token_endpoint_auth_method: 'none' }))).body;
    await restart(`${b},${a}`);
    const token = one.registration_access_token;
    await send('GET', at(one), { token });
    const json = { client_id: one.client_id, ...webClient, token_endpoint_auth_method: 'client_secret_jwt' };
    const { body } = await send('PUT', at(one), { token, json });
    expect(body.client_secret).toEqual(aSecret);
    await restart(b);
    const read = await send('GET', at(one), { token });
    expect(read.body.client_secret).toBe(body.client_secret);
    expect(read.body.registration_access_token).toEqual(aRegistrationToken);
    expect(await isRight(one, body.client_secret)).toBe(true);
  });

  it('a key that is taken away ends what hangs on it: 401 and a wrong secret, never 500', async () => {
    const one = (await register(running.url)).body;
    const token = await initialAccessToken(running.url);
    await restart(b);
    expect((await send('GET', at(one), { token: one.registration_access_token })).status).toBe(401);
    expect((await send('POST', `${running.url}/register`, { token, json: webClient })).status).toBe(401);
    expect(await isRight(one, one.client_secret)).toBe(false);
    expect((await lookup(one.client_id)).status).toBe(200);
  });
});
