import 'reflect-metadata';
import { parseArgs } from 'node:util';
import { DataSource } from 'typeorm';
import { ConfigurationFault, processEnvironment, readEnvironment } from './config/read-environment.js';
import { shownAddress } from './config/data-source-address.js';
import { engineAt } from './data-sources/engines/engines.js';
import { schema } from './database/schema.js';

/** `npm run migrate`: brings the schema of each data source up to date; `--status` tells what is missing, `--undo` takes the last step back. */
try {
  const { values: asked } = parseArgs({ options: { status: { type: 'boolean' }, undo: { type: 'boolean' } } });
  const environment = readEnvironment(processEnvironment());
  for (const [name, { address, poolSize }] of Object.entries(environment.dataSources)) {
    const engine = engineAt(address, poolSize);
    const dataSource = new DataSource(engine.options(schema));
    const say = (text: string) => process.stdout.write(`${name} (${shownAddress(address)}): ${text}\n`);
    try {
      await dataSource.initialize();
      engine.prepare(dataSource);
      if (asked.status) say(await status(dataSource));
      else await engine.exclusively(dataSource, async () => say(await (asked.undo ? undo : run)(dataSource)));
    } finally {
      if (dataSource.isInitialized) await dataSource.destroy();
    }
  }
} catch (error) {
  const faults = error instanceof ConfigurationFault ? error.faults : [(error as Error).message];
  process.stderr.write(`${faults.join('\n')}\n`);
  process.exitCode = error instanceof ConfigurationFault ? 78 : 1;
}

async function run(dataSource: DataSource): Promise<string> {
  const done = await dataSource.runMigrations();
  return done.length === 0 ? 'nothing to do' : `ran ${done.map(({ name }) => name).join(', ')}`;
}

async function undo(dataSource: DataSource): Promise<string> {
  // Within a transaction SQLite cannot switch foreign keys off, and would delete what hangs on a table that is rebuilt.
  await dataSource.undoLastMigration({ transaction: 'none' });
  return 'took the last migration back';
}

async function status(dataSource: DataSource): Promise<string> {
  const rows = await dataSource.query<{ name: string }[]>('SELECT name FROM migrations').catch(() => []);
  const run = new Set(rows.map(({ name }) => name));
  const pending = dataSource.migrations.map(({ name }) => name!).filter((name) => !run.has(name));
  return pending.length === 0 ? 'up to date' : `missing ${pending.join(', ')}`;
}
