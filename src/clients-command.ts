import 'reflect-metadata';
import { Command, CommanderError, Option } from 'commander';
import { DataSource } from 'typeorm';
import { countByTemplate } from './clients/client-census.js';
import { ClientCopy, type Comparison, CopyConflict, WrongKey } from './clients/client-copy.js';
import type { ClientKind } from './clients/client.entity.js';
import { ClientStore } from './clients/client.store.js';
import { Keyring } from './clients/keyring.js';
import { UsageClock } from './clients/usage-clock.js';
import { type ClockCopy, copyUsageClock } from './clients/usage-clock-copy.js';
import { Clock } from './clock.js';
import { shownAddress } from './config/data-source-address.js';
import type { Environment } from './config/environment.js';
import { ConfigurationFault, processEnvironment, readEnvironment } from './config/read-environment.js';
import { DataSources } from './data-sources/data-sources.service.js';
import { engineAt } from './data-sources/engines/engines.js';
import { NamedDataSource } from './data-sources/named-data-source.js';
import { schema } from './database/schema.js';
import { expire, expireHelp } from './expire-command.js';
import { missingVersions, type UsedVersion } from './templates/missing-templates.js';
import { type TakenTemplate, takeTemplates, TemplateConflict, templatesToTake } from './templates/template-copy.js';
import { giveUp, say, withProgress } from './progress.js';

/** `npm run clients`: what an operator does to stored clients from a shell. */

interface CopyOptions {
  readonly from: string;
  readonly to: string;
  readonly kind?: ClientKind;
  readonly dryRun?: true;
}

const help = `
Names are those of DATA_SOURCES. Clients are copied as they are, with the digests and seals of their credentials,
and deleted ones as tombstones, so that no id is given again, and with the clock that counts for how long clients were not
used, unless the target has other clients that go by its own. The templates that they are under are taken along, whole and
with every version, where the target lacks them or has them as they were; a copy refuses to begin when the target has other
rules under a version that clients are under, and warns of versions that are on neither side: the clients under them work, and
cannot be replaced. A template becomes a default only where the target has none. With --kind database neither the clock nor
templates are taken. Nothing else is copied: no initial access tokens, no API keys, no audit trail. A client keeps the id of the initial access token it was registered with, known there or not.

SECRET_KEY has to be the one under which the credentials were made: a copy refuses to begin when it fits no client, and
warns when it does not fit some.

Stop what writes to either data source (an SQLite file that is in use is refused, but for --dry-run), migrate the target (npm run migrate), copy, then change
DYNAMIC_CLIENTS_DATA_SOURCE or DATABASE_CLIENTS_DATA_SOURCE and keep SECRET_KEY.
A copy that was interrupted goes on when it is run again. What is there already and equal is skipped; a client that is
there with other content stops the copy and is not overwritten. At the end both sides are read again and compared.

Exit codes: 0 done and verified, 1 conflict or failed verification, 78 configuration.`;

/** The exit code for a configuration that cannot work (EX_CONFIG of sysexits.h). */
const badConfiguration = 78;

const command = new Command('npm run clients --').exitOverride();
command
  .command('expire')
  .description('Writes down which clients have expired, and forgets those that nobody has restored for 30 days.')
  .option('--dry-run', 'tell how many there are, and write nothing')
  .addHelpText('after', expireHelp)
  .action(expire);
command
  .command('copy')
  .description('Copies clients from one data source to another.')
  .requiredOption('--from <data source>', 'where the clients are')
  .requiredOption('--to <data source>', 'where they shall be too')
  .addOption(new Option('--kind <kind>', 'clients of one kind only').choices(['dynamic', 'database']))
  .option('--dry-run', 'tell what would be copied, and write nothing')
  .addHelpText('after', help)
  .action(copy);

try {
  await command.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : badConfiguration;
  else if (error instanceof ConfigurationFault) giveUp(error.faults, badConfiguration);
  else if (error instanceof WrongKey) giveUp([error.message, 'nothing was copied'], badConfiguration);
  else if (error instanceof TemplateConflict) giveUp([error.message, 'nothing was copied'], 1);
  else if (error instanceof CopyConflict) giveUp([error.message, 'nothing is overwritten; the copy stopped'], 1);
  else giveUp([(error as Error).message], 1);
}

