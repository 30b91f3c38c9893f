import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import type { ClientInformation } from '../../clients/client-information.js';

/** An application as Gloo Portal sends it. */
export class GlooApplication {
  @ApiProperty({
    description:
      'Becomes the client_id, and the name: 1 to 255 visible ASCII characters, not in the form of a UUID of version 7, and never that of another client.',
    example: '7f0c3a52-4f0e-4a3e-9d56-3c0d7f9b1e11',
  })
  id: string;
}

/** A client as Gloo Portal reads it. */
export class GlooClient {
  @ApiProperty()
  clientId: string;

  @ApiPropertyOptional({ description: 'Absent for a client that authenticates without one.' })
  clientSecret?: string;

  @ApiPropertyOptional()
  clientName?: string;
}

export const glooClient = ({ client_id, client_secret, client_name }: ClientInformation): GlooClient => ({
  clientId: client_id,
  ...(client_secret !== undefined && { clientSecret: client_secret }),
  ...(client_name !== undefined && { clientName: client_name }),
});
