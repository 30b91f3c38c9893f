import { KeyObject, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import { builtInServerMetadata, type ServerLists, supportedValues } from '../../src/metadata/server-support.js';
import { metadataMembers } from '../../src/metadata/client-metadata.js';
import { TokenService } from '../../src/token-service/token-service.js';
import { type Answer, initialAccessToken, send } from '../support/http.js';
import { startApp, type TestApp } from '../support/test-app.js';
import { basic, sendForm } from './oauth.js';
import { pkce } from './user.js';

const keysUri = 'https://app.example/keys';
const sectorUri = 'https://app.example/sector';
const redirects = [
  ...['https://app.example/callback', 'https://app.example/callback?x=1', 'https://other.example/'],
  ...['http://localhost/callback', 'http://127.0.0.1:4000/', 'http://[::1]/', 'com.example.app:/callback'],
];
/** One key for each kind of signature, so that a client can prove who it is in whatever way it registered. */
const kinds = { RSA: 'RS256', 'P-256': 'ES256', 'P-384': 'ES384', 'P-521': 'ES512', Ed25519: 'Ed25519' };

let program: TestApp;
let token: string;
let keys: { readonly publicKeys: JWK[]; readonly privateKeys: Record<string, KeyObject> };

beforeAll(async () => {
  program = await startApp();
  token = await initialAccessToken(program.url, { uses: 100_000 });
  const pairs = await Promise.all(
    Object.entries(kinds).map(
      async ([kind, alg]) => [kind, await generateKeyPair(alg, { extractable: true })] as const,
    ),
  );
  keys = {
    publicKeys: await Promise.all(pairs.map(([, { publicKey }]) => exportJWK(publicKey))),
    // Not bound to one algorithm, as keys of the Web Crypto API are.
    privateKeys: Object.fromEntries(pairs.map(([kind, { privateKey }]) => [kind, KeyObject.from(privateKey as never)])),
  };
  program.documents.set(keysUri, { keys: keys.publicKeys });
  program.documents.set(sectorUri, redirects);
});
afterAll(() => program.close());

const server = builtInServerMetadata('https://as.example', []);

/** What may be asked of a list that is published. */
const offered = (list: keyof ServerLists): string[] => [...(supportedValues(server, list) ?? ['anything'])];

type Part = fc.Arbitrary<Record<string, unknown>>;

/** Each member that a published list bounds, with every value of the list. */
const bounded: Part[] = metadataMembers
  .filter(({ boundedBy }) => boundedBy !== undefined)
  .map(({ name, boundedBy, isList }) => {
    const values = offered(boundedBy!);
    const value: fc.Arbitrary<unknown> = isList ? fc.subarray(values, { minLength: 1 }) : fc.constantFrom(...values);
    return value.map((one) => ({ [name]: one }));
  });

const one = (name: string, ...values: unknown[]): Part =>
  fc.constantFrom(...values).map((value) => ({ [name]: value }));

const flags: Part[] = [
  ...['require_auth_time', 'tls_client_certificate_bound_access_tokens', 'dpop_bound_access_tokens'],
  ...['require_signed_request_object', 'require_pushed_authorization_requests', 'use_mtls_endpoint_aliases'],
  ...['frontchannel_logout_session_required', 'backchannel_logout_session_required', 'backchannel_user_code_parameter'],
].map((name) => one(name, true, false));

const https = 'https://app.example/page?x=1';
const others: Part[] = [
  fc.subarray(redirects, { minLength: 1 }).map((redirect_uris) => ({ redirect_uris })),
  fc.subarray(redirects).map((post_logout_redirect_uris) => ({ post_logout_redirect_uris })),
  one('application_type', 'web', 'native'),
  one('client_name', 'Weather', '', ' \u{1f680} ', '<b>"x"</b>', 'x'.repeat(256)),
  one('default_max_age', 0, 1, 2_147_483_647),
  one('default_acr_values', ['urn:example:gold'], []),
  one('initiate_login_uri', https),
  one('request_uris', ['https://app.example/request.jwt#digest']),
  one('backchannel_logout_uri', https),
  one('frontchannel_logout_uri', 'https://app.example/out'),
  one('logo_uri', https),
  one('client_uri', https),
  one('policy_uri', https),
  one('tos_uri', https),
  one('contacts', ['me@app.example'], []),
  one('scope', 'openid', 'openid profile offline_access', 'profile', 'unknown'),
  one('sector_identifier_uri', sectorUri),
  one('authorization_details_types', ['payment']),
  one('software_id', 'weather'),
  one('tls_client_auth_san_dns', 'app.example'),
  one('tls_client_auth_subject_dn', 'CN=app.example,O=Example\\, Inc'),
  one('tls_client_auth_san_ip', '192.0.2.1', '2001:db8::1'),
];

const key = fc.constantFrom<'jwks' | 'jwks_uri' | undefined>('jwks', 'jwks', 'jwks_uri', undefined);

/** A document with some members, and mostly with keys and redirect URIs, without which much could not be. */
const document = fc
  .tuple(fc.uniqueArray(fc.nat(bounded.length + flags.length + others.length - 1), { maxLength: 5 }), key)
  .chain(([picked, kind]) => {
    const parts = [...bounded, ...flags, ...others];
    const members = fc.tuple(...picked.map((index) => parts[index]!)).map((found) => Object.assign({}, ...found));
    return fc.tuple(members, fc.constant(kind), fc.integer({ min: 0, max: 9 }));
  })
  .map(([members, kind, rare]): Record<string, unknown> => ({
    ...(rare > 0 && { redirect_uris: redirects.slice(0, 1) }),
    ...(kind === 'jwks' && { jwks: 'all keys' }),
    ...(kind === 'jwks_uri' && { jwks_uri: keysUri }),
    ...members,
  }));

/** The keys are made when the test begins, after the documents were thought out. */
const written = (made: Record<string, unknown>) => (made.jwks ? { ...made, jwks: { keys: keys.publicKeys } } : made);

type Client = Record<string, any> & { readonly client_id: string; readonly client_secret?: string };

const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/** Takes back a token that nobody knows, proving who it is as it registered; nothing for what needs a certificate. */
async function prove(client: Client): Promise<Answer | undefined> {
  const url = `${program.url}/oauth/revocation`;
  const { client_id, client_secret = '', token_endpoint_auth_method: method } = client;
  const known = { token: 'a token' };
  switch (method) {
    case 'client_secret_basic':
      return sendForm(url, known, undefined, { authorization: basic(client) });
    case 'client_secret_post':
      return sendForm(url, { ...known, client_id, client_secret });
    case 'client_secret_jwt':
    case 'private_key_jwt':
      return sendForm(url, {
        ...known,
        client_id,
        client_assertion_type: assertionType,
        client_assertion: await assertion(client),
      });
    default:
      return undefined;
  }
}

function assertion({ client_id, client_secret, ...metadata }: Client): Promise<string> {
  const isSymmetric = metadata.token_endpoint_auth_method === 'client_secret_jwt';
  const alg = metadata.token_endpoint_auth_signing_alg ?? (isSymmetric ? 'HS256' : 'RS256');
  const curves: Record<string, string> = { ES256: 'P-256', ES384: 'P-384', ES512: 'P-521', EdDSA: 'Ed25519' };
  const signer = isSymmetric ? new TextEncoder().encode(client_secret) : keys.privateKeys[curves[alg] ?? 'RSA']!;
  return new SignJWT({ jti: randomUUID() })
    .setProtectedHeader({ alg })
    .setIssuer(client_id)
    .setSubject(client_id)
    .setAudience(program.url)
    .setIssuedAt()
    .setExpirationTime('1m')
    .sign(signer);
}

/** Asks for a code, and answers how the server takes that: where the browser is sent, or what it says. */
async function authorize({ client_id, redirect_uris: [redirect_uri], ...client }: Client): Promise<string> {
  const [mode] = client.response_modes ?? [];
  const asked = {
    ...(client.scope.split(' ').includes('openid') && { scope: 'openid' }),
    ...(mode !== undefined && { response_mode: mode }),
    client_id,
    redirect_uri,
    response_type: 'code',
    code_challenge: pkce().challenge,
    state: 'x',
  };
  const query = new URLSearchParams({ ...asked, code_challenge_method: 'S256' });
  const { status, headers, text } = await send('GET', `${program.url}/oauth/authorize?${query.toString()}`);
  const location = headers.get('location') ?? '';
  if (location.startsWith('/oauth/interaction/')) return 'asks the user';
  const { searchParams, hash } = new URL(location || 'about:blank', program.url);
  const refused = searchParams.get('error') ?? new URLSearchParams(hash.slice(1)).get('error');
  if (refused !== null) return `${refused}: ${searchParams.get('error_description') ?? ''}`;
  return `${status} ${location || text}`;
}

/** What a client demands of each request, so that a plain one is refused. */
const demands = (client: Client): boolean =>
  client.require_signed_request_object === true || client.require_pushed_authorization_requests === true;

describe('whatever registration accepts', () => {
  it('the token service accepts: it knows who comes, and asks users for it', async () => {
    const met = { registered: 0, refused: 0, proved: 0, asked: 0 };
    const provider = await program.app.get(TokenService).provider();
    await fc.assert(
      fc.asyncProperty(document, async (made) => {
        const { status, body } = await send('POST', `${program.url}/register`, { token, json: written(made) });
        if (status !== 201) {
          expect(status).toBe(400);
          met.refused++;
          return;
        }
        met.registered++;
        const client = body as Client;
        expect((await provider.Client.find(client.client_id))?.clientId).toBe(client.client_id);
        const told = await prove(client);
        if (told) {
          expect([told.status, told.text]).toEqual([200, '']);
          met.proved++;
        }
        if (client.grant_types.includes('authorization_code') && !demands(client)) {
          expect(await authorize(client)).toBe('asks the user');
          met.asked++;
        }
      }),
      { numRuns: 300, endOnFailure: true },
    );
    // Else the property says nothing.
    for (const often of Object.values(met)) expect(often).toBeGreaterThan(20);
  }, 240_000);

  it('the token service accepts: what is said of sign-ins where there can be none', async () => {
    const json = {
      redirect_uris: redirects.slice(0, 1),
      scope: 'profile',
      default_max_age: 60,
      require_auth_time: true,
    };
    const { body } = await send('POST', `${program.url}/register`, { token, json });
    expect(await authorize(body)).toBe('asks the user');
  });
});
