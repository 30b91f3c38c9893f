import 'reflect-metadata';
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { DataSource, type QueryRunner } from 'typeorm';
import { ConfigurationFault, processEnvironment, readEnvironment } from './config/read-environment.js';
import { type DataSourceAddress, shownAddress } from './config/data-source-address.js';
import { engineAt } from './data-sources/engines/engines.js';
import {
  newerMigrations,
  pendingMigrations,
  ranMigrations,
  runMigrations,
  undoLastMigration,
} from './data-sources/migrations.js';
import { schema } from './database/schema.js';

/** `npm run migrate`: brings the schema of each data source up to date; `--status` tells what is missing, `--undo` takes the last step back. */

type Step = 'run' | 'status' | 'undo';

/** One that has the lock and changes the schema, and one that looks. */
const connections = 2;

/** The exit code for a configuration that cannot work (EX_CONFIG of sysexits.h). */
const badConfiguration = 78;

try {
  const step = askedFor();
  const { dataSources } = readEnvironment(processEnvironment());
  for (const [name, { address }] of Object.entries(dataSources)) {
    const say = (text: string) => `${name} (${shownAddress(address)}): ${text}\n`;
    // One that is down does not keep the others from their step.
    await take(step, address).then(
      (done) => process.stdout.write(say(done)),
      (error: Error) => {
        process.stderr.write(say(error.message));
        process.exitCode = 1;
      },
    );
  }
} catch (error) {
  if (!(error instanceof ConfigurationFault)) throw error;
  process.stderr.write(error.faults.map((fault) => `${fault}\n`).join(''));
  process.exitCode = badConfiguration;
}

function askedFor(): Step {
  try {
    const { values } = parseArgs({ options: { status: { type: 'boolean' }, undo: { type: 'boolean' } } });
    if (values.status && values.undo) throw new Error('ask for --status or --undo, not for both');
    return values.status ? 'status' : values.undo ? 'undo' : 'run';
  } catch (error) {
    throw new ConfigurationFault([(error as Error).message]);
  }
}

/** Takes one step in one data source, and answers what was done; throws what is wrong, in words. */
async function take(step: Step, address: DataSourceAddress): Promise<string> {
  // To look is all right while the program runs, and makes no file.
  if (step === 'status' && address.engine === 'sqlite' && !existsSync(address.path))
    return 'there is no such file yet; npm run migrate makes it';
  const engine = engineAt(address, connections, { isAlone: step !== 'status' });
  const dataSource = new DataSource(engine.options(schema));
  try {
    await dataSource.initialize();
    engine.prepare(dataSource);
    if (step === 'status') return await status(dataSource);
    return await engine.exclusively(dataSource, (runner) => (step === 'undo' ? undo : run)(dataSource, runner));
  } catch (error) {
    throw new Error(engine.explain(error as Error), { cause: error });
  } finally {
    if (dataSource.isInitialized) await dataSource.destroy();
  }
}

async function run(dataSource: DataSource, runner: QueryRunner): Promise<string> {
  await demandKnown(dataSource);
  const done = await runMigrations(dataSource, runner);
  return done.length === 0 ? 'nothing to do' : `ran ${done.map(({ name }) => name).join(', ')}`;
}

async function undo(dataSource: DataSource, runner: QueryRunner): Promise<string> {
  await demandKnown(dataSource);
  const last = (await ranMigrations(dataSource)).at(-1);
  if (last === undefined) return 'nothing to take back';
  await undoLastMigration(dataSource, runner);
  return `took ${last} back`;
}

async function status(dataSource: DataSource): Promise<string> {
  await demandKnown(dataSource);
  const pending = await pendingMigrations(dataSource);
  return pending.length === 0 ? 'up to date' : `missing ${pending.join(', ')}; npm run migrate runs what is missing`;
}

async function demandKnown(dataSource: DataSource): Promise<void> {
  const newer = await newerMigrations(dataSource);
  if (newer.length > 0)
    throw new Error(`a newer release has run ${newer.join(', ')}; use that release here, also to take it back`);
}
