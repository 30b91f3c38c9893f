import { Injectable } from '@nestjs/common';
import type { Request, Response } from 'express';
import type { InteractionResults, Provider } from 'oidc-provider';
import { SignIns } from '../../accounts/sign-ins.js';
import { UpstreamAccounts } from '../../accounts/upstream-accounts.js';
import { Clock } from '../../clock.js';
import { Environment } from '../../config/environment.js';
import { failures, Refusal } from '../../errors.js';
import { callerAddress, callerNetwork } from '../../http/caller-address.js';
import { ActiveClients, type ServedClient } from '../active-clients.js';
import { errors } from '../oidc-provider.js';
import { formTarget, pageHeaders } from '../page.js';
import { TokenService } from '../token-service.js';
import { consentPage } from './consent-page.js';
import { Consents } from './consents.js';
import { Forms } from './form.js';
import { grantAsked, type Interaction, linesOf } from './grants.js';
import { signInPage } from './sign-in-page.js';
import { UpstreamProvider, type Wishes } from './upstream.js';
import { Users } from './users.js';

/** What an interaction is about. */
interface Subject {
  readonly interaction: Interaction;
  readonly client: ServedClient;
  readonly provider: Provider;
  /** Sends the user on with what came of it. */
  readonly finish: (result: InteractionResults) => Promise<void>;
}

type Form = ReadonlyMap<string, string>;

/** The steps between the request of a client and its answer in which a user takes part. */
@Injectable()
export class Interactions {
  constructor(
    private readonly tokens: TokenService,
    private readonly clients: ActiveClients,
    private readonly users: Users,
    private readonly signIns: SignIns,
    private readonly upstream: UpstreamProvider,
    private readonly upstreamAccounts: UpstreamAccounts,
    private readonly consents: Consents,
    private readonly forms: Forms,
    private readonly environment: Environment,
    private readonly clock: Clock,
  ) {}

  /** Shows the page of an interaction. */
  async show(request: Request, response: Response): Promise<void> {
    const subject = await this.find(request, response);
    const { name, reasons } = subject.interaction.prompt;
    if (this.upstream.isThere && name === 'login') return this.sendUp(subject, wishesOf(subject, reasons), response);
    response.send(await this.page(subject));
  }

  /** Goes on with somebody who has signed in at the upstream provider. */
  async arrive(request: Request, response: Response): Promise<void> {
    if (!this.upstream.isThere) throw new Refusal('not_found', 'users sign in here, and nowhere else');
    const { interaction, finish } = await this.find(request, response);
    await this.signIns.countFrom(this.networkOf(request));
    const { searchParams } = new URL(request.originalUrl, this.environment.PUBLIC_URL);
    const arrival = await this.upstream.arrival(searchParams, interaction.uid);
    const account = arrival && (await this.upstreamAccounts.find(arrival));
    if (arrival && !account) throw new Refusal('access_denied', 'an administrator has disabled your account');
    const result = account
      ? { login: { accountId: account.id, amr: arrival?.amr, ts: arrival?.authTime } }
      : { error: 'access_denied', error_description: 'the user said no' };
    await finish(result);
  }

  /** Does what the user said on the page of an interaction. */
  async answer(request: Request, response: Response, form: Form): Promise<void> {
    const subject = await this.find(request, response);
    this.forms.demandOurs(subject.interaction.uid, form, request);
    switch (form.get('answer') ?? '') {
      case 'sign-in':
        if (this.upstream.isThere) throw new Refusal('invalid_request', 'users do not sign in here');
        return this.signIn(subject, form, this.networkOf(request), response);
      case 'allow':
        return this.allow(subject, form, response);
      case 'switch':
        if (this.upstream.isThere) return this.sendUp(subject, { prompt: 'select_account' }, response);
        return void response.send(this.signInPage(subject));
      case 'cancel':
      case 'deny':
        return subject.finish({ error: 'access_denied', error_description: 'the user said no' });
      default:
        throw new Refusal('invalid_request', 'press one of the buttons of the page');
    }
  }

