import { Controller, Delete, HttpCode, Param, Post } from '@nestjs/common';
import { ApiBody, ApiParam, ApiTags } from '@nestjs/swagger';
import { Access, Caller } from '../../http/access.guard.js';
import { JsonBody } from '../../http/json-body.js';
import { bodyRefusals, Operation, type OperationSpec } from '../../http/operation.js';
import type { JsonObject } from '../../http/strict-json.js';
import type { TokenBearer } from '../../initial-access-tokens/initial-access-tokens.service.js';
import { GlooError } from '../refusals.js';
import { GlooApplications } from './gloo-applications.js';
import { GlooApplication, GlooClient, glooClient } from './gloo-requests.js';

const documented = ({ refusals = [], ...spec }: Omit<OperationSpec, 'token' | 'refusalType'>) =>
  Operation({
    ...spec,
    token: ['gloo_token', 'initial_access_token'],
    refusals: [...refusals, 'invalid_token', 'access_denied'],
    refusalType: GlooError,
  });

@ApiTags('API portals')
@ApiParam({ name: 'template', description: 'The template of the token.', schema: { type: 'string' } })
@Controller('portals/gloo/:template/applications')
@Access({ by: 'portal-token' })
export class GlooController {
  constructor(private readonly applications: GlooApplications) {}

  @Post()
  @HttpCode(201)
  @ApiBody({ type: GlooApplication })
  @documented({
    id: 'createGlooApplication',
    summary: 'Make a client for an application',
    description:
      'The SPI of Gloo Portal. The same registration as at POST /register, under the template of the address, which has the compatibility gloo: a service that is named as its id. The same id again answers the client that it has.',
    answer: { status: 201, description: 'The client and its secret.', type: GlooClient },
    refusals: ['invalid_client_metadata', ...bodyRefusals, 'conflict', 'rate_limited'],
  })
  async create(
    @JsonBody({ malformed: 'invalid_client_metadata' }) application: JsonObject,
    @Caller() caller: TokenBearer,
  ): Promise<GlooClient> {
    return glooClient(await this.applications.create(application, caller));
  }

  @Delete(':client_id')
  @HttpCode(204)
  @ApiParam({ name: 'client_id', description: 'As it was answered.', schema: { type: 'string' } })
  @documented({
    id: 'deleteGlooApplication',
    summary: 'Delete the client of an application',
    description: 'At once and for good: its id is never given again. A second time is the same 204.',
    answer: { status: 204, description: 'The client is gone.' },
    refusals: ['not_found', 'conflict'],
  })
  async delete(@Param('client_id') id: string, @Caller() caller: TokenBearer): Promise<void> {
    await this.applications.delete(id, caller);
  }
}
