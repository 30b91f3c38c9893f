import { createHmac, generateKeyPairSync, type KeyObject, sign as signBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { CompactSign } from 'jose';
import { Clock } from '../src/clock.js';
import { GuardedFetcher } from '../src/fetching/guarded-fetcher.js';
import { plainText } from './support/builders.js';
import { initialAccessToken, send, type Answer } from './support/http.js';
import { respelled } from './support/signing.js';
import { saveTemplate } from './support/templates.js';
import { adminToken, startApp, type TestApp } from './support/test-app.js';

const pair = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });
const [key, otherKey] = [pair(), pair()];
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const jwk = ({ publicKey }: { publicKey: KeyObject }, kid: string) => ({
  ...publicKey.export({ format: 'jwk' }),
  kid,
  use: 'sig',
});
const jwks = { keys: [jwk(key, 'a'), jwk(rsa, 'r')] };
const issuer = 'https://directory.example';

let program: TestApp;
const trust = (json: object) => send('POST', `${program.url}/admin/trusted-issuers`, { token: adminToken, json });

beforeAll(async () => {
  program = await startApp({ TRUST_PROXY: '127.0.0.1,::1' });
  const issuers = [issuer, 'https://rotating.example', 'https://old.example'];
  await saveTemplate(program, {
    id: 'banking',
    access: { initial_access_token: true, software_statement: { issuers: [...issuers, 'https://silent.example'] } },
    default_for: ['software_statement'],
  });
  await saveTemplate(program, {
    id: 'strict',
    access: { initial_access_token: true, software_statement: { issuers: [issuer], required: true } },
  });
  const uses = ['software_statements'];
  for (const one of [
    { issuer, uses, jwks },
    { issuer: 'https://old.example', uses, jwks, max_age: 3600 },
    { issuer: 'https://bound.example', uses, jwks, template: 'banking' },
    { issuer: 'https://rotating.example', uses, jwks_uri: 'https://rotating.example/jwks' },
    { issuer: 'https://silent.example', uses, jwks_uri: 'https://silent.example/jwks' },
    { issuer: 'https://empty.example', uses, jwks_uri: 'https://empty.example/jwks' },
    { issuer: 'https://second.example', uses, jwks: { keys: [jwk(otherKey, 'a')] } },
  ])
    expect((await trust(one)).status).toBe(201);
});
afterAll(() => program.close());

const now = () => Math.floor(Date.now() / 1000);
const claims = (more: object = {}) => ({
  iss: issuer,
  iat: now(),
  exp: now() + 3600,
  jti: 'statement-1',
  software_id: 'weather',
  client_name: 'Weather',
  redirect_uris: ['https://weather.example/callback'],
  ...more,
});

interface Signing {
  readonly header?: object;
  readonly by?: KeyObject;
}

/** Signed with the key of the issuer, unless it is said. */
const sign = (payload: object, { header = {}, by = key.privateKey }: Signing = {}): Promise<string> =>
  new CompactSign(Buffer.from(JSON.stringify(payload)))
    .setProtectedHeader({ alg: 'ES256', kid: 'a', ...header })
    .sign(by);

let address = 0;
/** From an address of its own, since one address may try so often without a token. */
const register = (json: object, token?: string) =>
  send('POST', `${program.url}/register`, {
    token,
    json,
    headers: { 'x-forwarded-for': `10.0.${address >> 8}.${address++ & 255}` },
  });
const client = async (id: string) =>
  (await send('GET', `${program.url}/admin/clients/${id}`, { token: adminToken })).body as Record<string, any>;

const refused = (error = 'invalid_software_statement') => ({
  error,
  error_description: plainText,
  violations: [{ member: 'software_statement', rule: expect.any(String) as unknown, message: plainText }],
});

