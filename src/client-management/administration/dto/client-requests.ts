import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import {
  ArrayMaxSize,
  ArrayUnique,
  IsArray,
  IsIn,
  IsInt,
  IsObject,
  IsOptional,
  IsString,
  Length,
  Matches,
  Max,
  Min,
  ValidateBy,
} from 'class-validator';
import { type ClientStatus, clientStatuses } from '../../../clients/client.entity.js';
import { CompleteClient, SecretView } from '../../../clients/complete-client.js';
import { secretFormFault, secretFromElsewhere } from '../../../clients/given-secret.js';
import { slowHashFault } from '../../../clients/slow-hash.js';
import { PlainText } from '../../../http/plain-text.js';
import type { JsonObject } from '../../../http/strict-json.js';
import { ClientMetadata } from '../../../metadata/client-metadata.js';
import { clientIdFault } from '../../../clients/chosen-client-id.js';
import { PageOf } from '../../../http/paging.js';

const mostTags = 32;

/** What administrators say of a client beside its metadata. */
export class ClientAttributes {
  @ApiPropertyOptional({ description: 'Who answers for it.', example: 'team-payments', maxLength: 255 })
  @IsOptional()
  @PlainText(255)
  owner?: string;

  @ApiPropertyOptional({
    type: [String],
    description: 'Words to find it by, of at most 64 characters.',
    example: ['partner'],
    maxItems: mostTags,
  })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(mostTags)
  @ArrayUnique()
  @PlainText(64, { each: true })
  tags?: string[];

  @ApiPropertyOptional({ description: 'For administrators only; may have several lines.', maxLength: 4000 })
  @IsOptional()
  @PlainText(4000, { lines: true })
  notes?: string;
}

/** What an administrator asks for when making a database client. */
export class DatabaseClientRequest extends ClientAttributes {
  @ApiPropertyOptional({
    description:
      'Visible ASCII; made by the server unless it is chosen. Not in the form of a UUID of version 7, which the server makes, nor of an https URI, which stands for a metadata document.',
    example: 'billing',
    maxLength: 255,
  })
  @IsOptional()
  @ValidateBy({
    name: 'clientId',
    validator: {
      validate: (value: unknown) => clientIdFault(value) === undefined,
      defaultMessage: (given) => `client_id ${clientIdFault(given?.value)}`,
    },
  })
  client_id?: string;

  @ApiProperty({ type: ClientMetadata, description: 'As at POST /register, and judged by the same rules.' })
  @IsObject()
  metadata: JsonObject;

  @ApiPropertyOptional({ description: 'The template that it shall be under; none unless it is named.' })
  @IsOptional()
  @IsString()
  @Length(1, 64)
  template?: string;

  @ApiPropertyOptional({
    description:
      'A secret that the client has from elsewhere, in the clear; one is made unless this or its hash is given. Printable ASCII, and long enough to be the key of the algorithms that the client uses.',
    minLength: 8,
    maxLength: 255,
  })
  @IsOptional()
  @Matches(secretFromElsewhere, { message: `client_secret ${secretFormFault}` })
  client_secret?: string;

  @ApiPropertyOptional({
    description:
      'Such a secret as a PHC string of scrypt or argon2id, for a client whose secret the server need not know in the clear. It is replaced by a digest of ours when the secret is first presented.',
    example: '$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHQ$RdescudvJCsgt3ub+b+dWRWJTmaaJObG',
  })
  @IsOptional()
  @ValidateBy({
    name: 'slowHash',
    validator: {
      validate: (value: unknown) => slowHashFault(value) === undefined,
      defaultMessage: (given) => `client_secret_hash ${slowHashFault(given?.value)}`,
    },
  })
  client_secret_hash?: string;
}

/** What an administrator wants a client to be. */
export class ClientChangeRequest extends ClientAttributes {
  @ApiPropertyOptional({
    enum: clientStatuses,
    description:
      'suspended suspends an active client; active resumes a suspended, approves a pending and restores an expired one. Anything else is refused, except what it is already.',
  })
  @IsOptional()
  @IsIn(clientStatuses, { message: `status must be one of ${clientStatuses.join(', ')}` })
  status?: ClientStatus;

  @ApiPropertyOptional({ type: ClientMetadata })
  @IsOptional()
  @IsObject()
  metadata?: JsonObject;
}

/** The whole of what a client shall be. */
export class ClientReplacementRequest extends ClientChangeRequest {
  @ApiProperty({ type: ClientMetadata, description: 'A member that is left out goes back to its default.' })
  declare metadata: JsonObject;
}

/** What an administrator asks for when issuing a new secret. */
export class SecretRequest {
  @ApiPropertyOptional({
    description: 'How many seconds the older secrets live on; what the template says unless it is given, else 0.',
    minimum: 0,
    maximum: 31_536_000,
  })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(31_536_000)
  overlap?: number;
}

/** A new secret. */
export class IssuedSecret {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty({ description: 'The secret itself, shown this once.' })
  client_secret: string;

  @ApiProperty({ description: 'Seconds since the epoch.' })
  created_at: number;

  @ApiProperty({ description: 'Seconds since the epoch, 0 for never.' })
  expires_at: number;
}

/** The secrets of a client, the newest last. */
export class SecretList {
  @ApiProperty({ type: [SecretView] })
  items: readonly SecretView[];
}

/** The right of a client to manage itself, issued anew. */
export class IssuedRegistrationToken {
  @ApiProperty({ description: 'The bearer token for registration_client_uri, shown this once.', example: 'crat_…' })
  registration_access_token: string;

  @ApiProperty({ format: 'uri' })
  registration_client_uri: string;
}

/** A client after a change of it. */
export class ChangedClient extends CompleteClient {
  @ApiPropertyOptional({
    description: 'For clients that authenticate with it; shown this once, only its digest is kept.',
  })
  client_secret?: string;
}

/** A page of clients in the order in which they were made. */
export class ClientPage extends PageOf(CompleteClient) {}
