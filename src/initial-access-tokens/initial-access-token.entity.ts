import { Entity, Index } from 'typeorm';
import { Document, Flag, Key, KeyNumber, LongText, Text, Time, WholeNumber } from '../data-sources/columns.js';

/** The right to register a number of clients (RFC 7591 section 1.2), stored as a digest. */
@Entity('initial_access_tokens')
export class InitialAccessToken {
  @Key('id', 36)
  id: string;

  @Index('initial_access_tokens_digest', { unique: true })
  @Text('digest', 64)
  digest: string;

  /** By selection where null. */
  @Text('template_id', 64, { nullable: true })
  templateId: string | null;

  @WholeNumber('uses')
  uses: number;

  @Text('label', 255, { nullable: true })
  label: string | null;

  @Text('owner', 255, { nullable: true })
  owner: string | null;

  @LongText('scope', { nullable: true })
  scope: string | null;

  @Text('software_id', 255, { nullable: true })
  softwareId: string | null;

  @Document('redirect_hosts', { nullable: true })
  redirectHosts: readonly string[] | null;

  @Flag('manages')
  manages: boolean;

  @Time('created_at')
  createdAt: number;

  @Time('expires_at')
  expiresAt: number;

  @Time('revoked_at', { nullable: true })
  revokedAt: number | null;
}

/**
 * A share of the uses of a token. A token of many uses has up to 16 shares, so that parallel registrations do not wait
 * for each other at one row.
 */
@Entity('initial_access_token_uses')
export class InitialAccessTokenUses {
  @Key('token_id', 36)
  tokenId: string;

  @KeyNumber('share')
  share: number;

  @WholeNumber('uses')
  uses: number;

  @WholeNumber('used')
  used: number;
}
