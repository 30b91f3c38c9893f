import { Controller, Delete, Get, Headers, HttpCode, Param, Patch, Post, Put, Query, Res } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiParam, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import type { Administrator } from '../../administrators/administrators.service.js';
import type { Position } from '../../clients/client-search.js';
import { CompleteClient } from '../../clients/complete-client.js';
import { Environment } from '../../config/environment.js';
import { Access, Caller } from '../../http/access.guard.js';
import { isTimePosition, type TimePosition } from '../../http/cursor.js';
import { entityTag, IfMatchHeader, versionHeader } from '../../http/if-match.js';
import { JsonBody } from '../../http/json-body.js';
import { bodyRefusals, changeRefusals, Operation, tokenRefusals } from '../../http/operation.js';
import { answerPage, pageHeaders, PageParameters } from '../../http/paging.js';
import { readStrictly } from '../../http/strict-document.js';
import type { JsonObject } from '../../http/strict-json.js';
import { ClientChanges } from './client-changes.js';
import { ClientAdministration } from './client-administration.service.js';
import { filterNames, FilterParameters, readFilters } from './client-filters.js';
import {
  ChangedClient,
  ClientChangeRequest,
  ClientPage,
  ClientReplacementRequest,
  DatabaseClientRequest,
} from './dto/client-requests.js';

const path = '/admin/clients';
const clientId = ApiParam({ name: 'client_id', schema: { type: 'string' } });
const version = versionHeader('client');
const ifMatch = IfMatchHeader('client');
const changed = { status: 200, description: 'The client as it is now.', type: ChangedClient, headers: version };
const refusalsOfChange = [
  'invalid_redirect_uri',
  'invalid_client_metadata',
  'invalid_request',
  ...tokenRefusals,
  'not_found',
  ...changeRefusals,
  ...bodyRefusals,
] as const;

@ApiTags('Clients')
@Controller('admin/clients')
export class ClientAdministrationController {
  constructor(
    private readonly clients: ClientAdministration,
    private readonly changes: ClientChanges,
    private readonly environment: Environment,
  ) {}

  @Get()
  @Access({ by: 'administrator', scope: 'clients:read' })
  @FilterParameters()
  @PageParameters()
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
      headers: pageHeaders,
    },
    refusals: ['invalid_request', ...tokenRefusals],
  })
  async list(
    @Query() query: Record<string, unknown>,
    @Res({ passthrough: true }) response: Response,
  ): Promise<ClientPage> {
    return answerPage(query, response, {
      url: this.environment.PUBLIC_URL + path,
      filters: filterNames,
      isPosition: isTimePosition,
      find: (limit, after, filters) =>
        this.clients.list({ filters: readFilters(filters), after: after && positionOf(after), limit }),
      positionOf: ({ created_at, client_id }) => [created_at, client_id],
    });
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
      type: ChangedClient,
      headers: { Location: 'Where the client is administered.', ...version },
    },
    refusals: [
      'invalid_redirect_uri',
      'invalid_client_metadata',
      'invalid_request',
      ...tokenRefusals,
      'access_denied',
      'conflict',
      ...bodyRefusals,
    ],
  })
  async make(
    @JsonBody({ malformed: 'invalid_request' }) document: JsonObject,
    @Caller() administrator: Administrator,
    @Res({ passthrough: true }) response: Response,
  ): Promise<ChangedClient> {
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
    refusals: ['invalid_request', ...tokenRefusals, 'not_found'],
  })
  async show(@Param('client_id') id: string, @Res({ passthrough: true }) response: Response): Promise<CompleteClient> {
    return tagged(await this.clients.show(id), response);
  }

  @Patch(':client_id')
  @Access({ by: 'administrator', scope: 'clients:write' })
  @clientId
  @ifMatch
  @ApiConsumes('application/merge-patch+json', 'application/json')
  @ApiBody({
    type: ClientChangeRequest,
    examples: {
      suspend: { summary: 'Suspend, or resume with active', value: { status: 'suspended' } },
      rename: {
        summary: 'Change some metadata, and take one member away',
        value: { metadata: { client_name: 'Shop 2', logo_uri: null } },
      },
      label: {
        summary: 'Change what administrators own',
        value: { owner: 'team-shop', tags: ['partner'], notes: null },
      },
    },
  })
  @Operation({
    id: 'patchClient',
    summary: 'Change a client',
    description:
      'A JSON merge patch (RFC 7396). The result is judged by the rules of registration, under the template and bounds of the client. Members that cannot be changed are refused unless they are what they are already. The answer has a client_secret when the change made a new one necessary.',
    token: 'administrator_token',
    answer: changed,
    refusals: refusalsOfChange,
  })
  async patch(
    @Param('client_id') id: string,
    @JsonBody({ malformed: 'invalid_request', mediaTypes: ['application/merge-patch+json', 'application/json'] })
    patch: JsonObject,
    @Headers('if-match') condition: string | undefined,
    @Caller() administrator: Administrator,
    @Res({ passthrough: true }) response: Response,
  ): Promise<ChangedClient> {
    return tagged(await this.changes.patch(id, patch, administrator, condition), response);
  }

  @Put(':client_id')
  @Access({ by: 'administrator', scope: 'clients:write' })
  @clientId
  @ifMatch
  @ApiBody({
    type: ClientReplacementRequest,
    examples: {
      whole: {
        summary: 'All that the client shall be',
        value: {
          owner: 'team-shop',
          metadata: { client_name: 'Shop', redirect_uris: ['https://shop.example/callback'] },
        },
      },
    },
  })
  @Operation({
    id: 'replaceClientAsAdministrator',
    summary: 'Replace a client',
    description:
      'The body is all that the client shall be: owner, tags and notes that are left out are removed, metadata go back to their defaults; the status stays unless it is there. What GET answers can be changed and sent back.',
    token: 'administrator_token',
    answer: changed,
    refusals: refusalsOfChange,
  })
  async replace(
    @Param('client_id') id: string,
    @JsonBody({ malformed: 'invalid_request' }) document: JsonObject,
    @Headers('if-match') condition: string | undefined,
    @Caller() administrator: Administrator,
    @Res({ passthrough: true }) response: Response,
  ): Promise<ChangedClient> {
    return tagged(await this.changes.replace(id, document, administrator, condition), response);
  }

  @Delete(':client_id')
  @HttpCode(204)
  @Access({ by: 'administrator', scope: 'clients:write' })
  @clientId
  @ifMatch
  @Operation({
    id: 'deleteClientAsAdministrator',
    summary: 'Delete a client',
    description:
      'At once and for good: metadata, credentials, owner, tags and notes are gone, and the id is never given again. To stop a client for a while, suspend it.',
    token: 'administrator_token',
    answer: { status: 204, description: 'The client is gone.' },
    refusals: ['invalid_request', ...tokenRefusals, 'not_found', ...changeRefusals],
  })
  async delete(
    @Param('client_id') id: string,
    @Headers('if-match') condition: string | undefined,
    @Caller() administrator: Administrator,
  ): Promise<void> {
    await this.changes.delete(id, administrator, condition);
  }
}

const positionOf = ([createdAt, clientId]: TimePosition): Position => ({ createdAt, clientId });

function tagged<T extends CompleteClient>(client: T, response: Response): T {
  response.set('ETag', entityTag(client.version, client.status));
  return client;
}
