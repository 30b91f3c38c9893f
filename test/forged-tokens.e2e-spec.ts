import { createHmac, generateKeyPairSync, type KeyObject, sign as signBytes } from 'node:crypto';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { CompactEncrypt } from 'jose';
import { GuardedFetcher } from '../src/fetching/guarded-fetcher.js';
import { plainText } from './support/builders.js';
import { send, webClient } from './support/http.js';
import { part, publicJwk, respelled, seconds as now, signingKeys, signText } from './support/signing.js';
import { adminToken, startApp, type TestApp } from './support/test-app.js';

const [key, otherKey] = [signingKeys(), signingKeys()];
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ed = generateKeyPairSync('ed25519');
const jwks = { keys: [publicJwk(key, 'a'), publicJwk(rsa, 'r')] };
const issuer = 'https://idp.example';
const pem = key.publicKey.export({ type: 'spki', format: 'pem' });

let program: TestApp;
let canary: Server;
let evil: string;
let connections = 0;

beforeAll(async () => {
  canary = createServer((socket) => {
    connections += 1;
    socket.destroy();
  });
  await new Promise<void>((resolve) => canary.listen(0, '127.0.0.1', resolve));
  evil = `127.0.0.1:${(canary.address() as AddressInfo).port}`;
  // Whatever is named there could be fetched: it is not, because nobody tries.
  program = await startApp({ FETCH_ALLOW: evil, TRUST_PROXY: '127.0.0.1,::1' });
  for (const json of [
    { issuer, jwks, uses: ['access_tokens'], scopes: ['dcr', 'dcrm', 'clients:read'] },
    {
      issuer: 'https://rsa.example',
      jwks: { keys: [publicJwk(rsa, 'a')] },
      algorithms: ['RS256'],
      uses: ['access_tokens'],
    },
    {
      issuer: 'https://other.example',
      jwks: { keys: [publicJwk(otherKey, 'a')] },
      uses: ['access_tokens'],
      scopes: ['dcr'],
    },
    { issuer: 'https://statements.example', jwks, uses: ['software_statements'] },
  ])
    expect((await send('POST', `${program.url}/admin/trusted-issuers`, { token: adminToken, json })).status).toBe(201);
});
afterAll(async () => {
  await program.close();
  await new Promise((resolve) => canary.close(resolve));
});

let number = 0;
const claims = (more: object = {}) => ({
  iss: issuer,
  sub: 'app',
  client_id: 'app',
  aud: program.url,
  iat: now(),
  exp: now() + 600,
  jti: `token-${++number}`,
  scope: 'dcr dcrm clients:read',
  ...more,
});

interface Signing {
  readonly header?: object;
  readonly by?: KeyObject;
}

const sign = (payload: object = claims(), { header = {}, by = key.privateKey }: Signing = {}): Promise<string> =>
  signText(JSON.stringify(payload), by, header);

const typ = 'at+jwt';
const withHeader = (header: object) => `${part({ typ, ...header })}.${part(claims())}`;

function hmac(header: object, secret: string | Buffer, hash = 'sha256') {
  const text = withHeader(header);
  return `${text}.${createHmac(hash, secret).update(text).digest('base64url')}`;
}

/** Signed over parts just as they are written, so that only the parts can be what is wrong. */
function signedAs(header: unknown, payload: unknown = claims(), dsaEncoding: 'ieee-p1363' | 'der' = 'ieee-p1363') {
  const text = `${part(header)}.${part(payload)}`;
  return `${text}.${signBytes('sha256', Buffer.from(text), { key: key.privateKey, dsaEncoding }).toString('base64url')}`;
}

const good = { alg: 'ES256', kid: 'a', typ };
const by = otherKey.privateKey;
const embedded = publicJwk(otherKey, 'a');

/** The same signature with the other value of s that fits (n - s), as curves allow. */
async function otherS(): Promise<string> {
  const [header, payload, signature] = (await sign(claims({ exp: now() - 61 }))).split('.') as [string, string, string];
  const bytes = Buffer.from(signature, 'base64url');
  const order = BigInt('0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551');
  const s = (order - BigInt(`0x${bytes.subarray(32).toString('hex')}`)).toString(16).padStart(64, '0');
  return `${header}.${payload}.${Buffer.concat([bytes.subarray(0, 32), Buffer.from(s, 'hex')]).toString('base64url')}`;
}

