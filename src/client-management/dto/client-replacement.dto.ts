import { ApiProperty, ApiPropertyOptional, IntersectionType } from '@nestjs/swagger';
import { ClientMetadata } from '../../metadata/client-metadata.js';

class Credentials {
  @ApiProperty({ description: 'The one of this client (RFC 7592 section 2.2).' })
  client_id: string;

  @ApiPropertyOptional({ description: 'The current one, or left out; a client cannot choose its secret.' })
  client_secret?: string;
}

/** The body of a replacement (RFC 7592 section 2.2). */
export class ClientReplacement extends IntersectionType(Credentials, ClientMetadata) {}
