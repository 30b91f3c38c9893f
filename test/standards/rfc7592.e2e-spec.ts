import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Clock } from '../../src/clock.js';
import {
  aRegistrationToken,
  aSecret,
  defaultMetadata,
  failure,
  information,
  keyPair,
  refusal,
} from '../support/builders.js';
import { count, dump, query } from '../support/database.js';
import { initialAccessToken, register, replacementOf, send, sendRaw, webClient } from '../support/http.js';
import { adminToken, startApp, type TestApp } from '../support/test-app.js';
import { authenticates, lookUp, manage, refusalOf, unauthorized } from './support.js';

const jwks = { keys: [keyPair().publicKey] };
const methods = ['GET', 'PUT', 'DELETE'];
const unknownId = '01890a5d-ac96-774b-bcce-b302099a8057';

let app: TestApp;

beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

const made = async (metadata: object = {}) => (await register(app.url, { ...webClient, ...metadata })).body;

/** Replaces what is registered by what was asked for at first, with changes. */
const replace = (client: Record<string, any>, changes: object = {}) =>
  manage('PUT', client, { json: { ...webClient, client_id: client.client_id, ...changes } });

/** A client that an administrator has suspended. */
async function suspended() {
  const json = { uses: 1 };
  const { body: token } = await send('POST', `${app.url}/admin/initial-access-tokens`, { token: adminToken, json });
  const { body } = await send('POST', `${app.url}/register`, { token: token.token, json: webClient });
  await send('DELETE', `${app.url}/admin/initial-access-tokens/${token.id}?clients=suspend`, { token: adminToken });
  return body;
}

describe('the address of a client', () => {
  it('is a whole URL that works as it is, on the registration endpoint (RFC 7592 section 3)', async () => {
    const client = await made();
    expect(client.registration_client_uri).toBe(`${app.url}/register/${client.client_id}`);
    expect(await manage('GET', client)).toMatchObject({ status: 200, body: { client_id: client.client_id } });
  });

  it('does not depend on what the request says of its host (RFC 7592 appendix B)', async () => {
    const token = await initialAccessToken(app.url);
    const { body } = await sendRaw('POST', `${app.url}/register`, {
      headers: [
        ...['Host', 'evil.example', 'X-Forwarded-Host', 'evil.example', 'X-Forwarded-Proto', 'gopher'],
        ...['Authorization', `Bearer ${token}`, 'Content-Type', 'application/json'],
      ],
      body: JSON.stringify(webClient),
    });
    expect(body.registration_client_uri).toBe(`${app.url}/register/${body.client_id}`);
  });

  it.each(methods)('asks for the token of this client to %s (RFC 7592 section 2)', async (method) => {
    const client = await made();
    const basic = Buffer.from(`${client.client_id}:${client.client_secret}`).toString('base64');
    const url = client.registration_client_uri;
    expect(await send(method, url)).toMatchObject(unauthorized);
    expect(await send(method, url, { headers: { authorization: `Basic ${basic}` } })).toMatchObject(unauthorized);
    expect(await lookUp(app.url, client)).toMatchObject({ status: 200, body: { version: 1 } });
  });

  it.each(methods)(
    'does not let another client %s, nor say whether this one exists (RFC 7592 appendix B)',
    async (method) => {
      const [mine, theirs] = [await made(), await made()];
      const json = method === 'PUT' ? { ...webClient, client_id: theirs.client_id } : undefined;
      const foreign = await manage(method, theirs, { token: mine.registration_access_token, json });
      const unknown = await send(method, `${app.url}/register/${unknownId}`, {
        token: (await made()).registration_access_token,
        json,
      });
      expect(foreign).toMatchObject(unauthorized);
      expect(foreign.text).toBe(unknown.text);
      const { client_secret, ...untouched } = theirs;
      expect((await manage('GET', theirs)).body).toEqual(untouched);
    },
  );

  it.each(['POST', 'PATCH', 'TRACE'])(
    'answers 405 to %s and names what it takes (RFC 7592 section 2)',
    async (method) => {
      const client = await made();
      const answer = await sendRaw(method, client.registration_client_uri, {
        headers: ['Authorization', `Bearer ${client.registration_access_token}`],
      });
      expect(answer).toMatchObject({ status: 405, body: failure('method_not_allowed') });
      expect(answer.headers.get('allow')).toBe('DELETE, GET, HEAD, OPTIONS, PUT');
    },
  );

  it('asks for the token before it reads a body (RFC 7592 section 2.2)', async () => {
    const client = await made();
    const broken = { body: '{', headers: { 'content-type': 'text/plain' } };
    expect(await manage('PUT', client, { ...broken, token: 'crat_wrong' })).toMatchObject(unauthorized);
  });

  it('answers HEAD like GET, without a body (RFC 9110 section 9.3.2)', async () => {
    const answer = await manage('HEAD', await made());
    expect(answer).toMatchObject({ status: 200, text: '' });
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
  });
});