async function tampered(): Promise<string> {
  const [header, , signature] = (await sign()).split('.');
  return `${header}.${part(claims({ scope: 'dcr dcrm clients:read' }))}.${signature}`;
}

/** From an address of its own, since one address may try so many wrong tokens. */
const elsewhere = () => ({ 'x-forwarded-for': `10.0.0.${++number % 256}` });

const forged: [string, () => Promise<string> | string][] = [
  ...['none', 'None', 'NONE', 'nOnE', '', 'ES256 '].map((alg): [string, () => string] => [
    `with the algorithm ${JSON.stringify(alg)}`,
    () => `${withHeader({ alg })}.AAAA`,
  ]),
  ['with no algorithm and no signature', () => `${withHeader({ alg: 'none' })}.`],
  ['without an algorithm', () => `${withHeader({})}.AAAA`],
  ['whose algorithm is a list', () => signedAs({ ...good, alg: ['ES256'] })],
  ['signed by HMAC with the public key', () => hmac({ alg: 'HS256', kid: 'a' }, pem)],
  ['signed by HMAC with the public key, by SHA-512', () => hmac({ alg: 'HS512', kid: 'a' }, pem, 'sha512')],
  ['signed by HMAC with the key set', () => hmac({ alg: 'HS256', kid: 'a' }, JSON.stringify(jwks.keys[0]))],
  ['signed by HMAC with nothing', () => hmac({ alg: 'HS256', kid: 'a' }, '')],
  ['that says ES256 and is signed by HMAC', () => hmac({ alg: 'ES256', kid: 'a' }, pem)],
  [
    'with an algorithm that its issuer has not',
    () => sign(claims({ iss: 'https://rsa.example' }), { header: { alg: 'PS256' }, by: rsa.privateKey }),
  ],
  ['with an algorithm for another type of key', () => sign(claims(), { header: { alg: 'PS256' }, by: rsa.privateKey })],
  ['with a key of another type', () => sign(claims(), { header: { kid: 'r' } })],
  ['signed by another key', () => sign(claims(), { by })],
  ['signed by another key, without kid', () => sign(claims(), { by, header: { kid: undefined } })],
  ['signed by a key of another issuer', () => sign(claims({ iss: 'https://other.example' }))],
  ['of an issuer, signed by another one that is trusted', () => sign(claims(), { by })],
  [
    'signed by the key of an issuer with another algorithm',
    () => sign(claims(), { header: { alg: 'EdDSA' }, by: ed.privateKey }),
  ],
  ['with an unknown kid', () => sign(claims(), { header: { kid: 'b' } })],
  ['with a kid that is a path', () => sign(claims(), { by, header: { kid: '../../../../dev/null' } })],
  ['with a kid that is SQL', () => sign(claims(), { by, header: { kid: "a' OR '1'='1" } })],
  ['with a kid that every object has', () => sign(claims(), { by, header: { kid: '__proto__' } })],
  ['with a kid that every object inherits', () => sign(claims(), { by, header: { kid: 'constructor' } })],
  ['with a kid that is an address', () => sign(claims(), { by, header: { kid: `https://${evil}/key` } })],
  ['with a kid that is a number', () => signedAs({ ...good, kid: 1 })],
  ['with a kid that is a list', () => signedAs({ ...good, kid: ['a'] })],
  ['with an endless kid', () => signedAs({ ...good, kid: 'a'.repeat(129) })],
  ['with its own key in its header', () => sign(claims(), { by, header: { jwk: embedded } })],
  ['with its own key and no kid', () => sign(claims(), { by, header: { jwk: embedded, kid: undefined } })],
  ['that says where its keys are', () => sign(claims(), { by, header: { jku: `https://${evil}/jwks` } })],
  ['that is good, and says where its keys are', () => sign(claims(), { header: { jku: `https://${evil}/jwks` } })],
  ['that says where its certificate is', () => sign(claims(), { by, header: { x5u: `https://${evil}/cert` } })],
  [
    'that is good, and says where its certificate is',
    () => sign(claims(), { header: { x5u: `https://${evil}/cert` } }),
  ],
  ['with a certificate in its header', () => sign(claims(), { by, header: { x5c: ['AAAA'] } })],
  ['with a thumbprint of a certificate', () => sign(claims(), { by, header: { x5t: 'AAAA', 'x5t#S256': 'AAAA' } })],
  ['that demands an extension', () => signedAs({ ...good, crit: ['b64'], b64: true })],
  ['that demands what nobody knows', () => signedAs({ ...good, crit: ['x'], x: 1 })],
  ['that demands nothing', () => signedAs({ ...good, crit: [] })],
  ['whose claims are not encoded', () => signedAs({ ...good, b64: false })],
  ['whose claims are compressed', () => signedAs({ ...good, zip: 'DEF' })],
  ['whose header has its algorithm twice', () => signedAs(`{"alg":"none","alg":"ES256","kid":"a","typ":"${typ}"}`)],
  ['whose header has its kind twice', () => signedAs(`{"alg":"ES256","kid":"a","typ":"JWT","typ":"${typ}"}`)],
  ['whose header is no JSON', () => signedAs('x')],
  ['whose header is a list', () => signedAs([good])],
  ['whose claims are no JSON', () => signedAs(good, 'x')],
  ['whose claims are a list', () => signedAs(good, [claims()])],
  ['whose claims come twice', () => signedAs(good, JSON.stringify(claims()).replace('{', '{"scope":"openid",'))],
  ['whose claims have __proto__', () => signedAs(good, JSON.stringify(claims()).replace('{', '{"__proto__":{},'))],
  ['whose claims are no UTF-8', () => signedAs(good, Buffer.from(JSON.stringify(claims({ label: 'ä' })), 'latin1'))],
  ['with other claims than were signed', tampered],
  ['without its signature', async () => (await sign()).replace(/[^.]*$/, '')],
  ['with another signature', async () => `${(await sign()).slice(0, -8)}AAAAAAAA`],
  ['with a signature in another spelling', async () => respelled(await sign())],
  ['with a signature of zeros', () => `${withHeader(good)}.${Buffer.alloc(64).toString('base64url')}`],
  ['with a signature in another encoding', () => signedAs(good, claims(), 'der')],
  ['with a signature that was cut', async () => (await sign()).slice(0, -2)],
  ['that has expired, with the other signature that fits', otherS],
  ['with two parts', async () => (await sign()).split('.').slice(0, 2).join('.')],
  ['with four parts', async () => `${await sign()}.AAAA`],
  [
    'that is encrypted',
    async () =>
      new CompactEncrypt(Buffer.from(await sign()))
        .setProtectedHeader({ alg: 'RSA-OAEP-256', enc: 'A128GCM', typ })
        .encrypt(rsa.publicKey),
  ],
  ['that has another token in it', async () => signedAs({ ...good, cty: 'JWT' }, await sign())],
  ['with padding', async () => `${await sign()}=`],
  ['in the form of JSON', async () => part({ payload: (await sign()).split('.')[1], signatures: [] })],
  ['of the kind JWT', () => sign(claims(), { header: { typ: 'JWT' } })],
  ['of no kind', () => sign(claims(), { header: { typ: undefined } })],
  ['whose kind is a list', () => signedAs({ ...good, typ: [typ] })],
  ...[
    'id_token+jwt',
    'logout+jwt',
    'dpop+jwt',
    'secevent+jwt',
    'token-introspection+jwt',
    'oauth-authz-req+jwt',
    'software-statement+jwt',
    'at+jwt ',
    'application/jwt',
  ].map((kind): [string, () => Promise<string>] => [
    `of the kind ${kind}`,
    () => sign(claims(), { header: { typ: kind } }),
  ]),
  ['of nobody', () => sign(claims({ iss: undefined }))],
  ['of an unknown issuer', () => sign(claims({ iss: 'https://unknown.example' }))],
  ['of an issuer that is a list', () => sign(claims({ iss: [issuer] }))],
  ['of an issuer in capitals', () => sign(claims({ iss: issuer.toUpperCase() }))],
  ['of an issuer with a slash behind', () => sign(claims({ iss: `${issuer}/` }))],
  ['of an issuer with a blank behind', () => sign(claims({ iss: `${issuer} ` }))],
  ['of an issuer with its port', () => sign(claims({ iss: `${issuer}:443` }))],
  ['of this server itself', () => sign(claims({ iss: program.url }))],
  ['of an issuer for statements only', () => sign(claims({ iss: 'https://statements.example' }))],
  ['for another server', () => sign(claims({ aud: 'https://other.example' }))],
  ['for other servers', () => sign(claims({ aud: ['https://other.example', `${program.url}/`] }))],
  ['for an address of this server', () => sign(claims({ aud: `${program.url}/register` }))],
  ['for nobody', () => sign(claims({ aud: [] }))],
  ['for whoever it is', () => sign(claims({ aud: undefined }))],
  ['for a list in a list', () => sign(claims({ aud: [[program.url]] }))],
  ['that has expired', () => sign(claims({ exp: now() - 61 }))],
  ['without an end', () => sign(claims({ exp: undefined }))],
  ['whose end is a text', () => sign(claims({ exp: `${now() + 60}` }))],
  [
    'whose end is an endless number',
    () => signedAs(good, JSON.stringify(claims()).replace(/"exp":\d+/, '"exp":1e999')),
  ],
  ['from the future', () => sign(claims({ iat: now() + 120 }))],
  ['without a time', () => sign(claims({ iat: undefined }))],
  ['that is not valid yet', () => sign(claims({ nbf: now() + 120 }))],
  ['whose beginning is a text', () => sign(claims({ nbf: 'now' }))],
  ['without jti', () => sign(claims({ jti: undefined }))],
  ['with an empty jti', () => sign(claims({ jti: '' }))],
  ['without a client', () => sign(claims({ client_id: undefined }))],
  ['whose client is an object', () => sign(claims({ client_id: { toString: 'app' } }))],
  ['without a subject', () => sign(claims({ sub: undefined }))],
  ['that is bound to a key', () => sign(claims({ cnf: { jkt: 'x' } }))],
];

