import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import type { DataSource, EntityManager } from 'typeorm';
import { Environment } from '../config/environment.js';
import { leaseConnection } from './sqlite-lease.js';

/** What a data source is for; two roles may share one. */
export type Role = 'dynamic' | 'database';

/** The data sources of the program by name, opened. */
export const OPENED_DATA_SOURCES = Symbol('data sources by name');

/** A data source could not be opened at all; the text names it and says why. */
export class DataSourceFault extends Error {}

/** Hands out the data source of each role, and runs transactions on it. */
@Injectable()
export class DataSources implements OnModuleInit {
  constructor(
    private readonly environment: Environment,
    @Inject(OPENED_DATA_SOURCES) private readonly byName: ReadonlyMap<string, DataSource>,
  ) {}

  /** Opens each data source and brings its schema up to date. Throws {@link DataSourceFault}. */
  async onModuleInit(): Promise<void> {
    for (const [name, dataSource] of this.byName) {
      try {
        await dataSource.initialize();
        leaseConnection(dataSource);
        if (this.environment.MIGRATE) await dataSource.runMigrations();
      } catch (error) {
        const address = this.environment.dataSourceUrls[name];
        throw new DataSourceFault(`data source ${name} (${address}) cannot be opened: ${(error as Error).message}`);
      }
    }
  }

  /** The manager for reads outside of any transaction. */
  reader(role: Role): EntityManager {
    return this.of(role).manager;
  }

  /** The distinct readers of both roles, the dynamic one first: for look-ups that do not know the role. */
  readers(): readonly EntityManager[] {
    return [...new Set([this.reader('dynamic'), this.reader('database')])];
  }

  /** Runs `work` in one transaction: all of it is stored, or nothing. */
  transaction<T>(role: Role, work: (transaction: EntityManager) => Promise<T>): Promise<T> {
    return this.of(role).transaction(work);
  }

  /** Which data sources answer. */
  async reachable(): Promise<ReadonlyMap<string, boolean>> {
    const probes = [...this.byName].map(async ([name, dataSource]) => {
      const answers = await dataSource.query('SELECT 1').then(
        () => true,
        () => false,
      );
      return [name, answers] as const;
    });
    return new Map(await Promise.all(probes));
  }

  private of(role: Role): DataSource {
    const { DYNAMIC_CLIENTS_DATA_SOURCE, DATABASE_CLIENTS_DATA_SOURCE } = this.environment;
    return this.byName.get(role === 'dynamic' ? DYNAMIC_CLIENTS_DATA_SOURCE : DATABASE_CLIENTS_DATA_SOURCE)!;
  }
}
