import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { createLocalJWKSet, exportJWK, generateKeyPair, jwtVerify, SignJWT } from 'jose';
import { Clock } from '../../src/clock.js';
import { plainText } from '../support/builders.js';
import { dump } from '../support/database.js';
import { register, replacementOf, send } from '../support/http.js';
import { startApp, type TestApp } from '../support/test-app.js';
import { introspect, type Registration, sendForm } from './oauth.js';
import { pkce, returned, User } from './user.js';

let program: TestApp;
beforeAll(async () => {
  program = await startApp({ SCOPES: 'openid profile offline_access orders:read' });
});
afterAll(() => program.close());

const loopback = 'http://127.0.0.1/callback';
const native = {
  client_name: 'Weather on the desktop',
  redirect_uris: [loopback],
  grant_types: ['authorization_code', 'refresh_token'],
  token_endpoint_auth_method: 'none',
};
const web = {
  client_name: 'Weather',
  redirect_uris: ['https://app.example/callback'],
  grant_types: ['authorization_code', 'refresh_token'],
};

type Client = Registration & Record<string, any>;

const registered = async (metadata: object): Promise<Client> => (await register(program.url, metadata)).body;

const authorizeUrl = (parameters: Record<string, string>) =>
  `${program.url}/oauth/authorize?${new URLSearchParams({ response_type: 'code', ...parameters }).toString()}`;

interface Flow {
  readonly client: Client;
  readonly scope?: string;
  readonly redirect?: string;
  readonly user?: User;
  readonly more?: Record<string, string>;
}

/** Has a user sign in and agree; answers the parameters that the client is sent back with, and its verifier. */
async function authorized({
  client,
  scope = 'openid orders:read',
  redirect,
  user = new User(program, 'alice'),
  more,
}: Flow) {
  const { verifier, challenge } = pkce();
  const redirect_uri = redirect ?? client.redirect_uris[0];
  const answer = await user.agree(
    authorizeUrl({
      client_id: client.client_id,
      redirect_uri,
      scope,
      state: 'a state',
      code_challenge: challenge,
      code_challenge_method: 'S256',
      ...more,
    }),
  );
  return { answer, back: returned(answer), verifier, redirect_uri };
}

const exchange = (client: Client, form: Record<string, string>, headers: Record<string, string> = {}) =>
  sendForm(`${program.url}/oauth/token`, { grant_type: 'authorization_code', ...form }, client, headers);

async function tokens(flow: Flow): Promise<Record<string, any>> {
  const { back, verifier, redirect_uri } = await authorized(flow);
  const { status, body } = await exchange(flow.client, { code: back.code!, code_verifier: verifier, redirect_uri });
  if (status !== 200) throw new Error(JSON.stringify(body));
  return body;
}

const refresh = (client: Client, refresh_token: string, more: Record<string, string> = {}) =>
  sendForm(`${program.url}/oauth/token`, { grant_type: 'refresh_token', refresh_token, ...more }, client);

const isActive = async (client: Client, token: string): Promise<boolean> =>
  (await introspect(program.url, client, token)).body.active;

const opaque: unknown = expect.stringMatching(/^[A-Za-z0-9_-]{43}$/);

