import { Controller, Delete, Get, Headers, HttpCode, Put, Res } from '@nestjs/common';
import { ApiBody, ApiParam, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { ClientInformation } from '../clients/client-information.js';
import { Access, Caller } from '../http/access.guard.js';
import { entityTag, IfMatchHeader, versionHeader } from '../http/if-match.js';
import { JsonBody } from '../http/json-body.js';
import { bodyRefusals, changeRefusals, Operation, tokenRefusals } from '../http/operation.js';
import type { JsonObject } from '../http/strict-json.js';
import {
  type Managed,
  type ManagedClient,
  ClientManagementService,
} from '../dynamic-clients/client-management.service.js';
import { ClientReplacement } from './dto/client-replacement.dto.js';

const clientId = ApiParam({
  name: 'client_id',
  description: 'As in registration_client_uri.',
  schema: { type: 'string' },
});
const ifMatch = IfMatchHeader('registration');
const version = versionHeader('registration');

@ApiTags('Client management')
@Controller('register')
@Access({ by: 'registration-access-token' })
export class ClientManagementController {
  constructor(private readonly management: ClientManagementService) {}

  @Get(':client_id')
  @clientId
  @Operation({
    id: 'readClient',
    summary: 'Read a registration',
    description:
      'RFC 7592 section 2.1. Changes nothing and issues nothing. Besides its own token, whoever registered the client with an access token manages it with one that has the scope dcrm; answers to that one hold no registration_access_token.',
    token: ['registration_access_token', 'access_token'],
    answer: { status: 200, description: 'All that is registered.', type: ClientInformation, headers: version },
    refusals: [...tokenRefusals, 'access_denied', 'rate_limited'],
  })
  async read(
    @Caller() managed: ManagedClient,
    @Res({ passthrough: true }) response: Response,
  ): Promise<ClientInformation> {
    return shown(await this.management.read(managed), response);
  }

  @Put(':client_id')
  @clientId
  @ifMatch
  @ApiBody({
    type: ClientReplacement,
    examples: {
      rename: {
        summary: 'All that shall be registered from now on',
        value: {
          client_id: '(the client_id)',
          client_name: 'Weather 2',
          redirect_uris: ['https://app.example/callback'],
        },
      },
    },
  })
  @Operation({
    id: 'replaceClient',
    summary: 'Replace a registration',
    description:
      'RFC 7592 section 2.2. The body is all that shall be registered: a member that is left out or null goes back to its default. client_id is needed; client_secret may be there if it is right; registration_access_token, registration_client_uri, client_id_issued_at and client_secret_expires_at are refused.',
    token: ['registration_access_token', 'access_token'],
    answer: { status: 200, description: 'All that is registered now.', type: ClientInformation, headers: version },
    refusals: [
      'invalid_redirect_uri',
      'invalid_client_metadata',
      ...tokenRefusals,
      'access_denied',
      ...changeRefusals,
      ...bodyRefusals,
      'rate_limited',
    ],
  })
  async replace(
    @JsonBody({ malformed: 'invalid_client_metadata' }) requested: JsonObject,
    @Caller() managed: ManagedClient,
    @Headers('if-match') condition: string | undefined,
    @Res({ passthrough: true }) response: Response,
  ): Promise<ClientInformation> {
    return shown(await this.management.replace(managed, requested, condition), response);
  }

  @Delete(':client_id')
  @HttpCode(204)
  @clientId
  @ifMatch
  @Operation({
    id: 'deleteClient',
    summary: 'Delete a registration',
    description: 'RFC 7592 section 2.3. At once and for good; its identifier is never given again.',
    token: ['registration_access_token', 'access_token'],
    answer: { status: 204, description: 'The client is gone.' },
    refusals: [...tokenRefusals, 'access_denied', ...changeRefusals, 'rate_limited'],
  })
  async delete(@Caller() managed: ManagedClient, @Headers('if-match') condition: string | undefined): Promise<void> {
    await this.management.delete(managed, condition);
  }
}

function shown({ information, version }: Managed, response: Response): ClientInformation {
  response.set('ETag', entityTag(version));
  return information;
}
