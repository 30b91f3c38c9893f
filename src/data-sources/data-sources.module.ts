import { type DynamicModule, Module } from '@nestjs/common';
import { getDataSourceToken, TypeOrmModule } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import type { Environment } from '../config/environment.js';
import { dataSourceOptions, type Schema } from './data-source-options.js';
import { DataSources, OPENED_DATA_SOURCES } from './data-sources.service.js';

/** The named SQL connections of the configuration, each with the same schema. */
@Module({})
export class DataSourcesModule {
  static with(environment: Environment, schema: Schema): DynamicModule {
    const names = environment.DATA_SOURCES;
    return {
      module: DataSourcesModule,
      global: true,
      imports: names.map((name) =>
        TypeOrmModule.forRootAsync({
          name,
          // Opened by DataSources, which says what is wrong in words and can do without one that is down.
          useFactory: () => ({
            ...dataSourceOptions(name, environment.dataSourceUrls[name]!, schema),
            manualInitialization: true,
          }),
        }),
      ),
      providers: [
        {
          provide: OPENED_DATA_SOURCES,
          inject: names.map((name) => getDataSourceToken(name)),
          useFactory: (...opened: DataSource[]) => new Map(names.map((name, index) => [name, opened[index]!])),
        },
        DataSources,
      ],
      exports: [DataSources],
    };
  }
}
