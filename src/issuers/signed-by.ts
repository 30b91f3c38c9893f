import { Injectable } from '@nestjs/common';
import { type CompactVerifyResult, compactVerify, createLocalJWKSet, errors } from 'jose';
import { FetchFailure } from '../fetching/fetch-failure.js';
import { KeySets, type PublicJwk } from '../fetching/key-sets.js';
import type { Trust } from './trust.js';

/** The keys of an issuer could not be had, so that nobody knows whether a signature is good. */
export class KeysUnknown extends Error {}

/** Checks signatures of trusted issuers, by their keys alone: whatever a header names is neither fetched nor used. */
@Injectable()
export class SignedBy {
  constructor(private readonly keySets: KeySets) {}

  /**
   * Verifies a JWT in compact form (RFC 7515 section 5.2); nothing when no key of the issuer made its signature. Keys at an
   * address are fetched anew once, since an issuer may have changed them. Throws {@link KeysUnknown}.
   */
  async verify(jwt: string, { jwks, jwks_uri, algorithms }: Trust): Promise<CompactVerifyResult | undefined> {
    if (jwks) return verified(jwt, jwks.keys, algorithms);
    try {
      const known = await this.keySets.at(jwks_uri!);
      const found = await verified(jwt, known, algorithms);
      if (found) return found;
      const renewed = await this.keySets.renewed(jwks_uri!);
      return renewed === known ? undefined : await verified(jwt, renewed, algorithms);
    } catch (error) {
      if (error instanceof FetchFailure) throw new KeysUnknown();
      throw error;
    }
  }
}

async function verified(
  jwt: string,
  keys: readonly PublicJwk[],
  algorithms: Trust['algorithms'],
): Promise<CompactVerifyResult | undefined> {
  const options = { algorithms: [...algorithms] };
  try {
    return await compactVerify(jwt, createLocalJWKSet({ keys: [...keys] as never }), options);
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) return undefined;
    // Without a `kid` any of them may have made it.
    for await (const key of error) {
      const found = await compactVerify(jwt, key, options).catch(() => undefined);
      if (found) return found;
    }
    return undefined;
  }
}
