import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ClientMetadata } from '../metadata/client-metadata.js';
import type { NewClient } from './client.store.js';
import {
  type Bounds,
  type Client,
  type ClientKind,
  clientKinds,
  type ClientStatus,
  clientStatuses,
  type RegistrarRecord,
  registrarTypes,
  type Verification,
  verifications,
} from './client.entity.js';

/** A client secret without the secret. */
export class SecretView {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty({ description: 'Seconds since the epoch.' })
  created_at: number;

  @ApiProperty({ description: 'Seconds since the epoch, 0 for never.' })
  expires_at: number;

  @ApiPropertyOptional({ description: 'Seconds since the epoch.' })
  last_used_at?: number;

  @ApiPropertyOptional({
    description: 'With `include=secrets` and the scope clients:secrets: the secret, where the server has to know it.',
  })
  client_secret?: string;
}

/** Everything about a client that an authorization server or an administrator may need; its secrets only by their ids. */
export class CompleteClient {
  @ApiProperty()
  client_id: string;

  @ApiProperty({ enum: clientKinds })
  kind: ClientKind;

  @ApiProperty({
    enum: clientStatuses,
    description: 'What it may do; a deleted client is a tombstone that administrators alone see.',
  })
  status: ClientStatus;

  @ApiPropertyOptional({ example: 'default' })
  template_id?: string;

  @ApiPropertyOptional({ example: 1 })
  template_version?: number;

  @ApiProperty({
    type: 'object',
    additionalProperties: false,
    properties: {
      scope: { type: 'string' },
      redirect_hosts: { type: 'array', items: { type: 'string' } },
      software_id: { type: 'string' },
    },
    description: 'The limits that its initial access token set, for life.',
  })
  bounds: Bounds;

  @ApiProperty({
    type: 'object',
    additionalProperties: false,
    properties: {
      type: { type: 'string', enum: [...registrarTypes] },
      token_id: { type: 'string' },
      client_id: { type: 'string' },
      subject: { type: 'string' },
      issuer: { type: 'string' },
      statement_id: { type: 'string' },
    },
    required: ['type'],
    description: 'Who registered it, by which token or key, client, user, or software statement.',
  })
  registrar: RegistrarRecord;

  @ApiPropertyOptional()
  owner?: string;

  @ApiProperty({ type: [String] })
  tags: readonly string[];

  @ApiPropertyOptional()
  notes?: string;

  @ApiProperty({
    enum: verifications,
    description: 'What a consent page may trust.',
  })
  verification: Verification;

  @ApiProperty({ type: ClientMetadata })
  metadata: ClientMetadata;

  @ApiProperty({ type: [SecretView] })
  secrets: SecretView[];

  @ApiProperty({ description: 'Seconds since the epoch.' })
  created_at: number;

  @ApiProperty({ description: 'Seconds since the epoch.' })
  updated_at: number;

  @ApiPropertyOptional({ description: 'Seconds since the epoch.' })
  last_used_at?: number;

  @ApiPropertyOptional({ description: 'Seconds since the epoch.' })
  expires_at?: number;

  @ApiProperty({ description: 'Counts the changes of the registration.' })
  version: number;
}

/** A client, and of one that was just made all that it can have. */
type StoredClient = NewClient & Partial<Pick<Client, 'secretUses'>>;

/** The whole of a stored client, with the secrets of `inTheClear` by their ids and no others. */
export function completeClient(client: StoredClient, inTheClear: ReadonlyMap<string, string>): CompleteClient {
  return {
    client_id: client.clientId,
    kind: client.kind,
    status: client.status,
    ...(client.templateId !== null && { template_id: client.templateId }),
    ...(client.templateVersion !== null && { template_version: client.templateVersion }),
    bounds: client.bounds,
    registrar: client.registrar,
    ...(client.owner !== null && { owner: client.owner }),
    tags: client.tags,
    ...(client.notes !== null && { notes: client.notes }),
    verification: client.verification,
    metadata: client.metadata,
    secrets: client.secrets.map(({ id, created_at, expires_at }) => ({
      id,
      created_at,
      expires_at,
      ...(client.secretUses?.[id] !== undefined && { last_used_at: client.secretUses[id] }),
      ...(inTheClear.has(id) && { client_secret: inTheClear.get(id) }),
    })),
    created_at: client.createdAt,
    updated_at: client.updatedAt,
    ...(client.lastUsedAt !== null && { last_used_at: client.lastUsedAt }),
    ...(client.expiresAt !== null && { expires_at: client.expiresAt }),
    version: client.version,
  };
}
