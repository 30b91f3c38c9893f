import { Injectable, Logger } from '@nestjs/common';
import * as openid from 'openid-client';
import type { UpstreamUser } from '../../accounts/upstream-accounts.js';
import { Keyring } from '../../clients/keyring.js';
import { Clock } from '../../clock.js';
import { Environment } from '../../config/environment.js';
import { Refusal } from '../../errors.js';
import { FetchFailure } from '../../fetching/fetch-failure.js';
import { GuardedFetcher } from '../../fetching/guarded-fetcher.js';
import { mountPath } from '../addresses.js';
import { discoverUpstream } from './upstream-discovery.js';

/** Where the OpenID provider sends users back to. */
const upstreamPath = `${mountPath}/upstream`;

/** Milliseconds for which the provider's metadata are good. */
const goodFor = 3_600_000;

/** Seconds that a user may take there. */
const mostTime = 1_800;

/** What has to be known again when the user comes back; sealed into `state`, so that no instance has to remember it. */
interface Journey {
  readonly uid: string;
  readonly verifier: string;
  readonly nonce: string;
  readonly until: number;
}

/** How the user is to sign in there. */
export interface Wishes {
  readonly prompt?: string;
  readonly max_age?: string;
  readonly login_hint?: string;
}

/** Somebody who came back. */
export interface Arrival extends UpstreamUser {
  readonly authTime?: number;
  readonly amr?: string[];
}

/** The OpenID provider at which users sign in, where there is one (OpenID Connect Core 1.0 section 3.1). */
@Injectable()
export class UpstreamProvider {
  private readonly logger = new Logger(UpstreamProvider.name);
  private known?: { readonly at: number; readonly configuration: Promise<openid.Configuration> };

  constructor(
    private readonly environment: Environment,
    private readonly fetcher: GuardedFetcher,
    private readonly keyring: Keyring,
    private readonly clock: Clock,
  ) {}

  get isThere(): boolean {
    return this.environment.UPSTREAM_ISSUER !== undefined;
  }

  /** Where a browser signs in for an interaction. Throws `temporarily_unavailable` while the provider cannot be reached. */
  async signInUrl(uid: string, wishes: Wishes): Promise<URL> {
    const configuration = await this.configuration().catch((error: unknown) => this.outOfOrder(error));
    const verifier = openid.randomPKCECodeVerifier();
    const nonce = openid.randomNonce();
    const journey: Journey = { uid, verifier, nonce, until: this.clock.now() + mostTime };
    return openid.buildAuthorizationUrl(configuration, {
      redirect_uri: this.environment.PUBLIC_URL + upstreamPath,
      scope: 'openid email',
      state: this.keyring.seal(JSON.stringify(journey), context),
      nonce,
      code_challenge: await openid.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      ...wishes,
      ...(wishes.prompt !== undefined && { prompt: promptOf(wishes.prompt, configuration.serverMetadata()) }),
    });
  }

  /** Where users are sent to, as far as it is known; nothing where there is no provider. */
  async signInAddress(): Promise<string | undefined> {
    if (!this.isThere) return undefined;
    const configuration = await this.known?.configuration.catch(() => undefined);
    return configuration?.serverMetadata().authorization_endpoint ?? this.environment.UPSTREAM_ISSUER;
  }

  /** The interaction of which a `state` is; nothing for one that is not ours or too old. */
  interactionOf(state: unknown): string | undefined {
    return this.journeyOf(state)?.uid;
  }

  /**
   * Who came back with these parameters; nothing for somebody who said no there. Throws `invalid_request` for what proves
   * nothing.
   */
  async arrival(parameters: URLSearchParams, uid: string): Promise<Arrival | undefined> {
    const state = parameters.get('state') ?? '';
    const journey = this.journeyOf(state);
    if (journey?.uid !== uid) throw unproven();
    const configuration = await this.configuration().catch((error: unknown) => this.outOfOrder(error));
    const back = new URL(this.environment.PUBLIC_URL + upstreamPath);
    back.search = parameters.toString();
    try {
      const checks = { pkceCodeVerifier: journey.verifier, expectedNonce: journey.nonce, expectedState: state };
      const tokens = await openid.authorizationCodeGrant(configuration, back, { ...checks, idTokenExpected: true });
      return arrivalOf(tokens.claims()!);
    } catch (error) {
      if (error instanceof openid.AuthorizationResponseError && error.error === 'access_denied') return undefined;
      if (isOnTheWay(error)) return this.outOfOrder(error);
      // What the provider or this client is doing wrong; without what it sent, where credentials may be.
      this.logger.warn(`signing in at ${this.environment.UPSTREAM_ISSUER} failed: ${(error as Error).message}`);
      throw unproven();
    }
  }

  private journeyOf(state: unknown): Journey | undefined {
    if (typeof state !== 'string') return undefined;
    try {
      const opened = this.keyring.open(state, context);
      const journey = opened === undefined ? undefined : (JSON.parse(opened) as Journey);
      return journey && journey.until > this.clock.now() ? journey : undefined;
    } catch {
      return undefined;
    }
  }

  private configuration(): Promise<openid.Configuration> {
    if (!this.known || performance.now() - this.known.at > goodFor) {
      const configuration = discoverUpstream(this.environment, this.fetcher);
      this.known = { at: performance.now(), configuration };
      configuration.catch(() => (this.known = undefined));
    }
    return this.known.configuration;
  }

  private outOfOrder(error: unknown): never {
    this.logger.warn(`${this.environment.UPSTREAM_ISSUER} cannot be asked: ${(error as Error).message}`);
    throw new Refusal('temporarily_unavailable', 'the service where you sign in cannot be reached; try again soon');
  }
}

/** Who does not say that it has users choose an account has them sign in once more (OpenID Connect Core 1.0 section 3.1.2.1). */
const promptOf = (wish: string, { prompt_values_supported: known }: openid.ServerMetadata): string =>
  wish === 'select_account' && !(Array.isArray(known) && known.includes(wish)) ? 'login' : wish;

const context = 'journey to the upstream provider';

const unproven = () =>
  new Refusal('invalid_request', 'signing in did not work; go back to the application and start again');

const isOnTheWay = (error: unknown): boolean =>
  error instanceof FetchFailure || ((error as Error).cause !== undefined && isOnTheWay((error as Error).cause));

function arrivalOf({ iss, sub, email, email_verified, auth_time, amr }: openid.IDToken): Arrival {
  const isPlain = typeof email === 'string' && email.length <= 254 && email_verified !== false;
  return {
    issuer: iss,
    subject: sub,
    ...(isPlain && { email }),
    ...(typeof auth_time === 'number' && { authTime: auth_time }),
    ...(Array.isArray(amr) && { amr: amr.filter((one) => typeof one === 'string') }),
  };
}
