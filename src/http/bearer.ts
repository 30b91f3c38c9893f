import type { IncomingMessage } from 'node:http';
import type { Request } from 'express';
import { Strategy, type VerifyFunctions } from 'passport-http-bearer';
import { Refusal } from '../errors.js';
import { type CredentialForm, foreignCredential } from './foreign-credential.js';

export type BearerToken =
  { readonly kind: 'none' } | { readonly kind: 'malformed' } | { readonly kind: 'token'; readonly token: string };

const longestToken = 4096;
const bearerScheme = /^bearer(?![!#$%&'*+.^_`|~0-9a-z-])/i;
const credentials = /^bearer +([A-Za-z0-9._~+/-]+=*)$/i;

/**
 * The bearer token of a request, from the `Authorization` header and nowhere else (RFC 6750 section 2.1, RFC 9700
 * section 4.3.2). A request with another scheme has none (RFC 6750 section 3.1).
 */
export function bearerToken(request: Pick<IncomingMessage, 'headersDistinct'>): BearerToken {
  // Node keeps only the first of several such headers in `headers`.
  const [header = '', ...more] = request.headersDistinct['authorization'] ?? [];
  if (more.length > 0) return { kind: 'malformed' };
  if (!bearerScheme.test(header)) return { kind: 'none' };
  const token = credentials.exec(header)?.[1];
  return token !== undefined && token.length <= longestToken ? { kind: 'token', token } : { kind: 'malformed' };
}

/** A `WWW-Authenticate` challenge (RFC 6750 section 3). */
export function challenge({ error, scope }: { error?: string; scope?: string } = {}): string {
  const parameters = Object.entries({ realm: 'clientele', error, scope }).filter(([, value]) => value !== undefined);
  return `Bearer ${parameters.map(([name, value]) => `${name}="${value}"`).join(', ')}`;
}

/** The refusal of a request for want of a good token; only one that sent a token learns of an error (RFC 6750 section 3.1). */
export function invalidToken(request: Pick<IncomingMessage, 'headersDistinct'>): Refusal {
  switch (bearerToken(request).kind) {
    case 'none':
      return new Refusal('invalid_token', 'a bearer token is needed in the Authorization header');
    case 'malformed':
      return new Refusal('invalid_token', 'the Authorization header must hold exactly one well-formed bearer token');
    case 'token':
      return unusableToken();
  }
}

/** The refusal of a token, in the same words whatever is wrong with it, so that nobody learns which tokens there are. */
export const unusableToken = (): Refusal =>
  new Refusal('invalid_token', 'the bearer token is unknown, expired, revoked or not for this address');

/** The challenge that fits what the request carried (RFC 6750 section 3.1). */
export const tokenChallenge = (request: Pick<IncomingMessage, 'headersDistinct'>): string =>
  challenge(bearerToken(request).kind === 'none' ? {} : { error: 'invalid_token' });

/** passport-http-bearer without its reading of body and query, where a token ends up in logs (RFC 9700 section 4.3.2). */
export class HeaderBearerStrategy<T extends VerifyFunctions = VerifyFunctions> extends Strategy<T> {
  override authenticate(request: Request, options?: object): void {
    const token = this.tokenOf(request);
    if (token === undefined) {
      (this as unknown as { fail(challenge: string): void }).fail(tokenChallenge(request));
      return;
    }
    const bare = Object.create(request, {
      headers: { value: { authorization: `Bearer ${token}` } },
      body: { value: undefined },
      query: { value: {} },
    }) as Request;
    super.authenticate(bare, options);
  }

  /** Where the token is; nothing where the request has none. */
  protected tokenOf(request: Request): string | undefined {
    const bearer = bearerToken(request);
    return bearer.kind === 'token' ? bearer.token : undefined;
  }
}

/**
 * One that hears of tokens that are sent in the ways of API portals, too. Whoever extends it has to ask with
 * {@link foreignFormOf} how the token came, and whether it may come so.
 */
export class PortalBearerStrategy<T extends VerifyFunctions = VerifyFunctions> extends HeaderBearerStrategy<T> {
  protected override tokenOf(request: Request): string | undefined {
    return bearerToken(request).kind === 'none' ? foreignCredential(request)?.token : super.tokenOf(request);
  }
}

/** How the token of a request came, where it is no bearer token. */
export const foreignFormOf = (request: Pick<IncomingMessage, 'headersDistinct'>): CredentialForm | undefined =>
  bearerToken(request).kind === 'none' ? foreignCredential(request)?.form : undefined;
