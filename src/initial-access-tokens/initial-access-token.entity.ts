import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { seconds } from '../data-sources/columns.js';

/** The right to register a number of clients (RFC 7591 section 1.2), stored as a digest. */
@Entity('initial_access_tokens')
export class InitialAccessToken {
  @PrimaryColumn({ name: 'id', type: 'varchar', length: 36 })
  id: string;

  @Index('initial_access_tokens_digest', { unique: true })
  @Column({ name: 'digest', type: 'varchar', length: 64 })
  digest: string;

  @Column({ name: 'template_id', type: 'varchar', length: 64 })
  templateId: string;

  @Column({ name: 'uses', type: 'int' })
  uses: number;

  @Column({ name: 'label', type: 'varchar', length: 255, nullable: true })
  label: string | null;

  @Column({ name: 'owner', type: 'varchar', length: 255, nullable: true })
  owner: string | null;

  @Column({ name: 'scope', type: 'text', nullable: true })
  scope: string | null;

  @Column({ name: 'software_id', type: 'varchar', length: 255, nullable: true })
  softwareId: string | null;

  @Column({ name: 'redirect_hosts', type: 'simple-json', nullable: true })
  redirectHosts: readonly string[] | null;

  @Column({ name: 'manages', type: 'boolean' })
  manages: boolean;

  @Column({ name: 'created_at', type: 'bigint', transformer: seconds })
  createdAt: number;

  @Column({ name: 'expires_at', type: 'bigint', transformer: seconds })
  expiresAt: number;

  @Column({ name: 'revoked_at', type: 'bigint', nullable: true, transformer: seconds })
  revokedAt: number | null;
}

/**
 * A share of the uses of a token. A token of many uses has up to 16 shares, so that parallel registrations do not wait
 * for each other at one row.
 */
@Entity('initial_access_token_uses')
export class InitialAccessTokenUses {
  @PrimaryColumn({ name: 'token_id', type: 'varchar', length: 36 })
  tokenId: string;

  @PrimaryColumn({ name: 'share', type: 'int' })
  share: number;

  @Column({ name: 'uses', type: 'int' })
  uses: number;

  @Column({ name: 'used', type: 'int' })
  used: number;
}
