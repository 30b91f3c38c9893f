import { Controller, Delete, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { ApiBody, ApiParam, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { Environment } from '../config/environment.js';
import { Access, Caller } from '../http/access.guard.js';
import { isIdPosition } from '../http/cursor.js';
import { JsonBody } from '../http/json-body.js';
import { bodyRefusals, Operation, tokenRefusals } from '../http/operation.js';
import { answerPage, pageHeaders, PageParameters } from '../http/paging.js';
import { readStrictly } from '../http/strict-document.js';
import type { JsonObject } from '../http/strict-json.js';
import type { Administrator } from './administrators.service.js';
import { ApiKeys } from './api-keys.service.js';
import { ApiKeyPage, ApiKeyRequest, MadeApiKey } from './dto/api-key.dto.js';

const path = '/admin/api-keys';

@ApiTags('API keys')
@Controller('admin/api-keys')
export class ApiKeysController {
  constructor(
    private readonly keys: ApiKeys,
    private readonly environment: Environment,
  ) {}

  @Post()
  @HttpCode(201)
  @Access({ by: 'administrator', scope: 'keys:write' })
  @ApiBody({
    type: ApiKeyRequest,
    examples: {
      server: {
        summary: 'An authorization server that looks clients up',
        value: { label: 'authorization server', scopes: ['clients:lookup', 'clients:secrets'] },
      },
      person: {
        summary: 'Somebody who reads, for a week',
        value: { label: 'Ada', scopes: ['clients:read', 'audit:read'], expires_in: 604800 },
      },
    },
  })
  @Operation({
    id: 'makeApiKey',
    summary: 'Make an API key',
    description:
      'A bearer token for /admin and /lookup. It is in this answer only; its digest is what is kept. Nobody gives a scope that their own token lacks.',
    token: 'administrator_token',
    answer: { status: 201, description: 'The key.', type: MadeApiKey },
    refusals: ['invalid_request', ...tokenRefusals, ...bodyRefusals],
  })
  make(
    @JsonBody({ malformed: 'invalid_request' }) document: JsonObject,
    @Caller() administrator: Administrator,
  ): Promise<MadeApiKey> {
    return this.keys.make(readStrictly(ApiKeyRequest, document), administrator);
  }

  @Get()
  @Access({ by: 'administrator', scope: 'keys:read' })
  @PageParameters()
  @Operation({
    id: 'listApiKeys',
    summary: 'List API keys',
    description: 'In the order in which they were made, expired and revoked ones too; never their text.',
    token: 'administrator_token',
    answer: {
      status: 200,
      description: 'A page of keys.',
      type: ApiKeyPage,
      headers: pageHeaders,
    },
    refusals: ['invalid_request', ...tokenRefusals],
  })
  list(@Query() query: Record<string, unknown>, @Res({ passthrough: true }) response: Response): Promise<ApiKeyPage> {
    return answerPage(query, response, {
      url: this.environment.PUBLIC_URL + path,
      isPosition: isIdPosition,
      find: (limit, after) => this.keys.list(limit, after),
      positionOf: ({ id }) => id,
    });
  }

  @Delete(':id')
  @HttpCode(204)
  @Access({ by: 'administrator', scope: 'keys:write' })
  @ApiParam({ name: 'id', schema: { type: 'string', format: 'uuid' } })
  @Operation({
    id: 'revokeApiKey',
    summary: 'Revoke an API key',
    description: 'At once, everywhere and for good; also the key that is used for it. It stays in the list.',
    token: 'administrator_token',
    answer: { status: 204, description: 'It lets nobody in any more.' },
    refusals: ['invalid_request', ...tokenRefusals, 'not_found'],
  })
  async revoke(@Param('id') id: string, @Caller() administrator: Administrator): Promise<void> {
    await this.keys.revoke(id, administrator);
  }
}
