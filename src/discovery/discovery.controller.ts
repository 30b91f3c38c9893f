import { Controller, Get, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { AuthorizationServer } from '../config/authorization-server.js';
import { Refusal } from '../errors.js';
import { Access } from '../http/access.guard.js';
import { Operation } from '../http/operation.js';
import type { ServerMetadata } from '../metadata/server-support.js';

const document = (id: string, clause: string) =>
  Operation({
    id,
    summary: 'What the authorization server offers',
    description: `${clause}. The lists are those that a registration is judged by.`,
    answer: {
      status: 200,
      description: 'The metadata of the server.',
      schema: { type: 'object', additionalProperties: true, required: ['issuer', 'registration_endpoint'] },
    },
    refusals: ['not_found'],
  });

/** Publishes what registration enforces. */
@ApiTags('Discovery')
@Controller('.well-known')
@Access('anyone')
export class DiscoveryController {
  constructor(private readonly server: AuthorizationServer) {}

  @Get('oauth-authorization-server')
  @document('readAuthorizationServerMetadata', 'RFC 8414')
  authorizationServer(@Res({ passthrough: true }) response: Response): ServerMetadata {
    return this.published(response);
  }

  @Get('openid-configuration')
  @document('readOpenIdConfiguration', 'OpenID Connect Discovery 1.0')
  openIdProvider(@Res({ passthrough: true }) response: Response): ServerMetadata {
    return this.published(response);
  }

  private published(response: Response): ServerMetadata {
    if (!this.server.isPublished)
      throw new Refusal('not_found', 'no authorization server is published here; ask your own for its metadata');
    response.removeHeader('Pragma');
    response.setHeader('Cache-Control', 'public, max-age=300');
    return this.server.metadata;
  }
}
