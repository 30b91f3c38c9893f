import { createHash, randomBytes } from 'node:crypto';
import { Account } from '../../src/users/account.entity.js';
import { Passwords } from '../../src/accounts/passwords.js';
import { usernameKey } from '../../src/accounts/username.js';
import { TokenService } from '../../src/token-service/token-service.js';
import { dataSourceOf } from '../support/database.js';
import { type Answer, send } from '../support/http.js';
import type { TestApp } from '../support/test-app.js';

/** The password of every user of tests. */
export const password = 'seven green lamps at noon';

/** A user with a browser: it keeps cookies by their path, and goes where it is sent. */
export class User {
  private readonly cookies = new Map<string, { readonly path: string; readonly value: string }>();

  constructor(
    private readonly program: TestApp,
    readonly accountId: string,
    /** Whether it types in its password each time, which only so many may do in a minute. */
    private readonly types = false,
  ) {}

  /** Has an account under its name, as an administrator would have made it. */
  async exist(): Promise<void> {
    const accounts = dataSourceOf(this.program).getRepository(Account);
    if (await accounts.existsBy({ id: this.accountId })) return;
    await accounts.insert({
      id: this.accountId,
      username: this.accountId,
      usernameKey: usernameKey(this.accountId),
      password: await this.program.app.get(Passwords).stored(this.accountId, password),
      status: 'active',
      failures: 0,
      version: 1,
      createdAt: 0,
      updatedAt: 0,
    });
  }

  visit(
    url: string,
    method = 'GET',
    form?: Record<string, string>,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const body = form && new URLSearchParams(form).toString();
    return this.request(method, url, body, {
      ...(form && { 'content-type': 'application/x-www-form-urlencoded' }),
      ...headers,
    });
  }

  /** Sends a body just as it is. */
  post(url: string, body: string, type: string): Promise<Answer> {
    return this.request('POST', url, body, { 'content-type': type });
  }

  private async request(
    method: string,
    url: string,
    body: string | undefined,
    headers: Record<string, string>,
  ): Promise<Answer> {
    const { pathname } = new URL(url);
    const cookie = [...this.cookies]
      .filter(([, { path }]) => pathname.startsWith(path))
      .map(([name, { value }]) => `${name.split(' ')[0]}=${value}`)
      .join('; ');
    const answer = await send(method, url, {
      headers: {
        accept: 'text/html',
        ...(cookie && { cookie }),
        ...headers,
      },
      ...(body !== undefined && { body }),
    });
    for (const line of answer.headers.getSetCookie()) this.keep(line);
    return answer;
  }

  /**
   * Opens an address and agrees to everything that is asked, until the browser is sent away from the server, or is shown
   * a page. Answers where it was sent, or the page.
   */
  async agree(
    url: string,
    first?: { readonly method: string; readonly form: Record<string, string> },
  ): Promise<Answer> {
    await this.exist();
    let answer = await this.visit(url, first?.method, first?.form);
    for (let step = 0; step < 10; step++) {
      const location = answer.headers.get('location');
      if (location === null || !new URL(location, this.program.url).href.startsWith(`${this.program.url}/oauth/`))
        return answer;
      const next = new URL(location, this.program.url);
      answer = await this.visit(next.href);
      if (next.pathname.startsWith('/oauth/interaction/')) answer = await this.submit(answer, next.href);
    }
    throw new Error('the browser is sent round in circles');
  }

  /** Fills in the page that was shown and sends it: signs in, or agrees. */
  private async submit({ text }: Answer, url: string): Promise<Answer> {
    const proof = proofIn(text);
    if (!text.includes('name="password"')) return this.visit(url, 'POST', { proof, certain: 'yes', answer: 'allow' });
    if (this.types) return this.visit(url, 'POST', { proof, username: this.accountId, password, answer: 'sign-in' });
    const provider = await this.program.app.get(TokenService).provider();
    const interaction = (await provider.Interaction.find(new URL(url).pathname.split('/').at(-1)!))!;
    interaction.result = { login: { accountId: this.accountId } };
    await interaction.persist();
    return this.visit(interaction.returnTo);
  }

  private keep(line: string): void {
    const [pair = '', ...attributes] = line.split('; ');
    const [name = '', value = ''] = pair.split('=');
    const path = attributes.find((one) => one.startsWith('path='))?.slice(5) ?? '/';
    if (/expires=Thu, 01 Jan 1970/.test(line)) this.cookies.delete(`${name} ${path}`);
    else this.cookies.set(`${name} ${path}`, { path, value });
  }
}

/** What shows that a form comes from a page that was shown. */
export const proofIn = (text: string): string => /name="proof" value="([^"]+)"/.exec(text)?.[1] ?? '';

/** A code verifier and its challenge (RFC 7636 section 4). */
export function pkce(): { readonly verifier: string; readonly challenge: string } {
  const verifier = randomBytes(32).toString('base64url');
  return { verifier, challenge: createHash('sha256').update(verifier).digest('base64url') };
}

/** The parameters that a client is sent back with, wherever they stand. */
export function returned(answer: Answer): Record<string, string> {
  const { searchParams } = new URL(answer.headers.get('location') ?? 'about:blank');
  return Object.fromEntries(searchParams);
}
