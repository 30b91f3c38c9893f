import { Controller, Get } from '@nestjs/common';
import { ApiProperty, ApiTags } from '@nestjs/swagger';
import { DataSources } from '../data-sources/data-sources.service.js';
import { Refusal } from '../errors.js';
import { Access } from '../http/access.guard.js';
import { Operation } from '../http/operation.js';

/** The state of the program. */
export class Health {
  @ApiProperty({ enum: ['live', 'ready'] })
  status: 'live' | 'ready';
}

@ApiTags('Operations')
@Controller('health')
@Access('anyone')
export class HealthController {
  constructor(private readonly dataSources: DataSources) {}

  @Get('live')
  @Operation({
    id: 'isLive',
    summary: 'Whether the process runs',
    answer: { status: 200, description: 'It does.', type: Health },
  })
  live(): Health {
    return { status: 'live' };
  }

  @Get('ready')
  @Operation({
    id: 'isReady',
    summary: 'Whether requests can be served',
    description: '503 names the data source that does not answer.',
    answer: { status: 200, description: 'They can.', type: Health },
  })
  async ready(): Promise<Health> {
    const down = await this.dataSources.unreachable();
    if (down.length > 0)
      throw new Refusal('temporarily_unavailable', `these data sources do not answer: ${down.join(', ')}`);
    return { status: 'ready' };
  }
}
