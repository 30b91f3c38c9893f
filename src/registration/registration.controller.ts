import { Controller, HttpCode, Post, Req, Res, UseGuards } from '@nestjs/common';
import { ApiBody, ApiHeader, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import type { Registrar } from '../admission/registrar.js';
import { ClientInformation } from '../clients/client-information.js';
import { Access, Caller } from '../http/access.guard.js';
import { entityTag, versionHeader } from '../http/if-match.js';
import { JsonBody } from '../http/json-body.js';
import { bodyRefusals, Operation, tokenRefusals } from '../http/operation.js';
import type { JsonObject } from '../http/strict-json.js';
import { ClientMetadata } from '../metadata/client-metadata.js';
import { RegistrationService } from '../dynamic-clients/registration.service.js';
import { repetitionKey } from './repetition-key.js';
import { SpentTokenGuard } from './spent-token.guard.js';

@ApiTags('Registration')
@Controller('register')
export class RegistrationController {
  constructor(private readonly registration: RegistrationService) {}

  @Post()
  @HttpCode(201)
  @Access({ by: ['initial-access-token', 'access-token', 'anonymous'] })
  @UseGuards(SpentTokenGuard)
  @ApiHeader({
    name: 'Idempotency-Key',
    required: false,
    description:
      'A text that is new for each client to be made: a random UUID, bare or as a quoted string. For 24 hours, the same key and body with the same token make no second client and get the same answer, byte by byte; also when that registration took the last use of the token, and also when the client was replaced or deleted since, so that the answer may tell of what is no more. Another body is refused with idempotency_key_reused; the same JSON in another order or spacing is the same body. Only a registration that succeeded is remembered: after a refusal the key is still free. Calls at the same time make one client, and all of them get its answer. Callers without a token choose 22 characters or more at random, since whoever has the key gets the answer.',
    schema: { type: 'string', minLength: 1, maxLength: 255 },
    example: '8e03978e-40d5-43e8-bc93-6894a57f9324',
  })
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
      'RFC 7591 and OpenID Connect Dynamic Client Registration 1.0. Members that are left out get their defaults; unknown ones are ignored. The answer has all that is registered. The right to register is an initial access token, or an access token of the token service with the scope dcr: of a client by itself, or of a user through one. Such an access token registers one client, unless the template says otherwise. A refusal stores nothing and spends no use of the token. A caller that lost the answer asks again with the same Idempotency-Key. Without a token the call is 401, unless an administrator has activated a template that is open to anyone, such as mcp; then one address may try 30 times a minute.',
    token: ['initial_access_token', 'access_token'],
    tokenIsOptional: true,
    answer: {
      status: 201,
      description: 'The client and its credentials.',
      type: ClientInformation,
      headers: versionHeader('registration'),
    },
    refusals: [
      'invalid_redirect_uri',
      'invalid_client_metadata',
      'invalid_request',
      ...tokenRefusals,
      'access_denied',
      ...bodyRefusals,
      'idempotency_key_reused',
      'rate_limited',
    ],
  })
  async register(
    @JsonBody({ malformed: 'invalid_client_metadata' }) requested: JsonObject,
    @Caller() registrar: Registrar,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<ClientInformation> {
    // Read here and not by a decorator, since those are judged all at once, and the body comes first.
    const registered = await this.registration.register(requested, registrar, {
      key: repetitionKey(request, registrar),
    });
    response.set('ETag', entityTag(1));
    return registered;
  }
}