describe('the registration access token', () => {
  it('is the only kind of token that manages a client (RFC 7592 section 1.2)', async () => {
    const client = await made();
    for (const token of [adminToken, await initialAccessToken(app.url), client.client_secret, client.client_id])
      expect(await manage('GET', client, { token })).toMatchObject(unauthorized);
  });

  it('is good for nothing else (RFC 7592 appendix A)', async () => {
    const { registration_access_token: token, client_id } = await made();
    expect(await send('POST', `${app.url}/register`, { token, json: webClient })).toMatchObject(unauthorized);
    expect(await send('GET', `${app.url}/lookup/clients/${client_id}`, { token })).toMatchObject(unauthorized);
    expect(await send('GET', `${app.url}/admin/initial-access-tokens`, { token })).toMatchObject(unauthorized);
  });

  it('has 256 bits that nobody can guess (RFC 7592 section 5)', async () => {
    const { registration_access_token } = await made();
    expect(Buffer.from(registration_access_token.replace(/^crat_/, ''), 'base64url')).toHaveLength(32);
  });

  it('lives as long as its client (RFC 7592 section 5)', async () => {
    const client = await made();
    const clock = app.app.get(Clock);
    const fiveYearsOn = clock.now() + 5 * 365 * 86_400;
    clock.now = () => fiveYearsOn;
    try {
      expect(await manage('GET', client)).toMatchObject({ status: 200 });
    } finally {
      delete (clock as Partial<Clock>).now;
    }
  });

  it('stays the same over reads and replacements (RFC 7592 appendix A.1)', async () => {
    const client = await made();
    for (const answer of [await manage('GET', client), await replace(client), await manage('GET', client)])
      expect(answer.body.registration_access_token).toBe(client.registration_access_token);
  });

  it('is stored only as a digest, as is the secret of a client that authenticates by it (RFC 7592 section 5)', async () => {
    const client = await made();
    const stored = await dump(app);
    expect(stored).toContain(client.client_id);
    expect(stored).not.toContain(client.registration_access_token);
    expect(stored).not.toContain(client.registration_access_token.replace(/^crat_/, ''));
    expect(stored).not.toContain(client.client_secret);
  });

  it('is never repeated in a refusal (RFC 7592 section 5)', async () => {
    const client = await made();
    for (const answer of [
      await replace(client, { redirect_uris: [], registration_access_token: client.registration_access_token }),
      await manage('GET', { ...client, registration_client_uri: `${app.url}/register/${unknownId}` }),
    ]) {
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(answer.text).not.toContain(client.registration_access_token);
    }
  });
});

