import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { dump, eventsOf, query } from '../support/database.js';
import { type Answer, register, send } from '../support/http.js';
import { adminToken, startApp, type TestApp } from '../support/test-app.js';
import { createDatabase } from '../support/test-database.js';
import { forgetAttempts, forgetHere } from './attempts.js';
import { introspect, type Registration, sendForm } from './oauth.js';
import { password, pkce, proofIn, returned, User } from './user.js';

let program: TestApp;
beforeAll(async () => {
  program = await startApp({ SCOPES: 'openid profile email offline_access orders:read' });
});
afterAll(() => program.close());
// How often somebody may try is a matter of its own test.
afterEach(() => forgetAttempts(program));

type Client = Registration & Record<string, any>;
type Body = Record<string, any>;

const web = {
  client_name: 'Weather',
  redirect_uris: ['https://app.example/callback'],
  grant_types: ['authorization_code', 'refresh_token'],
};
const registered = async (metadata: object = web): Promise<Client> => (await register(program.url, metadata)).body;

const account = async (username: string): Promise<Body> => {
  const json = { username, password, email: `${username}@users.example` };
  return (await send('POST', `${program.url}/admin/accounts`, { token: adminToken, json })).body;
};
const change = (id: string, json: object) =>
  send('PATCH', `${program.url}/admin/accounts/${id}`, { token: adminToken, json });

const { verifier, challenge } = pkce();
const authorizeUrl = (client: Client, more: Record<string, string> = {}) =>
  `${program.url}/oauth/authorize?${new URLSearchParams({
    response_type: 'code',
    client_id: client.client_id,
    scope: 'openid profile email',
    state: 'a state',
    code_challenge: challenge,
    code_challenge_method: 'S256',
    ...more,
  }).toString()}`;

interface Shown {
  readonly user: User;
  readonly url: string;
  readonly page: Answer;
}

/** Goes to a client's address with a browser, as far as the first page. */
async function shown(
  client: Client,
  user = new User(program, 'nobody'),
  more?: Record<string, string>,
): Promise<Shown> {
  let answer = await user.visit(authorizeUrl(client, more));
  for (let url = ''; answer.headers.has('location'); answer = await user.visit(url)) {
    url = new URL(answer.headers.get('location')!, program.url).href;
    if (url.includes('/interaction/')) return { user, url, page: await user.visit(url) };
  }
  throw new Error(answer.text);
}

const say = ({ user, url, page }: Shown, form: Record<string, string>) =>
  user.visit(url, 'POST', { proof: proofIn(page.text), ...form });

const signIn = (page: Shown, username: string, given = password, more = {}) =>
  say(page, { answer: 'sign-in', username, password: given, ...more });

/** A browser in which somebody has signed in and sees what comes next. */
async function signedIn(client: Client, username: string, user = new User(program, 'nobody')): Promise<Shown> {
  const page = await shown(client, user);
  const answer = await signIn(page, username);
  return after(user, answer);
}

/** Follows to the next page of the server. */
async function after(user: User, answer: Answer): Promise<Shown> {
  let url = '';
  for (let next = answer; next.headers.has('location'); next = await user.visit(url)) {
    url = new URL(next.headers.get('location')!, program.url).href;
    if (url.includes('/interaction/')) return { user, url, page: await user.visit(url) };
    if (!url.startsWith(program.url)) return { user, url, page: next };
  }
  throw new Error('there is no further page');
}

const titleOf = ({ page }: Shown): string => /<h1>([^<]*)<\/h1>/.exec(page.text)?.[1] ?? '';