describe('an installed application (RFC 8252)', () => {
  it('gets tokens for its user, at any port of the own machine (RFC 8252 section 7.3)', async () => {
    const client = await registered(native);
    const { answer, back, verifier } = await authorized({ client, redirect: 'http://127.0.0.1:49152/callback' });
    expect([answer.status, answer.headers.get('location')!.split('?')[0]]).toEqual([
      303,
      'http://127.0.0.1:49152/callback',
    ]);
    expect(back).toEqual({ code: opaque, state: 'a state', iss: program.url });
    const { status, body } = await exchange(client, {
      code: back.code!,
      code_verifier: verifier,
      redirect_uri: 'http://127.0.0.1:49152/callback',
    });
    expect(status).toBe(200);
    expect(body).toEqual({
      access_token: opaque,
      refresh_token: opaque,
      id_token: expect.any(String),
      expires_in: 3600,
      token_type: 'Bearer',
      scope: 'openid orders:read',
    });
    const keys = createLocalJWKSet((await send('GET', `${program.url}/oauth/jwks`)).body);
    const { payload } = await jwtVerify(body.id_token, keys, { issuer: program.url, audience: client.client_id });
    expect(payload.sub).toBe('alice');
    expect(await dump(program)).not.toMatch(new RegExp(`${body.access_token}|${body.refresh_token}|${back.code}`));
  });

  it.each<Record<string, string>>([{}, { code_challenge: 'a'.repeat(43), code_challenge_method: 'plain' }])(
    'is sent back without a code for want of S256: %j (RFC 7636 section 4.4.1)',
    async (challenge) => {
      for (const token_endpoint_auth_method of ['none', 'client_secret_basic']) {
        const { client_id } = await registered({ ...native, token_endpoint_auth_method });
        const url = authorizeUrl({ client_id, redirect_uri: loopback, scope: 'openid', ...challenge });
        expect(returned(await new User(program, 'alice').agree(url))).toEqual({
          error: 'invalid_request',
          error_description: plainText,
          iss: program.url,
        });
      }
    },
  );
});

describe('a code', () => {
  it.each<[string, (right: Record<string, string>) => Record<string, string>]>([
    ['another verifier', (right) => ({ ...right, code_verifier: 'a'.repeat(43) })],
    ['no verifier', ({ code_verifier, ...right }) => right],
    ['another redirect URI', (right) => ({ ...right, redirect_uri: 'https://app.example/other' })],
    ['a code that nobody has', (right) => ({ ...right, code: 'A'.repeat(43) })],
  ])('is refused with %s (RFC 6749 section 5.2, RFC 7636 section 4.6)', async (_what, change) => {
    const client = await registered(web);
    const { back, verifier, redirect_uri } = await authorized({ client });
    const answer = await exchange(client, change({ code: back.code!, code_verifier: verifier, redirect_uri }));
    expect([answer.status, answer.body]).toEqual([400, { error: 'invalid_grant', error_description: plainText }]);
  });

  it('is refused to another client (RFC 6749 section 5.2)', async () => {
    const [client, other] = [await registered(web), await registered(web)];
    const { back, verifier, redirect_uri } = await authorized({ client });
    const answer = await exchange(other, { code: back.code!, code_verifier: verifier, redirect_uri });
    expect([answer.status, answer.body.error]).toEqual([400, 'invalid_grant']);
  });

  it('is good once: a second use ends what the first one got (RFC 6749 section 4.1.2)', async () => {
    const client = await registered(web);
    const { back, verifier, redirect_uri } = await authorized({ client });
    const form = { code: back.code!, code_verifier: verifier, redirect_uri };
    const { body } = await exchange(client, form);
    expect(await isActive(client, body.access_token)).toBe(true);
    const again = await exchange(client, form);
    expect([again.status, again.body.error]).toEqual([400, 'invalid_grant']);
    expect(await isActive(client, body.access_token)).toBe(false);
    expect((await refresh(client, body.refresh_token)).body.error).toBe('invalid_grant');
  });

  it('that comes five times at once is good at most once, and leaves nothing behind', async () => {
    const client = await registered(web);
    const { back, verifier, redirect_uri } = await authorized({ client });
    const form = { code: back.code!, code_verifier: verifier, redirect_uri };
    const answers = await Promise.all(Array.from({ length: 5 }, () => exchange(client, form)));
    const won = answers.filter(({ status }) => status === 200);
    expect(won.length).toBeLessThanOrEqual(1);
    expect(answers.filter(({ body }) => body.error === 'invalid_grant')).toHaveLength(5 - won.length);
    for (const { body } of won) expect(await isActive(client, body.access_token)).toBe(false);
  });

  it('is not sent to an address that is not registered (RFC 6749 section 3.1.2.4)', async () => {
    const { client_id } = await registered(web);
    const url = authorizeUrl({ client_id, redirect_uri: 'https://evil.example/', scope: 'openid' });
    const answer = await new User(program, 'alice').visit(url);
    expect([answer.status, answer.headers.get('location')]).toEqual([400, null]);
    expect(answer.text).toContain('invalid_redirect_uri');
  });

  it('dies with its client', async () => {
    const client = await registered(web);
    const { back, verifier, redirect_uri } = await authorized({ client });
    await send('DELETE', client.registration_client_uri, { token: client.registration_access_token });
    const answer = await exchange(client, { code: back.code!, code_verifier: verifier, redirect_uri });
    expect([answer.status, answer.body.error]).toEqual([401, 'invalid_client']);
  });
});

