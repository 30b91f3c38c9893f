import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { seconds } from '../data-sources/columns.js';
import type { CheckedMetadata } from '../metadata/rulebook.js';

export type ClientKind = 'dynamic' | 'database';
export type ClientStatus = 'pending' | 'active' | 'suspended' | 'expired' | 'deleted';
/** What a consent page may trust about a client: who spoke for it. */
export type Verification = 'self_asserted' | 'vouched' | 'statement' | 'approved';

/** Who registered a client, as it is kept and shown. */
export interface RegistrarRecord {
  readonly type: 'anonymous' | 'initial_access_token' | 'access_token' | 'software_statement' | 'administrator';
  readonly token_id?: string;
}

/** The limits of the initial access token, kept with the client and judged again at every replacement. */
export interface Bounds {
  readonly scope?: string;
  readonly redirect_hosts?: readonly string[];
  readonly software_id?: string;
}

/** One client secret as it is stored: its digest, and the secret itself only where something needs it in the clear. */
export interface StoredSecret {
  readonly id: string;
  readonly digest: string;
  readonly sealed?: string;
  readonly created_at: number;
  /** Seconds since the epoch, 0 for never (RFC 7591 section 3.2.1). */
  readonly expires_at: number;
  readonly last_used_at?: number;
}

/** One row for each client, dynamic and database clients alike; a deleted one stays as a tombstone. */
@Entity('clients')
export class Client {
  @PrimaryColumn({ name: 'client_id', type: 'varchar', length: 255 })
  clientId: string;

  @Column({ name: 'kind', type: 'varchar', length: 16 })
  kind: ClientKind;

  @Column({ name: 'status', type: 'varchar', length: 16 })
  status: ClientStatus;

  @Column({ name: 'template_id', type: 'varchar', length: 64, nullable: true })
  templateId: string | null;

  @Column({ name: 'template_version', type: 'int', nullable: true })
  templateVersion: number | null;

  @Column({ name: 'bounds', type: 'simple-json' })
  bounds: Bounds;

  @Column({ name: 'registrar', type: 'simple-json' })
  registrar: RegistrarRecord;

  @Index('clients_registrar_token_id')
  @Column({ name: 'registrar_token_id', type: 'varchar', length: 36, nullable: true })
  registrarTokenId: string | null;

  @Column({ name: 'owner', type: 'varchar', length: 255, nullable: true })
  owner: string | null;

  @Column({ name: 'tags', type: 'simple-json' })
  tags: readonly string[];

  @Column({ name: 'notes', type: 'text', nullable: true })
  notes: string | null;

  @Column({ name: 'verification', type: 'varchar', length: 16 })
  verification: Verification;

  /** Empty only in a tombstone. */
  @Column({ name: 'metadata', type: 'simple-json' })
  metadata: CheckedMetadata;

  @Column({ name: 'secrets', type: 'simple-json' })
  secrets: readonly StoredSecret[];

  @Index('clients_registration_token_digest', { unique: true })
  @Column({ name: 'registration_token_digest', type: 'varchar', length: 64, nullable: true })
  registrationTokenDigest: string | null;

  /** The key under which the oldest of the row's digests and seals was made, so that a rotation can be followed. */
  @Index('clients_key_id')
  @Column({ name: 'key_id', type: 'varchar', length: 16, nullable: true })
  keyId: string | null;

  @Column({ name: 'created_at', type: 'bigint', transformer: seconds })
  createdAt: number;

  @Column({ name: 'updated_at', type: 'bigint', transformer: seconds })
  updatedAt: number;

  @Column({ name: 'last_used_at', type: 'bigint', nullable: true, transformer: seconds })
  lastUsedAt: number | null;

  @Column({ name: 'expires_at', type: 'bigint', nullable: true, transformer: seconds })
  expiresAt: number | null;

  /** Counts the changes of the registered document; the entity tag of the client. */
  @Column({ name: 'version', type: 'int' })
  version: number;
}