describe('a read', () => {
  it('answers 200 with everything that is registered (RFC 7592 section 2.1)', async () => {
    const metadata = { contacts: ['a@app.example'], 'client_name#de': 'Wetter', jwks };
    const client = await made(metadata);
    const answer = await manage('GET', client);
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      ...information(app.url, { ...webClient, ...metadata }, { secret: 'hidden' }),
      client_id: client.client_id,
      client_id_issued_at: client.client_id_issued_at,
      registration_access_token: client.registration_access_token,
    });
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.headers.get('pragma')).toBe('no-cache');
  });

  it('never changes the identifier (RFC 7592 section 2.1)', async () => {
    const client = await made();
    for (const answer of [await manage('GET', client), await replace(client), await manage('GET', client)])
      expect(answer.body.client_id).toBe(client.client_id);
  });

  it('changes nothing (RFC 7592 section 2.1)', async () => {
    const client = await made();
    const before = await query(app, 'SELECT * FROM clients WHERE client_id = ?', [client.client_id]);
    const [first, second] = [await manage('GET', client), await manage('GET', client)];
    expect(first.text).toBe(second.text);
    expect(await query(app, 'SELECT * FROM clients WHERE client_id = ?', [client.client_id])).toEqual(before);
  });

  it('has the secret where the server has to know it (RFC 7592 appendix A.1)', async () => {
    const client = await made({ token_endpoint_auth_method: 'client_secret_jwt' });
    const { body } = await manage('GET', client);
    expect(body).toEqual(client);
    expect(await authenticates(app.url, client, body.client_secret)).toBe(true);
  });
});

const clauses: [string, string][] = [
  ['GET', '2.1'],
  ['PUT', '2.2'],
  ['DELETE', '2.3'],
];

describe.each(clauses)('an attempt to %s, RFC 7592 section %s,', (method) => {
  const body = (client_id: string) => (method === 'PUT' ? { json: { ...webClient, client_id } } : {});

  it('with a wrong token is 401 in the form of bearer tokens (RFC 7592 section 2)', async () => {
    const client = await made();
    const answer = await manage(method, client, { token: 'crat_wrong', ...body(client.client_id) });
    expect(answer).toMatchObject(unauthorized);
    expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="clientele", error="invalid_token"');
  });

  it('on a client that is not there is 401, and costs the token its life (RFC 7592 section 2)', async () => {
    const client = await made();
    const elsewhere = { ...client, registration_client_uri: `${app.url}/register/${unknownId}` };
    expect(await manage(method, elsewhere, body(unknownId))).toMatchObject(unauthorized);
    expect(await manage('GET', client)).toMatchObject(unauthorized);
  });

  it('on a deleted client is 401 (RFC 7592 section 2)', async () => {
    const client = await made();
    await manage('DELETE', client);
    expect(await manage(method, client, body(client.client_id))).toMatchObject(unauthorized);
  });

  it('on a client that may not be managed is 403 (RFC 7592 section 2)', async () => {
    const client = await suspended();
    expect(await manage(method, client, body(client.client_id))).toMatchObject({
      status: 403,
      body: failure('access_denied'),
    });
  });
});

