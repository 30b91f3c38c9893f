import 'reflect-metadata';
import { DataSource } from 'typeorm';
import { processEnvironment, readEnvironment } from './src/config/read-environment.js';
import { dataSourceOptions } from './src/data-sources/data-source-options.js';
import { schema } from './src/database/schema.js';

const environment = readEnvironment(processEnvironment());
const name = environment.DYNAMIC_CLIENTS_DATA_SOURCE;

/** The dynamic clients' data source, for TypeORM's command line. */
export default new DataSource(dataSourceOptions(name, environment.dataSourceUrls[name]!, schema));