describe('what is no access token of a trusted issuer', () => {
  it.each(forged)('%s is refused, and nothing is fetched', async (_what, forge) => {
    const fetched = jest.spyOn(program.app.get(GuardedFetcher), 'fetchJson');
    const token = await forge();
    const asks: [string, string, unknown?][] = [
      ['POST', '/register', webClient],
      ['GET', '/register/some-client'],
      ['GET', '/my/clients'],
      ['GET', '/admin/clients'],
    ];
    for (const [method, path, json] of asks) {
      const { status, body, headers } = await send(method, program.url + path, { token, json, headers: elsewhere() });
      expect([status, body]).toEqual([401, { error: 'invalid_token', error_description: plainText }]);
      expect(headers.get('www-authenticate')).toBe('Bearer realm="clientele", error="invalid_token"');
    }
    expect(fetched).not.toHaveBeenCalled();
    expect(connections).toBe(0);
    fetched.mockRestore();
  });

  it('is refused before it is read where it is longer than headers may be', async () => {
    const token = await sign(claims({ padding: 'a'.repeat(12_400) }));
    const { status, body } = await send('GET', `${program.url}/admin/clients`, { token });
    expect([status, body]).toEqual([431, { error: 'headers_too_large', error_description: plainText }]);
  });

  it('is anything that its issuer has not signed letter by letter', async () => {
    const token = await sign();
    const letter = fc.constantFrom(...'ABab01-_.=%+/ ');
    await fc.assert(
      fc.asyncProperty(fc.nat(token.length - 1), letter, fc.boolean(), async (at, other, isAdded) => {
        fc.pre(token[at] !== other || isAdded);
        const changed = token.slice(0, at) + other + token.slice(isAdded ? at : at + 1);
        fc.pre(changed !== token && changed === changed.trim());
        const { status } = await send('GET', `${program.url}/admin/clients`, { token: changed, headers: elsewhere() });
        expect(status).toBe(401);
      }),
      { numRuns: 200 },
    );
    expect((await send('GET', `${program.url}/admin/clients`, { token })).status).toBe(200);
  });

  it('is what an issuer says in the name of another', async () => {
    const issuers: [string, KeyObject][] = [
      [issuer, key.privateKey],
      ['https://other.example', otherKey.privateKey],
    ];
    const statuses = [];
    for (const [iss] of issuers)
      for (const [, signedBy] of issuers) {
        const token = await sign(claims({ iss }), { by: signedBy });
        statuses.push((await send('POST', `${program.url}/register`, { token, json: webClient })).status);
      }
    expect(statuses).toEqual([201, 401, 401, 201]);
  });

  it('is told in sixty ways', () => {
    expect(forged.length).toBeGreaterThanOrEqual(60);
  });

  it('is not what it is made of', async () => {
    for (const token of [await sign(), signedAs(good), await sign(claims({ aud: ['https://x.example', program.url] }))])
      expect((await send('POST', `${program.url}/register`, { token, json: webClient })).status).toBe(201);
    for (const kind of ['AT+JWT', 'application/at+jwt']) {
      const token = await sign(claims(), { header: { typ: kind } });
      expect((await send('GET', `${program.url}/admin/clients`, { token })).status).toBe(200);
    }
  });
});