describe('a refresh token', () => {
  it('is exchanged at each use (RFC 9700 section 4.14.2)', async () => {
    const client = await registered(native);
    const first = await tokens({ client });
    const second = await refresh(client, first.refresh_token);
    expect(second.status).toBe(200);
    expect(second.body.refresh_token).not.toBe(first.refresh_token);
    expect((await refresh(client, second.body.refresh_token)).status).toBe(200);
  });

  it('used twice ends all that came of it (RFC 9700 section 4.14.2)', async () => {
    const client = await registered(web);
    const first = await tokens({ client });
    const second = await refresh(client, first.refresh_token);
    const again = await refresh(client, first.refresh_token);
    expect([again.status, again.body.error]).toEqual([400, 'invalid_grant']);
    expect(await isActive(client, second.body.access_token)).toBe(false);
    expect((await refresh(client, second.body.refresh_token)).body.error).toBe('invalid_grant');
  });

  it('used five times at once leaves nothing behind', async () => {
    const client = await registered(web);
    const { refresh_token } = await tokens({ client });
    const answers = await Promise.all(Array.from({ length: 5 }, () => refresh(client, refresh_token)));
    const won = answers.filter(({ status }) => status === 200);
    expect(won.length).toBeLessThanOrEqual(1);
    for (const { body } of won) expect(await isActive(client, body.access_token)).toBe(false);
  });

  it('gives no scope that its client has lost since', async () => {
    const client = await registered(native);
    const { refresh_token } = await tokens({ client });
    await send('PUT', client.registration_client_uri, {
      token: client.registration_access_token,
      json: replacementOf(client, { scope: 'openid' }),
    });
    expect((await refresh(client, refresh_token)).body.scope).toBe('openid');
  });

  it('is not given to a client that did not register the grant', async () => {
    const client = await registered({ ...web, grant_types: ['authorization_code'] });
    expect(Object.keys(await tokens({ client })).sort()).toEqual([
      'access_token',
      'expires_in',
      'id_token',
      'scope',
      'token_type',
    ]);
  });
});

