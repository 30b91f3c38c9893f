import { escaped, foreign, page, problemNote } from '../page.js';

/** What the page where users sign in shows. */
export interface SignInPage {
  /** The name that the application gives itself. */
  readonly clientName: string;
  readonly username?: string;
  /** Why the last try did not work. */
  readonly problem?: string;
}

/** Where users sign in with a password. */
export function signInPage({ clientName, username = '', problem }: SignInPage, form: (content: string) => string) {
  const described = problem === undefined ? '' : ' aria-invalid="true" aria-describedby="problem"';
  const focus = (isFirst: boolean) => (isFirst ? ' autofocus' : '');
  return page(
    'Sign in',
    `<p class="soft">An application that calls itself ${foreign(clientName)} sent you here.</p>
${problemNote(problem)}${form(`<label for="username">Username</label>
<input type="text" id="username" name="username" value="${escaped(username)}" required autocomplete="username" autocapitalize="none" spellcheck="false" maxlength="64"${described}${focus(username === '')}>
<label for="password">Password</label>
<input type="password" id="password" name="password" autocomplete="current-password" maxlength="1024"${described}${focus(username !== '')}>
<div class="check"><input type="checkbox" id="remember" name="remember" value="yes"><label for="remember">Keep me signed in on this device</label></div>
<div class="actions"><button class="main" type="submit" name="answer" value="sign-in">Sign in</button>
<button type="submit" name="answer" value="cancel" formnovalidate>Cancel</button></div>
`)}`,
  );
}
