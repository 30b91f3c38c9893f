import { Controller, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { ApiParam, ApiQuery, ApiBody, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import type { Administrator } from '../administrators/administrators.service.js';
import { CompleteClient } from '../clients/complete-client.js';
import { Refusal } from '../errors.js';
import { Access, Caller, demandScope } from '../http/access.guard.js';
import { entityTag } from '../http/if-match.js';
import { JsonBody } from '../http/json-body.js';
import { bodyRefusals, Operation, tokenRefusals } from '../http/operation.js';
import { readStrictly } from '../http/strict-document.js';
import type { JsonObject } from '../http/strict-json.js';
import { Authentication, AuthenticationRequest } from './dto/authentication.dto.js';
import { LookupService } from './lookup.service.js';

const clientId = ApiParam({ name: 'client_id', schema: { type: 'string' } });

@ApiTags('Look-up')
@Controller('lookup/clients')
@Access({ by: 'administrator', scope: 'clients:lookup' })
export class LookupController {
  constructor(private readonly lookup: LookupService) {}

  @Get(':client_id')
  @clientId
  @ApiQuery({
    name: 'include',
    required: false,
    description: '`secrets` adds the secrets that the server has to know; needs the scope clients:secrets too.',
    schema: { type: 'string', enum: ['secrets'] },
  })
  @Operation({
    id: 'lookUpClient',
    summary: 'Look a client up',
    description: 'The complete client for an authorization server, also when it is not active: see its status.',
    token: 'administrator_token',
    answer: {
      status: 200,
      description: 'The client.',
      type: CompleteClient,
      headers: { ETag: 'The version of the client.' },
    },
    refusals: ['invalid_request', ...tokenRefusals, 'not_found', 'client_deleted'],
  })
  async find(
    @Param('client_id') id: string,
    @Query('include') include: string | undefined,
    @Caller() caller: Administrator,
    @Res({ passthrough: true }) response: Response,
  ): Promise<CompleteClient> {
    if (include !== undefined && include !== 'secrets')
      throw new Refusal('invalid_request', 'include can only be secrets');
    if (include) demandScope(caller, 'clients:secrets');
    const client = await this.lookup.find(id, include !== undefined);
    response.set({ ETag: entityTag(client.version, client.status), 'Cache-Control': 'private, no-cache' });
    return client;
  }

  @Post(':client_id/authenticate')
  @HttpCode(200)
  @clientId
  @ApiBody({ type: AuthenticationRequest })
  @Operation({
    id: 'authenticateClient',
    summary: 'Check the secret of a client',
    description:
      'A wrong secret and an unknown, deleted or inactive client look and cost alike. A secret that was imported as a slow hash is kept as a digest once it was right; until then too many tries for it are refused with rate_limited.',
    token: 'administrator_token',
    answer: { status: 200, description: 'Whether it is right.', type: Authentication },
    refusals: ['invalid_request', ...tokenRefusals, ...bodyRefusals, 'rate_limited'],
  })
  authenticate(
    @Param('client_id') id: string,
    @JsonBody({ malformed: 'invalid_request' }) document: JsonObject,
  ): Promise<Authentication> {
    return this.lookup.authenticate(id, readStrictly(AuthenticationRequest, document).client_secret);
  }
}
