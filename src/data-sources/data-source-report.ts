import type { Danger } from './engines/engine.js';
import { pendingMigrations } from './migrations.js';
import { DataSourceDown, type NamedDataSource } from './named-data-source.js';

/** What there is to know of a data source, in the words of the API. */
export interface DataSourceReport {
  readonly reachable: boolean;
  readonly fault?: string;
  readonly version?: string;
  readonly latency_ms?: number;
  readonly pending_migrations?: string[];
  readonly unsafe_settings?: Danger[];
  readonly counts?: Record<string, number>;
}

/** What there is to know of a data source just now; of one that does not answer, why. */
export async function reportOf(source: NamedDataSource): Promise<DataSourceReport> {
  const { dataSource, engine } = source;
  try {
    return await source.read(async (reader) => {
      const begun = performance.now();
      await reader.query('SELECT 1');
      const latency_ms = Math.round((performance.now() - begun) * 10) / 10;
      const version = await engine.version(dataSource);
      const counts: Record<string, number> = {};
      for (const { tableName, target } of dataSource.entityMetadatas) counts[tableName] = await reader.count(target);
      const pending_migrations = await pendingMigrations(dataSource);
      const unsafe_settings = [...(await source.lookAtSettings())];
      return { reachable: true, version, latency_ms, pending_migrations, unsafe_settings, counts };
    });
  } catch (error) {
    if (!source.isOutage(error)) throw error;
    const fault = error instanceof DataSourceDown && error.message;
    return { reachable: false, fault: fault || `data source ${source.name} does not answer` };
  }
}
