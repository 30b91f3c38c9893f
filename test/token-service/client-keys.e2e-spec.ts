import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import { Clock } from '../../src/clock.js';
import { FetchFailure } from '../../src/fetching/fetch-failure.js';
import { GuardedFetcher } from '../../src/fetching/guarded-fetcher.js';
import { register, send } from '../support/http.js';
import { startApp, type TestApp } from '../support/test-app.js';
import { sendForm } from './oauth.js';

let program: TestApp;
let first: Pair;
let second: Pair;
let clock: jest.SpiedFunction<Clock['now']>;
let fetched: jest.SpiedFunction<GuardedFetcher['fetchJson']>;
/** What stands at each address; nothing is a host that cannot be reached. */
let published: Record<string, readonly JWK[]>;
const start = Math.floor(Date.now() / 1000);
const at = (seconds: number) => clock.mockReturnValue(start + seconds);

interface Pair {
  readonly privateKey: CryptoKey;
  readonly jwk: JWK;
}

const pair = async (): Promise<Pair> => {
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  return { privateKey, jwk: { ...(await exportJWK(publicKey)), kid: 'the same in all' } };
};

beforeAll(async () => {
  program = await startApp();
  [first, second] = await Promise.all([pair(), pair()]);
});
afterAll(() => program.close());

beforeEach(() => {
  clock = jest.spyOn(program.app.get(Clock), 'now');
  fetched = jest.spyOn(program.app.get(GuardedFetcher), 'fetchJson');
  published = {};
  fetched.mockImplementation((address) => {
    const keys = published[address];
    return keys
      ? Promise.resolve({ document: { keys }, headers: {} })
      : Promise.reject(new FetchFailure('unreachable'));
  });
  at(0);
});
afterEach(() => {
  clock.mockRestore();
  fetched.mockRestore();
});

const metadata = {
  redirect_uris: [],
  grant_types: ['client_credentials'],
  response_types: [],
  token_endpoint_auth_method: 'private_key_jwt',
};

/** A client whose keys stand at an address of its own. */
async function clientWith(...keys: readonly JWK[]) {
  const jwks_uri = `https://keys.example/${randomUUID()}`;
  published[jwks_uri] = keys;
  const { status, body } = await register(program.url, { ...metadata, jwks_uri });
  expect(status).toBe(201);
  return body as Record<string, any> & { readonly jwks_uri: string };
}

/** What the token endpoint answers a client that signs with this key. */
async function signedBy({ privateKey }: Pair, { client_id }: Record<string, any>): Promise<number> {
  const jwt = new SignJWT({ iss: client_id, sub: client_id, aud: program.url, jti: randomUUID() })
    .setProtectedHeader({ alg: 'ES256', kid: 'the same in all' })
    .setExpirationTime('1m')
    .sign(privateKey);
  const form = {
    grant_type: 'client_credentials',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: await jwt,
  };
  return (await sendForm(`${program.url}/oauth/token`, form)).status;
}

describe('the keys that a client has at an address', () => {
  it('are fetched when it first signs, and then once in ten minutes', async () => {
    const client = await clientWith(first.jwk);
    expect(fetched).not.toHaveBeenCalled();
    for (const seconds of [0, 61, 300, 599]) {
      at(seconds);
      expect(await signedBy(first, client)).toBe(200);
    }
    expect(fetched).toHaveBeenCalledTimes(1);
    at(600);
    expect(await signedBy(first, client)).toBe(200);
    expect(fetched).toHaveBeenCalledTimes(2);
  });

  it('are fetched anew for a signature that none made, at most once a minute', async () => {
    const client = await clientWith(first.jwk);
    expect(await signedBy(first, client)).toBe(200);
    published[client.jwks_uri] = [second.jwk];
    at(59);
    expect(await signedBy(second, client)).toBe(401);
    expect(fetched).toHaveBeenCalledTimes(1);
    at(60);
    expect(await signedBy(second, client)).toBe(200);
    expect(fetched).toHaveBeenCalledTimes(2);
    expect(await signedBy(first, client)).toBe(401);
    at(119);
    expect(await signedBy(first, client)).toBe(401);
    expect(fetched).toHaveBeenCalledTimes(2);
  });

  it('are good for ten minutes after they were withdrawn, and no longer', async () => {
    const client = await clientWith(first.jwk);
    expect(await signedBy(first, client)).toBe(200);
    published[client.jwks_uri] = [second.jwk];
    at(599);
    expect(await signedBy(first, client)).toBe(200);
    at(600);
    expect(await signedBy(first, client)).toBe(401);
  });

  it('are good for ten minutes while their host cannot be reached, and no longer', async () => {
    const client = await clientWith(first.jwk);
    expect(await signedBy(first, client)).toBe(200);
    delete published[client.jwks_uri];
    at(599);
    expect(await signedBy(first, client)).toBe(200);
    at(600);
    expect(await signedBy(first, client)).toBe(401);
  });

  it('never stand for those of another client, although they have the same name', async () => {
    const [one, other] = [await clientWith(first.jwk), await clientWith(second.jwk)];
    expect([await signedBy(first, one), await signedBy(second, other)]).toEqual([200, 200]);
    expect([await signedBy(second, one), await signedBy(first, other)]).toEqual([401, 401]);
  });

  it('are those of the new address as soon as it has one', async () => {
    const { registration_access_token: token, ...client } = await clientWith(first.jwk);
    expect(await signedBy(first, client)).toBe(200);
    const { jwks_uri } = await clientWith(second.jwk);
    const json = { ...metadata, client_id: client['client_id'], jwks_uri };
    expect((await send('PUT', client['registration_client_uri'], { token, json })).status).toBe(200);
    expect(await signedBy(second, client)).toBe(200);
    expect(await signedBy(first, client)).toBe(401);
  });

  it('are used as far as they can be read', async () => {
    const odd = [{ kty: 'AKP', pub: 'AAAA' }, { kty: 'odd' }, { ...second.jwk, kid: '', use: '' }];
    const client = await clientWith(...odd, first.jwk);
    expect(await signedBy(first, client)).toBe(200);
    expect(await signedBy(first, client)).toBe(200);
  });

  it.each<[string, (client: { readonly jwks_uri: string }) => unknown]>([
    ['more than 32', ({ jwks_uri }) => (published[jwks_uri] = Array.from({ length: 33 }, () => first.jwk))],
    ['a private one', ({ jwks_uri }) => (published[jwks_uri] = [first.jwk, { ...second.jwk, d: 'AAAA' }])],
    ['a symmetric one', ({ jwks_uri }) => (published[jwks_uri] = [first.jwk, { kty: 'oct', k: 'AAAA' }])],
  ])('are refused whole where there is %s', async (_name, publish) => {
    const client = await clientWith(first.jwk);
    publish(client);
    expect(await signedBy(first, client)).toBe(401);
  });
});
