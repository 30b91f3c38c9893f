import { applyDecorators, Controller, Get, Query, Res } from '@nestjs/common';
import { ApiQuery, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { Environment } from '../config/environment.js';
import { Access } from '../http/access.guard.js';
import { isTimePosition } from '../http/cursor.js';
import { Operation, tokenRefusals } from '../http/operation.js';
import { answerPage, pageHeaders, PageParameters } from '../http/paging.js';
import { auditEventView } from './audit-event.view.js';
import { auditFilters, AuditEvents } from './audit-events.js';
import { AuditEventPage } from './dto/audit-event.dto.js';

const path = '/admin/audit-events';

const time = { type: 'integer', minimum: 0 };
const filter = (name: string, description: string, schema: object = { type: 'string' }) =>
  ApiQuery({ name, required: false, description, schema });

@ApiTags('Audit')
@Controller('admin/audit-events')
export class AuditEventsController {
  constructor(
    private readonly events: AuditEvents,
    private readonly environment: Environment,
  ) {}

  @Get()
  @Access({ by: 'administrator', scope: 'audit:read' })
  @applyDecorators(
    PageParameters(),
    filter('client_id', 'The client that it is about.'),
    filter('actor', 'The id of who did it: of an initial access token, a client or an API key.'),
    filter('action', 'What was done, such as client.registered.'),
    filter('outcome', 'Whether it was done or refused.', { type: 'string', enum: ['done', 'refused'] }),
    filter('at_after', 'Later than this, in seconds since the epoch.', time),
    filter('at_before', 'Earlier than this, in seconds since the epoch.', time),
  )
  @Operation({
    id: 'listAuditEvents',
    summary: 'Read the audit trail',
    description:
      'The newest first. One event for every change, written in its transaction, and one for a refusal of somebody who is known: of those, ten in a minute and the number of all others. Whoever is not known is only logged and counted.',
    token: 'administrator_token',
    answer: {
      status: 200,
      description: 'A page of events.',
      type: AuditEventPage,
      headers: pageHeaders,
    },
    refusals: ['invalid_request', ...tokenRefusals],
  })
  async list(
    @Query() query: Record<string, unknown>,
    @Res({ passthrough: true }) response: Response,
  ): Promise<AuditEventPage> {
    const { items, ...more } = await answerPage(query, response, {
      url: this.environment.PUBLIC_URL + path,
      filters: auditFilters,
      isPosition: isTimePosition,
      find: (limit, after, filters) => this.events.list(filters, limit, after),
      positionOf: ({ at, id }) => [at, id],
    });
    return { items: items.map(auditEventView), ...more };
  }
}
