import { Entity, Index } from 'typeorm';
import { Document, ifThereIs, Key, KeyTime, LongText, Text, Time, WholeNumber } from '../data-sources/columns.js';
import type { CheckedMetadata } from '../metadata/rulebook.js';

export const clientKinds = ['dynamic', 'database'] as const;
export type ClientKind = (typeof clientKinds)[number];

export const clientStatuses = ['pending', 'active', 'suspended', 'expired', 'deleted'] as const;
export type ClientStatus = (typeof clientStatuses)[number];

export const verifications = ['self_asserted', 'vouched', 'statement', 'approved'] as const;
/** What a consent page may trust about a client: who spoke for it. */
export type Verification = (typeof verifications)[number];

export const registrarTypes = [
  'anonymous',
  'initial_access_token',
  'access_token',
  'software_statement',
  'administrator',
] as const;

/** Who registered a client, as it is kept and shown. */
export interface RegistrarRecord {
  /** That of a `metadata_document` is never stored. */
  readonly type: (typeof registrarTypes)[number] | 'metadata_document';
  /** The initial access token, or the key of the administrator. */
  readonly token_id?: string;
  readonly client_id?: string;
  readonly subject?: string;
  readonly issuer?: string;
  readonly statement_id?: string;
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
  /** Absent while only an imported hash is known. */
  readonly digest?: string;
  /** As it was imported, in the PHC string format; its digest takes its place when the secret is first presented. */
  readonly hash?: string;
  readonly sealed?: string;
  /** It was imported, and is so short that it could be guessed; so only so many wrong ones are compared with it. */
  readonly guessable?: true;
  readonly created_at: number;
  /** Seconds since the epoch, 0 for never (RFC 7591 section 3.2.1). */
  readonly expires_at: number;
}

/** Every list of clients is a walk over an index that ends like this: in the order of their making, without the deleted. */
const inOrder = ['status', 'kind', 'createdAt', 'clientId'] as const;

/** One row for each client, dynamic and database clients alike; a deleted one stays as a tombstone. */
@Entity('clients')
@Index('clients_status', [...inOrder])
@Index('clients_template_id', ['templateId', ...inOrder], ifThereIs('template_id'))
@Index('clients_registrar_token_id', ['registrarTokenId', ...inOrder], ifThereIs('registrar_token_id'))
@Index('clients_registrar_client_id', ['registrarClientId', ...inOrder], ifThereIs('registrar_client_id'))
@Index('clients_subject', ['subject', ...inOrder], ifThereIs('subject'))
@Index('clients_owner', ['owner', ...inOrder], ifThereIs('owner'))
@Index('clients_software_id', ['softwareId', ...inOrder], ifThereIs('software_id'))
@Index('clients_client_name', ['clientName', ...inOrder], ifThereIs('client_name'))
@Index('clients_last_used_at', ['lastUsedAt', ...inOrder])
@Index('clients_expires_at', ['expiresAt', ...inOrder], ifThereIs('expires_at'))
@Index('clients_lapses_at', ['lapsesAt', ...inOrder], ifThereIs('lapses_at'))
@Index('clients_updated_at', ['updatedAt', 'clientId'])
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

  @Text('registrar_token_id', 255, { nullable: true })
  registrarTokenId: string | null;

  @Text('registrar_client_id', 255, { nullable: true })
  registrarClientId: string | null;

  @Text('subject', 255, { nullable: true })
  subject: string | null;

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

  @Text('software_id', 255, { nullable: true })
  softwareId: string | null;

  @Text('client_name', 256, { nullable: true })
  clientName: string | null;

  @Document('secrets')
  secrets: readonly StoredSecret[];

  @Index('clients_registration_token_digest', { unique: true, ...ifThereIs('registration_token_digest') })
  @Text('registration_token_digest', 64, { nullable: true })
  registrationTokenDigest: string | null;

  /** Null for as long as the client lives. */
  @Time('registration_token_expires_at', { nullable: true })
  registrationTokenExpiresAt: number | null;

  /** That of the token before, which works until the one that took its place is used. */
  @Index('clients_previous_registration_token_digest', {
    unique: true,
    ...ifThereIs('previous_registration_token_digest'),
  })
  @Text('previous_registration_token_digest', 64, { nullable: true })
  previousRegistrationTokenDigest: string | null;

  @Time('previous_registration_token_expires_at', { nullable: true })
  previousRegistrationTokenExpiresAt: number | null;

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

  /** When each secret was last used, by its id; apart from the secrets, so that usage and changes never wait for each other. */
  @Document('secret_uses')
  secretUses: Readonly<Record<string, number>>;

  /** When it ends, or has ended, whether it is used or not. */
  @Time('expires_at', { nullable: true })
  expiresAt: number | null;

  /** When it ends unless it is used before, in seconds of the clock that stands still while nobody reports usage. */
  @Time('lapses_at', { nullable: true })
  lapsesAt: number | null;

  /** Counts the changes of the registered document; the entity tag of the client. */
  @WholeNumber('version')
  version: number;

  /** The first version whose tokens are good: one write ends all that were issued before (RFC 7592 section 2.3). */
  @WholeNumber('tokens_valid_from')
  tokensValidFrom: number;
}

/** A tag of a client, which lists by tag walk over in the order in which the clients were made. */
@Entity('client_tags')
export class ClientTag {
  @Key('tag', 64)
  tag: string;

  @KeyTime('created_at')
  createdAt: number;

  @Key('client_id', 255)
  clientId: string;
}