describe('a user', () => {
  it('is told about at userinfo (OpenID Connect Core 1.0 section 5.3)', async () => {
    const { access_token } = await tokens({ client: await registered(web) });
    const answer = await send('GET', `${program.url}/oauth/userinfo`, { token: access_token });
    expect([answer.status, answer.body]).toEqual([200, { sub: 'alice' }]);
    const without = await send('GET', `${program.url}/oauth/userinfo`);
    expect([without.status, without.headers.get('www-authenticate')]).toEqual([
      401,
      expect.stringMatching(/^DPoP|^Bearer/),
    ]);
  });

  it('is somebody else for each sector of pairwise clients (OpenID Connect Core 1.0 section 8.1)', async () => {
    const subjectAt = async (redirect: string) => {
      const client = await registered({ ...web, redirect_uris: [redirect], subject_type: 'pairwise' });
      const { access_token } = await tokens({ client });
      return (await send('GET', `${program.url}/oauth/userinfo`, { token: access_token })).body.sub as string;
    };
    const [one, same, other] = [
      await subjectAt('https://a.example/cb'),
      await subjectAt('https://a.example:8443/cb'),
      await subjectAt('https://b.example/cb'),
    ];
    expect(one).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect([same === one, other === one]).toEqual([true, false]);
  });

  it.each(['dcrm', 'clients:read', 'unheard-of'])('is not asked for the scope %s', async (scope) => {
    const { back } = await authorized({ client: await registered(web), scope: `openid ${scope}` });
    expect(back).toMatchObject({ error: 'invalid_scope', state: 'a state', iss: program.url });
  });

  it('is asked for the scope of the client where the request names none (RFC 6749 section 3.3)', async () => {
    const client = await registered({ ...web, scope: 'orders:read' });
    const { client_id } = client;
    const { verifier, challenge } = pkce();
    const pair = { code_challenge: challenge, code_challenge_method: 'S256' };
    const redirect_uri = client.redirect_uris[0];
    const user = new User(program, 'alice');
    const { code = '' } = returned(await user.agree(authorizeUrl({ client_id, redirect_uri, ...pair })));
    const { body } = await exchange(client, { code, code_verifier: verifier, redirect_uri });
    expect(body.scope).toBe('orders:read');
  });

  it('gets the client a JWT for a resource (RFC 8707 section 2)', async () => {
    const resource = 'https://api.example/';
    const client = await registered(web);
    const flow = await authorized({ client, scope: 'orders:read', more: { resource } });
    const { body } = await exchange(client, {
      code: flow.back.code!,
      code_verifier: flow.verifier,
      redirect_uri: flow.redirect_uri,
      resource,
    });
    const keys = createLocalJWKSet((await send('GET', `${program.url}/oauth/jwks`)).body);
    const { payload } = await jwtVerify(body.access_token, keys, { issuer: program.url, audience: resource });
    expect([payload.sub, payload.scope, body.expires_in]).toEqual(['alice', 'orders:read', 300]);
  });

  it('may be sent with a form (OpenID Connect Core 1.0 section 3.1.2.1)', async () => {
    const client = await registered(web);
    const form = {
      response_type: 'code',
      client_id: client.client_id,
      redirect_uri: client.redirect_uris[0],
      scope: 'openid orders:read',
      state: 'a state & more',
      ...{ code_challenge: pkce().challenge, code_challenge_method: 'S256' },
    };
    const answer = await new User(program, 'alice').agree(`${program.url}/oauth/authorize`, { method: 'POST', form });
    expect(returned(answer)).toEqual({ code: opaque, state: 'a state & more', iss: program.url });
  });

  it.each(['/oauth/authorize', '/oauth/logout'])('is told by a page what is no form at %s', async (path) => {
    const { status, headers } = await send('POST', program.url + path, { json: {} });
    expect([status, headers.get('content-type')]).toEqual([415, 'text/html; charset=utf-8']);
  });

  it('signs out, after being asked (OpenID Connect RP-Initiated Logout 1.0 section 2)', async () => {
    const client = await registered({ ...web, post_logout_redirect_uris: ['https://app.example/bye'] });
    const user = new User(program, 'alice');
    const { access_token, id_token } = await tokens({ client, user });
    const query = { id_token_hint: id_token, post_logout_redirect_uri: 'https://app.example/bye', state: 'x' };
    const asked = await user.visit(`${program.url}/oauth/logout?${new URLSearchParams(query).toString()}`);
    expect([asked.status, await isActive(client, access_token)]).toEqual([200, true]);
    const [, action = ''] = /action="([^"]+)"/.exec(asked.text)!;
    const [, xsrf = ''] = /name="xsrf" value="([^"]+)"/.exec(asked.text)!;
    const done = await user.visit(action, 'POST', { xsrf, logout: 'yes' });
    expect(done.headers.get('location')).toBe('https://app.example/bye?state=x');
    expect(await isActive(client, access_token)).toBe(false);
  });
});