describe('a replacement', () => {
  it('takes one JSON object as application/json (RFC 7592 section 2.2)', async () => {
    const client = await made();
    const text = JSON.stringify({ ...webClient, client_id: client.client_id });
    const put = (body: string, type = 'application/json') =>
      manage('PUT', client, { body, headers: { 'content-type': type } });
    for (const type of ['application/x-www-form-urlencoded', 'text/plain'])
      expect(await put(text, type)).toMatchObject({ status: 415, body: failure('unsupported_media_type') });
    for (const broken of ['[]', 'null', '5', '{', `{"client_id":"a","client_id":"b"}`])
      expect(await put(broken)).toMatchObject({ status: 400, body: failure('invalid_client_metadata') });
    expect(await put(text, 'Application/JSON; charset=UTF-8')).toMatchObject({ status: 200 });
  });

  it('answers 200 with everything that is registered now (RFC 7592 section 2.2)', async () => {
    const client = await made();
    const changes = { client_name: 'Weather 2', contacts: ['a@app.example'] };
    const answer = await replace(client, changes);
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      ...information(app.url, { ...webClient, ...changes }, { secret: 'hidden' }),
      client_id: client.client_id,
      registration_access_token: client.registration_access_token,
    });
    expect((await manage('GET', client)).body).toEqual(answer.body);
  });

  const kinds: [string, object][] = [
    ['a web application', { 'client_name#de': 'Wetter', contacts: ['a@app.example'], jwks, default_max_age: 0 }],
    ['a native application', { redirect_uris: ['com.example.app:/cb'], token_endpoint_auth_method: 'none' }],
    ['a client with a shared key', { token_endpoint_auth_method: 'client_secret_jwt', scope: 'openid' }],
    ['a client with a key', { token_endpoint_auth_method: 'private_key_jwt', jwks, subject_type: 'pairwise' }],
    ['a service', { redirect_uris: undefined, grant_types: ['client_credentials'], response_types: [] }],
  ];
  it.each(kinds)('by what was read, of %s, changes nothing (RFC 7592 section 2.2)', async (_kind, metadata) => {
    const client = await made(metadata);
    const { body: before } = await manage('GET', client);
    const answer = await manage('PUT', client, { json: replacementOf(before) });
    expect(answer).toMatchObject({ status: 200, body: before });
    expect(Object.keys(answer.body).sort()).toEqual(Object.keys(before).sort());
  });

  it.each([[undefined], [null], [unknownId], [5]])(
    'has the identifier of the client, and not %j (RFC 7592 section 2.2)',
    async (client_id) => {
      const client = await made();
      expect(await replace(client, { client_id })).toMatchObject({ status: 400, body: refusal('client_id') });
      expect((await lookUp(app.url, client)).body).toMatchObject({ version: 1 });
    },
  );

  it.each(['registration_access_token', 'registration_client_uri', 'client_secret_expires_at', 'client_id_issued_at'])(
    'must not have %s (RFC 7592 section 2.2)',
    async (member) => {
      const client = await made();
      expect(await replace(client, { [member]: client[member] })).toMatchObject({ status: 400, body: refusal(member) });
    },
  );

  it('may have the secret only where it is right, and then shows it again (RFC 7592 section 2.2)', async () => {
    const client = await made();
    const { client_secret } = client;
    expect(await replace(client, { client_secret })).toMatchObject({ status: 200, body: { client_secret } });
    for (const wrong of [`${client_secret}x`, '', 5, ['x'], (await made()).client_secret])
      expect(await replace(client, { client_secret: wrong })).toMatchObject({
        status: 400,
        body: refusal('client_secret'),
      });
  });

  it('cannot choose a secret (RFC 7592 section 2.2)', async () => {
    const client = await made();
    const chosen = 'a-secret-that-the-client-chose-by-itself';
    expect(await replace(client, { client_secret: chosen })).toMatchObject(refusalOf('client_secret'));
    expect(await authenticates(app.url, client, chosen)).toBe(false);
    expect(await authenticates(app.url, client, client.client_secret)).toBe(true);
  });

  it('without the secret leaves it as it is (RFC 7592 section 2.2)', async () => {
    const client = await made();
    const { body } = await replace(client);
    expect(body).toMatchObject({ client_secret_expires_at: 0 });
    expect(await authenticates(app.url, client, client.client_secret)).toBe(true);
  });

  it('puts new values in the place of old ones, and merges nothing (RFC 7592 section 2.2)', async () => {
    const client = await made({ redirect_uris: ['https://app.example/a', 'https://app.example/b'] });
    const redirect_uris = ['https://app.example/c'];
    expect((await replace(client, { redirect_uris })).body).toMatchObject({ redirect_uris });
  });

  it('deletes what it leaves out, or gives it its default back (RFC 7592 section 2.2)', async () => {
    const client = await made({
      client_uri: 'https://app.example/',
      grant_types: ['authorization_code', 'refresh_token'],
      scope: 'openid',
      require_auth_time: true,
    });
    for (const changes of [{}, { client_uri: null, grant_types: null, scope: null, require_auth_time: null }]) {
      const { body } = await replace(client, changes);
      expect(body).toMatchObject({ ...defaultMetadata, ...webClient });
      expect(body).not.toHaveProperty('client_uri');
    }
  });

  it('deletes the languages that it leaves out (RFC 7592 section 2.2)', async () => {
    const client = await made({ 'client_name#ja': '\u5929\u6c17', 'client_name#de': 'Wetter' });
    const { body } = await replace(client, { 'client_name#de': 'Das Wetter' });
    expect(body).toMatchObject({ client_name: 'Weather', 'client_name#de': 'Das Wetter' });
    expect(body).not.toHaveProperty(['client_name#ja']);
  });

  it.each([
    [{ redirect_uris: [] }, 'redirect_uris', 'invalid_redirect_uri'],
    [{ redirect_uris: ['http://app.example/cb'] }, 'redirect_uris', 'invalid_redirect_uri'],
    [{ grant_types: ['client_credentials'], response_types: ['code'] }, 'response_types', 'invalid_client_metadata'],
    [{ token_endpoint_auth_method: 'private_key_jwt' }, 'token_endpoint_auth_method', 'invalid_client_metadata'],
    [{ jwks, jwks_uri: 'https://app.example/keys' }, 'jwks', 'invalid_client_metadata'],
    [{ jwks: { keys: [keyPair().privateKey] } }, 'jwks', 'invalid_client_metadata'],
    [{ scope: 5 }, 'scope', 'invalid_client_metadata'],
    [{ frontchannel_logout_uri: 'https://other.example/' }, 'frontchannel_logout_uri', 'invalid_client_metadata'],
  ])(
    'is judged like a registration, and changes nothing when it is refused: %j (RFC 7592 section 2.2)',
    async (changes, member, error) => {
      const client = await made();
      const before = (await lookUp(app.url, client)).body;
      expect(await replace(client, changes)).toMatchObject(refusalOf(member, error));
      expect((await lookUp(app.url, client)).body).toEqual(before);
    },
  );

  it('ignores what it does not understand (RFC 7591 section 2)', async () => {
    const { status, body } = await replace(await made(), { x_unknown: 1 });
    expect(status).toBe(200);
    expect(body).not.toHaveProperty('x_unknown');
  });

  it('to a way of authentication with a secret issues one (RFC 7591 section 3.2.1)', async () => {
    const client = await made({ token_endpoint_auth_method: 'none' });
    const { body } = await replace(client, { token_endpoint_auth_method: 'client_secret_basic' });
    expect(body).toMatchObject({ client_secret: aSecret, client_secret_expires_at: 0 });
    expect(await authenticates(app.url, client, body.client_secret)).toBe(true);
  });

  it('to a way of authentication without a secret ends it (RFC 7591 section 3.2.1)', async () => {
    const client = await made();
    const { body } = await replace(client, { token_endpoint_auth_method: 'private_key_jwt', jwks });
    expect(body).not.toHaveProperty('client_secret_expires_at');
    expect(await authenticates(app.url, client, client.client_secret)).toBe(false);
  });

  it('keeps the time at which the identifier was issued (RFC 7591 section 3.2.1)', async () => {
    const client = await made();
    const clock = app.app.get(Clock);
    const later = clock.now() + 3600;
    clock.now = () => later;
    try {
      expect((await replace(client)).body.client_id_issued_at).toBe(client.client_id_issued_at);
    } finally {
      delete (clock as Partial<Clock>).now;
    }
  });

  it('is the whole of one of two that come at once (RFC 7592 section 2.2)', async () => {
    const client = await made();
    const sent = [
      { client_name: 'One', contacts: ['one@app.example'] },
      { client_name: 'Two', contacts: ['two@app.example'] },
    ];
    const answers = await Promise.all(sent.map((changes) => replace(client, changes)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    const { client_name, contacts } = (await manage('GET', client)).body;
    expect(sent).toContainEqual({ client_name, contacts });
    expect((await lookUp(app.url, client)).body).toMatchObject({ version: 3 });
  });

  it('is refused where its If-Match names an older version (RFC 9110 section 13.1.1)', async () => {
    const client = await made();
    const { headers } = await manage('GET', client);
    const put = () =>
      manage('PUT', client, {
        json: { ...webClient, client_id: client.client_id },
        headers: { 'if-match': headers.get('etag')! },
      });
    expect(await put()).toMatchObject({ status: 200 });
    expect(await put()).toMatchObject({ status: 412, body: failure('precondition_failed') });
  });
});

