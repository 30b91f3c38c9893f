import { createHash, randomBytes } from 'node:crypto';
import { TokenService } from '../../src/token-service/token-service.js';
import { type Answer, send } from '../support/http.js';
import type { TestApp } from '../support/test-app.js';

/** A user with a browser: it keeps cookies by their path, and goes where it is sent. */
export class User {
  private readonly cookies = new Map<string, { readonly path: string; readonly value: string }>();

  constructor(
    private readonly program: TestApp,
    readonly accountId: string,
  ) {}

  async visit(url: string, method = 'GET', form?: Record<string, string>): Promise<Answer> {
    const { pathname } = new URL(url);
    const cookie = [...this.cookies]
      .filter(([, { path }]) => pathname.startsWith(path))
      .map(([name, { value }]) => `${name.split(' ')[0]}=${value}`)
      .join('; ');
    const answer = await send(method, url, {
      headers: {
        accept: 'text/html',
        ...(cookie && { cookie }),
        ...(form && { 'content-type': 'application/x-www-form-urlencoded' }),
      },
      ...(form && { body: new URLSearchParams(form).toString() }),
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
    let answer = await this.visit(url, first?.method, first?.form);
    for (let step = 0; step < 10; step++) {
      const location = answer.headers.get('location');
      if (location === null || !new URL(location, this.program.url).href.startsWith(`${this.program.url}/oauth/`))
        return answer;
      const next = new URL(location, this.program.url);
      const [, uid] = /^\/oauth\/interaction\/(.+)$/.exec(next.pathname) ?? [];
      answer = await this.visit(uid === undefined ? next.href : await this.finish(uid));
    }
    throw new Error('the browser is sent round in circles');
  }

  /** Does what the pages of the sign-in do: says who the user is, and grants what the client lacks. */
  private async finish(uid: string): Promise<string> {
    const provider = await this.program.app.get(TokenService).provider();
    const interaction = (await provider.Interaction.find(uid))!;
    const { name, details } = interaction.prompt;
    const clientId = interaction.params.client_id as string;
    if (name === 'login') interaction.result = { login: { accountId: this.accountId } };
    else {
      const known = interaction.grantId ? await provider.Grant.find(interaction.grantId) : undefined;
      const grant = known ?? new provider.Grant({ accountId: this.accountId, clientId });
      const { missingOIDCScope = [], missingResourceScopes = {} } = details as {
        missingOIDCScope?: string[];
        missingResourceScopes?: Record<string, string[]>;
      };
      if (missingOIDCScope.length > 0) grant.addOIDCScope(missingOIDCScope.join(' '));
      for (const [resource, scopes] of Object.entries(missingResourceScopes))
        grant.addResourceScope(resource, scopes.join(' '));
      interaction.result = { ...interaction.lastSubmission, consent: { grantId: await grant.save() } };
    }
    await interaction.save(interaction.exp - Math.floor(Date.now() / 1000));
    return interaction.returnTo;
  }

  private keep(line: string): void {
    const [pair = '', ...attributes] = line.split('; ');
    const [name = '', value = ''] = pair.split('=');
    const path = attributes.find((one) => one.startsWith('path='))?.slice(5) ?? '/';
    if (/expires=Thu, 01 Jan 1970/.test(line)) this.cookies.delete(`${name} ${path}`);
    else this.cookies.set(`${name} ${path}`, { path, value });
  }
}

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
