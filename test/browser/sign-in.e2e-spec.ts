import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { expectGoodPage, listenForUser, openPage, startBrowser } from '../support/browser.js';
import { query } from '../support/database.js';
import { register, send } from '../support/http.js';
import { adminToken, startApp, type TestApp } from '../support/test-app.js';
import { type Registration, sendForm } from '../token-service/oauth.js';
import { forgetAttempts } from '../token-service/attempts.js';
import { pkce } from '../token-service/user.js';

let program: TestApp;
let browser: Browser;
beforeAll(async () => {
  program = await startApp({ SCOPES: 'openid profile email offline_access orders:read' });
  browser = await startBrowser();
  const json = { username: 'ada', password, email: 'ada@users.example' };
  await send('POST', `${program.url}/admin/accounts`, { token: adminToken, json });
}, 60_000);
// How often somebody may try is a matter of another test.
beforeEach(() => forgetAttempts(program));
afterAll(async () => {
  await browser?.close();
  await program.close();
});

const password = 'seven green lamps at noon';
const native = {
  client_name: 'Weather',
  redirect_uris: ['http://127.0.0.1/callback'],
  grant_types: ['authorization_code', 'refresh_token'],
  token_endpoint_auth_method: 'none',
};

type Client = Registration & Record<string, any>;
const registered = async (metadata: object = native, verification = 'vouched'): Promise<Client> => {
  const { body } = await register(program.url, metadata);
  await query(program, 'UPDATE clients SET verification = ? WHERE client_id = ?', [verification, body.client_id]);
  return body;
};

const scope = 'openid profile email orders:read';
const { verifier, challenge } = pkce();
const authorizeUrl = (client: Client, redirectUri: string, more: Record<string, string> = {}) =>
  `${program.url}/oauth/authorize?${new URLSearchParams({
    response_type: 'code',
    client_id: client.client_id,
    redirect_uri: redirectUri,
    scope,
    code_challenge: challenge,
    code_challenge_method: 'S256',
    ...more,
  }).toString()}`;

const heading = (page: Page) => page.locator('h1').innerText();