describe('a request that is sent ahead (RFC 9126)', () => {
  const pushed = async (client: Client) => {
    const { verifier, challenge } = pkce();
    const { body, status } = await sendForm(
      `${program.url}/oauth/par`,
      {
        client_id: client.client_id,
        response_type: 'code',
        redirect_uri: client.redirect_uris[0],
        scope: 'openid',
        code_challenge: challenge,
        code_challenge_method: 'S256',
      },
      client,
    );
    return { status, body, verifier };
  };

  it('is good once', async () => {
    const client = await registered({ ...web, require_pushed_authorization_requests: true });
    const { status, body } = await pushed(client);
    expect([status, body]).toEqual([
      201,
      { expires_in: 60, request_uri: expect.stringMatching(/^urn:ietf:params:oauth:request_uri:/) },
    ]);
    const url = `${program.url}/oauth/authorize?client_id=${client.client_id}&request_uri=${body.request_uri}`;
    const user = new User(program, 'alice');
    expect(returned(await user.agree(url))).toEqual({ code: opaque, iss: program.url });
    expect((await user.agree(url)).text).toContain('invalid_request_uri');
  });

  it('is demanded of a client that registered that it sends them', async () => {
    const client = await registered({ ...web, require_pushed_authorization_requests: true });
    expect((await authorized({ client })).back).toMatchObject({ error: 'invalid_request' });
  });
});

describe('a token that is bound to a key (RFC 9449)', () => {
  it('is of no use without it', async () => {
    const client = await registered({ ...native, dpop_bound_access_tokens: true });
    const { privateKey, publicKey } = await generateKeyPair('ES256');
    const proof = (htm: string, path: string, more: object = {}) =>
      new SignJWT({ htm, htu: `${program.url}${path}`, jti: crypto.randomUUID(), ...more })
        .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk: jwk })
        .setIssuedAt()
        .sign(privateKey);
    const jwk = await exportJWK(publicKey);
    const { back, verifier, redirect_uri } = await authorized({ client });
    const form = { code: back.code!, code_verifier: verifier, redirect_uri };
    const { body } = await exchange(client, form, { dpop: await proof('POST', '/oauth/token') });
    expect(body.token_type).toBe('DPoP');
    const bare = await send('GET', `${program.url}/oauth/userinfo`, { token: body.access_token });
    expect([bare.status, bare.body.error]).toEqual([401, 'invalid_token']);
    const ath = createHash('sha256').update(body.access_token).digest('base64url');
    const bound = await proof('GET', '/oauth/userinfo', { ath });
    const headers = { authorization: `DPoP ${body.access_token}`, dpop: bound };
    expect((await send('GET', `${program.url}/oauth/userinfo`, { headers })).body).toEqual({ sub: 'alice' });
    expect((await send('GET', `${program.url}/oauth/userinfo`, { headers })).status).toBe(401);
  });
});

