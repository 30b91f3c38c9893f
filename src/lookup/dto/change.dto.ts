import { ApiProperty } from '@nestjs/swagger';
import { type ClientStatus, clientStatuses } from '../../clients/client.entity.js';

/** A client that has changed, as it is now. */
export class ClientChanged {
  @ApiProperty()
  client_id: string;

  @ApiProperty({ description: 'Counts the changes of the registration.' })
  version: number;

  @ApiProperty({ enum: clientStatuses })
  status: ClientStatus;
}

/** What changed, and where to ask on. */
export class ChangePage {
  @ApiProperty({ type: [ClientChanged] })
  items: ClientChanged[];

  @ApiProperty({ description: 'The `after` of the next call; always there.' })
  next: string;
}