async function signIn(page: Page, given = password): Promise<void> {
  await page.getByLabel('Username').fill('ada');
  await page.getByLabel('Password').fill(given);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

/** An application that waits, and a window that has been sent to sign in for it. */
async function sent(client: Client, options = {}, more = {}) {
  const app = await listenForUser();
  const page = await openPage(browser, options);
  await page.goto(authorizeUrl(client, app.redirectUri, more));
  return { app, page };
}

describe.each([
  ['with scripts', true],
  ['without scripts', false],
])('in a browser %s, a user', (_how, javaScriptEnabled) => {
  it('signs in, agrees, and is back in the application, which gets tokens (RFC 8252 section 4.1)', async () => {
    const client = await registered();
    const { app, page } = await sent(client, { javaScriptEnabled });
    await signIn(page);
    expect(await heading(page)).toBe('Let this application in?');
    await page.getByRole('button', { name: 'Allow' }).click();
    const code = (await app.came).searchParams.get('code')!;
    expect(await heading(page)).toBe('Back in the app');
    const form = {
      grant_type: 'authorization_code',
      code,
      code_verifier: verifier,
      redirect_uri: app.redirectUri,
    };
    const { status, body } = await sendForm(`${program.url}/oauth/token`, form, client);
    expect([status, body.scope]).toEqual([200, scope]);
    app.close();
    await page.context().close();
  });

  it('sees that the password is wrong, and tries again', async () => {
    const { app, page } = await sent(await registered(), { javaScriptEnabled });
    await signIn(page, 'a wrong password');
    expect(await page.getByRole('alert').innerText()).toBe('This username and password do not fit.');
    expect(await page.getByLabel('Username').inputValue()).toBe('ada');
    await signIn(page);
    expect(await heading(page)).toBe('Let this application in?');
    app.close();
    await page.context().close();
  });

  it('says no, which the application is told', async () => {
    const { app, page } = await sent(await registered(), { javaScriptEnabled });
    await page.getByRole('button', { name: 'Cancel' }).click();
    expect((await app.came).searchParams.get('error')).toBe('access_denied');
    app.close();
    await page.context().close();
  });

  it('connects a device', async () => {
    const grant_type = 'urn:ietf:params:oauth:grant-type:device_code';
    const device = { client_name: 'TV', grant_types: [grant_type], token_endpoint_auth_method: 'none' };
    const client = await registered(device);
    const { body: asked } = await sendForm(`${program.url}/oauth/device`, { scope: 'openid orders:read' }, client);
    const page = await openPage(browser, { javaScriptEnabled });
    await page.goto(asked.verification_uri);
    await page.getByLabel('Code that the device shows').fill(asked.user_code.toLowerCase());
    await page.getByRole('button', { name: 'Continue' }).click();
    expect(await page.locator('samp').innerText()).toBe(asked.user_code);
    await page.getByRole('button', { name: 'Yes, it shows this code' }).click();
    await signIn(page);
    await page.getByRole('button', { name: 'Allow' }).click();
    expect(await heading(page)).toBe('The device is connected');
    const form = { grant_type, device_code: asked.device_code };
    expect((await sendForm(`${program.url}/oauth/token`, form, client)).status).toBe(200);
    await page.context().close();
  });

  it('signs out', async () => {
    const { app, page } = await sent(await registered(), { javaScriptEnabled });
    await signIn(page);
    await page.getByRole('button', { name: 'Allow' }).click();
    await app.came;
    await page.goto(`${program.url}/oauth/logout`);
    await page.getByRole('button', { name: 'Sign out' }).click();
    expect(await heading(page)).toBe('You are signed out');
    await page.goto(authorizeUrl(await registered(), app.redirectUri));
    expect(await heading(page)).toBe('Sign in');
    app.close();
    await page.context().close();
  });
});

describe('with the keyboard alone, a user', () => {
  it('signs in and agrees', async () => {
    const { app, page } = await sent(await registered());
    // Autofocus comes a moment after the page.
    await page.waitForFunction("document.activeElement.id === 'username'");
    await page.keyboard.type('ada');
    await page.keyboard.press('Tab');
    await page.keyboard.type(password);
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Use another account' }).waitFor();
    expect(await focusAfterTabs(page)).toEqual(['Allow', 'Deny', 'Use another account']);
    await page.getByRole('button', { name: 'Allow' }).focus();
    await page.keyboard.press('Enter');
    expect((await app.came).searchParams.get('code')).not.toBeNull();
    app.close();
    await page.context().close();
  });

  it('lets nobody in by Enter for whom nobody vouches', async () => {
    const { app, page } = await sent(await registered(native, 'self_asserted'));
    await signIn(page);
    await page.getByLabel('I started this myself').focus();
    await page.keyboard.press('Space');
    await page.keyboard.press('Enter');
    expect((await app.came).searchParams.get('error')).toBe('access_denied');
    app.close();
    await page.context().close();
  });

  it('lets it in by saying so twice', async () => {
    const { app, page } = await sent(await registered(native, 'self_asserted'));
    await signIn(page);
    await page.getByLabel('I started this myself').focus();
    await page.keyboard.press('Space');
    expect(await focusAfterTabs(page)).toEqual(['Deny', 'Allow', 'Use another account']);
    await page.getByRole('button', { name: 'Allow' }).focus();
    await page.keyboard.press('Enter');
    expect((await app.came).searchParams.get('code')).not.toBeNull();
    app.close();
    await page.context().close();
  });
});

/** The buttons that Tab comes to, in turn. */
async function focusAfterTabs(page: Page): Promise<string[]> {
  const names: string[] = [];
  for (let turn = 0; turn < 6; turn++) {
    await page.keyboard.press('Tab');
    const name = await page.evaluate<string>(
      "document.activeElement.tagName === 'BUTTON' ? document.activeElement.innerText : ''",
    );
    if (name !== '' && !names.includes(name)) names.push(name);
  }
  return names;
}

describe('every page', () => {
  it.each(['vouched', 'approved', 'statement', 'self_asserted'])(
    'of a sign-in at a client that is %s keeps nobody out (WCAG 2.2)',
    async (verification) => {
      const { app, page } = await sent(
        await registered({ ...native, tos_uri: 'https://app.example/terms' }, verification),
      );
      if (verification === 'vouched') await expectGoodPage(page, 'sign-in', 'Sign in');
      await signIn(page, 'a wrong password');
      if (verification === 'vouched') await expectGoodPage(page, 'sign-in-again', 'Sign in');
      await signIn(page);
      await expectGoodPage(page, `consent-${verification}`, 'Let this application in?');
      if (verification === 'self_asserted') {
        await page.getByRole('button', { name: 'Allow' }).click();
        await expectGoodPage(page, 'consent-once-more', 'Let this application in?');
      }
      app.close();
      await page.context().close();
    },
    60_000,
  );

  it('of a device keeps nobody out (WCAG 2.2)', async () => {
    const grant_type = 'urn:ietf:params:oauth:grant-type:device_code';
    const device = { client_name: 'TV', grant_types: [grant_type], token_endpoint_auth_method: 'none' };
    const { body: asked } = await sendForm(
      `${program.url}/oauth/device`,
      { scope: 'openid' },
      await registered(device),
    );
    const page = await openPage(browser);
    await page.goto(asked.verification_uri);
    await expectGoodPage(page, 'device', 'Connect a device');
    await page.getByLabel('Code that the device shows').fill('AAAA-AAAA');
    await page.getByRole('button', { name: 'Continue' }).click();
    await expectGoodPage(page, 'device-again', 'Connect a device');
    await page.getByLabel('Code that the device shows').fill(asked.user_code);
    await page.getByRole('button', { name: 'Continue' }).click();
    await expectGoodPage(page, 'device-confirmation', 'Is this your device?');
    await page.getByRole('button', { name: 'Yes, it shows this code' }).click();
    await signIn(page);
    await expectGoodPage(page, 'device-consent', 'Let this application in?');
    await page.getByRole('button', { name: 'Allow' }).click();
    await expectGoodPage(page, 'device-done', 'The device is connected');
    await page.context().close();
  }, 60_000);

  it('of signing out, and of what went wrong, keeps nobody out (WCAG 2.2)', async () => {
    const client = await registered();
    const { app, page } = await sent(client);
    await signIn(page);
    await page.getByRole('button', { name: 'Deny' }).click();
    await app.came;
    await page.goto(`${program.url}/oauth/logout`);
    await expectGoodPage(page, 'sign-out', 'Sign out?');
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.waitForSelector('text=You are signed out');
    await expectGoodPage(page, 'signed-out', 'You are signed out');
    await page.goto(`${program.url}/oauth/interaction/nothing`);
    await expectGoodPage(page, 'expired', 'This did not work');
    await page.goto(authorizeUrl(client, 'https://elsewhere.example/'));
    await expectGoodPage(page, 'error', 'This did not work');
    app.close();
    await page.context().close();
  }, 60_000);

  it('that a browser sends on by itself can be sent on by hand (OAuth 2.0 Form Post Response Mode)', async () => {
    const { app, page } = await sent(await registered(), { javaScriptEnabled: false }, { response_mode: 'form_post' });
    await signIn(page);
    await page.getByRole('button', { name: 'Allow' }).click();
    expect(await heading(page)).toBe('One moment');
    await page.getByRole('button', { name: 'Continue' }).click();
    await app.came;
    expect(await heading(page)).toBe('Back in the app');
    app.close();
    await page.context().close();
    const again = await sent(await registered(), {}, { response_mode: 'form_post' });
    await signIn(again.page);
    await again.page.getByRole('button', { name: 'Allow' }).click();
    await again.app.came;
    again.app.close();
    await again.page.context().close();
  });
});
