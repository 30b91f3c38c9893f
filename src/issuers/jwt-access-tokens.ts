import { Injectable } from '@nestjs/common';
import { Clock } from '../clock.js';
import { plainTextFault } from '../http/plain-text.js';
import type { JsonObject } from '../http/strict-json.js';
import { claimsOf, isCompact, tolerance, typeOf } from './jwt.js';
import { SignedBy } from './signed-by.js';
import type { Trust } from './trust.js';
import { TrustedIssuerStore } from './trusted-issuer.store.js';

/** What an access token of somebody else says that is meant for this server. */
export interface JwtAccessToken {
  readonly issuer: string;
  readonly clientId: string;
  /** The user for whom the client acts; absent where the client speaks for itself. */
  readonly subject?: string;
  /** Within what the issuer is trusted with. */
  readonly scopes: readonly string[];
  readonly id: string;
  readonly expiresAt: number;
  /** The template under which the issuer's tokens register. */
  readonly templateId?: string;
}

/** Knows the JWT access tokens of trusted issuers (RFC 9068). */
@Injectable()
export class JwtAccessTokens {
  constructor(
    private readonly issuers: TrustedIssuerStore,
    private readonly signedBy: SignedBy,
    private readonly clock: Clock,
  ) {}

  /**
   * What a bearer may do; nothing for what is no access token of a trusted issuer for this server that is good now, or is
   * bound to a key or a certificate (RFC 9068 section 4). Throws `temporarily_unavailable` when the keys of its issuer
   * cannot be had: then nobody knows.
   */
  async find(value: string): Promise<JwtAccessToken | undefined> {
    if (!isCompact(value) || !isAccessToken(value)) return undefined;
    const claims = claimsOf(value);
    const { iss } = claims ?? {};
    if (!claims || typeof iss !== 'string' || iss.length > 255) return undefined;
    const issuer = await this.issuers.findByIssuer(iss);
    if (!issuer?.trust.uses.includes('access_tokens')) return undefined;
    if (!(await this.signedBy.hasSigned(issuer.trust, value, 'access token'))) return undefined;
    return tokenOf(claims, issuer.trust, this.clock.now());
  }
}

/** RFC 9068 section 2.1: so that no other JWT of the issuer is taken for one. */
const isAccessToken = (value: string): boolean => typeOf(value) === 'at+jwt';

/** Reads the claims that RFC 9068 section 2.2 demands; nothing where one lacks, or says that the token is not good here. */
function tokenOf(claims: JsonObject, trust: Trust, now: number): JwtAccessToken | undefined {
  const { iss, sub, aud, jti, client_id, scope, cnf } = claims;
  if (![iss, sub, client_id, jti].every(isName) || !isInTime(claims, trust, now)) return undefined;
  if (![aud].flat().includes(trust.audience) || cnf !== undefined) return undefined;
  const carried = typeof scope === 'string' ? scope.split(' ') : [];
  return {
    issuer: iss as string,
    clientId: client_id as string,
    // For a client by itself, `sub` is the client (RFC 9068 section 2.2).
    ...(sub !== client_id && { subject: sub as string }),
    scopes: trust.scopes.filter((one) => carried.includes(one)),
    id: jti as string,
    expiresAt: Math.floor(claims['exp'] as number) + tolerance,
    ...(trust.template !== undefined && { templateId: trust.template }),
  };
}

/** What can be stored and shown as it is. */
const isName = (value: unknown): boolean => plainTextFault(value, 255) === undefined;

/** Seconds that a data source can hold. */
const isTime = (value: unknown): value is number =>
  typeof value === 'number' && Math.abs(value) < Number.MAX_SAFE_INTEGER;

function isInTime({ exp, iat, nbf = iat }: JsonObject, { max_age = Infinity }: Trust, now: number): boolean {
  if (!isTime(exp) || !isTime(iat) || !isTime(nbf)) return false;
  const isYoung = iat + max_age + tolerance > now;
  return isYoung && exp + tolerance > now && iat - tolerance <= now && nbf - tolerance <= now;
}
