import { Controller, HttpCode, Post } from '@nestjs/common';
import { ApiBody, ApiTags } from '@nestjs/swagger';
import { Access } from '../http/access.guard.js';
import { JsonBody } from '../http/json-body.js';
import { bodyRefusals, Operation, tokenRefusals } from '../http/operation.js';
import type { JsonObject } from '../http/strict-json.js';
import { UsageReport } from './dto/usage-report.dto.js';
import { UsageReports } from './usage-reports.js';

@ApiTags('Look-up')
@Controller('lookup/usage')
@Access({ by: 'administrator', scope: 'clients:lookup' })
export class UsageController {
  constructor(private readonly reports: UsageReports) {}

  @Post()
  @HttpCode(204)
  @ApiBody({ type: UsageReport })
  @Operation({
    id: 'reportUsage',
    summary: 'Report which clients were used',
    description:
      'For servers that authenticate clients themselves. Of several times of a client the latest counts, in whatever order they come; clients and secrets that are not there are passed over. The lifetimes of unused and idle clients run for 25 hours after each report, so report at least once a day, also that no client was used (an empty list).',
    token: 'administrator_token',
    answer: { status: 204, description: 'It is stored.' },
    refusals: ['invalid_request', ...tokenRefusals, ...bodyRefusals],
  })
  async report(@JsonBody({ malformed: 'invalid_request' }) document: JsonObject): Promise<void> {
    await this.reports.take(document);
  }
}
