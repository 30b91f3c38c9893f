import { type DynamicModule, Module } from '@nestjs/common';
import { getDataSourceToken, TypeOrmModule } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import type { Environment } from '../config/environment.js';
import { shownAddress } from '../config/data-source-address.js';
import { BackgroundWork } from './background-work.js';
import { DataSourcesController } from './data-sources.controller.js';
import { DataSources, NAMED_DATA_SOURCES } from './data-sources.service.js';
import type { Schema } from './engines/engine.js';
import { engineAt } from './engines/engines.js';
import { Leases } from './leases.js';
import { NamedDataSource } from './named-data-source.js';

/** The named SQL connections of the configuration, each with the same schema. */
@Module({})
export class DataSourcesModule {
  static with(environment: Environment, schema: Schema): DynamicModule {
    const sources = environment.DATA_SOURCES.map((name) => {
      const { address, poolSize } = environment.dataSources[name]!;
      return { name, address: shownAddress(address), engine: engineAt(address, poolSize) };
    });
    return {
      module: DataSourcesModule,
      global: true,
      imports: sources.map(({ name, engine }) =>
        TypeOrmModule.forRootAsync({
          name,
          // Opened by DataSources, which can do without one that is down.
          useFactory: () => ({ ...engine.options(schema), manualInitialization: true }),
        }),
      ),
      controllers: [DataSourcesController],
      providers: [
        {
          provide: NAMED_DATA_SOURCES,
          inject: sources.map(({ name }) => getDataSourceToken(name)),
          useFactory: (...dataSources: DataSource[]) =>
            sources.map(
              ({ name, address, engine }, index) => new NamedDataSource(name, address, engine, dataSources[index]!),
            ),
        },
        DataSources,
        Leases,
        BackgroundWork,
      ],
      exports: [DataSources, Leases, BackgroundWork],
    };
  }
}
