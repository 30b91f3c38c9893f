import { Controller, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiParam, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { Administrator } from '../administrators/administrators.service.js';
import { Refusal } from '../errors.js';
import { Access, Caller } from '../http/access.guard.js';
import { Operation, tokenRefusals } from '../http/operation.js';
import { TemplateApplication } from './dto/template-application.dto.js';
import { TemplateApplications } from './template-application.service.js';

@ApiTags('Templates')
@Controller('admin/templates')
export class TemplateApplicationsController {
  constructor(private readonly applications: TemplateApplications) {}

  @Post(':id/apply')
  @HttpCode(200)
  @Access({ by: 'administrator', scope: ['templates:write', 'clients:write'] })
  @ApiParam({ name: 'id', schema: { type: 'string' }, example: 'partner-portal' })
  @ApiQuery({
    name: 'dry_run',
    required: false,
    description: '`true` says what would become of each client, and changes nothing.',
    schema: { type: 'boolean', default: false },
  })
  @Operation({
    id: 'applyTemplate',
    summary: 'Move the clients of a template to its newest version',
    description:
      'Judges the registration of each client by the newest version. A client that it refuses keeps the version that it has. Lifetimes are those of the newest version, counted from where those of the old one were; clients whose life would be over by them are named in the trial. A client that was moved has an event in the audit trail. After a failure in between, send it again.',
    token: 'administrator_token',
    answer: { status: 200, description: 'What became of the clients.', type: TemplateApplication },
    refusals: ['invalid_request', ...tokenRefusals, 'not_found', 'conflict'],
  })
  apply(
    @Param('id') id: string,
    @Query('dry_run') dryRun: string | undefined,
    @Caller() administrator: Administrator,
  ): Promise<TemplateApplication> {
    if (dryRun !== undefined && dryRun !== 'true' && dryRun !== 'false')
      throw new Refusal('invalid_request', 'dry_run must be true or false');
    return this.applications.apply(id, administrator, dryRun === 'true');
  }
}
