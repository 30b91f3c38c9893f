import type { Client, KoaContextWithOIDC } from 'oidc-provider';

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

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text as it can stand in HTML. */
export const escaped = (text: string): string => text.replace(/[&<>"']/g, (character) => escapes[character]!);

/** A page without scripts and styles of its own. */
export const page = (title: string, content: string): string =>
  `<!DOCTYPE html>\n<html lang="en">\n<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escaped(title)}</title></head>\n<body><main><h1>${escaped(title)}</h1>\n${content}</main></body>\n</html>\n`;

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
    `<p>The application that sent you here asked for something that cannot be done. Its developers may want to know:</p>\n<p><code>${escaped(error)}</code> ${escaped(description)}</p>\n`,
  );
}

/** Where a user types in the code of a device; `problem` says what was wrong with the last one (RFC 8628 section 3.3). */
export function codePage(context: KoaContextWithOIDC, form: string, _out?: object, problem?: Error): void {
  const explained = problem && problem.name !== 'NoCodeError' ? '<p>That code does not work. Try again.</p>\n' : '';
  context.body = page(
    'Connect a device',
    `${explained}<p>Type in the code that the device shows.</p>\n${form}\n<button type="submit" form="op.deviceInputForm">Continue</button>\n`,
  );
}

/** Has the user compare the code, since somebody else may have sent them here (RFC 8628 section 5.4). */
export function codeConfirmationPage(
  context: KoaContextWithOIDC,
  form: string,
  client: Client,
  _device: object,
  userCode: string,
): void {
  context.body = page(
    'Is this your device?',
    `<p>${escaped(client.clientName ?? client.clientId)} asks to be connected. Go on only if a device in front of you shows this code:</p>\n<p><code>${escaped(userCode)}</code></p>\n${form}\n<button type="submit" form="op.deviceConfirmForm">It does, go on</button>\n<button type="submit" form="op.deviceConfirmForm" name="abort" value="yes">It does not</button>\n`,
  );
}

/** The device has what it needs. */
export function deviceDonePage(context: KoaContextWithOIDC): void {
  context.body = page('The device is connected', '<p>You can close this page.</p>\n');
}

/** Asks before anybody is signed out (OpenID Connect RP-Initiated Logout 1.0 section 2). */
export function signOutPage(context: KoaContextWithOIDC, form: string): void {
  context.body = page(
    'Sign out?',
    `${form}\n<button type="submit" form="op.logoutForm" name="logout" value="yes">Sign out</button>\n<button type="submit" form="op.logoutForm">Stay signed in</button>\n`,
  );
}

/** The user is signed out, and there is nowhere to go back to. */
export function signedOutPage(context: KoaContextWithOIDC): void {
  context.body = page('You are signed out', '<p>You can close this page.</p>\n');
}