  private async signIn(subject: Subject, form: Form, network: string, response: Response): Promise<void> {
    const username = form.get('username') ?? '';
    try {
      const account = await this.signIns.find(username, form.get('password') ?? '', network);
      if (account)
        return await subject.finish({
          login: { accountId: account.id, amr: ['pwd'], remember: form.get('remember') === 'yes' },
        });
      response.status(400).send(this.signInPage(subject, username, 'This username and password do not fit.'));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const { failure, headers, description } = error;
      response.status(failures[failure]).set(headers);
      response.send(this.signInPage(subject, username, `That is too fast: ${description}.`));
    }
  }

  private async sendUp({ interaction }: Subject, wishes: Wishes, response: Response): Promise<void> {
    response.redirect(303, (await this.upstream.signInUrl(interaction.uid, wishes)).href);
  }

  private networkOf(request: Request): string {
    return callerNetwork(callerAddress(request, this.environment.TRUST_PROXY));
  }

  private async allow(subject: Subject, form: Form, response: Response): Promise<void> {
    const { interaction, client, provider, finish } = subject;
    const accountId = interaction.session?.accountId;
    if (interaction.prompt.name !== 'consent' || accountId === undefined)
      throw new Refusal('invalid_request', 'sign in first');
    if (client.verification === 'self_asserted' && form.get('certain') !== 'yes') {
      const problem = 'Say that you started this yourself, or deny.';
      return void response.status(400).send(await this.page(subject, problem));
    }
    const grant = await grantAsked(provider, interaction, accountId);
    await this.consents.remember(grant, client);
    await finish({ consent: { grantId: await grant.save() } });
  }

  /** The interaction of this browser at this address. */
  private async find(request: Request, response: Response): Promise<Subject> {
    const provider = await this.tokens.provider();
    const interaction = await provider.interactionDetails(request, response).catch(notFound);
    if (interaction?.uid !== request.params.uid) throw over();
    const client = await this.clients.find(interaction!.params.client_id as string);
    if (!client) throw over();
    const targets = [redirectUriOf(interaction!, client), await this.upstream.signInAddress()];
    response.set(pageHeaders(targets.flatMap(formTarget)));
    const finish = async (result: InteractionResults) =>
      response.redirect(303, await provider.interactionResult(request, response, result));
    return { interaction: interaction!, client, provider, finish };
  }

  private async page(subject: Subject, problem?: string): Promise<string> {
    const { interaction, client } = subject;
    const accountId = interaction.session?.accountId;
    if (interaction.prompt.name !== 'consent' || accountId === undefined) return this.signInPage(subject);
    const isDevice = interaction.deviceCode !== undefined;
    return consentPage(
      {
        client,
        user: await this.users.nameOf(accountId),
        scopes: linesOf(interaction.prompt.details, interaction.params),
        redirectUri: redirectUriOf(interaction, client),
        isDevice,
        now: this.clock.now(),
        problem,
      },
      (content) => this.forms.form(interaction.uid, content),
    );
  }

  private signInPage({ interaction, client }: Subject, username?: string, problem?: string): string {
    const { login_hint: hint } = interaction.params;
    const known = username ?? (typeof hint === 'string' ? hint.slice(0, 64) : undefined);
    const clientName = client.metadata.client_name ?? client.clientId;
    return signInPage({ clientName, username: known, problem }, (content) => this.forms.form(interaction.uid, content));
  }
}

const over = () =>
  new Refusal(
    'invalid_request',
    'this page has expired, or began in another browser; go back to the application and start again',
  );

function notFound(error: unknown): undefined {
  if (!(error instanceof errors.SessionNotFound)) throw error;
}

/** How the client wants the user to sign in, as the upstream provider is told it (OpenID Connect Core 1.0 section 3.1.2.1). */
function wishesOf({ interaction: { params } }: Subject, reasons: readonly string[]): Wishes {
  const { login_hint: hint, max_age: age } = params;
  return {
    ...(reasons.includes('login_prompt') && { prompt: 'login' }),
    ...((typeof age === 'string' || typeof age === 'number') && { max_age: String(age) }),
    ...(typeof hint === 'string' && { login_hint: hint }),
  };
}

/** Where the user is sent back to; a client with one address need not name it (RFC 6749 section 3.1.2.3). */
function redirectUriOf({ params, deviceCode }: Interaction, { metadata }: ServedClient): string | undefined {
  if (deviceCode !== undefined) return undefined;
  return typeof params.redirect_uri === 'string' ? params.redirect_uri : metadata.redirect_uris?.[0];
}