describe('a device (RFC 8628)', () => {
  it('gets tokens when its user has typed in the code', async () => {
    const grant_type = 'urn:ietf:params:oauth:grant-type:device_code';
    const client = await registered({
      client_name: 'TV',
      grant_types: [grant_type, 'refresh_token'],
      token_endpoint_auth_method: 'none',
    });
    const { body: asked } = await sendForm(`${program.url}/oauth/device`, { scope: 'openid orders:read' }, client);
    expect(asked).toEqual({
      device_code: opaque,
      user_code: expect.stringMatching(/^[A-Z]{4}-[A-Z]{4}$/),
      verification_uri: `${program.url}/oauth/activate`,
      verification_uri_complete: `${program.url}/oauth/activate?user_code=${asked.user_code}`,
      expires_in: 600,
      interval: 5,
    });
    const poll = () => sendForm(`${program.url}/oauth/token`, { grant_type, device_code: asked.device_code }, client);
    expect((await poll()).body.error).toBe('authorization_pending');
    const user = new User(program, 'alice');
    const page = await user.visit(asked.verification_uri);
    const [, xsrf = ''] = /name="xsrf" value="([^"]+)"/.exec(page.text)!;
    const typed = await user.visit(asked.verification_uri, 'POST', { xsrf, user_code: asked.user_code });
    expect(typed.text).toContain(asked.user_code);
    const form = { xsrf, user_code: asked.user_code, confirm: 'yes' };
    const done = await user.agree(asked.verification_uri, { method: 'POST', form });
    expect(done.text).toContain('The device is connected');
    const { body } = await poll();
    expect(body).toMatchObject({ access_token: opaque, refresh_token: opaque, scope: 'openid orders:read' });
    expect((await poll()).body.error).toBe('invalid_grant');
    expect(await dump(program)).not.toContain(asked.user_code.replace('-', ''));
  });

  it('that asks too often is told to slow down, and waits longer each time (RFC 8628 section 3.5)', async () => {
    const grant_type = 'urn:ietf:params:oauth:grant-type:device_code';
    const client = await registered({ grant_types: [grant_type], token_endpoint_auth_method: 'none' });
    const other = await registered({ grant_types: [grant_type], token_endpoint_auth_method: 'none' });
    const { body } = await sendForm(`${program.url}/oauth/device`, { scope: 'openid' }, client);
    const clock = jest.spyOn(program.app.get(Clock), 'now');
    const start = Math.floor(Date.now() / 1000);
    const poll = async (after: number, who = client) => {
      clock.mockReturnValue(start + after);
      return (await sendForm(`${program.url}/oauth/token`, { grant_type, device_code: body.device_code }, who)).body;
    };
    try {
      const slower = { error: 'slow_down', error_description: plainText };
      const pending = { error: 'authorization_pending', error_description: plainText };
      expect([await poll(0, other), await poll(0)]).toEqual([
        { error: 'invalid_grant', error_description: plainText },
        pending,
      ]);
      expect([await poll(5), await poll(7), await poll(12), await poll(26)]).toEqual([
        pending,
        slower,
        slower,
        pending,
      ]);
      expect([await poll(31), await poll(50)]).toEqual([slower, pending]);
    } finally {
      clock.mockRestore();
    }
  });

  it.each([
    ['whose form comes without a session', 'POST', '/oauth/activate'],
    ['that goes on with nothing', 'GET', '/oauth/activate/nothing'],
  ])('begins anew in a browser %s', async (_what, method, path) => {
    const form = method === 'POST' ? { user_code: 'ABCD-EFGH' } : undefined;
    const { status, text, headers } = await new User(program, 'alice').visit(program.url + path, method, form);
    expect([status, headers.getSetCookie()]).toEqual([400, []]);
    expect(text).toContain(`<a href="${program.url}/oauth/activate">Type in the code once more</a>`);
  });

  it('has a code that nobody finds by guessing: a network tries 60 within a minute (RFC 8628 section 5.1)', async () => {
    const user = new User(program, 'mallory');
    const url = `${program.url}/oauth/activate`;
    const [, xsrf = ''] = /name="xsrf" value="([^"]+)"/.exec((await user.visit(url)).text)!;
    const guess = () => user.visit(url, 'POST', { xsrf, user_code: 'BCDF-GHJK' });
    const first = await guess();
    expect(first.status).toBe(200);
    let last = first;
    for (let turn = 0; turn < 60; turn++) last = await guess();
    const { status, headers, text } = last;
    expect([status, Number(headers.get('retry-after'))]).toEqual([429, expect.any(Number)]);
    expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(text).toContain('Your network has sent codes of devices 60 times within a minute; try again in');
  });
});

describe('an answer by form (OAuth 2.0 Form Post Response Mode)', () => {
  it('may run the one script that sends it', async () => {
    const { answer } = await authorized({ client: await registered(web), more: { response_mode: 'form_post' } });
    expect(answer.status).toBe(200);
    expect(answer.text).toContain('action="https://app.example/callback"');
    expect(answer.headers.get('content-security-policy')).toMatch(/^default-src 'none';script-src 'sha256-[^']+';/);
  });
});
