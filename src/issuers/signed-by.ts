import { Injectable } from '@nestjs/common';
import { compactVerify, createLocalJWKSet, errors } from 'jose';
import { Refusal } from '../errors.js';
import { FetchFailure } from '../fetching/fetch-failure.js';
import { KeySets, type PublicJwk } from '../fetching/key-sets.js';
import type { Trust } from './trust.js';

/** Checks signatures of trusted issuers, by their keys alone: whatever a header names is neither fetched nor used. */
@Injectable()
export class SignedBy {
  constructor(private readonly keySets: KeySets) {}

  /**
   * Whether a key of the issuer made the signature of a JWT in compact form (RFC 7515 section 5.2). Keys at an address are
   * fetched anew once, since an issuer may have changed them. Throws `temporarily_unavailable` when they cannot be had, so
   * that nobody knows; `what` is how the refusal calls the JWT.
   */
  async hasSigned({ jwks, jwks_uri, algorithms }: Trust, jwt: string, what: string): Promise<boolean> {
    if (jwks) return isVerified(jwt, jwks.keys, algorithms);
    try {
      const known = await this.keySets.at(jwks_uri!);
      if (await isVerified(jwt, known, algorithms)) return true;
      const renewed = await this.keySets.renewed(jwks_uri!);
      return renewed !== known && (await isVerified(jwt, renewed, algorithms));
    } catch (error) {
      if (!(error instanceof FetchFailure)) throw error;
      throw new Refusal(
        'temporarily_unavailable',
        `the keys of the issuer of this ${what} cannot be read; try again later`,
      );
    }
  }
}

async function isVerified(jwt: string, keys: readonly PublicJwk[], algorithms: Trust['algorithms']): Promise<boolean> {
  const options = { algorithms: [...algorithms] };
  const isBy = (key: Parameters<typeof compactVerify>[1]) =>
    compactVerify(jwt, key, options).then(
      () => true,
      () => false,
    );
  try {
    await compactVerify(jwt, createLocalJWKSet({ keys: [...keys] as never }), options);
    return true;
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) return false;
    // Without a `kid` any of them may have made it.
    for await (const key of error) if (await isBy(key)) return true;
    return false;
  }
}
