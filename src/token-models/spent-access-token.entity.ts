import { Entity, Index } from 'typeorm';
import { Key, Time, WholeNumber } from '../data-sources/columns.js';

/** An access token that has registered a client and can register no other. */
@Entity('spent_access_tokens')
export class SpentAccessToken {
  /** Of a value that nobody can guess, so that it needs no key that could be rotated in between. */
  @Key('digest', 64)
  digest: string;

  @WholeNumber('uses')
  uses: number;

  /** When the token itself ends, and need not be known any more. */
  @Index('spent_access_tokens_expires_at')
  @Time('expires_at')
  expiresAt: number;
}
