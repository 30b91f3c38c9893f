import { Injectable } from '@nestjs/common';
import type { Client } from '../clients/client.entity.js';
import type { ClientChange } from '../clients/client.store.js';
import { newToken } from '../clients/credentials.js';
import { Keyring } from '../clients/keyring.js';
import { Clock } from '../clock.js';
import type { RegistrationAccessTokenRules } from '../templates/client-template.js';

/** A token in the place of another, and what has to be stored for it. */
export interface RotatedToken {
  readonly token: string;
  readonly change: ClientChange;
}

/** Issues registration access tokens to clients that have one already. */
@Injectable()
export class RegistrationAccessTokens {
  constructor(
    private readonly keyring: Keyring,
    private readonly clock: Clock,
  ) {}

  /**
   * The token that a replacement brings, if the template says so and the client presented its own (RFC 7592 section 3.1).
   * The presented one works until the new one is used, since the answer may be lost.
   */
  rotated(
    client: Client,
    { rotation, ttl }: RegistrationAccessTokenRules,
    presented: string | undefined,
  ): RotatedToken | undefined {
    if (rotation === 'never' || presented === undefined) return undefined;
    const token = newToken('crat');
    const isNewest = this.keyring.matches(presented, client.registrationTokenDigest ?? '');
    const previous = isNewest
      ? {
          previousRegistrationTokenDigest: client.registrationTokenDigest,
          previousRegistrationTokenExpiresAt: client.registrationTokenExpiresAt,
        }
      : {
          previousRegistrationTokenDigest: client.previousRegistrationTokenDigest,
          previousRegistrationTokenExpiresAt: client.previousRegistrationTokenExpiresAt,
        };
    const change = {
      registrationTokenDigest: this.keyring.digest(token),
      registrationTokenExpiresAt: ttl === 0 ? null : this.clock.now() + ttl,
      ...previous,
    };
    return { token, change };
  }
}
