import { randomUUID } from 'node:crypto';
import { importJWK, SignJWT } from 'jose';
import { keyPair } from './builders.js';
import { type Answer, initialAccessToken, replacementOf, send, webClient } from './http.js';
import { adminToken } from './test-app.js';

interface Program {
  readonly url: string;
}

const admin = (program: Program, path: string, json: object) =>
  send('POST', `${program.url}/admin/${path}`, { token: adminToken, json });

const tokens = new Map<string, Promise<string>>();
/** Registers a client with a token that is good for many. */
async function register({ url }: Program, json: object = webClient): Promise<Answer> {
  if (!tokens.has(url)) tokens.set(url, initialAccessToken(url, { uses: 100_000 }));
  return send('POST', `${url}/register`, { token: await tokens.get(url), json });
}

let callers = 0;

/** A key of clients and issuers whose documents nobody gets to read. */
export const { publicKey, privateKey } = keyPair();
const signed = async (claims: Record<string, string>, typ?: string) =>
  new SignJWT({ jti: randomUUID(), ...claims })
    .setProtectedHeader({ alg: 'ES256', ...(typ !== undefined && { typ }) })
    .setIssuedAt()
    .setExpirationTime('5m')
    .sign(await importJWK(privateKey, 'ES256'));

/** An issuer that is trusted with something; its answer is that of the administrator if it cannot be. */
async function trusted(program: Program, use: string, jwks_uri: string): Promise<{ iss: string; refused?: Answer }> {
  const iss = `https://issuer.example/${randomUUID()}`;
  const scopes = use === 'access_tokens' ? ['dcr'] : undefined;
  const answer = await admin(program, 'trusted-issuers', { issuer: iss, uses: [use], jwks_uri, scopes });
  return { iss, ...(answer.status !== 201 && { refused: answer }) };
}

/**
 * Everything that has the program fetch an address that somebody gives it, each with what is asked for that: the answer is
 * that of the request that needs the document, or of the one before that already refuses the address.
 */
export const fetchedMembers: Readonly<Record<string, (program: Program, address: string) => Promise<Answer>>> = {
  'sector_identifier_uri of a registration': (program, sector_identifier_uri) =>
    register(program, { ...webClient, sector_identifier_uri }),

  'sector_identifier_uri of a replacement': async (program, sector_identifier_uri) => {
    const { body } = await register(program);
    const json = replacementOf(body, { sector_identifier_uri });
    return send('PUT', body.registration_client_uri, { token: body.registration_access_token, json });
  },

  'sector_identifier_uri of a database client': (program, sector_identifier_uri) =>
    admin(program, 'clients', { metadata: { ...webClient, sector_identifier_uri } }),

  'sector_identifier_uri in a simulation': (program, sector_identifier_uri) =>
    admin(program, 'simulations', {
      registrar: { type: 'initial_access_token' },
      metadata: { ...webClient, sector_identifier_uri },
    }),

  'jwks_uri of a client that signs': async (program, jwks_uri) => {
    const { status, body, ...answer } = await register(program, {
      grant_types: ['client_credentials'],
      token_endpoint_auth_method: 'private_key_jwt',
      jwks_uri,
    });
    if (status !== 201) return { status, body, ...answer };
    const { client_id } = body;
    const { issuer } = (await send('GET', `${program.url}/.well-known/openid-configuration`)).body;
    return send('POST', `${program.url}/oauth/token`, {
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: await signed({ iss: client_id, sub: client_id, aud: issuer }),
      }).toString(),
    });
  },

  'jwks_uri of an issuer of statements': async (program, jwks_uri) => {
    const { iss, refused } = await trusted(program, 'software_statements', jwks_uri);
    if (refused) return refused;
    const json = { ...webClient, software_statement: await signed({ iss }) };
    return register(program, json);
  },

  'jwks_uri of an issuer of access tokens': async (program, jwks_uri) => {
    const { iss, refused } = await trusted(program, 'access_tokens', jwks_uri);
    if (refused) return refused;
    const claims = { iss, sub: 'app', client_id: 'app', aud: program.url, scope: 'dcr' };
    return send('POST', `${program.url}/register`, { token: await signed(claims, 'at+jwt'), json: webClient });
  },

  'client_id that is an address': ({ url }, client_id) =>
    send('POST', `${url}/oauth/par`, {
      // From a network of its own, since each may bring so many.
      headers: { 'content-type': 'application/x-www-form-urlencoded', 'x-forwarded-for': `10.0.0.${++callers % 256}` },
      body: new URLSearchParams({ client_id, response_type: 'code' }).toString(),
    }),
};

/** How it is answered when a document cannot be had, whatever the reason is. */
export const refusals: Readonly<Record<keyof typeof fetchedMembers, readonly [status: number, error: string]>> = {
  'sector_identifier_uri of a registration': [400, 'invalid_client_metadata'],
  'sector_identifier_uri of a replacement': [400, 'invalid_client_metadata'],
  'sector_identifier_uri of a database client': [400, 'invalid_client_metadata'],
  'sector_identifier_uri in a simulation': [200, 'refused'],
  'jwks_uri of a client that signs': [401, 'invalid_client'],
  'jwks_uri of an issuer of statements': [503, 'temporarily_unavailable'],
  'jwks_uri of an issuer of access tokens': [503, 'temporarily_unavailable'],
  'client_id that is an address': [400, 'invalid_client'],
};
