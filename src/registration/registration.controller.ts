import { Controller, HttpCode, Post, Res } from '@nestjs/common';
import { ApiBody, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { ClientInformation } from '../clients/client-information.js';
import { Access, Caller } from '../http/access.guard.js';
import { entityTag } from '../http/if-match.js';
import { JsonBody } from '../http/json-body.js';
import { Operation } from '../http/operation.js';
import type { JsonObject } from '../http/strict-json.js';
import type { TokenBearer } from '../initial-access-tokens/initial-access-tokens.service.js';
import { ClientMetadata } from '../metadata/client-metadata.js';
import { RegistrationService } from './registration.service.js';

@ApiTags('Registration')
@Controller('register')
export class RegistrationController {
  constructor(private readonly registration: RegistrationService) {}

  @Post()
  @HttpCode(201)
  @Access({ by: 'initial-access-token' })
  @ApiBody({
    type: ClientMetadata,
    examples: {
      web: {
        summary: 'A web application',
        value: { client_name: 'Weather', redirect_uris: ['https://app.example/callback'] },
      },
      native: {
        summary: 'An installed application without a secret',
        value: {
          client_name: 'Weather on the desktop',
          redirect_uris: ['http://127.0.0.1/callback', 'com.example.weather:/callback'],
          grant_types: ['authorization_code', 'refresh_token'],
          token_endpoint_auth_method: 'none',
        },
      },
      service: {
        summary: 'A service without users',
        value: { client_name: 'Nightly report', grant_types: ['client_credentials'] },
      },
    },
  })
  @Operation({
    id: 'registerClient',
    summary: 'Register a client',
    description:
      'RFC 7591 and OpenID Connect Dynamic Client Registration 1.0. Members that are left out get their defaults; unknown ones are ignored. The answer has all that is registered. A refusal stores nothing and spends no use of the token.',
    token: 'initial_access_token',
    answer: {
      status: 201,
      description: 'The client and its credentials.',
      type: ClientInformation,
      headers: { ETag: 'The version of the registration, for If-Match.' },
    },
    refusals: [
      'invalid_redirect_uri',
      'invalid_client_metadata',
      'invalid_token',
      'access_denied',
      'payload_too_large',
      'unsupported_media_type',
    ],
  })
  async register(
    @JsonBody({ malformed: 'invalid_client_metadata' }) requested: JsonObject,
    @Caller() registrar: TokenBearer,
    @Res({ passthrough: true }) response: Response,
  ): Promise<ClientInformation> {
    const registered = await this.registration.register(requested, registrar);
    response.set('ETag', entityTag(1));
    return registered;
  }
}
