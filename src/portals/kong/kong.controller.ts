import { Controller, Delete, HttpCode, Param, Post, Req } from '@nestjs/common';
import { ApiBody, ApiHeader, ApiParam, ApiTags } from '@nestjs/swagger';
import type { Request } from 'express';
import { Access, Caller } from '../../http/access.guard.js';
import { demandWellFormedKey } from '../../http/idempotency-key.js';
import { JsonBody } from '../../http/json-body.js';
import { bodyRefusals, Operation, type OperationSpec } from '../../http/operation.js';
import type { JsonObject } from '../../http/strict-json.js';
import type { TokenBearer } from '../../initial-access-tokens/initial-access-tokens.service.js';
import { KongError } from '../refusals.js';
import { KongClient, kongClient, KongSecret, kongSecret } from './kong-answers.js';
import { KongApplications } from './kong-applications.js';
import { KongApplication, KongEvent } from './kong-requests.js';

const documented = ({ refusals = [], ...spec }: Omit<OperationSpec, 'token' | 'refusalType'>) =>
  Operation({
    ...spec,
    token: ['kong_api_key', 'initial_access_token'],
    refusals: [...refusals, 'invalid_token', 'access_denied'],
    refusalType: KongError,
  });

const clientId = ApiParam({ name: 'client_id', description: 'As it was answered.', schema: { type: 'string' } });

@ApiTags('API portals')
@ApiParam({ name: 'template', description: 'The template of the token.', schema: { type: 'string' } })
@Controller('portals/kong/:template')
@Access({ by: 'portal-token' })
export class KongController {
  constructor(private readonly applications: KongApplications) {}

  @Post()
  @HttpCode(201)
  @ApiHeader({ name: 'Idempotency-Key', required: false, description: 'As at POST /register.' })
  @ApiBody({ type: KongApplication })
  @documented({
    id: 'createKongApplication',
    summary: 'Make a client for an application',
    description:
      'The HTTP bridge of Kong Konnect Dev Portal. The same registration as at POST /register, under the template of the address, which has the compatibility kong: scopes stands for scope, and members that the template declares are kept.',
    answer: { status: 201, description: 'The client and its credentials.', type: KongClient },
    refusals: [
      'invalid_redirect_uri',
      'invalid_client_metadata',
      'invalid_request',
      ...bodyRefusals,
      'idempotency_key_reused',
      'rate_limited',
    ],
  })
  async create(
    @JsonBody({ malformed: 'invalid_client_metadata' }) application: JsonObject,
    @Caller() caller: TokenBearer,
    @Req() request: Request,
  ): Promise<KongClient> {
    return kongClient(await this.applications.create(application, caller, demandWellFormedKey(request)));
  }

  @Delete(':client_id')
  @HttpCode(204)
  @clientId
  @documented({
    id: 'deleteKongApplication',
    summary: 'Delete the client of an application',
    description: 'At once and for good. A second time is the same 204.',
    answer: { status: 204, description: 'The client is gone.' },
    refusals: ['conflict'],
  })
  async delete(@Param('client_id') id: string, @Caller() caller: TokenBearer): Promise<void> {
    await this.applications.delete(id, caller);
  }

  @Post(':client_id/new-secret')
  @HttpCode(200)
  @clientId
  @documented({
    id: 'renewKongSecret',
    summary: 'Renew the secret of an application',
    description:
      'No body is read. The secrets before live on for the overlap of the template, which is none unless it says so.',
    answer: { status: 200, description: 'The new secret.', type: KongSecret },
    refusals: ['conflict'],
  })
  async renewSecret(@Param('client_id') id: string, @Caller() caller: TokenBearer): Promise<KongSecret> {
    return kongSecret(await this.applications.renewSecret(id, caller));
  }

  @Post(':client_id/event-hook')
  @HttpCode(200)
  @clientId
  @ApiBody({ type: KongEvent })
  @documented({
    id: 'takeKongEvent',
    summary: 'Hear of an event',
    description:
      'update_application changes client_name and redirect_uris, and application_description where the template declares it. add_registration and remove_registration keep the list portal_registrations of API product versions where the template declares that; else they change nothing. The same event twice changes nothing the second time.',
    answer: { status: 200, description: 'It is taken in.', schema: { type: 'object', maxProperties: 0 } },
    refusals: ['invalid_redirect_uri', 'invalid_client_metadata', 'invalid_request', ...bodyRefusals, 'conflict'],
  })
  async take(
    @JsonBody({ malformed: 'invalid_request' }) event: JsonObject,
    @Param('client_id') id: string,
    @Caller() caller: TokenBearer,
  ): Promise<object> {
    await this.applications.take(event, id, caller);
    return {};
  }
}
