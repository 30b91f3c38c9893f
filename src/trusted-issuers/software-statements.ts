import { Injectable } from '@nestjs/common';
import { Clock } from '../clock.js';
import type { Refusal } from '../errors.js';
import { plainTextFault } from '../http/plain-text.js';
import type { JsonObject } from '../http/strict-json.js';
import { claimsOf, isCompact, longestJwt, longestKid, refusedHeaders, tolerance, typeOf } from '../issuers/jwt.js';
import { SignedBy } from '../issuers/signed-by.js';
import { metadataOf, refusedStatement, type SoftwareStatement } from './software-statement.js';
import type { TrustedIssuer } from '../issuers/trusted-issuer.entity.js';
import { TrustedIssuerStore } from '../issuers/trusted-issuer.store.js';

/** What a client gets from the server alone, or what would be a statement within a statement. */
const forbidden = ['client_id', 'client_secret', 'registration_access_token', 'software_statement'];

/** Verifies what issuers say of clients (RFC 7591 section 2.3). */
@Injectable()
export class SoftwareStatements {
  constructor(
    private readonly issuers: TrustedIssuerStore,
    private readonly signedBy: SignedBy,
    private readonly clock: Clock,
  ) {}

  /**
   * The statement in the member `software_statement`. Throws `invalid_software_statement` for one that is broken, out of
   * date or of nobody who is trusted, `temporarily_unavailable` when the keys of its issuer cannot be had.
   */
  async read(value: unknown): Promise<SoftwareStatement> {
    if (typeof value !== 'string' || !isCompact(value))
      throw faulty(`must be a JWT in compact form of at most ${longestJwt / 1024} KiB`);
    if (!kinds.includes(typeOf(value)))
      throw faulty(
        `must have the typ JWT or none, a kid of at most ${longestKid} characters or none, and nothing of ${refusedHeaders.join(', ')} in its header`,
      );
    const claims = claimsOf(value);
    if (!claims) throw faulty('must have claims that are a JSON object');
    const issuer = await this.issuerOf(claims);
    if (!(await this.signedBy.hasSigned(issuer.trust, value, 'software statement')))
      throw faulty('must be signed by its issuer with a key that is published for it');
    this.refuseClaims(claims, issuer);
    const { jti } = claims;
    return {
      issuer: issuer.issuer,
      ...(plainTextFault(jti, 255) === undefined && { id: jti as string }),
      ...(issuer.trust.template !== undefined && { templateId: issuer.trust.template }),
      claims: metadataOf(claims),
      text: value,
    };
  }

  private async issuerOf({ iss }: JsonObject): Promise<TrustedIssuer> {
    const found = typeof iss === 'string' && iss.length <= 255 ? await this.issuers.findByIssuer(iss) : undefined;
    if (!found?.trust.uses.includes('software_statements'))
      throw faulty('must be of an issuer whose software statements are trusted here');
    return found;
  }

  private refuseClaims(claims: JsonObject, { trust: { audience, max_age } }: TrustedIssuer): void {
    const now = this.clock.now();
    const { exp, iat, nbf, aud } = claims;
    for (const [name, value] of Object.entries({ exp, iat, nbf }))
      if (value !== undefined && (typeof value !== 'number' || !Number.isFinite(value)))
        throw faulty(`must have a number of seconds as ${name}`);
    if (aud !== undefined && ![aud].flat().includes(audience))
      throw faulty('must be made for this server: its aud is another');
    if (exp !== undefined && (exp as number) + tolerance <= now)
      throw faulty('has expired; get a new one from its issuer');
    if (nbf !== undefined && (nbf as number) - tolerance > now) throw faulty('is not valid yet');
    if (iat !== undefined && (iat as number) - tolerance > now) throw faulty('was issued in the future');
    if (exp === undefined && (max_age === undefined || iat === undefined))
      throw faulty(`must have an exp${max_age === undefined ? '' : ', or an iat'}`);
    if (exp === undefined && (iat as number) + max_age! + tolerance <= now)
      throw faulty('is too old; get a new one from its issuer');
    const misplaced = forbidden.find((name) => Object.hasOwn(claims, name));
    if (misplaced !== undefined) throw faulty(`must not have the claim ${misplaced}`);
  }
}

/** Only what says that it is a JWT, or says nothing: a token made for another use vouches for nobody (RFC 8725 section 3.11). */
const kinds: readonly (string | undefined)[] = ['jwt', 'software-statement+jwt', 'software_statement+jwt'];

const faulty = (fault: string): Refusal => refusedStatement(fault, 'RFC 7591 section 2.3');
