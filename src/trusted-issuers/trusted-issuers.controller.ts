import { Controller, Delete, Get, Headers, HttpCode, Param, Post, Put, Query, Res } from '@nestjs/common';
import { ApiBody, ApiParam, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import type { Administrator } from '../administrators/administrators.service.js';
import { Environment } from '../config/environment.js';
import { Access, Caller } from '../http/access.guard.js';
import { isIdPosition } from '../http/cursor.js';
import { entityTag, IfMatchHeader, versionHeader } from '../http/if-match.js';
import { JsonBody } from '../http/json-body.js';
import { bodyRefusals, changeRefusals, Operation, tokenRefusals } from '../http/operation.js';
import { answerPage, pageHeaders, PageParameters } from '../http/paging.js';
import { readStrictly } from '../http/strict-document.js';
import type { JsonObject } from '../http/strict-json.js';
import { TrustedIssuerPage, TrustedIssuerRequest, TrustedIssuerView } from './dto/trusted-issuer.dto.js';
import { TrustedIssuers } from './trusted-issuers.service.js';

const path = '/admin/trusted-issuers';
const id = ApiParam({ name: 'id', schema: { type: 'string', format: 'uuid' } });
const ifMatch = IfMatchHeader('trusted issuer');
const version = versionHeader('trusted issuer');
const examples = {
  directory: {
    summary: 'A directory whose software statements vouch for clients',
    value: {
      issuer: 'https://directory.example',
      uses: ['software_statements'],
      jwks_uri: 'https://directory.example/jwks.json',
      algorithms: ['PS256'],
    },
  },
};

@ApiTags('Trusted issuers')
@Controller('admin/trusted-issuers')
export class TrustedIssuersController {
  constructor(
    private readonly issuers: TrustedIssuers,
    private readonly environment: Environment,
  ) {}

  @Post()
  @HttpCode(201)
  @Access({ by: 'administrator', scope: 'issuers:write' })
  @ApiBody({ type: TrustedIssuerRequest, examples })
  @Operation({
    id: 'trustIssuer',
    summary: 'Trust an issuer',
    description:
      'From now on what it signs counts here, within what is said of it. There is one entry for each issuer. Nothing is fetched now: keys at jwks_uri are fetched with the first signature.',
    token: 'administrator_token',
    answer: {
      status: 201,
      description: 'The trusted issuer.',
      type: TrustedIssuerView,
      headers: { ...version, Location: 'Where it is shown, changed and deleted.' },
    },
    refusals: ['invalid_request', ...tokenRefusals, 'conflict', ...bodyRefusals],
  })
  async make(
    @JsonBody({ malformed: 'invalid_request' }) document: JsonObject,
    @Caller() administrator: Administrator,
    @Res({ passthrough: true }) response: Response,
  ): Promise<TrustedIssuerView> {
    const made = await this.issuers.make(readStrictly(TrustedIssuerRequest, document), administrator);
    response.location(`${this.environment.PUBLIC_URL}${path}/${made.id}`);
    return tagged(made, response);
  }

  @Get()
  @Access({ by: 'administrator', scope: 'issuers:read' })
  @PageParameters()
  @Operation({
    id: 'listTrustedIssuers',
    summary: 'List trusted issuers',
    description: 'In the order in which they were made.',
    token: 'administrator_token',
    answer: { status: 200, description: 'A page of issuers.', type: TrustedIssuerPage, headers: pageHeaders },
    refusals: ['invalid_request', ...tokenRefusals],
  })
  list(
    @Query() query: Record<string, unknown>,
    @Res({ passthrough: true }) response: Response,
  ): Promise<TrustedIssuerPage> {
    return answerPage(query, response, {
      url: this.environment.PUBLIC_URL + path,
      isPosition: isIdPosition,
      find: (limit, after) => this.issuers.list(limit, after),
      positionOf: (one) => one.id,
    });
  }

  @Get(':id')
  @Access({ by: 'administrator', scope: 'issuers:read' })
  @id
  @Operation({
    id: 'showTrustedIssuer',
    summary: 'Show a trusted issuer',
    token: 'administrator_token',
    answer: { status: 200, description: 'The trusted issuer.', type: TrustedIssuerView, headers: version },
    refusals: [...tokenRefusals, 'not_found'],
  })
  async show(@Param('id') one: string, @Res({ passthrough: true }) response: Response): Promise<TrustedIssuerView> {
    return tagged(await this.issuers.show(one), response);
  }

  @Put(':id')
  @Access({ by: 'administrator', scope: 'issuers:write' })
  @id
  @ifMatch
  @ApiBody({ type: TrustedIssuerRequest, examples })
  @Operation({
    id: 'replaceTrustedIssuer',
    summary: 'Replace a trusted issuer',
    description:
      'The body is all that is said of it; it holds at once. What only the server sets may stand in it as it is. Clients that it vouched for stay as they are.',
    token: 'administrator_token',
    answer: { status: 200, description: 'The trusted issuer as it is now.', type: TrustedIssuerView, headers: version },
    refusals: ['invalid_request', ...tokenRefusals, 'not_found', ...changeRefusals, ...bodyRefusals],
  })
  async replace(
    @Param('id') one: string,
    @JsonBody({ malformed: 'invalid_request' }) document: JsonObject,
    @Headers('if-match') condition: string | undefined,
    @Caller() administrator: Administrator,
    @Res({ passthrough: true }) response: Response,
  ): Promise<TrustedIssuerView> {
    return tagged(await this.issuers.replace(one, document, condition, administrator), response);
  }

  @Delete(':id')
  @HttpCode(204)
  @Access({ by: 'administrator', scope: 'issuers:write' })
  @id
  @ifMatch
  @Operation({
    id: 'distrustIssuer',
    summary: 'Trust an issuer no more',
    description: 'At once: nothing that it signed lets anybody in. Clients that it vouched for stay as they are.',
    token: 'administrator_token',
    answer: { status: 204, description: 'It is not trusted any more.' },
    refusals: [...tokenRefusals, 'not_found', ...changeRefusals],
  })
  async forget(
    @Param('id') one: string,
    @Headers('if-match') condition: string | undefined,
    @Caller() administrator: Administrator,
  ): Promise<void> {
    await this.issuers.forget(one, condition, administrator);
  }
}

function tagged(view: TrustedIssuerView, response: Response): TrustedIssuerView {
  response.set('ETag', entityTag(view.version));
  return view;
}
