import 'reflect-metadata';
import { DataSource } from 'typeorm';
import { processEnvironment, readEnvironment } from './src/config/read-environment.js';
import { engineAt } from './src/data-sources/engines/engines.js';
import { schema } from './src/database/schema.js';

const environment = readEnvironment(processEnvironment());
const { address, poolSize } = environment.dataSources[environment.DYNAMIC_CLIENTS_DATA_SOURCE]!;

/** The dynamic clients' data source, for TypeORM's command line. */
export default new DataSource(engineAt(address, poolSize).options(schema));
