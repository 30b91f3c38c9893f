import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ClientInformation } from '../../clients/client-information.js';
import { type ClientStatus, clientStatuses } from '../../clients/client.entity.js';

/** A client as whoever registered it may see it, without its credentials. */
export class MyClient extends ClientInformation {
  @ApiProperty({ enum: clientStatuses.filter((status) => status !== 'deleted') })
  status: ClientStatus;
}

export class MyClientPage {
  @ApiProperty({ type: [MyClient] })
  items: MyClient[];

  @ApiPropertyOptional({ description: 'The `after` of the next page; absent on the last one.' })
  next?: string;
}
