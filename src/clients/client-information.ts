import { ApiProperty, ApiPropertyOptional, IntersectionType } from '@nestjs/swagger';
import { ClientMetadata } from '../metadata/client-metadata.js';
import type { Client } from './client.entity.js';

/** What the server issues (RFC 7591 section 3.2.1, RFC 7592 section 3). */
export class IssuedCredentials {
  @ApiProperty({ description: 'Given by the server and never used again (RFC 7591 section 3.2.1).', format: 'uuid' })
  client_id: string;

  @ApiProperty({ description: 'Seconds since the epoch (RFC 7591 section 3.2.1).' })
  client_id_issued_at: number;

  @ApiPropertyOptional({
    description:
      'For clients that authenticate with it. Shown when it is issued, when a replacement presents it, and where the server has to know it (RFC 7591 section 3.2.1).',
  })
  client_secret?: string;

  @ApiPropertyOptional({ description: 'Seconds since the epoch, 0 for never; with every client that has a secret.' })
  client_secret_expires_at?: number;

  @ApiPropertyOptional({ description: 'The bearer token for registration_client_uri (RFC 7592 section 3).' })
  registration_access_token?: string;

  @ApiProperty({
    description: 'Where the client reads, replaces and deletes itself (RFC 7592 section 3).',
    format: 'uri',
  })
  registration_client_uri: string;
}

/** A client as its owner may see it: what was issued and everything that is registered (RFC 7591 section 3.2.1). */
export class ClientInformation extends IntersectionType(IssuedCredentials, ClientMetadata) {}

/** The credentials that an answer may hold in the clear. */
export interface ShownCredentials {
  readonly clientSecret?: string;
  readonly registrationAccessToken?: string;
}

type Shown = Pick<Client, 'clientId' | 'createdAt' | 'secrets' | 'metadata'>;

/** What the owner of a client is shown: members that are absent stay absent, never null. */
export function clientInformation(client: Shown, publicUrl: string, shown: ShownCredentials): ClientInformation {
  const newest = client.secrets.at(-1);
  return {
    client_id: client.clientId,
    client_id_issued_at: client.createdAt,
    ...(shown.clientSecret !== undefined && { client_secret: shown.clientSecret }),
    ...(newest && { client_secret_expires_at: newest.expires_at }),
    ...(shown.registrationAccessToken !== undefined && { registration_access_token: shown.registrationAccessToken }),
    registration_client_uri: `${publicUrl}/register/${encodeURIComponent(client.clientId)}`,
    ...client.metadata,
  };
}
