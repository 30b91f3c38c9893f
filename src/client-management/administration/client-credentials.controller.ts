import { Controller, Delete, Get, HttpCode, Param, Post, Res } from '@nestjs/common';
import { ApiBody, ApiParam, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import type { Administrator } from '../../administrators/administrators.service.js';
import { CompleteClient } from '../../clients/complete-client.js';
import { Access, Caller } from '../../http/access.guard.js';
import { entityTag, versionHeader } from '../../http/if-match.js';
import { JsonBody } from '../../http/json-body.js';
import { bodyRefusals, Operation, tokenRefusals } from '../../http/operation.js';
import { readStrictly } from '../../http/strict-document.js';
import type { JsonObject } from '../../http/strict-json.js';
import { ClientCredentials } from './client-credentials.js';
import {
  type ChangedClient,
  IssuedRegistrationToken,
  IssuedSecret,
  SecretList,
  SecretRequest,
} from './dto/client-requests.js';

const clientId = ApiParam({ name: 'client_id', schema: { type: 'string' } });
const refusals = ['invalid_request', ...tokenRefusals, 'not_found', 'conflict'] as const;

@ApiTags('Clients')
@Controller('admin/clients/:client_id')
export class ClientCredentialsController {
  constructor(private readonly credentials: ClientCredentials) {}

  @Get('secrets')
  @Access({ by: 'administrator', scope: 'clients:secrets' })
  @clientId
  @Operation({
    id: 'listSecrets',
    summary: 'List the secrets of a client',
    description: 'The newest last; by their ids, never the secrets themselves.',
    token: 'administrator_token',
    answer: { status: 200, description: 'The secrets.', type: SecretList },
    refusals: ['invalid_request', ...tokenRefusals, 'not_found'],
  })
  async list(@Param('client_id') id: string): Promise<SecretList> {
    return { items: await this.credentials.list(id) };
  }

  @Post('secrets')
  @HttpCode(201)
  @Access({ by: 'administrator', scope: 'clients:secrets' })
  @clientId
  @ApiBody({
    type: SecretRequest,
    required: false,
    examples: {
      now: { summary: 'The older ones end at once', value: {} },
      week: { summary: 'The older ones live on for a week', value: { overlap: 604800 } },
    },
  })
  @Operation({
    id: 'issueSecret',
    summary: 'Issue a new secret',
    description:
      'Until the older ones end, all of them work. A client whose scope holds what the administrator lacks is refused.',
    token: 'administrator_token',
    answer: { status: 201, description: 'The secret, shown this once.', type: IssuedSecret },
    refusals: [...refusals, ...bodyRefusals],
  })
  rotate(
    @Param('client_id') id: string,
    @JsonBody({ malformed: 'invalid_request', isOptional: true }) document: JsonObject,
    @Caller() administrator: Administrator,
  ): Promise<IssuedSecret> {
    return this.credentials.rotate(id, readStrictly(SecretRequest, document).overlap, administrator);
  }

  @Delete('secrets/:id')
  @HttpCode(204)
  @Access({ by: 'administrator', scope: 'clients:secrets' })
  @clientId
  @ApiParam({ name: 'id', schema: { type: 'string', format: 'uuid' } })
  @Operation({
    id: 'revokeSecret',
    summary: 'Revoke a secret',
    description: 'At once and for good; the last one, too.',
    token: 'administrator_token',
    answer: { status: 204, description: 'It is refused from now on.' },
    refusals,
  })
  async revoke(
    @Param('client_id') id: string,
    @Param('id') secretId: string,
    @Caller() administrator: Administrator,
  ): Promise<void> {
    await this.credentials.revoke(id, secretId, administrator);
  }

  @Post('registration-access-token')
  @HttpCode(201)
  @Access({ by: 'administrator', scope: 'clients:secrets' })
  @clientId
  @Operation({
    id: 'issueRegistrationAccessToken',
    summary: 'Issue a registration access token',
    description: 'For a dynamic client that lost its own, which ends now.',
    token: 'administrator_token',
    answer: { status: 201, description: 'The token, shown this once.', type: IssuedRegistrationToken },
    refusals,
  })
  issueRegistrationToken(
    @Param('client_id') id: string,
    @Caller() administrator: Administrator,
  ): Promise<IssuedRegistrationToken> {
    return this.credentials.issueRegistrationToken(id, administrator);
  }

  @Delete('registration-access-token')
  @HttpCode(204)
  @Access({ by: 'administrator', scope: 'clients:secrets' })
  @clientId
  @Operation({
    id: 'revokeRegistrationAccessToken',
    summary: 'Revoke the registration access token',
    description: 'The client cannot manage itself until it gets a new one; it works as before.',
    token: 'administrator_token',
    answer: { status: 204, description: 'There is none any more.' },
    refusals,
  })
  async revokeRegistrationToken(@Param('client_id') id: string, @Caller() administrator: Administrator): Promise<void> {
    await this.credentials.revokeRegistrationToken(id, administrator);
  }

  @Post('adopt')
  @HttpCode(200)
  @Access({ by: 'administrator', scope: 'clients:write' })
  @clientId
  @Operation({
    id: 'adoptClient',
    summary: 'Adopt a dynamic client',
    description:
      'It becomes a database client with the same id, secrets, template and bounds. Its registration access token ends: administrators look after it.',
    token: 'administrator_token',
    answer: {
      status: 200,
      description: 'The client.',
      type: CompleteClient,
      headers: versionHeader('client'),
    },
    refusals,
  })
  async adopt(
    @Param('client_id') id: string,
    @Caller() administrator: Administrator,
    @Res({ passthrough: true }) response: Response,
  ): Promise<ChangedClient> {
    const adopted = await this.credentials.adopt(id, administrator);
    response.set('ETag', entityTag(adopted.version, adopted.status));
    return adopted;
  }
}
