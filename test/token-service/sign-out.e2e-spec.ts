import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { FetchFailure } from '../../src/fetching/fetch-failure.js';
import { GuardedFetcher } from '../../src/fetching/guarded-fetcher.js';
import { register, send } from '../support/http.js';
import { startApp, type TestApp } from '../support/test-app.js';
import { introspect, type Registration, sendForm } from './oauth.js';
import { pkce, returned, User } from './user.js';

let program: TestApp;
beforeAll(async () => {
  program = await startApp();
});
afterAll(() => program.close());

type Client = Registration & Record<string, any>;
const metadata = {
  client_name: 'Weather',
  redirect_uris: ['https://app.example/callback'],
  post_logout_redirect_uris: ['https://app.example/bye'],
  backchannel_logout_uri: 'https://app.example/out',
};

/** A client that a user has signed in to, with its tokens. */
async function visited(user: User, more: object = {}): Promise<{ client: Client; tokens: Record<string, any> }> {
  const client = (await register(program.url, { ...metadata, ...more })).body;
  const { verifier, challenge } = pkce();
  const [redirect_uri = ''] = client.redirect_uris;
  const asked = { response_type: 'code', client_id: client.client_id, redirect_uri, scope: 'openid' };
  const query = new URLSearchParams({ ...asked, code_challenge: challenge, code_challenge_method: 'S256' });
  const { code = '' } = returned(await user.agree(`${program.url}/oauth/authorize?${query.toString()}`));
  const form = { grant_type: 'authorization_code', code, code_verifier: verifier, redirect_uri };
  const { body } = await sendForm(`${program.url}/oauth/token`, form, client);
  return { client, tokens: body };
}

/** Asks to sign out, and says what the user says. */
async function signOut(user: User, parameters: Record<string, string> = {}, said: object = { logout: 'yes' }) {
  const page = await user.visit(`${program.url}/oauth/logout?${new URLSearchParams(parameters).toString()}`);
  const [, xsrf = ''] = /name="xsrf" value="([^"]+)"/.exec(page.text) ?? [];
  return { page, done: await user.visit(`${program.url}/oauth/logout/confirm`, 'POST', { xsrf, ...said }) };
}

describe('signing out', () => {
  it('tells every client that asked for it who signed out (OpenID Connect Back-Channel Logout 1.0 sections 2.4 and 2.5)', async () => {
    const user = new User(program, 'alice');
    const { client, tokens } = await visited(user, { backchannel_logout_session_required: true });
    const { client: quiet } = await visited(user, { backchannel_logout_uri: undefined });
    program.sent.splice(0);
    const { done } = await signOut(user);
    expect(done.headers.get('location')).toBe(`${program.url}/oauth/logout/success`);
    expect(program.sent).toEqual([
      { address: 'https://app.example/out', body: expect.stringMatching(/^logout_token=/) },
    ]);
    const token = new URLSearchParams(program.sent[0]!.body).get('logout_token')!;
    const keys = createLocalJWKSet((await send('GET', `${program.url}/oauth/jwks`)).body);
    const { payload } = await jwtVerify(token, keys, {
      issuer: program.url,
      audience: client.client_id,
      typ: 'logout+jwt',
    });
    expect(payload).toEqual({
      iss: program.url,
      aud: client.client_id,
      iat: expect.any(Number),
      exp: expect.any(Number),
      jti: expect.any(String),
      sub: 'alice',
      sid: expect.any(String),
      events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
    });
    expect(quiet.client_id).not.toBe(client.client_id);
    expect((await introspect(program.url, client, tokens.access_token)).body.active).toBe(false);
  });

  it('goes on when a client cannot be told', async () => {
    const sending = jest.spyOn(program.app.get(GuardedFetcher), 'send');
    sending.mockRejectedValue(new FetchFailure('unreachable'));
    const user = new User(program, 'bob');
    await visited(user);
    const { done } = await signOut(user);
    expect(sending).toHaveBeenCalledTimes(1);
    sending.mockRestore();
    expect([done.status, done.headers.get('location')]).toEqual([303, `${program.url}/oauth/logout/success`]);
  });

  it('is asked about, and goes back to the client (OpenID Connect RP-Initiated Logout 1.0 sections 2 and 3)', async () => {
    const user = new User(program, 'carol');
    const { tokens } = await visited(user);
    const [back] = metadata.post_logout_redirect_uris;
    const asked = { id_token_hint: tokens.id_token, post_logout_redirect_uri: back!, state: 'a state' };
    const { page, done } = await signOut(user, asked);
    expect(page.text).toContain('<h1>Sign out?</h1>');
    expect(page.headers.get('content-security-policy')).toContain("form-action 'self' https://app.example");
    expect(done.headers.get('location')).toBe(`${back}?state=a+state`);
  });

  it('may be asked for with a form (OpenID Connect RP-Initiated Logout 1.0 section 2)', async () => {
    const user = new User(program, 'alice');
    const { tokens } = await visited(user);
    const form = { id_token_hint: tokens.id_token, post_logout_redirect_uri: 'https://app.example/bye', state: 'x' };
    const { text } = await user.agree(`${program.url}/oauth/logout`, { method: 'POST', form });
    const [, xsrf = ''] = /name="xsrf" value="([^"]+)"/.exec(text)!;
    const done = await user.visit(`${program.url}/oauth/logout/confirm`, 'POST', { xsrf, logout: 'yes' });
    expect(done.headers.get('location')).toBe('https://app.example/bye?state=x');
  });

  it('is refused with an address that is not registered (OpenID Connect RP-Initiated Logout 1.0 section 2)', async () => {
    const user = new User(program, 'dave');
    const { tokens } = await visited(user);
    const asked = { id_token_hint: tokens.id_token, post_logout_redirect_uri: 'https://evil.example/' };
    const { page } = await signOut(user, asked);
    expect([page.status, page.text]).toEqual([400, expect.stringContaining('post_logout_redirect_uri not registered')]);
  });

  it('is not done by another site', async () => {
    const user = new User(program, 'erin');
    const { client, tokens } = await visited(user);
    const forged = await user.visit(`${program.url}/oauth/logout/confirm`, 'POST', { xsrf: 'x', logout: 'yes' });
    expect(forged.status).toBe(400);
    expect((await introspect(program.url, client, tokens.access_token)).body.active).toBe(true);
  });
});
