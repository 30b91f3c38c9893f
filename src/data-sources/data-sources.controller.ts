import { Controller, Get } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Environment } from '../config/environment.js';
import { Access } from '../http/access.guard.js';
import { Operation, tokenRefusals } from '../http/operation.js';
import { reportOf } from './data-source-report.js';
import { DataSources } from './data-sources.service.js';
import { DataSourceList, type DataSourceView } from './dto/data-source.dto.js';
import type { NamedDataSource } from './named-data-source.js';

@ApiTags('Data sources')
@Controller('admin/data-sources')
export class DataSourcesController {
  constructor(
    private readonly dataSources: DataSources,
    private readonly environment: Environment,
  ) {}

  @Get()
  @Access({ by: 'administrator', scope: 'data-sources:read' })
  @Operation({
    id: 'listDataSources',
    summary: 'List the data sources',
    description: 'What each one is, whether it answers, and what endangers what it holds.',
    token: 'administrator_token',
    answer: { status: 200, description: 'The data sources.', type: DataSourceList },
    refusals: ['invalid_request', ...tokenRefusals],
  })
  async list(): Promise<DataSourceList> {
    return { items: await Promise.all(this.dataSources.all.map((source) => this.view(source))) };
  }

  private async view(source: NamedDataSource): Promise<DataSourceView> {
    const { DYNAMIC_CLIENTS_DATA_SOURCE, DATABASE_CLIENTS_DATA_SOURCE, dataSources } = this.environment;
    const roles = { dynamic: DYNAMIC_CLIENTS_DATA_SOURCE, database: DATABASE_CLIENTS_DATA_SOURCE };
    return {
      name: source.name,
      kind: source.engine.kind,
      address: source.address,
      roles: Object.entries(roles).flatMap(([role, name]) => (name === source.name ? [role] : [])),
      pool_size: dataSources[source.name]!.poolSize,
      ...(await reportOf(source)),
    };
  }
}