describe('a software statement', () => {
  it('registers a client by itself, and is echoed as it came', async () => {
    const software_statement = await sign(claims());
    const { status, body } = await register({ software_statement });
    expect(status).toBe(201);
    expect(body).toMatchObject({ software_statement, client_name: 'Weather', software_id: 'weather' });
    expect(Object.keys(body)).not.toEqual(expect.arrayContaining(['iss']));
    for (const name of ['iss', 'exp', 'iat', 'jti']) expect(body).not.toHaveProperty(name);
    expect(await client(body.client_id)).toMatchObject({
      verification: 'statement',
      template_id: 'banking',
      registrar: { type: 'software_statement', issuer, statement_id: 'statement-1' },
      metadata: { software_statement },
    });
    const [event] = (
      await send('GET', `${program.url}/admin/audit-events?client_id=${body.client_id}`, { token: adminToken })
    ).body.items;
    expect(event.actor).toEqual({ type: 'software_statement', issuer });
  });

  it('registers many instances, with or without an initial access token', async () => {
    const software_statement = await sign(claims());
    const token = await initialAccessToken(program.url, { template: 'banking', uses: 2 });
    for (const one of [token, token, undefined, undefined])
      expect((await register({ software_statement }, one)).status).toBe(201);
    expect((await register({ software_statement }, token)).status).toBe(401);
  });

  it('wins over plain members and their variants by language, and leaves the others alone', async () => {
    const software_statement = await sign(claims());
    const plain = { client_name: 'Evil', 'client_name#de': 'Böse', redirect_uris: ['https://evil.example/'] };
    const { body } = await register({ ...plain, logo_uri: 'https://weather.example/logo', software_statement });
    expect(body).toMatchObject({
      client_name: 'Weather',
      redirect_uris: ['https://weather.example/callback'],
      logo_uri: 'https://weather.example/logo',
    });
    expect(body).not.toHaveProperty('client_name#de');
  });

  it('takes a plain member away with null', async () => {
    const software_statement = await sign(claims({ logo_uri: null }));
    const { body } = await register({ logo_uri: 'https://evil.example/logo', software_statement });
    expect(body).not.toHaveProperty('logo_uri');
  });

  it('registers under the template that its issuer is bound to, after the one of the token', async () => {
    const bound = await sign(claims({ iss: 'https://bound.example' }));
    // The template does not name the issuer.
    expect((await register({ software_statement: bound })).body).toEqual({
      error: 'unapproved_software_statement',
      error_description: plainText,
    });
    const token = await initialAccessToken(program.url, { template: 'strict' });
    const { body } = await register({ software_statement: await sign(claims()) }, token);
    expect((await client(body.client_id))['template_id']).toBe('strict');
  });

  it('is demanded where the template says so', async () => {
    const token = await initialAccessToken(program.url, { template: 'strict' });
    const { status, body } = await register({ redirect_uris: ['https://weather.example/'] }, token);
    expect([status, body]).toEqual([400, { error: 'invalid_software_statement', error_description: plainText }]);
  });

  it('keeps its client to the keys that it names', async () => {
    const jwks_uri = 'https://weather.example/jwks';
    const token_endpoint_auth_method = 'private_key_jwt';
    const software_statement = await sign(claims({ jwks_uri, token_endpoint_auth_method }));
    const { status, body } = await register({ software_statement, jwks });
    expect([status, body.error, body.violations[0].member]).toEqual([400, 'invalid_client_metadata', 'jwks']);
    const made = await register({ software_statement, jwks_uri: 'https://evil.example/jwks' });
    expect(made.body.jwks_uri).toBe(jwks_uri);
  });

  it.each(['a\u0000b', 'a\nb', 'a\u202eb', 'j'.repeat(256), ''])(
    'is taken without its jti where that is %j',
    async (jti) => {
      const { status, body } = await register({ software_statement: await sign(claims({ jti })) });
      expect(status).toBe(201);
      expect((await client(body.client_id as string))['registrar']).toEqual({ type: 'software_statement', issuer });
    },
  );

  it('is good within a minute of its times, as clocks differ', async () => {
    for (const [more, status] of [
      [{ exp: now() - 50 }, 201],
      [{ exp: now() - 61 }, 400],
      [{ nbf: now() + 50 }, 201],
      [{ nbf: now() + 70 }, 400],
      [{ iat: now() + 50 }, 201],
      [{ iat: now() + 70 }, 400],
    ] as const)
      expect([more, (await register({ software_statement: await sign(claims(more)) })).status]).toEqual([more, status]);
  });

  it('is judged like any other document', async () => {
    const software_statement = await sign(claims({ redirect_uris: ['https://weather.example/#fragment'] }));
    expect((await register({ software_statement })).body.error).toBe('invalid_redirect_uri');
  });

  it('leaves a caller without a token and without a statement at 401', async () => {
    expect((await register({ redirect_uris: ['https://weather.example/'] })).status).toBe(401);
  });

  it('is taken without exp only while its iat is young, where its issuer has an age', async () => {
    const old = (iat: number) => sign({ ...claims({ iss: 'https://old.example', iat }), exp: undefined });
    expect((await register({ software_statement: await old(now() - 3000) })).status).toBe(201);
    expect((await register({ software_statement: await old(now() - 3700) })).body).toEqual(refused());
    const noAge = await sign({ ...claims(), exp: undefined });
    expect((await register({ software_statement: noAge })).body).toEqual(refused());
  });

  it('is not taken once its issuer is trusted no more', async () => {
    const { body } = await trust({
      issuer: 'https://short.example',
      uses: ['software_statements'],
      jwks,
      template: 'banking',
    });
    const software_statement = await sign(claims({ iss: 'https://short.example' }));
    expect((await register({ software_statement })).body.error).toBe('unapproved_software_statement');
    await send('DELETE', `${program.url}/admin/trusted-issuers/${body.id}`, { token: adminToken });
    expect((await register({ software_statement })).body).toEqual(refused());
  });

  it('of an administrator is refused', async () => {
    const metadata = { redirect_uris: ['https://a.example/'], software_statement: await sign(claims()) };
    const made = await send('POST', `${program.url}/admin/clients`, { token: adminToken, json: { metadata } });
    expect([made.status, made.body.error]).toEqual([400, 'invalid_client_metadata']);
    const { body } = await register({ software_statement: metadata.software_statement });
    const patch = (json: object) =>
      send('PATCH', `${program.url}/admin/clients/${body.client_id}`, { token: adminToken, json: { metadata: json } });
    expect((await patch({ software_statement: await sign(claims({ client_name: 'Other' })) })).status).toBe(400);
    // What it has stays.
    expect((await patch({ logo_uri: 'https://weather.example/logo' })).body.metadata).toMatchObject({
      software_statement: metadata.software_statement,
      logo_uri: 'https://weather.example/logo',
    });
  });
});