describe('a deletion', () => {
  it('answers 204 without a body, and is kept out of every cache (RFC 7592 section 2.3)', async () => {
    const answer = await manage('DELETE', await made());
    expect(answer).toMatchObject({ status: 204, text: '' });
    expect(answer.headers.get('content-type')).toBeNull();
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.headers.get('pragma')).toBe('no-cache');
  });

  it('ends the identifier, the secret and the token at once (RFC 7592 section 2.3)', async () => {
    const client = await made({ token_endpoint_auth_method: 'client_secret_jwt' });
    await manage('DELETE', client);
    expect(await lookUp(app.url, client)).toMatchObject({ status: 410, body: failure('client_deleted') });
    expect(await authenticates(app.url, client, client.client_secret)).toBe(false);
    expect(await manage('GET', client)).toMatchObject(unauthorized);
  });

  it('is done once: the second one is 401 (RFC 7592 section 2.3)', async () => {
    const client = await made();
    expect(await manage('DELETE', client)).toMatchObject({ status: 204 });
    expect(await manage('DELETE', client)).toMatchObject(unauthorized);
  });

  it('is 405 where it is not offered (RFC 7592 section 2.3)', async () => {
    const answer = await send('DELETE', `${app.url}/register`, { token: (await made()).registration_access_token });
    expect(answer).toMatchObject({ status: 405, body: failure('method_not_allowed') });
    expect(answer.headers.get('allow')).toBe('OPTIONS, POST');
  });

  it('takes no notice of a body (RFC 9110 section 9.3.5)', async () => {
    const client = await made();
    expect(await manage('DELETE', client, { json: { client_id: 'other' } })).toMatchObject({ status: 204 });
  });

  it('leaves a row that keeps the identifier from being given again, and nothing else (RFC 7591 section 3.2.1)', async () => {
    const client = await made({ client_name: 'Forgotten Weather' });
    await manage('DELETE', client);
    const condition = 'client_id = ? AND registration_token_digest IS NULL';
    expect(await count(app, 'clients', condition, [client.client_id])).toBe(1);
    const rows = await query(app, 'SELECT * FROM clients WHERE client_id = ?', [client.client_id]);
    expect(JSON.stringify(rows)).not.toContain('Forgotten Weather');
  });

  it('happens once, however many come at once (RFC 7592 section 2.3)', async () => {
    const client = await made();
    const answers = await Promise.all(Array.from({ length: 5 }, () => manage('DELETE', client)));
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 401, 401, 401, 401]);
  });
});

describe('each answer about a client', () => {
  it('has its address and its token, after POST, GET and PUT (RFC 7592 section 3)', async () => {
    const client = await made();
    const { registration_client_uri, registration_access_token } = client;
    expect(registration_access_token).toEqual(aRegistrationToken);
    for (const answer of [await manage('GET', client), await replace(client)])
      expect(answer.body).toMatchObject({ registration_client_uri, registration_access_token });
  });

  it('says when the secret expires wherever there is one (RFC 7591 section 3.2.1)', async () => {
    const client = await made();
    for (const answer of [await manage('GET', client), await replace(client)])
      expect(answer.body).toMatchObject({ client_secret_expires_at: 0 });
  });

  it('is one flat JSON object that equals what is stored (RFC 7592 section 3)', async () => {
    const client = await made({ contacts: ['a@app.example'] });
    const { metadata } = (await lookUp(app.url, client)).body;
    const { body } = await manage('GET', client);
    const { client_id, client_id_issued_at, client_secret_expires_at, ...others } = body;
    const { registration_access_token, registration_client_uri, ...registered } = others;
    expect(registered).toEqual(metadata);
    for (const value of Object.values(body)) expect(value).not.toBeNull();
  });
});
