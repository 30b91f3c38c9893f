import { ApiProperty } from '@nestjs/swagger';
import { ClientInformation } from '../../clients/client-information.js';
import { type ClientStatus, clientStatuses } from '../../clients/client.entity.js';
import { PageOf } from '../../http/paging.js';

/** A client as whoever registered it may see it, without its credentials. */
export class MyClient extends ClientInformation {
  @ApiProperty({ enum: clientStatuses.filter((status) => status !== 'deleted') })
  status: ClientStatus;
}

export class MyClientPage extends PageOf(MyClient) {}