describe('a forged software statement', () => {
  const parts = (header: object, payload: object = claims()) =>
    [header, payload].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  const pem = key.publicKey.export({ type: 'spki', format: 'pem' });
  const hmac = (header: object, secret: string | Buffer) => {
    const text = parts(header);
    return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
  };
  const embedded = otherKey.publicKey.export({ format: 'jwk' });
  /** Signed well, whatever its header says. */
  const signedAs = (header: object) => {
    const text = parts({ alg: 'ES256', kid: 'a', ...header });
    const how = { key: key.privateKey, dsaEncoding: 'ieee-p1363' } as const;
    return `${text}.${signBytes('sha256', Buffer.from(text), how).toString('base64url')}`;
  };
  const tampered = async () => {
    const [header, , signature] = (await sign(claims())).split('.');
    return `${header}.${Buffer.from(JSON.stringify(claims({ client_name: 'Evil' }))).toString('base64url')}.${signature}`;
  };
  const by = otherKey.privateKey;
  const url = 'https://evil.example/keys';
  const pss = (header: object) => sign(claims(), { header: { alg: 'PS256', kid: 'r', ...header }, by: rsa.privateKey });

  const forgeries: [string, () => unknown][] = [
    ...['none', 'None', 'NONE', 'nOnE', ''].map((alg): [string, () => unknown] => [
      `with the algorithm ${JSON.stringify(alg)}`,
      () => `${parts({ alg })}.`,
    ]),
    ['with no algorithm and some signature', () => `${parts({ alg: 'none' })}.AAAA`],
    ['without an algorithm', () => `${parts({})}.AAAA`],
    ['signed by HMAC with the public key', () => hmac({ alg: 'HS256', kid: 'a' }, pem)],
    ['signed by HMAC with the key set', () => hmac({ alg: 'HS256', kid: 'a' }, JSON.stringify(jwks.keys[0]))],
    ['signed by HMAC with nothing', () => hmac({ alg: 'HS256', kid: 'a' }, '')],
    ['that says ES256 and is signed by HMAC', () => hmac({ alg: 'ES256', kid: 'a' }, pem)],
    ['signed by another key', () => sign(claims(), { by })],
    ['signed by another key, without kid', () => sign(claims(), { by, header: { kid: undefined } })],
    ['with an unknown kid', () => sign(claims(), { by, header: { kid: 'b' } })],
    ['with a kid that is a path', () => sign(claims(), { by, header: { kid: '../../../../dev/null' } })],
    ['with a kid that is SQL', () => sign(claims(), { by, header: { kid: "a' OR '1'='1" } })],
    ['with a kid that is a number', () => sign(claims(), { by, header: { kid: 1 } })],
    ['with its own key in its header', () => sign(claims(), { by, header: { jwk: embedded } })],
    ['with its own key and no kid', () => sign(claims(), { by, header: { jwk: embedded, kid: undefined } })],
    ['that says where its keys are', () => sign(claims(), { by, header: { jku: url } })],
    ['that is good, and says where its keys are', () => sign(claims(), { header: { jku: url } })],
    ['that is good, and says where its certificate is', () => sign(claims(), { header: { x5u: url } })],
    ['with an endless kid', () => signedAs({ kid: 'a'.repeat(129) })],
    ['whose claims are compressed', () => signedAs({ zip: 'DEF' })],
    ['whose claims are not encoded', () => signedAs({ b64: false })],
    ['that says where its certificate is', () => sign(claims(), { by, header: { x5u: url } })],
    ['with a certificate in its header', () => sign(claims(), { by, header: { x5c: ['AAAA'] } })],
    ['with a thumbprint of a certificate', () => sign(claims(), { by, header: { x5t: 'AAAA' } })],
    ['with other claims than were signed', tampered],
    ['without its signature', async () => (await sign(claims())).replace(/[^.]*$/, '')],
    ['with a signature in another spelling', async () => respelled(await sign(claims()))],
    ['with another signature', async () => `${(await sign(claims())).slice(0, -4)}AAAA`],
    ['with two parts', async () => (await sign(claims())).split('.').slice(0, 2).join('.')],
    ['with four parts', async () => `${await sign(claims())}.AAAA`],
    ['with five parts', () => 'a.b.c.d.e'],
    ['with padding', async () => `${await sign(claims())}==`],
    ['with a blank behind', async () => `${await sign(claims())} `],
    ['that is no text', () => 7],
    ['that is a list', async () => [await sign(claims())]],
    ['that is an object', () => ({ payload: 'x', signatures: [] })],
    ['that is empty', () => ''],
    ['whose header is no JSON', () => `${Buffer.from('x').toString('base64url')}.e30.AAAA`],
    [
      'whose claims are no JSON',
      () => new CompactSign(Buffer.from('x')).setProtectedHeader({ alg: 'ES256', kid: 'a' }).sign(key.privateKey),
    ],
    ['whose claims are a list', () => sign([claims()])],
    [
      'whose claims come twice',
      () =>
        new CompactSign(Buffer.from(`{"iss":"${issuer}","exp":${now() + 60},"client_name":"a","client_name":"b"}`))
          .setProtectedHeader({ alg: 'ES256', kid: 'a' })
          .sign(key.privateKey),
    ],
    [
      'whose claims have __proto__',
      () =>
        new CompactSign(Buffer.from(`{"iss":"${issuer}","exp":${now() + 60},"__proto__":{"x":1}}`))
          .setProtectedHeader({ alg: 'ES256', kid: 'a' })
          .sign(key.privateKey),
    ],
    ['that demands an extension', () => signedAs({ crit: ['b64'], b64: true })],
    ['that demands what nobody knows', () => signedAs({ crit: ['x'], x: 1 })],
    ['that demands nothing', () => signedAs({ crit: [] })],
    ['that is too long', () => sign(claims({ client_name: 'a'.repeat(17_000) }))],
    ['of nobody', () => sign(claims({ iss: undefined }))],
    ['of an unknown issuer', () => sign(claims({ iss: 'https://unknown.example' }))],
    ['of an issuer whose name is a list', () => sign(claims({ iss: [issuer] }))],
    ['of an issuer in capitals', () => sign(claims({ iss: issuer.toUpperCase() }))],
    ['of an issuer with a slash behind', () => sign(claims({ iss: `${issuer}/` }))],
    ['of this server itself', () => sign(claims({ iss: program.url }))],
    ['that has expired', () => sign(claims({ exp: now() - 61 }))],
    ['whose end is a text', () => sign(claims({ exp: String(now() + 60) }))],
    [
      'whose end is an endless number',
      () =>
        new CompactSign(Buffer.from(`{"iss":"${issuer}","exp":1e999}`))
          .setProtectedHeader({ alg: 'ES256', kid: 'a' })
          .sign(key.privateKey),
    ],
    ['that is not valid yet', () => sign(claims({ nbf: now() + 120 }))],
    ['from the future', () => sign(claims({ iat: now() + 120 }))],
    ['without an end', () => sign(claims({ exp: undefined }))],
    ['for another server', () => sign(claims({ aud: 'https://other.example' }))],
    ['for other servers', () => sign(claims({ aud: ['https://other.example', `${issuer}/`] }))],
    ['for nobody', () => sign(claims({ aud: [] }))],
    ...[
      'at+jwt',
      'application/at+jwt',
      'id_token+jwt',
      'logout+jwt',
      'dpop+jwt',
      'secevent+jwt',
      'oauth-authz-req+jwt',
      'AT+JWT',
      'entity-statement+jwt',
      7,
    ].map((typ): [string, () => unknown] => [`of the kind ${typ}`, () => sign(claims(), { header: { typ } })]),
    ...['client_id', 'client_secret', 'registration_access_token', 'software_statement'].map(
      (name): [string, () => unknown] => [`with the claim ${name}`, () => sign(claims({ [name]: 'x' }))],
    ),
    ['with an algorithm that its issuer has not', () => pss({ alg: 'RS512' })],
    ['with a key of another type', () => sign(claims(), { header: { kid: 'r' } })],
  ];

  it.each(forgeries)('%s is refused, and nothing is fetched', async (_what, forge) => {
    const fetched = jest.spyOn(program.app.get(GuardedFetcher), 'fetchJson');
    const statement = await forge();
    const token = await initialAccessToken(program.url, { template: 'banking' });
    for (const one of [undefined, token]) {
      const { status, body } = await register(
        { redirect_uris: ['https://weather.example/'], software_statement: statement },
        one,
      );
      expect([status, body]).toEqual([400, refused()]);
    }
    expect(fetched).not.toHaveBeenCalled();
    fetched.mockRestore();
    // Nothing was spent.
    expect((await register({ redirect_uris: ['https://weather.example/'] }, token)).status).toBe(201);
  });

  it('is what an issuer says in the name of another', async () => {
    const statuses = [];
    for (const iss of [issuer, 'https://second.example'])
      for (const { privateKey } of [key, otherKey])
        statuses.push(
          (await register({ software_statement: await sign(claims({ iss }), { by: privateKey }) })).body.error,
        );
    // The template takes nobody but the first.
    const unapproved = 'unapproved_software_statement';
    expect(statuses).toEqual([undefined, 'invalid_software_statement', 'invalid_software_statement', unapproved]);
  });

  it('is anything that its issuer has not signed letter by letter', async () => {
    const statement = await sign(claims());
    const letter = fc.constantFrom(...'ABab01-_.=%+/ \u0000');
    await fc.assert(
      fc.asyncProperty(fc.nat(statement.length - 1), letter, fc.boolean(), async (at, other, isAdded) => {
        const software_statement = statement.slice(0, at) + other + statement.slice(isAdded ? at : at + 1);
        fc.pre(software_statement !== statement);
        expect((await register({ software_statement })).body).toEqual(refused());
      }),
      { numRuns: 200 },
    );
    expect((await register({ software_statement: statement })).status).toBe(201);
  });

  it('is told in sixty ways', () => {
    expect(forgeries.length).toBeGreaterThanOrEqual(60);
  });

  it.each([
    ['RS256', undefined],
    ['PS256', 'JWT'],
    ['PS256', 'jwt'],
  ])('is not one of %s with the typ %s', async (alg, typ) => {
    expect((await register({ software_statement: await pss({ alg, typ }) })).status).toBe(201);
  });
});

