import { Controller, Delete, Get, Headers, HttpCode, Param, Query, Res } from '@nestjs/common';
import { ApiParam, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { Environment } from '../../config/environment.js';
import { Access, Caller } from '../../http/access.guard.js';
import { isTimePosition } from '../../http/cursor.js';
import { IfMatchHeader } from '../../http/if-match.js';
import { Operation, tokenRefusals } from '../../http/operation.js';
import { answerPage, pageHeaders, PageParameters } from '../../http/paging.js';
import type { ClientOwner } from './client-owner.strategy.js';
import { MyClientPage } from './my-client.dto.js';
import { MyClients } from './my-clients.service.js';

const path = '/my/clients';

@ApiTags('Client management')
@Controller('my/clients')
@Access({ by: 'client-owner' })
export class MyClientsController {
  constructor(
    private readonly clients: MyClients,
    private readonly environment: Environment,
  ) {}

  @Get()
  @PageParameters()
  @Operation({
    id: 'listMyClients',
    summary: 'List the clients that one registered',
    description:
      'With an access token that has the scope dcrm: the clients that its client registered with access tokens of its own; or, where it is the token of a user, those that this user registered through whatever client. For a user the scope dcr is enough, also when the token has registered a client. In the order in which they were registered; without the deleted ones, and without credentials. A page may have fewer items than its limit: the last one is that without next.',
    token: 'access_token',
    answer: {
      status: 200,
      description: 'A page of clients.',
      type: MyClientPage,
      headers: pageHeaders,
    },
    refusals: ['invalid_request', ...tokenRefusals],
  })
  async list(
    @Query() query: Record<string, unknown>,
    @Caller() owner: ClientOwner,
    @Res({ passthrough: true }) response: Response,
  ): Promise<MyClientPage> {
    const { items, next } = await answerPage(query, response, {
      url: this.environment.PUBLIC_URL + path,
      isPosition: isTimePosition,
      find: (limit, after) => this.clients.find(owner, limit, after && { createdAt: after[0], clientId: after[1] }),
      positionOf: ({ createdAt, clientId }) => [createdAt, clientId],
    });
    return { items: this.clients.shown(owner, items), ...(next !== undefined && { next }) };
  }

  @Delete(':client_id')
  @HttpCode(204)
  @ApiParam({ name: 'client_id', schema: { type: 'string' } })
  @IfMatchHeader('registration')
  @Operation({
    id: 'deleteMyClient',
    summary: 'Delete a client that one registered',
    description: 'At once and for good, with all of its tokens; its identifier is never given again.',
    token: 'access_token',
    answer: { status: 204, description: 'The client is gone.' },
    refusals: [...tokenRefusals, 'access_denied', 'not_found', 'conflict', 'precondition_failed'],
  })
  async delete(
    @Param('client_id') clientId: string,
    @Caller() owner: ClientOwner,
    @Headers('if-match') condition: string | undefined,
  ): Promise<void> {
    await this.clients.delete(owner, clientId, condition);
  }
}
