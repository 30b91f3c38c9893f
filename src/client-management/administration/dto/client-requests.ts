import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import {
  ArrayMaxSize,
  ArrayUnique,
  IsArray,
  IsObject,
  IsOptional,
  IsString,
  Length,
  ValidateBy,
} from 'class-validator';
import { CompleteClient } from '../../../clients/complete-client.js';
import { PlainText } from '../../../http/plain-text.js';
import type { JsonObject } from '../../../http/strict-json.js';
import { ClientMetadata } from '../../../metadata/client-metadata.js';
import { clientIdFault } from '../chosen-client-id.js';

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
}

/** A database client that was just made. */
export class MadeClient extends CompleteClient {
  @ApiPropertyOptional({
    description: 'For clients that authenticate with it; shown this once, only its digest is kept.',
  })
  client_secret?: string;
}

/** A page of clients in the order in which they were made. */
export class ClientPage {
  @ApiProperty({ type: [CompleteClient] })
  items: CompleteClient[];

  @ApiPropertyOptional({ description: 'The `after` of the next page; absent on the last one.' })
  next?: string;
}