/** A statement of an issuer under the name of a key. */
const statementOf = (iss: string, kid: string, by: KeyObject) => sign(claims({ iss }), { header: { kid }, by });

it('tells whoever brings a statement with a header that is refused what may not be in it', async () => {
  const software_statement = await sign(claims(), { header: { jku: 'https://directory.example/jwks' } });
  expect((await register({ software_statement })).body.error_description).toBe(
    'software_statement must have the typ JWT or none, a kid of at most 128 characters or none, and nothing of crit, b64, zip, enc, jku, x5u in its header',
  );
});

describe('the keys of an issuer at an address', () => {
  it('are fetched again once when a signature needs a new one, and then not for a minute', async () => {
    const clock = jest.spyOn(program.app.get(Clock), 'now');
    const start = now();
    let keys = { keys: [jwk(key, 'a')] };
    const fetched = jest.spyOn(program.app.get(GuardedFetcher), 'fetchJson');
    fetched.mockImplementation(() => Promise.resolve({ document: keys, headers: {} }));
    const at = (seconds: number) => clock.mockReturnValue(start + seconds);
    const registered = async (kid: string, by: KeyObject) =>
      (await register({ software_statement: await statementOf('https://rotating.example', kid, by) })).status;
    at(0);
    expect(await registered('a', key.privateKey)).toBe(201);
    expect(await registered('a', key.privateKey)).toBe(201);
    expect(fetched).toHaveBeenCalledTimes(1);
    keys = { keys: [jwk(otherKey, 'b')] };
    expect(await registered('b', otherKey.privateKey)).toBe(400);
    at(61);
    expect(await registered('b', otherKey.privateKey)).toBe(201);
    expect(fetched).toHaveBeenCalledTimes(2);
    expect(await registered('a', key.privateKey)).toBe(400);
    expect(fetched).toHaveBeenCalledTimes(2);
    fetched.mockRestore();
    clock.mockRestore();
  });

  it('are waited for with 503 while they cannot be had, and nobody is let in', async () => {
    const software_statement = await statementOf('https://silent.example', 'a', key.privateKey);
    const answer: Answer = await register({ software_statement });
    expect([answer.status, answer.body.error]).toEqual([503, 'temporarily_unavailable']);
    expect(answer.headers.get('retry-after')).toMatch(/^\d+$/);
  });
});

