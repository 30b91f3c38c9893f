import 'reflect-metadata';
import { existsSync } from 'node:fs';
import { DataSource } from 'typeorm';
import { countByKey } from './clients/client-census.js';
import { Keyring } from './clients/keyring.js';
import type { StoredState } from './command-line/doctor.js';
import { shownAddress } from './config/data-source-address.js';
import type { Environment } from './config/environment.js';
import { engineAt } from './data-sources/engines/engines.js';
import { NamedDataSource, told } from './data-sources/named-data-source.js';
import { schema } from './database/schema.js';

/** Looks at each data source that is configured here, beside a program that may be at work on it. */
export async function lookAtStored(environment: Environment): Promise<StoredState[]> {
  const states: StoredState[] = [];
  for (const name of environment.DATA_SOURCES) {
    const { address, poolSize } = environment.dataSources[name]!;
    // Without a file there is nothing to look at, and this may not be the machine.
    if (address.engine === 'sqlite' && !existsSync(address.path)) continue;
    const engine = engineAt(address, poolSize, { isAlone: false });
    const dataSource = new DataSource(engine.options(schema));
    states.push(await stateOf(new NamedDataSource(name, shownAddress(address), engine, dataSource), environment));
  }
  return states;
}

async function stateOf(source: NamedDataSource, environment: Environment): Promise<StoredState> {
  const { name, dataSource } = source;
  try {
    await source.open({ migrate: false, strict: false });
    return { name, faults: source.dangers.map(told), keyFaults: await keyFaults(dataSource, environment) };
  } catch (error) {
    return { name, faults: [source.current.fault ?? (error as Error).message], keyFaults: [] };
  } finally {
    if (dataSource.isInitialized) await dataSource.destroy();
  }
}

async function keyFaults({ manager }: DataSource, environment: Environment): Promise<string[]> {
  const keyring = environment.SECRET_KEY.length > 0 ? new Keyring(environment) : undefined;
  const foreign = [...(await countByKey(manager))].filter(([key]) => !keyring?.has(key));
  return foreign.map(
    ([key, count]) =>
      `SECRET_KEY does not list the key ${key}: credentials that it made fail (clients with such: ${count}); add it at the end, or issue new ones`,
  );
}
