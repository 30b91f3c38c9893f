import { Controller, Delete, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { ApiBody, ApiParam, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import type { Administrator } from '../administrators/administrators.service.js';
import { Environment } from '../config/environment.js';
import { Refusal } from '../errors.js';
import { Access, Caller, demandScope } from '../http/access.guard.js';
import { isIdPosition } from '../http/cursor.js';
import { JsonBody } from '../http/json-body.js';
import { bodyRefusals, Operation, tokenRefusals } from '../http/operation.js';
import { answerPage, pageHeaders, PageParameters } from '../http/paging.js';
import { readStrictly } from '../http/strict-document.js';
import type { JsonObject } from '../http/strict-json.js';
import {
  InitialAccessTokenPage,
  InitialAccessTokenRequest,
  InitialAccessTokenView,
  MadeInitialAccessToken,
} from './dto/initial-access-token.dto.js';
import { InitialAccessTokens } from './initial-access-tokens.service.js';

const path = '/admin/initial-access-tokens';

@ApiTags('Initial access tokens')
@Controller('admin/initial-access-tokens')
export class InitialAccessTokensController {
  constructor(
    private readonly tokens: InitialAccessTokens,
    private readonly environment: Environment,
  ) {}

  @Post()
  @HttpCode(201)
  @Access({ by: 'administrator', scope: 'tokens:issue' })
  @ApiBody({
    type: InitialAccessTokenRequest,
    examples: {
      plain: { summary: 'One client, within a day', value: {} },
      bounded: {
        summary: 'Ten clients of one partner',
        value: {
          uses: 10,
          expires_in: 604800,
          label: 'partner',
          redirect_hosts: ['*.partners.example'],
          scope: 'openid',
        },
      },
    },
  })
  @Operation({
    id: 'makeInitialAccessToken',
    summary: 'Make an initial access token',
    description:
      'The right to register a number of clients. The token is in this answer only; its digest is what is kept.',
    token: 'administrator_token',
    answer: {
      status: 201,
      description: 'The token.',
      type: MadeInitialAccessToken,
      headers: { Location: 'Where the token is shown and revoked.' },
    },
    refusals: ['invalid_request', ...tokenRefusals, ...bodyRefusals],
  })
  async make(
    @JsonBody({ malformed: 'invalid_request' }) document: JsonObject,
    @Caller() administrator: Administrator,
    @Res({ passthrough: true }) response: Response,
  ): Promise<MadeInitialAccessToken> {
    const made = await this.tokens.make(readStrictly(InitialAccessTokenRequest, document), administrator);
    response.location(`${this.environment.PUBLIC_URL}${path}/${made.id}`);
    return made;
  }

  @Get()
  @Access({ by: 'administrator', scope: 'tokens:read' })
  @PageParameters()
  @Operation({
    id: 'listInitialAccessTokens',
    summary: 'List initial access tokens',
    description: 'In the order in which they were made, spent, expired and revoked ones too.',
    token: 'administrator_token',
    answer: {
      status: 200,
      description: 'A page of tokens.',
      type: InitialAccessTokenPage,
      headers: pageHeaders,
    },
    refusals: ['invalid_request', ...tokenRefusals],
  })
  list(
    @Query() query: Record<string, unknown>,
    @Res({ passthrough: true }) response: Response,
  ): Promise<InitialAccessTokenPage> {
    return answerPage(query, response, {
      url: this.environment.PUBLIC_URL + path,
      isPosition: isIdPosition,
      find: (limit, after) => this.tokens.list(limit, after),
      positionOf: ({ id }) => id,
    });
  }

  @Get(':id')
  @Access({ by: 'administrator', scope: 'tokens:read' })
  @ApiParam({ name: 'id', schema: { type: 'string', format: 'uuid' } })
  @Operation({
    id: 'showInitialAccessToken',
    summary: 'Show an initial access token',
    token: 'administrator_token',
    answer: { status: 200, description: 'The token, without its text.', type: InitialAccessTokenView },
    refusals: [...tokenRefusals, 'not_found'],
  })
  show(@Param('id') id: string): Promise<InitialAccessTokenView> {
    return this.tokens.show(id);
  }

  @Delete(':id')
  @HttpCode(204)
  @Access({ by: 'administrator', scope: 'tokens:issue' })
  @ApiParam({ name: 'id', schema: { type: 'string', format: 'uuid' } })
  @ApiQuery({
    name: 'clients',
    required: false,
    description:
      '`suspend` suspends every client that the token made, before the answer, for which the token needs `clients:write` too. After a crash in between, send it again.',
    schema: { type: 'string', enum: ['suspend'] },
  })
  @Operation({
    id: 'revokeInitialAccessToken',
    summary: 'Revoke an initial access token',
    description: 'At once and for good. It stays in the list.',
    token: 'administrator_token',
    answer: { status: 204, description: 'It registers no more clients.' },
    refusals: ['invalid_request', ...tokenRefusals, 'not_found', 'conflict'],
  })
  async revoke(
    @Param('id') id: string,
    @Query('clients') clients: string | undefined,
    @Caller() administrator: Administrator,
  ): Promise<void> {
    if (clients !== undefined && clients !== 'suspend')
      throw new Refusal('invalid_request', 'clients must be suspend, or left out');
    if (clients === 'suspend') demandScope(administrator, 'clients:write');
    await this.tokens.revoke(id, administrator, clients === 'suspend');
  }
}