async function copy({ from: fromName, to: toName, kind, dryRun }: CopyOptions): Promise<void> {
  const environment = readEnvironment(processEnvironment());
  const [from, to] = sourcesOf(environment, fromName, toName, !dryRun);
  try {
    for (const source of [from, to]) await open(source, environment);
    const keyring = new Keyring(environment);
    const clock = new Clock();
    const dataSources = new DataSources(environment, [from, to]);
    const store = new ClientStore(dataSources, keyring, new UsageClock(dataSources, clock), clock);
    const work = new ClientCopy(store, from, to, kind);
    warnOf(await work.withoutKey(keyring));
    const used = await countByTemplate(from.dataSource.manager, kind);
    // Templates are asked of the data source of dynamic clients, wherever database clients are.
    const templates =
      kind === 'database' ? [] : await templatesToTake(used, from.dataSource.manager, to.dataSource.manager);
    if (!dryRun) await takeTemplates(templates, from.dataSource.manager, to);
    tellTemplates(templates, dryRun);
    warnOfTemplates(missingBeside(templates, await missingVersions(used, to.dataSource.manager)), to.name);
    const total = await work.total();
    const step = dryRun ? work.rehearse.bind(work) : work.copy.bind(work);
    const { copied, alreadyThere } = await withProgress(dryRun ? 'comparing' : 'copying', total, step);
    const path = `from ${from.name} (${from.address}) to ${to.name} (${to.address})`;
    say(`${dryRun ? 'would copy' : 'copied'} ${clients(copied)} ${path}; ${alreadyThere} there already`);
    if (dryRun) return;
    const comparison = await withProgress('verifying', total, work.compare.bind(work));
    tell(comparison, from.name, to.name);
    // The clock of dynamic clients is that of database clients too, wherever those are.
    if (kind !== 'database' && process.exitCode === undefined)
      tellClock(await copyUsageClock(from, to, comparison.others > 0), to.name);
  } finally {
    for (const { dataSource } of [from, to]) if (dataSource.isInitialized) await dataSource.destroy();
  }
}

function sourcesOf(
  environment: Environment,
  from: string,
  to: string,
  isAlone: boolean,
): [NamedDataSource, NamedDataSource] {
  const { DATA_SOURCES, dataSources } = environment;
  const unknown = Object.entries({ from, to }).filter(([, name]) => !DATA_SOURCES.includes(name));
  if (unknown.length > 0)
    throw new ConfigurationFault(
      unknown.map(([option]) => `--${option}: name one of DATA_SOURCES (${DATA_SOURCES.join(', ')})`),
    );
  const sourceOf = (name: string): NamedDataSource => {
    const { address, poolSize } = dataSources[name]!;
    const engine = engineAt(address, poolSize, { isAlone });
    return new NamedDataSource(name, shownAddress(address), engine, new DataSource(engine.options(schema)));
  };
  const sources: [NamedDataSource, NamedDataSource] = [sourceOf(from), sourceOf(to)];
  if (sources[0].address === sources[1].address)
    throw new ConfigurationFault(['--to: name another data source than --from']);
  return sources;
}

async function open(source: NamedDataSource, { STRICT_DURABILITY }: Environment): Promise<void> {
  await source.open({ migrate: false, strict: STRICT_DURABILITY }).catch(() => {
    throw new Error(source.current.fault);
  });
}

function warnOf(withoutKey: number): void {
  if (withoutKey === 0) return;
  const have = `${clients(withoutKey)} ${withoutKey === 1 ? 'has' : 'have'}`;
  process.stderr.write(
    `${have} credentials under a key that SECRET_KEY does not list; they are copied, and fail until it does\n`,
  );
}

function tellTemplates(templates: readonly TakenTemplate[], dryRun = false): void {
  if (templates.length === 0) return;
  const named = templates.map(({ state: { id, version } }) => `${id} (version ${version})`).join(', ');
  say(`${dryRun ? 'would take' : 'took'} along the ${templates.length === 1 ? 'template' : 'templates'} ${named}`);
}

/** What a rehearsal would not have taken along either. */
function missingBeside(templates: readonly TakenTemplate[], missing: readonly UsedVersion[]): UsedVersion[] {
  return missing.filter(
    ({ id, version }) => !templates.some(({ state }) => state.id === id && state.version >= version),
  );
}

function warnOfTemplates(missing: readonly UsedVersion[], target: string): void {
  for (const { id, version, clients: count } of missing)
    process.stderr.write(
      `${target} lacks version ${version} of the template ${id}, which ${clients(count)} ${count === 1 ? 'is' : 'are'} under: ` +
        `they cannot be replaced where ${target} is DYNAMIC_CLIENTS_DATA_SOURCE until it is made there\n`,
    );
}

function tellClock(became: ClockCopy, target: string): void {
  if (became === 'taken along') say(`${target} goes by the usage clock of the source from now on`);
  if (became === 'left')
    process.stderr.write(
      `${target} keeps a usage clock of its own, since it has other clients: of those copied, the ones that nobody uses ` +
        'may end at another time\n',
    );
}

function tell({ from, to, difference, others }: Comparison, fromName: string, toName: string): void {
  if (from.count === to.count && from.digest === to.digest) {
    say(`verified ${clients(from.count)}: SHA-256 ${from.digest} in ${fromName} and in ${toName}`);
    if (others > 0) say(`${toName} has ${clients(others)} besides`);
    return;
  }
  const side = (name: string, { count, digest }: Comparison['from']) => `${name}: ${clients(count)}, SHA-256 ${digest}`;
  const first = `the first that differs is ${difference}`;
  giveUp(['not verified, since the two sides differ', side(fromName, from), side(toName, to), first], 1);
}

function clients(count: number): string {
  return `${count} ${count === 1 ? 'client' : 'clients'}`;
}
