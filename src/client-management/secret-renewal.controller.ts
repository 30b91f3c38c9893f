import { Controller, Headers, HttpCode, Patch, Post, Put, Res } from '@nestjs/common';
import { ApiParam, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { ClientInformation } from '../clients/client-information.js';
import { Access, Caller } from '../http/access.guard.js';
import { entityTag, IfMatchHeader, versionHeader } from '../http/if-match.js';
import { Operation } from '../http/operation.js';
import { type ManagedClient, ClientManagementService } from '../dynamic-clients/client-management.service.js';

const documented = (id: string, method: string) =>
  Operation({
    id,
    summary: `Renew the secret of a client by ${method}`,
    description:
      'No body is read. The answer is all that is registered, with the new secret; the older secrets live on for the overlap of the template. API portals ask for this by POST, PUT or PATCH, which do the same. Calls at the same time do not end the secrets of each other, and get the same one where the server can show it again.',
    token: ['registration_access_token', 'access_token'],
    answer: {
      status: 200,
      description: 'The client, with its new secret.',
      type: ClientInformation,
      headers: versionHeader('registration'),
    },
    refusals: [
      'invalid_token',
      'insufficient_scope',
      'access_denied',
      'conflict',
      'precondition_failed',
      'rate_limited',
    ],
  });

@ApiTags('Client management')
@ApiParam({ name: 'client_id', description: 'As in registration_client_uri.', schema: { type: 'string' } })
@Controller('register/:client_id/secret')
@Access({ by: 'registration-access-token' })
@IfMatchHeader('registration')
export class SecretRenewalController {
  constructor(private readonly management: ClientManagementService) {}

  @Post()
  @HttpCode(200)
  @documented('renewSecret', 'POST')
  post(
    @Caller() managed: ManagedClient,
    @Headers('if-match') condition: string | undefined,
    @Res({ passthrough: true }) response: Response,
  ): Promise<ClientInformation> {
    return this.renew(managed, condition, response);
  }

  @Put()
  @documented('renewSecretByPut', 'PUT')
  put(
    @Caller() managed: ManagedClient,
    @Headers('if-match') condition: string | undefined,
    @Res({ passthrough: true }) response: Response,
  ): Promise<ClientInformation> {
    return this.renew(managed, condition, response);
  }

  @Patch()
  @documented('renewSecretByPatch', 'PATCH')
  patch(
    @Caller() managed: ManagedClient,
    @Headers('if-match') condition: string | undefined,
    @Res({ passthrough: true }) response: Response,
  ): Promise<ClientInformation> {
    return this.renew(managed, condition, response);
  }

  private async renew(
    managed: ManagedClient,
    condition: string | undefined,
    response: Response,
  ): Promise<ClientInformation> {
    const { information, version } = await this.management.renewSecret(managed, condition);
    response.set('ETag', entityTag(version));
    return information;
  }
}