describe('an issuer that publishes no key', () => {
  it('has nobody let in', async () => {
    program.documents.set('https://empty.example/jwks', { keys: [] });
    const software_statement = await statementOf('https://empty.example', 'a', key.privateKey);
    const { status, body } = await register({ software_statement });
    expect([status, body]).toEqual([400, refused()]);
  });
});

describe('a replacement', () => {
  const made = async (json: object, token?: string) => (await register(json, token)).body as Record<string, any>;
  const replace = (one: Record<string, any>, json: object) =>
    send('PUT', one['registration_client_uri'], {
      token: one['registration_access_token'],
      json: { client_id: one['client_id'], redirect_uris: ['https://weather.example/callback'], ...json },
    });

  it('needs a statement of the same issuer and software, where the registration had one', async () => {
    const one = await made({ software_statement: await sign(claims()) });
    expect((await replace(one, {})).body).toEqual(refused());
    const others = [{ iss: 'https://old.example' }, { software_id: 'other' }, { software_id: undefined }];
    for (const more of others)
      expect((await replace(one, { software_statement: await sign(claims(more)) })).body).toEqual(refused());
    expect((await replace(one, { software_statement: `${one['software_statement']}A` })).body).toEqual(refused());
    const software_statement = await sign(claims({ client_name: 'Weather 2', jti: 'statement-2' }));
    const { status, body } = await replace(one, { software_statement, client_name: 'Evil' });
    expect(status).toBe(200);
    expect(body).toMatchObject({ software_statement, client_name: 'Weather 2' });
    expect((await client(one['client_id']))['registrar'].statement_id).toBe('statement-1');
  });

  it('takes the statement that is registered, as long as it is good', async () => {
    const one = await made({ software_statement: await sign(claims()) });
    const { software_statement } = one;
    expect((await replace(one, { software_statement, logo_uri: 'https://weather.example/logo' })).status).toBe(200);
    const clock = jest.spyOn(program.app.get(Clock), 'now').mockReturnValue(now() + 7200);
    expect((await replace(one, { software_statement })).body).toEqual(refused());
    clock.mockRestore();
  });

  it('has no need of one once an administrator took it away, and then nobody signed what the client says', async () => {
    const one = await made({ software_statement: await sign(claims()) });
    const change = (method: 'PUT' | 'PATCH', json: object) =>
      send(method, `${program.url}/admin/clients/${one['client_id']}`, { token: adminToken, json });
    const kept = await change('PATCH', { metadata: { client_name: 'Weather 2' } });
    expect(kept.body).toMatchObject({ verification: 'statement', metadata: { client_name: 'Weather 2' } });
    const { body } = await change('PUT', { metadata: { redirect_uris: ['https://weather.example/callback'] } });
    expect(body).toMatchObject({ verification: 'vouched', metadata: { redirect_uris: one['redirect_uris'] } });
    expect((await replace(one, { client_name: 'Other' })).status).toBe(200);
    expect((await client(one['client_id']))['verification']).toBe('vouched');
  });

  it('has none where the registration had none', async () => {
    const one = await made({ redirect_uris: ['https://weather.example/'] }, await initialAccessToken(program.url));
    expect((await replace(one, { software_statement: await sign(claims()) })).body).toEqual(refused());
    expect((await replace(one, {})).status).toBe(200);
  });
});
