import { Controller, Delete, Get, Headers, HttpCode, Param, Post, Put, Query, Res } from '@nestjs/common';
import { ApiBody, ApiParam, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import type { Administrator } from '../administrators/administrators.service.js';
import { Environment } from '../config/environment.js';
import { Access, Caller } from '../http/access.guard.js';
import { isTimePosition } from '../http/cursor.js';
import { entityTag, IfMatchHeader, versionHeader } from '../http/if-match.js';
import { JsonBody } from '../http/json-body.js';
import { bodyRefusals, changeRefusals, Operation, tokenRefusals } from '../http/operation.js';
import { answerPage, pageHeaders, PageParameters } from '../http/paging.js';
import type { JsonObject } from '../http/strict-json.js';
import { TemplatePage, TemplateVersionPage, TemplateView } from './dto/template.dto.js';
import { TemplateDocument } from './dto/template-document.dto.js';
import { TemplateAdministration } from './template-administration.service.js';
import { templateExamples } from './template-examples.js';

const path = '/admin/templates';
const template = ApiParam({ name: 'id', schema: { type: 'string' }, example: 'partner-portal' });
const ifMatch = IfMatchHeader('template');
const etag = versionHeader('template');

const isVersion = (value: unknown): value is number =>
  Number.isInteger(value) && (value as number) > 0 && (value as number) < 2 ** 31;

@ApiTags('Templates')
@Controller('admin/templates')
export class TemplatesController {
  constructor(
    private readonly templates: TemplateAdministration,
    private readonly environment: Environment,
  ) {}

  @Post()
  @HttpCode(201)
  @Access({ by: 'administrator', scope: 'templates:write' })
  @ApiBody({ type: TemplateDocument, examples: templateExamples })
  @Operation({
    id: 'makeTemplate',
    summary: 'Make a template',
    description:
      'What a kind of client may be: who registers one, what metadata it has, how its credentials behave, how long it lives. Only id is needed; what is left out restricts nothing, and lets nobody in. A contradiction is refused now, with its path, and not when somebody registers.',
    token: 'administrator_token',
    answer: {
      status: 201,
      description: 'The template.',
      type: TemplateView,
      headers: { ...etag, Location: 'Where the template is shown and changed.' },
    },
    refusals: ['invalid_request', ...tokenRefusals, 'conflict', ...bodyRefusals],
  })
  async make(
    @JsonBody({ malformed: 'invalid_request' }) document: JsonObject,
    @Caller() administrator: Administrator,
    @Res({ passthrough: true }) response: Response,
  ): Promise<TemplateView> {
    const made = await this.templates.make(document, administrator);
    response.location(`${this.environment.PUBLIC_URL}${path}/${made.id}`);
    return shown(made, response);
  }

  @Get()
  @Access({ by: 'administrator', scope: 'templates:read' })
  @PageParameters()
  @Operation({
    id: 'listTemplates',
    summary: 'List templates',
    description: 'In the order in which they were made, the ones of the program first; retired ones too.',
    token: 'administrator_token',
    answer: { status: 200, description: 'A page of templates.', type: TemplatePage, headers: pageHeaders },
    refusals: ['invalid_request', ...tokenRefusals],
  })
  async list(
    @Query() query: Record<string, unknown>,
    @Res({ passthrough: true }) response: Response,
  ): Promise<TemplatePage> {
    return answerPage(query, response, {
      url: this.environment.PUBLIC_URL + path,
      isPosition: isTimePosition,
      find: (limit, after) => this.templates.list(limit, after),
      positionOf: ({ created_at, id }) => [created_at, id],
    });
  }

  @Get(':id')
  @Access({ by: 'administrator', scope: 'templates:read' })
  @template
  @Operation({
    id: 'showTemplate',
    summary: 'Show a template',
    description: 'Its newest version as it was written.',
    token: 'administrator_token',
    answer: { status: 200, description: 'The template.', type: TemplateView, headers: etag },
    refusals: ['invalid_request', ...tokenRefusals, 'not_found'],
  })
  async show(@Param('id') id: string, @Res({ passthrough: true }) response: Response): Promise<TemplateView> {
    return shown(await this.templates.show(id), response);
  }

  @Put(':id')
  @Access({ by: 'administrator', scope: 'templates:write' })
  @template
  @ifMatch
  @ApiBody({ type: TemplateDocument, examples: templateExamples })
  @Operation({
    id: 'replaceTemplate',
    summary: 'Make the next version of a template',
    description:
      'The body is the whole template; its status too. It holds for registrations from now on. Clients keep the version that they were registered under.',
    token: 'administrator_token',
    answer: { status: 200, description: 'The template.', type: TemplateView, headers: etag },
    refusals: ['invalid_request', ...tokenRefusals, 'not_found', ...changeRefusals, ...bodyRefusals],
  })
  async replace(
    @Param('id') id: string,
    @JsonBody({ malformed: 'invalid_request' }) document: JsonObject,
    @Headers('if-match') condition: string | undefined,
    @Caller() administrator: Administrator,
    @Res({ passthrough: true }) response: Response,
  ): Promise<TemplateView> {
    return shown(await this.templates.replace(id, document, condition, administrator), response);
  }

  @Delete(':id')
  @HttpCode(204)
  @Access({ by: 'administrator', scope: 'templates:write' })
  @template
  @ifMatch
  @Operation({
    id: 'retireTemplate',
    summary: 'Retire a template',
    description:
      'For good: nobody registers under it any more, and its id is not used again. It stays in the list with its versions, and its clients stay as they are. A PUT with status off does the same for a while.',
    token: 'administrator_token',
    answer: { status: 204, description: 'It is retired.' },
    refusals: ['invalid_request', ...tokenRefusals, 'not_found', ...changeRefusals],
  })
  async retire(
    @Param('id') id: string,
    @Headers('if-match') condition: string | undefined,
    @Caller() administrator: Administrator,
  ): Promise<void> {
    await this.templates.retire(id, condition, administrator);
  }

  @Get(':id/versions')
  @Access({ by: 'administrator', scope: 'templates:read' })
  @template
  @PageParameters()
  @Operation({
    id: 'listTemplateVersions',
    summary: 'List the versions of a template',
    description: 'Oldest first. A version never changes.',
    token: 'administrator_token',
    answer: { status: 200, description: 'A page of versions.', type: TemplateVersionPage, headers: pageHeaders },
    refusals: ['invalid_request', ...tokenRefusals, 'not_found'],
  })
  async versions(
    @Param('id') id: string,
    @Query() query: Record<string, unknown>,
    @Res({ passthrough: true }) response: Response,
  ): Promise<TemplateVersionPage> {
    return answerPage(query, response, {
      url: `${this.environment.PUBLIC_URL}${path}/${id}/versions`,
      of: { id },
      isPosition: isVersion,
      find: (limit, after) => this.templates.versions(id, limit, after),
      positionOf: ({ version }) => version,
    });
  }
}

function shown(view: TemplateView, response: Response): TemplateView {
  response.set('ETag', entityTag(view.version, view.status));
  return view;
}
