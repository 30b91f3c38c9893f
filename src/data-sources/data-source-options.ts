import Libsql from 'libsql';
import type { DataSourceOptions, EntitySchema, MixedList } from 'typeorm';

/** What the data sources hold: given from above, since this folder knows no entity. */
export interface Schema {
  readonly entities: MixedList<(new () => object) | EntitySchema>;
  readonly migrations: MixedList<new () => object>;
}

/** TypeORM's options for a data source at an address like `sqlite:data/clientele.db`. */
export function dataSourceOptions(name: string, url: string, schema: Schema): DataSourceOptions & { name: string } {
  return {
    name,
    type: 'better-sqlite3',
    driver: Libsql,
    database: url.slice('sqlite:'.length),
    entities: schema.entities as never,
    migrations: schema.migrations as never,
    migrationsTransactionMode: 'each',
    prepareDatabase: (database: { pragma(text: string): unknown }) => {
      database.pragma('journal_mode = WAL');
      // An acknowledged registration survives a power cut; NORMAL would lose the last few.
      database.pragma('synchronous = FULL');
    },
  };
}
