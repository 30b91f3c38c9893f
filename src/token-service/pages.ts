import type { Client, KoaContextWithOIDC } from 'oidc-provider';
import { escaped, foreign, formTarget, page, pageHeaders, problemNote } from './page.js';

/** Addresses that a user's browser is sent to; all others are called by programs, whatever they accept. */
const forUsers: ReadonlySet<string> = new Set([
  'authorization',
  'resume',
  'code_verification',
  'device_resume',
  'end_session',
  'end_session_confirm',
  'end_session_success',
]);

/** What went wrong, for a user as a page where no client can be told, and for a program as JSON (RFC 6749 sections 4.1.2.1 and 5.2). */
export function errorPage(context: KoaContextWithOIDC, out: object): void {
  if (!forUsers.has(context.oidc.route)) {
    context.body = out;
    return;
  }
  const { error = '', error_description: description = '' } = out as Record<string, string | undefined>;
  context.type = 'html';
  context.body = page(
    'This did not work',
    `<p>The application that sent you here asked for something that cannot be done, or waited too long. Go back to it and start again.</p>
<p class="soft">Its developers may want to know: <code>${escaped(error)}</code> ${escaped(description)}</p>
`,
  );
}

/** A form that goes on with the session of the browser that it was shown to. */
const form = (context: KoaContextWithOIDC, route: string, content: string): string => {
  const { secret } = context.oidc.session!.state as { secret: string };
  return `<form method="post" action="${escaped(context.oidc.urlFor(route))}">
<input type="hidden" name="xsrf" value="${escaped(secret)}">
${content}</form>
`;
};

/** What went wrong with a device, by the name of the error. */
const problems: Readonly<Record<string, string | undefined>> = {
  NoCodeError: undefined,
  AbortedError: 'The device was not connected.',
  AccessDenied: 'The device was not connected.',
};

/** Where a user types in the code of a device; `error` says what was wrong with the last one (RFC 8628 section 3.3). */
export function codePage(context: KoaContextWithOIDC, _form: string, _out?: object, error?: Error): void {
  if (error && !context.oidc.session!.exp) return codePageAgain(context);
  context.set(pageHeaders([]));
  const { name = 'NoCodeError' } = error ?? {};
  const problem = name in problems ? problems[name] : 'That code does not work. Look at the device and try again.';
  context.body = page(
    'Connect a device',
    problemNote(problem) +
      form(
        context,
        'code_verification',
        `<label for="user_code">Code that the device shows</label>
<input class="code" type="text" id="user_code" name="user_code" required autofocus autocomplete="off" autocapitalize="characters" spellcheck="false" maxlength="32"${problem === undefined ? '' : ' aria-describedby="problem"'}>
<div class="actions"><button class="main" type="submit">Continue</button></div>
`,
      ),
  );
}

/** Begins anew for a browser that has no session: it waited too long, or keeps no cookies. */
function codePageAgain(context: KoaContextWithOIDC): void {
  // What was never stored cannot be kept, and oidc-provider would try.
  Object.assign(context.oidc.session!, { touched: false });
  context.body = page(
    'This page has expired',
    `<p><a href="${escaped(context.oidc.urlFor('code_verification'))}">Type in the code once more</a>. If that leads back here, let your browser keep cookies of this site.</p>
`,
  );
}

/** Has the user compare the code, since somebody else may have sent them here (RFC 8628 section 5.4). */
export function codeConfirmationPage(
  context: KoaContextWithOIDC,
  _form: string,
  client: Client,
  _device: object,
  userCode: string,
): void {
  context.set(pageHeaders([]));
  context.body = page(
    'Is this your device?',
    `<p>${foreign(client.clientName ?? client.clientId)} asks to be connected. Go on only if a device in front of you shows this code:</p>
<samp class="big">${escaped(userCode)}</samp>
<div class="note warn"><p>Did somebody send you this code, or call you about it? Then stop: they would get into your account.</p></div>
${form(
  context,
  'code_verification',
  `<input type="hidden" name="user_code" value="${escaped(userCode)}">
<div class="actions"><button type="submit" name="abort" value="yes">No, stop</button>
<button class="main" type="submit" name="confirm" value="yes">Yes, it shows this code</button></div>
`,
)}`,
  );
}

/** The device has what it needs. */
export function deviceDonePage(context: KoaContextWithOIDC): void {
  context.body = page('The device is connected', '<p>You can close this page and go on at the device.</p>\n');
}

/** Asks before anybody is signed out (OpenID Connect RP-Initiated Logout 1.0 section 2). */
export function signOutPage(context: KoaContextWithOIDC): void {
  const { post_logout_redirect_uri: back } = context.oidc.params as { post_logout_redirect_uri?: string };
  context.set(pageHeaders(formTarget(back)));
  context.body = page(
    'Sign out?',
    `<p>You will have to sign in again here, and applications that you signed in to may forget you.</p>
${form(
  context,
  'end_session_confirm',
  `<div class="actions"><button class="main" type="submit" name="logout" value="yes">Sign out</button>
<button type="submit">Stay signed in</button></div>
`,
)}`,
  );
}

/** The user is signed out, and there is nowhere to go back to. */
export function signedOutPage(context: KoaContextWithOIDC): void {
  context.body = page('You are signed out', '<p>You can close this page.</p>\n');
}

const submission = /<script>([^]*?)<\/script>[^]*?<form method="post" action="([^"]*)">([^]*?)<noscript>/;

/** What oidc-provider has a browser send on by itself, in the look of the other pages and usable without scripts. */
export function submissionPage(html: string): string | undefined {
  const [, script, action, inputs] = submission.exec(html) ?? [];
  if (script === undefined) return undefined;
  return page(
    'One moment',
    `<script>${script}</script>
<form method="post" action="${action}">
${inputs}<p>If nothing happens, go on by hand.</p>
<div class="actions"><button class="main" type="submit">Continue</button></div>
</form>
`,
  );
}
