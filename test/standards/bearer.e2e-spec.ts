import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Clock } from '../../src/clock.js';
import { failure } from '../support/builders.js';
import { apiKey } from '../support/database.js';
import { initialAccessToken, register, send, sendRaw, webClient } from '../support/http.js';
import { adminToken, startApp, type TestApp } from '../support/test-app.js';
import { manage, unauthorized } from './support.js';

let app: TestApp;

beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

const challengeOf = ({ headers }: { headers: Headers }) => headers.get('www-authenticate');
const withoutError = 'Bearer realm="clientele"';
const withError = 'Bearer realm="clientele", error="invalid_token"';

describe('a bearer token', () => {
  it.each(['Bearer', 'bearer', 'BEARER'])(
    'is taken from the Authorization header as %s (RFC 6750 section 2.1)',
    async (scheme) => {
      const token = await initialAccessToken(app.url);
      const headers = { authorization: `${scheme} ${token}` };
      expect(await send('POST', `${app.url}/register`, { json: webClient, headers })).toMatchObject({ status: 201 });
    },
  );

  it.each([
    'POST /register',
    'GET /register/x',
    'PUT /register/x',
    'DELETE /register/x',
    'GET /admin/initial-access-tokens',
    'GET /lookup/clients/x',
  ])('that is missing is asked for, without an error: %s (RFC 6750 section 3.1)', async (route) => {
    const [method, path] = route.split(' ');
    const answer = await send(method!, app.url + path!);
    expect(answer).toMatchObject(unauthorized);
    expect(challengeOf(answer)).toBe(withoutError);
    expect(answer.body).not.toHaveProperty('violations');
  });

  it.each(['Basic dXNlcjpwYXNz', 'DPoP abc', 'Bearerabc'])(
    'is asked for where another scheme came: %s (RFC 6750 section 3)',
    async (authorization) => {
      const answer = await send('GET', `${app.url}/register/x`, { headers: { authorization } });
      expect(answer).toMatchObject(unauthorized);
      expect(challengeOf(answer)).toBe(withoutError);
    },
  );

  it('that fails is 401 and says invalid_token (RFC 6750 section 3.1)', async () => {
    const { body: client } = await register(app.url);
    for (const answer of [
      await send('POST', `${app.url}/register`, { token: 'ciat_wrong', json: webClient }),
      await manage('GET', client, { token: 'crat_wrong' }),
      await send('GET', `${app.url}/admin/initial-access-tokens`, { token: 'cadm_wrong' }),
    ]) {
      expect(answer).toMatchObject(unauthorized);
      expect(challengeOf(answer)).toBe(withError);
    }
  });

  it.each(['Bearer', 'Bearer ', 'Bearer a b', 'Bearer a,b', 'Bearer "a"', 'Bearer a=b'])(
    'that is malformed is 401 and says invalid_token: %j (RFC 6750 section 3.1)',
    async (authorization) => {
      const answer = await send('GET', `${app.url}/register/x`, { headers: { authorization } });
      expect(answer).toMatchObject(unauthorized);
      expect(challengeOf(answer)).toBe(withError);
    },
  );

  it('that comes twice is 401 and says invalid_token (RFC 6750 section 2)', async () => {
    const { body: client } = await register(app.url);
    const header = ['Authorization', `Bearer ${client.registration_access_token}`];
    const answer = await sendRaw('GET', client.registration_client_uri, { headers: [...header, ...header] });
    expect(answer).toMatchObject(unauthorized);
    expect(challengeOf(answer)).toBe(withError);
  });

  it('without the right is 403, and the right is named (RFC 6750 section 3.1)', async () => {
    const token = await apiKey(app, ['tokens:read']);
    const answer = await send('POST', `${app.url}/admin/initial-access-tokens`, { token, json: {} });
    expect(answer).toMatchObject({ status: 403, body: failure('insufficient_scope') });
    expect(challengeOf(answer)).toBe('Bearer realm="clientele", error="insufficient_scope", scope="tokens:issue"');
  });

  it('is challenged with each attribute once, in the characters that are allowed (RFC 6750 section 3)', async () => {
    const odd = encodeURIComponent('x"\r\nSet-Cookie: a=b\u00e4');
    const token = await apiKey(app, ['tokens:read']);
    for (const answer of [
      await send('GET', `${app.url}/register/${odd}`),
      await send('GET', `${app.url}/register/${odd}`, { token: 'wrong' }),
      await send('GET', `${app.url}/lookup/clients/${odd}`, { token }),
    ]) {
      const challenge = challengeOf(answer)!;
      expect(challenge).toMatch(
        /^Bearer [a-z]+="[\x20\x21\x23-\x5b\x5d-\x7e]*"(, [a-z_]+="[\x20\x21\x23-\x5b\x5d-\x7e]*")*$/,
      );
      const names = [...challenge.matchAll(/([a-z_]+)=/g)].map(([, name]) => name);
      expect(new Set(names).size).toBe(names.length);
      expect(answer.headers.get('set-cookie')).toBeNull();
    }
  });

  it('in the query is no credential (RFC 6750 section 2.3)', async () => {
    const { body: client } = await register(app.url);
    const url = `${client.registration_client_uri}?access_token=${client.registration_access_token}`;
    const answer = await send('GET', url);
    expect(answer).toMatchObject(unauthorized);
    expect(challengeOf(answer)).toBe(withoutError);
    expect(answer.text).not.toContain(client.registration_access_token);
  });

  it('in the body is no credential (RFC 6750 section 2.2)', async () => {
    const access_token = await initialAccessToken(app.url);
    const form = {
      body: `access_token=${access_token}`,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    };
    for (const sending of [{ json: { ...webClient, access_token } }, form])
      expect(await send('POST', `${app.url}/register`, sending)).toMatchObject(unauthorized);
  });

  it('cannot be guessed or altered (RFC 6750 section 5.2)', async () => {
    const token = await initialAccessToken(app.url);
    expect(Buffer.from(token.replace(/^ciat_/, ''), 'base64url')).toHaveLength(32);
    const altered = token.slice(0, -2) + (token.endsWith('AA') ? 'BB' : 'AA');
    expect(await send('POST', `${app.url}/register`, { token: altered, json: webClient })).toMatchObject(unauthorized);
  });

  it('that is unknown, expired, spent or revoked is refused in the same words (RFC 6750 section 5)', async () => {
    const makeToken = async (bounds: object) =>
      (await send('POST', `${app.url}/admin/initial-access-tokens`, { token: adminToken, json: bounds })).body;
    const [spent, revoked, expired] = [await makeToken({}), await makeToken({}), await makeToken({ expires_in: 10 })];
    const registerBy = (token: string) => send('POST', `${app.url}/register`, { token, json: webClient });
    await registerBy(spent.token);
    await send('DELETE', `${app.url}/admin/initial-access-tokens/${revoked.id}`, { token: adminToken });

    const clock = app.app.get(Clock);
    const later = clock.now() + 11;
    clock.now = () => later;
    try {
      const tokens = ['ciat_unknown', spent.token, revoked.token, expired.token];
      const answers = await Promise.all(tokens.map(registerBy));
      expect(answers.map(({ status }) => status)).toEqual([401, 401, 401, 401]);
      expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
      expect(new Set(answers.map(challengeOf))).toEqual(new Set([withError]));
    } finally {
      delete (clock as Partial<Clock>).now;
    }
  });
});
