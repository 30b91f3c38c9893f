import { Entity, Index } from 'typeorm';
import type { AdministratorScope } from '../config/scopes.js';
import { Document, Key, Text, Time } from '../data-sources/columns.js';

/** A token of an administrator or of a program that administers, stored as a digest. */
@Entity('api_keys')
export class ApiKey {
  @Key('id', 36)
  id: string;

  @Index('api_keys_digest', { unique: true })
  @Text('digest', 64)
  digest: string;

  @Text('label', 255)
  label: string;

  @Document('scopes')
  scopes: readonly AdministratorScope[];

  @Time('created_at')
  createdAt: number;

  @Time('expires_at', { nullable: true })
  expiresAt: number | null;

  @Time('last_used_at', { nullable: true })
  lastUsedAt: number | null;

  @Time('revoked_at', { nullable: true })
  revokedAt: number | null;
}
