import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { anId, justNow } from '../support/builders.js';
import { dump, eventsOf, query } from '../support/database.js';
import { freePort } from '../support/free-port.js';
import { type Answer, register, send } from '../support/http.js';
import { adminToken, startApp, type TestApp } from '../support/test-app.js';
import { forgetAttempts } from './attempts.js';
import { type Registration, sendForm } from './oauth.js';
import { startUpstream, upstreamClient, type UpstreamServer } from './upstream-provider.js';
import { pkce, proofIn, User } from './user.js';

let program: TestApp;
let upstream: UpstreamServer;
let client: Registration & Record<string, any>;
beforeAll(async () => {
  // It warns of itself, since it is set up in a hurry.
  for (const word of ['warn', 'info'] as const) jest.spyOn(console, word).mockImplementation(() => undefined);
  const port = await freePort();
  upstream = await startUpstream(`http://localhost:${port}`);
  program = await startApp({
    PORT: String(port),
    UPSTREAM_ISSUER: upstream.issuer,
    UPSTREAM_CLIENT_ID: upstreamClient.client_id,
    UPSTREAM_CLIENT_SECRET: upstreamClient.client_secret,
    FETCH_ALLOW: upstream.issuer,
  });
  client = (await register(program.url)).body;
});
afterAll(async () => {
  await program.close();
  await upstream.close();
});
beforeEach(async () => {
  upstream.user = { sub: 'ada at home', email: 'ada@users.example', email_verified: true };
  await forgetAttempts(program);
});

const { verifier, challenge } = pkce();
const authorizeUrl = (more: Record<string, string> = {}) =>
  `${program.url}/oauth/authorize?${new URLSearchParams({
    response_type: 'code',
    client_id: client.client_id,
    scope: 'openid email',
    code_challenge: challenge,
    code_challenge_method: 'S256',
    ...more,
  }).toString()}`;

/** Goes wherever the browser is sent, until there is a page, or an address for which `stop` holds. */
async function follow(user: User, start: string, stop: (url: URL) => boolean = () => false) {
  let url = new URL(start, program.url);
  for (let answer: Answer; ; url = new URL(answer.headers.get('location')!, url)) {
    if (stop(url) || url.host === 'app.example') return { url, page: undefined };
    answer = await user.visit(url.href);
    if (!answer.headers.has('location')) return { url, page: answer };
  }
}

/** Sends the form of a page on that a browser would send on by itself. */
async function sendOn(user: User, { page }: { page?: Answer }) {
  const [, action = ''] = /action="([^"]+)"/.exec(page!.text)!;
  const [, xsrf = ''] = /name="xsrf" value="([^"]+)"/.exec(page!.text)!;
  const answer = await user.visit(action, 'POST', { xsrf, logout: 'yes' });
  return follow(user, new URL(answer.headers.get('location')!, action).href);
}

const allow = async (user: User, { url, page }: { url: URL; page?: Answer }, said = 'allow') => {
  const answer = await user.visit(url.href, 'POST', { proof: proofIn(page!.text), answer: said });
  return follow(user, answer.headers.get('location')!);
};

async function claimsOf({ url }: { url: URL }): Promise<Record<string, any>> {
  const code = url.searchParams.get('code')!;
  const redirect_uri = client.redirect_uris[0];
  const form = { grant_type: 'authorization_code', code, code_verifier: verifier, redirect_uri };
  const { body } = await sendForm(`${program.url}/oauth/token`, form, client);
  return (await send('GET', `${program.url}/oauth/userinfo`, { token: body.access_token })).body;
}

const accounts = async () =>
  (await send('GET', `${program.url}/admin/accounts?limit=200`, { token: adminToken })).body.items;

/** Stops where the browser comes back from the provider. */
const atReturn = ({ pathname }: URL) => pathname === '/oauth/upstream';

