import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import type { ClientInformation } from '../../clients/client-information.js';

/** The secret of a client as Konnect reads it. */
export class KongSecret {
  @ApiProperty()
  client_id: string;

  @ApiPropertyOptional({ description: 'Absent for a client that authenticates without one.' })
  client_secret?: string;
}

/** A new client as Konnect reads it. */
export class KongClient extends KongSecret {
  @ApiProperty({ format: 'date-time' })
  client_id_issued_at: string;

  @ApiPropertyOptional({ format: 'date-time', description: 'Absent where it does not expire.' })
  client_secret_expires_at?: string;
}

const date = (seconds: number): string => new Date(seconds * 1000).toISOString();

export const kongSecret = ({ client_id, client_secret }: ClientInformation): KongSecret => ({
  client_id,
  ...(client_secret !== undefined && { client_secret }),
});

export const kongClient = (information: ClientInformation): KongClient => ({
  ...kongSecret(information),
  client_id_issued_at: date(information.client_id_issued_at),
  ...(information.client_secret_expires_at && { client_secret_expires_at: date(information.client_secret_expires_at) }),
});
