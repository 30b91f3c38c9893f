import { Entity, Index } from 'typeorm';
import { Document, Key, LongText, Text, Time, WholeNumber } from '../data-sources/columns.js';
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
@Index('clients_registrar_token_id_status', ['registrarTokenId', 'status'])
export class Client {
  @Key('client_id', 255)
  clientId: string;

  @Text('kind', 16)
  kind: ClientKind;

  @Text('status', 16)
  status: ClientStatus;

  @Text('template_id', 64, { nullable: true })
  templateId: string | null;

  @WholeNumber('template_version', { nullable: true })
  templateVersion: number | null;

  @Document('bounds')
  bounds: Bounds;

  @Document('registrar')
  registrar: RegistrarRecord;

  @Text('registrar_token_id', 36, { nullable: true })
  registrarTokenId: string | null;

  @Text('owner', 255, { nullable: true })
  owner: string | null;

  @Document('tags')
  tags: readonly string[];

  @LongText('notes', { nullable: true })
  notes: string | null;

  @Text('verification', 16)
  verification: Verification;

  /** Empty only in a tombstone. */
  @Document('metadata')
  metadata: CheckedMetadata;

  @Document('secrets')
  secrets: readonly StoredSecret[];

  @Index('clients_registration_token_digest', { unique: true })
  @Text('registration_token_digest', 64, { nullable: true })
  registrationTokenDigest: string | null;

  /** The key under which the oldest of the row's digests and seals was made, so that a rotation can be followed. */
  @Index('clients_key_id')
  @Text('key_id', 16, { nullable: true })
  keyId: string | null;

  @Time('created_at')
  createdAt: number;

  @Time('updated_at')
  updatedAt: number;

  @Time('last_used_at', { nullable: true })
  lastUsedAt: number | null;

  @Time('expires_at', { nullable: true })
  expiresAt: number | null;

  /** Counts the changes of the registered document; the entity tag of the client. */
  @WholeNumber('version')
  version: number;
}
