import { Entity, Index } from 'typeorm';
import { Document, Key, Text, Time, WholeNumber } from '../data-sources/columns.js';

/** Who a user is at the OpenID provider that they sign in at (OpenID Connect Core 1.0 section 5.7). */
export interface Upstream {
  readonly issuer: string;
  readonly subject: string;
}

/** What an administrator decides about an account. */
export const accountStates = ['active', 'disabled'] as const;

/** A user: one with a password here, or one whom an OpenID provider knows. The id is the user's `sub`, and is never given again. */
@Entity('accounts')
export class Account {
  @Key('id', 36)
  id: string;

  @Text('username', 64, { nullable: true })
  username: string | null;

  /** The username as all of its spellings are compared. */
  @Index('accounts_username_key', { unique: true })
  @Text('username_key', 255, { nullable: true })
  usernameKey: string | null;

  /** A hash of argon2id, sealed: who has the database alone cannot even try passwords. */
  @Document('password', { nullable: true })
  password: string | null;

  @Text('email', 254, { nullable: true })
  email: string | null;

  @Document('upstream', { nullable: true })
  upstream: Upstream | null;

  @Index('accounts_upstream_digest', { unique: true })
  @Text('upstream_digest', 64, { nullable: true })
  upstreamDigest: string | null;

  @Text('status', 16)
  status: (typeof accountStates)[number];

  /** Wrong passwords since the last right one. */
  @WholeNumber('failures')
  failures: number;

  /** Counts what ends all that was issued before: another password, and being disabled. */
  @WholeNumber('version')
  version: number;

  @Time('created_at')
  createdAt: number;

  @Time('updated_at')
  updatedAt: number;

  @Time('last_signed_in_at', { nullable: true })
  lastSignedInAt: number | null;
}
