import { Controller, Get, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { Access } from '../http/access.guard.js';
import { Operation } from '../http/operation.js';
import { Metrics } from './metrics.js';

@ApiTags('Operations')
@Controller('metrics')
@Access('anyone')
export class MetricsController {
  constructor(private readonly metrics: Metrics) {}

  @Get()
  @Operation({
    id: 'readMetrics',
    summary: 'Metrics for Prometheus',
    answer: {
      status: 200,
      description: 'The text format of Prometheus.',
      mediaType: 'text/plain',
      schema: { type: 'string' },
    },
  })
  async read(@Res({ passthrough: true }) response: Response): Promise<string> {
    response.type(this.metrics.registry.contentType);
    return this.metrics.registry.metrics();
  }
}
