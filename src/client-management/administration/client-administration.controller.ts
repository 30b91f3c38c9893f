import { Controller, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { ApiBody, ApiParam, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import type { Administrator } from '../../administrators/administrators.service.js';
import type { Position } from '../../clients/client-search.js';
import { CompleteClient } from '../../clients/complete-client.js';
import { Environment } from '../../config/environment.js';
import { Access, Caller } from '../../http/access.guard.js';
import { entityTag } from '../../http/if-match.js';
import { JsonBody } from '../../http/json-body.js';
import { Operation } from '../../http/operation.js';
import { decodeCursor, encodeCursor, nextLink, page, readPage } from '../../http/paging.js';
import { readStrictly } from '../../http/strict-document.js';
import type { JsonObject } from '../../http/strict-json.js';
import { ClientAdministration } from './client-administration.service.js';
import { filterNames, FilterParameters, readFilters } from './client-filters.js';
import { ClientPage, DatabaseClientRequest, MadeClient } from './dto/client-requests.js';

const path = '/admin/clients';
const clientId = ApiParam({ name: 'client_id', schema: { type: 'string' } });
const version = { ETag: 'The version of the client, for If-Match.' };

const isPosition = (value: unknown): value is readonly [number, string] =>
  Array.isArray(value) && value.length === 2 && Number.isSafeInteger(value[0]) && typeof value[1] === 'string';

@ApiTags('Clients')
@Controller('admin/clients')
export class ClientAdministrationController {
  constructor(
    private readonly clients: ClientAdministration,
    private readonly environment: Environment,
  ) {}

  @Get()
  @Access({ by: 'administrator', scope: 'clients:read' })
  @FilterParameters()
  @ApiQuery({ name: 'limit', required: false, schema: { type: 'integer', minimum: 1, maximum: 200, default: 50 } })
  @ApiQuery({
    name: 'after',
    required: false,
    description: 'The `next` of the page before; it holds for the same filters only.',
    schema: { type: 'string' },
  })
  @Operation({
    id: 'listClients',
    summary: 'List clients',
    description:
      'Clients of both kinds and of all data sources, in the order in which they were made, so that paging skips and repeats none. All filters that are given hold together.',
    token: 'administrator_token',
    answer: {
      status: 200,
      description: 'A page of clients.',
      type: ClientPage,
      headers: { Link: 'The next page, if there is one (RFC 8288).' },
    },
    refusals: ['invalid_request', 'invalid_token', 'insufficient_scope'],
  })
  async list(
    @Query() query: Record<string, unknown>,
    @Res({ passthrough: true }) response: Response,
  ): Promise<ClientPage> {
    const asked = readPage(query, filterNames);
    const after =
      asked.after === undefined ? undefined : positionOf(decodeCursor(asked.after, isPosition, asked.filters));
    const found = await this.clients.list({ filters: readFilters(asked.filters), after, limit: asked.limit + 1 });
    const items = found.slice(0, asked.limit);
    const last = items.at(-1);
    const next =
      found.length > asked.limit ? encodeCursor([last!.created_at, last!.client_id], asked.filters) : undefined;
    if (next !== undefined) response.setHeader('Link', nextLink(this.environment.PUBLIC_URL, path, asked, next));
    return page(items, next) as ClientPage;
  }

  @Post()
  @HttpCode(201)
  @Access({ by: 'administrator', scope: 'clients:write' })
  @ApiBody({
    type: DatabaseClientRequest,
    examples: {
      web: {
        summary: 'A web application',
        value: {
          metadata: { client_name: 'Shop', redirect_uris: ['https://shop.example/callback'] },
          owner: 'team-shop',
        },
      },
      service: {
        summary: 'A service with an id of its own',
        value: { client_id: 'billing', metadata: { grant_types: ['client_credentials'] }, tags: ['internal'] },
      },
    },
  })
  @Operation({
    id: 'makeClient',
    summary: 'Make a database client',
    description:
      'The rules are those of registration; unknown members are refused. The client has no registration access token: administrators look after it.',
    token: 'administrator_token',
    answer: {
      status: 201,
      description: 'The client, with its secret if it has one.',
      type: MadeClient,
      headers: { Location: 'Where the client is administered.', ...version },
    },
    refusals: [
      'invalid_redirect_uri',
      'invalid_client_metadata',
      'invalid_request',
      'invalid_token',
      'insufficient_scope',
      'access_denied',
      'conflict',
      'payload_too_large',
      'unsupported_media_type',
    ],
  })
  async make(
    @JsonBody({ malformed: 'invalid_request' }) document: JsonObject,
    @Caller() administrator: Administrator,
    @Res({ passthrough: true }) response: Response,
  ): Promise<MadeClient> {
    const made = await this.clients.make(readStrictly(DatabaseClientRequest, document), administrator);
    response.location(`${this.environment.PUBLIC_URL}${path}/${encodeURIComponent(made.client_id)}`);
    return tagged(made, response);
  }

  @Get(':client_id')
  @Access({ by: 'administrator', scope: 'clients:read' })
  @clientId
  @Operation({
    id: 'showClient',
    summary: 'Show a client',
    description: 'Of either kind and any status; of a deleted one what is left.',
    token: 'administrator_token',
    answer: { status: 200, description: 'The client, without its secrets.', type: CompleteClient, headers: version },
    refusals: ['invalid_request', 'invalid_token', 'insufficient_scope', 'not_found'],
  })
  async show(@Param('client_id') id: string, @Res({ passthrough: true }) response: Response): Promise<CompleteClient> {
    return tagged(await this.clients.show(id), response);
  }
}

const positionOf = ([createdAt, clientId]: readonly [number, string]): Position => ({ createdAt, clientId });

function tagged<T extends CompleteClient>(client: T, response: Response): T {
  response.set('ETag', entityTag(client.version, client.status));
  return client;
}