describe('signing in with a password', () => {
  it('and agreeing gives the client a code, and claims of the scopes', async () => {
    const { id } = await account('ada');
    const client = await registered();
    const consent = await signedIn(client, 'ADA');
    expect(titleOf(consent)).toBe('Let this application in?');
    const { url } = await after(consent.user, await say(consent, { answer: 'allow' }));
    expect(url).toMatch(/^https:\/\/app\.example\/callback\?code=[^&]+&state=a\+state&iss=/);
    const code = new URL(url).searchParams.get('code')!;
    const form = {
      grant_type: 'authorization_code',
      code,
      code_verifier: verifier,
      redirect_uri: client.redirect_uris[0],
    };
    const { body } = await sendForm(`${program.url}/oauth/token`, form, client);
    expect((await send('GET', `${program.url}/oauth/userinfo`, { token: body.access_token })).body).toEqual({
      sub: id,
      preferred_username: 'ada',
      email: 'ada@users.example',
    });
    const { items } = (await send('GET', `${program.url}/admin/accounts?limit=200`, { token: adminToken })).body;
    expect(items.find((one: Body) => one.id === id).last_signed_in_at).toEqual(expect.any(Number));
    expect(await dump(program)).not.toContain(password);
  });

  it('is asked for on a page that can run nothing, be framed nowhere and be kept by nobody', async () => {
    const { page } = await shown(await registered());
    expect(page.status).toBe(200);
    expect(page.headers.get('content-security-policy')).toMatch(
      /^default-src 'none';script-src;style-src 'sha256-[A-Za-z0-9+/=]+';base-uri 'none';frame-ancestors 'none';form-action 'self' https:\/\/app\.example$/,
    );
    expect(page.headers.get('cache-control')).toBe('no-store');
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(page.headers.get('x-frame-options')).toBe('DENY');
  });

  it('shows names as they are, and runs nothing in them', async () => {
    const evil = '"><script>alert(1)</script>';
    const client = await registered({ ...web, client_name: evil });
    const { page } = await shown(client, undefined, { login_hint: evil });
    expect(page.text).not.toContain('<script');
    expect(page.text).toContain('&quot;&gt;&lt;script&gt;');
    await account('escaped');
    const consent = await signedIn(client, 'escaped');
    expect(consent.page.text).not.toContain('<script');
  });

  it('lasts as long as the window, unless the user wants to be known for longer', async () => {
    await account('lasting');
    const client = await registered();
    const cookieOf = async (more: object) => {
      const page = await shown(client);
      const answer = await signIn(page, 'lasting', password, more);
      const next = await page.user.visit(answer.headers.get('location')!);
      return next.headers.getSetCookie().find((line) => line.startsWith('_session='))!;
    };
    expect(await cookieOf({})).not.toContain('expires');
    expect(await cookieOf({ remember: 'yes' })).toContain('expires');
    expect(await cookieOf({})).toContain('httponly');
  });

  it('can be left, which the client is told (RFC 6749 section 4.1.2.1)', async () => {
    const page = await shown(await registered());
    const { url } = await after(page.user, await say(page, { answer: 'cancel' }));
    expect(Object.fromEntries(new URL(url).searchParams)).toEqual({
      error: 'access_denied',
      error_description: expect.any(String),
      state: 'a state',
      iss: program.url,
    });
  });

  it('fails alike for a wrong password, an unknown name, and an account that is disabled or gone', async () => {
    const right = 'nine blue kites in the rain';
    await account('wrong');
    const disabled = await account('disabled');
    await change(disabled.id, { status: 'disabled', password: right });
    const client = await registered();
    const page = await shown(client);
    const told = async (username: string, given: string) => {
      const { status, text } = await signIn(page, username, given);
      return [status, text.replaceAll(username, 'NAME')];
    };
    const expected = await told('wrong', right);
    expect(expected).toEqual([400, expect.stringContaining('This username and password do not fit.')]);
    expect(await told('unknown', right)).toEqual(expected);
    expect(await told('disabled', right)).toEqual(expected);
    expect(await told('wrong', '')).toEqual(expected);
    expect(await told('\u0000', right)).toEqual([400, expect.any(String)]);
    expect(await told('x'.repeat(5000), right)).toEqual([400, expect.any(String)]);
  });

  it('may be tried ten times a minute for a name that is there or not, over all instances', async () => {
    await account('guessed');
    const client = await registered();
    const page = await shown(client);
    for (const username of ['guessed', 'not.there']) {
      const answers = [];
      for (let turn = 0; turn < 11; turn++) answers.push(await signIn(page, username, `guess ${turn}`));
      expect(answers.map(({ status }) => status)).toEqual([...Array<number>(10).fill(400), 429]);
      const [last] = answers.slice(-1);
      expect(Number(last!.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(last!.text).toContain('That is too fast');
      // Another instance has counted nothing itself.
      forgetHere(program);
      expect((await signIn(page, username.toUpperCase())).status).toBe(429);
    }
  });

  it('may be tried sixty times a minute from one address', async () => {
    const page = await shown(await registered());
    await query(program, 'UPDATE rate_counts SET attempts = 60');
    expect((await signIn(page, 'first')).status).toBe(400);
    await query(program, "UPDATE rate_counts SET attempts = 60 WHERE id LIKE 'sign-in from %'");
    forgetHere(program);
    const { status, text } = await signIn(page, 'second');
    expect([status, text]).toEqual([429, expect.stringContaining('your network')]);
  });

  it('is over after a hundred wrong passwords in a row, until an administrator opens the account again', async () => {
    const { id } = await account('locked');
    const client = await registered();
    const page = await shown(client);
    const shownStatus = async () => (await change(id, {})).body.status;
    await query(program, 'UPDATE accounts SET failures = 98 WHERE id = ?', [id]);
    await signIn(page, 'locked', 'a wrong guess');
    expect(await shownStatus()).toBe('active');
    await signIn(page, 'locked', 'a wrong guess');
    expect(await shownStatus()).toBe('locked');
    expect((await signIn(page, 'locked')).status).toBe(400);
    const events = (await eventsOf(program)).filter(({ action }) => action === 'account.locked');
    expect(events.map(({ actor, changes }) => [actor, changes])).toEqual([
      [{ type: 'system' }, { id: { before: id, after: id }, status: { before: 'active', after: 'locked' } }],
    ]);
    await change(id, { status: 'active' });
    expect((await signIn(page, 'locked')).status).toBe(303);
    expect(await query(program, 'SELECT failures FROM accounts WHERE id = ?', [id])).toEqual([{ failures: 0 }]);
  });
});

describe('a page of the sign-in', () => {
  it.each<[string, (page: Shown) => Record<string, string>, Record<string, string>]>([
    ['without the proof of the page', () => ({}), {}],
    ['with a wrong proof', () => ({ proof: 'x' }), {}],
    ['from another site', ({ page }) => ({ proof: proofIn(page.text) }), { 'sec-fetch-site': 'cross-site' }],
    ['from a sibling site', ({ page }) => ({ proof: proofIn(page.text) }), { 'sec-fetch-site': 'same-site' }],
  ])('takes no form %s', async (_what, proof, headers) => {
    await account('forged').catch(() => undefined);
    const page = await shown(await registered());
    const form = { username: 'forged', password, answer: 'sign-in', ...proof(page) };
    const answer = await page.user.visit(page.url, 'POST', form, headers);
    expect([answer.status, answer.text]).toEqual([403, expect.stringContaining('did not come from this page')]);
    expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8');
  });

  it('takes no form of another interaction', async () => {
    const client = await registered();
    const [one, other] = [await shown(client), await shown(client)];
    const answer = await one.user.visit(one.url, 'POST', { proof: proofIn(other.page.text), answer: 'cancel' });
    expect(answer.status).toBe(403);
  });

  it('is of no use in another browser', async () => {
    const { url, page } = await shown(await registered());
    const stranger = new User(program, 'stranger');
    for (const answer of [
      await stranger.visit(url),
      await stranger.visit(url, 'POST', { proof: proofIn(page.text), answer: 'cancel' }),
    ])
      expect([answer.status, answer.text]).toEqual([
        400,
        expect.stringContaining('go back to the application and start again'),
      ]);
  });

  it.each<[string, string, string, number]>([
    ['of another media type', '{}', 'application/json', 415],
    ['with a field twice', 'answer=cancel&answer=allow', 'application/x-www-form-urlencoded', 400],
    ['that nobody pressed a button of', 'answer=shrug', 'application/x-www-form-urlencoded', 403],
    ['that is too large', `answer=${'x'.repeat(70_000)}`, 'application/x-www-form-urlencoded', 413],
    ['that is no text', '%ff%fe=%00', 'application/x-www-form-urlencoded', 403],
  ])('refuses a form %s, as a page', async (_what, body, type, status) => {
    const { user, url } = await shown(await registered());
    const answer = await user.post(url, body, type);
    expect([answer.status, answer.text]).toEqual([status, expect.stringContaining('<h1>This did not work</h1>')]);
  });

  it('grants nothing before somebody has signed in', async () => {
    const page = await shown(await registered());
    expect((await say(page, { answer: 'allow', certain: 'yes' })).status).toBe(400);
  });

  it('is 404 elsewhere, and says its methods', async () => {
    expect((await send('GET', `${program.url}/oauth/interaction`)).status).toBe(404);
    expect((await send('DELETE', `${program.url}/oauth/interaction/x`)).status).toBe(405);
  });
});

describe('the page that asks for consent', () => {
  beforeAll(async () => {
    await account('grace');
  });

  const verified = async (verification: string, registrar?: object): Promise<Client> => {
    const client = await registered();
    await query(program, 'UPDATE clients SET verification = ? WHERE client_id = ?', [verification, client.client_id]);
    if (registrar)
      await query(program, 'UPDATE clients SET registrar = ? WHERE client_id = ?', [
        JSON.stringify(registrar),
        client.client_id,
      ]);
    return client;
  };

  it('says what the client would get, where it sends the user, and since when it is known', async () => {
    const client = await registered({ ...web, tos_uri: 'https://app.example/terms' });
    await query(program, 'UPDATE clients SET created_at = created_at - 259200 WHERE client_id = ?', [client.client_id]);
    const { page } = await signedIn(client, 'grace');
    for (const part of [
      '<bdi>Weather</bdi>',
      '<dd>app.example</dd>',
      '3 days ago, on <time',
      'know who you are here',
      'see your username',
      'see your email address',
      'signed in as <bdi>grace</bdi>',
      'https://app.example/terms',
    ])
      expect(page.text).toContain(part);
  });

  it.each([
    ['approved', 'An administrator of this service approved'],
    ['vouched', 'Nobody checked what it says about itself'],
    ['self_asserted', 'Nobody vouches for this application'],
  ])('says what a client that is %s is worth', async (verification, words) => {
    expect((await signedIn(await verified(verification), 'grace')).page.text).toContain(words);
  });

  it('names who signed what the client says', async () => {
    const registrar = { type: 'software_statement', issuer: 'https://directory.example' };
    const { page } = await signedIn(await verified('statement', registrar), 'grace');
    expect(page.text).toContain('signed by <code>https://directory.example</code>');
  });

  it('lets nobody in for whom nobody vouches, unless the user says it twice', async () => {
    const page = await signedIn(await verified('self_asserted'), 'grace');
    const [first] = /<button[^>]*>/.exec(page.page.text)!;
    expect(first).toContain('value="deny"');
    const again = await say(page, { answer: 'allow' });
    expect([again.status, again.text]).toEqual([400, expect.stringContaining('Say that you started this yourself')]);
    const { url } = await after(page.user, await say(page, { answer: 'allow', certain: 'yes' }));
    expect(url).toContain('code=');
  });

  it('tells the client when the user says no (RFC 6749 section 4.1.2.1)', async () => {
    const page = await signedIn(await registered(), 'grace');
    const { url } = await after(page.user, await say(page, { answer: 'deny' }));
    expect(new URL(url).searchParams.get('error')).toBe('access_denied');
  });

  it('lets the user sign in as somebody else', async () => {
    await account('other.user');
    const page = await signedIn(await registered(), 'grace');
    const form = await say(page, { answer: 'switch' });
    expect(form.text).toContain('name="password"');
    const answer = await signIn({ ...page, page: form }, 'other.user');
    const leaving = await page.user.visit(answer.headers.get('location')!);
    const [, xsrf = ''] = /name="xsrf" value="([^"]+)"/.exec(leaving.text)!;
    const left = await page.user.visit(`${program.url}/oauth/logout/confirm`, 'POST', { xsrf, logout: 'yes' });
    expect((await after(page.user, left)).page.text).toContain('signed in as <bdi>other.user</bdi>');
  });

  it('is shown once, for what was granted and a client that stays as it was', async () => {
    const client = await registered();
    const page = await signedIn(client, 'grace');
    await say(page, { answer: 'allow' }).then((answer) => after(page.user, answer));
    const codeFor = async (more?: Record<string, string>) =>
      returned(await page.user.visit(authorizeUrl(client, more)));
    expect(await codeFor()).toMatchObject({ code: expect.any(String) });
    const more = await shown(client, page.user, { scope: 'openid email orders:read' });
    expect(more.page.text).toContain('<code>orders:read</code>');
    expect(more.page.text).not.toContain('see your email address');
    const elsewhere = await shown(client);
    const answer = await signIn(elsewhere, 'grace');
    expect((await after(elsewhere.user, answer)).url).toContain('https://app.example/callback?code=');
    const { redirect_uris } = client;
    const changed = { ...web, client_id: client.client_id, redirect_uris, client_name: 'Your bank' };
    await send('PUT', client.registration_client_uri, { token: client.registration_access_token, json: changed });
    expect(titleOf(await shown(client, page.user))).toBe('Let this application in?');
  });

  it('is shown in every browser for a client for which nobody vouches', async () => {
    const client = await verified('self_asserted');
    const page = await signedIn(client, 'grace');
    const allowed = await say(page, { answer: 'allow', certain: 'yes' });
    await after(page.user, allowed);
    expect(returned(await page.user.visit(authorizeUrl(client)))).toHaveProperty('code');
    expect(titleOf(await signedIn(client, 'grace'))).toBe('Let this application in?');
  });
});

