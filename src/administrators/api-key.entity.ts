import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { AdministratorScope } from '../config/reserved-scopes.js';
import { seconds } from '../data-sources/columns.js';

/** A token of an administrator or of a program that administers, stored as a digest. */
@Entity('api_keys')
export class ApiKey {
  @PrimaryColumn({ name: 'id', type: 'varchar', length: 36 })
  id: string;

  @Index('api_keys_digest', { unique: true })
  @Column({ name: 'digest', type: 'varchar', length: 64 })
  digest: string;

  @Column({ name: 'label', type: 'varchar', length: 255 })
  label: string;

  @Column({ name: 'scopes', type: 'simple-json' })
  scopes: readonly AdministratorScope[];

  @Column({ name: 'created_at', type: 'bigint', transformer: seconds })
  createdAt: number;

  @Column({ name: 'expires_at', type: 'bigint', nullable: true, transformer: seconds })
  expiresAt: number | null;
}
