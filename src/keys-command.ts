import 'reflect-metadata';
import { existsSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { DataSource } from 'typeorm';
import { AuditTrail } from './audit/audit-trail.js';
import { Keyring } from './clients/keyring.js';
import { Clock } from './clock.js';
import { shownAddress } from './config/data-source-address.js';
import type { Environment } from './config/environment.js';
import { ConfigurationFault, processEnvironment, readEnvironment } from './config/read-environment.js';
import { DataSources } from './data-sources/data-sources.service.js';
import { engineAt } from './data-sources/engines/engines.js';
import { NamedDataSource } from './data-sources/named-data-source.js';
import { schema } from './database/schema.js';
import { giveUp, say } from './progress.js';
import { ServerKeys } from './token-service/server-keys.js';

/** `npm run keys`: what an operator does with the keys of the token service from a shell. */

const help = `
Makes the next keys that tokens are signed with and that requests are encrypted for. They are published at once and used
ten minutes later, when everybody can know them; those before stay published for a day, until nothing is left that they
signed. The program may run meanwhile, on as many instances as there are; nothing has to be restarted.

Exit codes: 0 done, 1 it did not work, 78 configuration.`;

/** The exit code for a configuration that cannot work (EX_CONFIG of sysexits.h). */
const badConfiguration = 78;

const command = new Command('npm run keys --').exitOverride();
command
  .command('rotate')
  .description('Makes new keys for the token service.')
  .addHelpText('after', help)
  .action(rotate);

try {
  await command.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : badConfiguration;
  else if (error instanceof ConfigurationFault) giveUp(error.faults, badConfiguration);
  else giveUp([(error as Error).message], 1);
}

async function rotate(): Promise<void> {
  const environment = readEnvironment(processEnvironment());
  const source = sourceOf(environment);
  try {
    await source.open({ migrate: false, strict: false }).catch(() => {
      throw new Error(source.current.fault);
    });
    const [keyring, clock] = [new Keyring(environment), new Clock()];
    const dataSources = new DataSources(environment, [source]);
    const made = await new ServerKeys(
      dataSources,
      keyring,
      new AuditTrail(dataSources, keyring, clock),
      clock,
    ).rotate();
    for (const { id, usedFrom } of made)
      say(`${id} is published, and used from ${new Date(usedFrom * 1000).toISOString()}`);
  } finally {
    if (source.dataSource.isInitialized) await source.dataSource.destroy();
  }
}

function sourceOf({ DYNAMIC_CLIENTS_DATA_SOURCE: name, dataSources }: Environment): NamedDataSource {
  const { address, poolSize } = dataSources[name]!;
  if (address.engine === 'sqlite' && !existsSync(address.path))
    throw new ConfigurationFault([`data source ${name}: there is no file ${address.path}`]);
  // The program may run: it is a short transaction of its own.
  const engine = engineAt(address, poolSize, { isAlone: false });
  return new NamedDataSource(name, shownAddress(address), engine, new DataSource(engine.options(schema)));
}