describe('a user', () => {
  it.each<[string, (id: string) => Promise<Answer>]>([
    ['gets another password', (id) => change(id, { password: 'nine blue kites in the rain' })],
    ['is disabled', (id) => change(id, { status: 'disabled' })],
    ['is removed', (id) => send('DELETE', `${program.url}/admin/accounts/${id}`, { token: adminToken })],
  ])('who %s is signed out everywhere, and all tokens end', async (what, end) => {
    const username = what.replaceAll(' ', '.');
    const { id } = await account(username);
    const client = await registered();
    const page = await signedIn(client, username);
    const { url } = await after(page.user, await say(page, { answer: 'allow' }));
    const tokens = (form: Record<string, string>) => sendForm(`${program.url}/oauth/token`, form, client);
    const { body } = await tokens({
      grant_type: 'authorization_code',
      code: new URL(url).searchParams.get('code')!,
      code_verifier: verifier,
      redirect_uri: client.redirect_uris[0],
    });
    const { url: codeUrl } = await after(page.user, await page.user.visit(authorizeUrl(client)));
    expect((await introspect(program.url, client, body.access_token)).body.active).toBe(true);
    expect((await end(id)).status).toBeLessThan(300);
    expect((await introspect(program.url, client, body.access_token)).body).toEqual({ active: false });
    const refreshed = await tokens({ grant_type: 'refresh_token', refresh_token: body.refresh_token });
    expect([refreshed.status, refreshed.body.error]).toEqual([400, 'invalid_grant']);
    const late = await tokens({
      grant_type: 'authorization_code',
      code: new URL(codeUrl).searchParams.get('code')!,
      code_verifier: verifier,
      redirect_uri: client.redirect_uris[0],
    });
    expect([late.status, late.body.error]).toEqual([400, 'invalid_grant']);
    expect(titleOf(await shown(client, page.user))).toBe('Sign in');
  });

  it('who gets another password between signing in and going on has to sign in again', async () => {
    const { id } = await account('in.between');
    const page = await shown(await registered());
    const answer = await signIn(page, 'in.between');
    await change(id, { password: 'nine blue kites in the rain' });
    const next = await page.user.visit(answer.headers.get('location')!);
    expect([next.status, next.text]).toEqual([400, expect.stringContaining('This did not work')]);
  });
});

describe('while SECRET_KEY rotates', () => {
  const [a, b] = [randomBytes(32).toString('base64url'), randomBytes(32).toString('base64url')];

  it('passwords and signing keys work under the old key, move to the new one, and then work without the old one', async () => {
    const database = await createDatabase();
    const before = program;
    const restart = async (SECRET_KEY: string) => {
      if (program !== before) await program.close();
      program = await startApp({ SECRET_KEY }, database);
    };
    const canSignIn = async () => (await signIn(await shown(await registered()), 'ada')).status;
    const onOldKey = async () =>
      / *clientele_credentials_on_old_key\{key="\w+",kind="account"\} (\d+)/.exec(
        (await send('GET', `${program.url}/metrics`)).text,
      )?.[1];
    await restart(a);
    await account('ada');
    await restart(`${b},${a}`);
    expect(await onOldKey()).toBe('1');
    expect(await canSignIn()).toBe(303);
    expect(await onOldKey()).toBe('0');
    await restart(b);
    expect(await canSignIn()).toBe(303);
    await program.close();
    await database.drop();
    program = before;
  });
});