describe('a user of the upstream provider', () => {
  it('signs in there, agrees here, and is the same user each time (OpenID Connect Core 1.0 section 5.7)', async () => {
    const user = new User(program, 'a browser');
    const consent = await follow(user, authorizeUrl());
    expect(consent.page!.text).toContain('signed in as <bdi>ada@users.example</bdi>');
    const claims = await claimsOf(await allow(user, consent));
    expect(claims).toEqual({ sub: anId, email: 'ada@users.example' });
    expect(await accounts()).toEqual([
      {
        id: claims.sub,
        status: 'active',
        email: 'ada@users.example',
        upstream: { issuer: upstream.issuer, subject: 'ada at home' },
        created_at: justNow,
        updated_at: justNow,
        last_signed_in_at: justNow,
      },
    ]);
    const events = (await eventsOf(program)).filter(({ action }) => action === 'account.made');
    expect(events.map(({ actor, changes }) => [actor, changes])).toEqual([
      [{ type: 'system' }, { id: { after: claims.sub }, status: { after: 'active' }, upstream: {} }],
    ]);
    upstream.user = { sub: 'ada at home', email: 'new@users.example', email_verified: true };
    expect(await claimsOf(await follow(new User(program, 'another browser'), authorizeUrl()))).toEqual({
      sub: claims.sub,
      email: 'new@users.example',
    });
    expect(await dump(program)).not.toContain(upstreamClient.client_secret);
  });

  it('is asked there with state, nonce and PKCE, and as the client wishes (RFC 9700 section 2.1.1)', async () => {
    await follow(new User(program, 'a browser'), authorizeUrl({ login_hint: 'ada', max_age: '600', prompt: 'login' }));
    expect(Object.fromEntries(upstream.asked)).toEqual({
      client_id: upstreamClient.client_id,
      redirect_uri: `${program.url}/oauth/upstream`,
      response_type: 'code',
      scope: 'openid email',
      state: expect.stringMatching(/^[0-9a-f]{12}\.[A-Za-z0-9_-]{100,}$/),
      nonce: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/),
      code_challenge: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/),
      code_challenge_method: 'S256',
      prompt: 'login',
      max_age: '600',
      login_hint: 'ada',
    });
  });

  it('whose address is not verified has none here', async () => {
    upstream.user = { sub: 'unverified', email: 'somebody@else.example', email_verified: false };
    const user = new User(program, 'a browser');
    expect(await claimsOf(await allow(user, await follow(user, authorizeUrl())))).toEqual({ sub: anId });
  });

  it('who says no there says no to the client (RFC 6749 section 4.1.2.1)', async () => {
    upstream.user = undefined;
    const { url } = await follow(new User(program, 'a browser'), authorizeUrl());
    expect(url.searchParams.get('error')).toBe('access_denied');
  });

  it('can choose another account', async () => {
    upstream.user = { sub: 'one account' };
    const user = new User(program, 'a browser');
    const consent = await follow(user, authorizeUrl());
    upstream.user = { sub: 'another account', email: 'another@users.example', email_verified: true };
    const leaving = await allow(user, consent, 'switch');
    expect(upstream.asked.get('prompt')).toBe('login');
    // Both servers end the session of the one before they begin that of the other.
    const here = await sendOn(user, leaving);
    const again = await sendOn(user, here);
    expect(again.page!.text).toContain('signed in as <bdi>another@users.example</bdi>');
  });

  it('whom an administrator has disabled is let in no more', async () => {
    upstream.user = { sub: 'disabled' };
    await follow(new User(program, 'a browser'), authorizeUrl());
    const { id } = (await accounts()).at(-1);
    const change = (json: object) => send('PATCH', `${program.url}/admin/accounts/${id}`, { token: adminToken, json });
    expect((await change({ password: 'seven green lamps at noon' })).status).toBe(400);
    expect((await change({ status: 'disabled' })).status).toBe(200);
    const { page } = await follow(new User(program, 'a browser'), authorizeUrl());
    expect([page!.status, page!.text]).toEqual([403, expect.stringContaining('disabled your account')]);
  });
});

describe('who comes back from the upstream provider', () => {
  const refused = (page: Answer | undefined) => {
    expect([page!.status, page!.text]).toEqual([400, expect.stringContaining('This did not work')]);
    expect(page!.headers.get('content-type')).toBe('text/html; charset=utf-8');
  };

  it('is refused in another browser than the one that went there', async () => {
    const { url } = await follow(new User(program, 'a browser'), authorizeUrl(), atReturn);
    refused((await follow(new User(program, 'a victim'), url.href)).page);
  });

  it('is refused with the answer for another interaction', async () => {
    const [one, other] = [new User(program, 'one'), new User(program, 'other')];
    const { url } = await follow(one, authorizeUrl(), atReturn);
    const own = await follow(other, authorizeUrl(), atReturn);
    const mixed = new URL(own.url);
    mixed.searchParams.set('code', url.searchParams.get('code')!);
    refused((await follow(other, mixed.href)).page);
  });

  it.each<[string, (url: URL) => void]>([
    ['without a state', (url) => url.searchParams.delete('state')],
    ['with a state of its own making', (url) => url.searchParams.set('state', `${'a'.repeat(12)}.${'b'.repeat(200)}`)],
    ['with a state twice', (url) => url.searchParams.append('state', 'x')],
    ['with a wrong code', (url) => url.searchParams.set('code', 'x'.repeat(43))],
    ['without a code', (url) => url.searchParams.delete('code')],
    ['with the name of another issuer', (url) => url.searchParams.set('iss', 'https://evil.example')],
    ['with an unknown error', (url) => url.searchParams.set('error', 'server_error')],
  ])('is refused %s', async (_what, change) => {
    const user = new User(program, 'a browser');
    const { url } = await follow(user, authorizeUrl(), atReturn);
    change(url);
    refused((await follow(user, url.href)).page);
  });

  it('is refused the second time', async () => {
    upstream.user = { sub: 'twice' };
    const user = new User(program, 'a browser');
    const { url } = await follow(user, authorizeUrl(), atReturn);
    expect((await follow(user, url.href)).page!.text).toContain('Let this application in?');
    refused((await follow(user, url.href)).page);
  });

  it('may do so sixty times a minute from one address', async () => {
    const user = new User(program, 'a browser');
    const { url } = await follow(user, authorizeUrl(), atReturn);
    await follow(new User(program, 'another'), authorizeUrl());
    await query(program, "UPDATE rate_counts SET attempts = 60 WHERE id LIKE 'sign-in from %'");
    expect((await follow(user, url.href)).page!.status).toBe(429);
  });
});

describe('while the upstream provider cannot be reached', () => {
  it('users are told so', async () => {
    const user = new User(program, 'a browser');
    const { url } = await follow(user, authorizeUrl(), atReturn);
    await upstream.close();
    const { page } = await follow(user, url.href);
    expect([page!.status, page!.text]).toEqual([503, expect.stringContaining('cannot be reached')]);
    expect(page!.headers.get('retry-after')).toBe('2');
  });
});
