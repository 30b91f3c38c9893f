import type { Command } from 'commander';
import type { Environment } from '../config/environment.js';
import { ConfigurationFault, processEnvironment, readEnvironment, type Source } from '../config/read-environment.js';
import { registryAccess } from '../config/registry-access.js';
import { checkClients } from './doctor/client-checks.js';
import { checkDataSources } from './doctor/data-source-checks.js';
import { Examination, type Outcome } from './doctor/examination.js';
import { checkOldKeys } from './doctor/key-checks.js';
import { checkProgram } from './doctor/program-checks.js';
import { exitCodes } from './faults.js';
import { common, type CommonOptions, print, printable, printJson, printTable } from './output.js';
import { Registry } from './registry.js';

interface DoctorOptions extends CommonOptions {
  readonly clients: boolean;
}

/** What a look at a data source that is configured here found. */
export interface StoredState {
  readonly name: string;
  /** What is wrong with it. */
  readonly faults: readonly string[];
  /** What is wrong with SECRET_KEY for what is in it. */
  readonly keyFaults: readonly string[];
}

/** Looks at the data sources that are configured here, without the program. */
export type LookAtStored = (environment: Environment) => Promise<readonly StoredState[]>;

const help = `
It changes nothing. It looks at the configuration here; at the program: whether it answers, its clock, the addresses and the
issuer that it publishes; at its data sources: whether they answer, their migrations, settings that can lose what was
acknowledged; at SECRET_KEY; and at every client, by trying it out against the rules and its template of today. The data
sources themselves are opened where they are configured here.

ADMIN_TOKEN needs data-sources:read, clients:read, templates:read and templates:write.

Exits with 1 when something is wrong or could not be looked at. Advice alone is 0.`;

/** `doctor`: what is wrong, and what to do. */
export function addDoctor(program: Command, lookAtStored: LookAtStored): void {
  common(program.command('doctor').description('Finds out what is wrong, and says what to do.'))
    .option('--no-clients', 'leave the clients out, which takes a request for each')
    .addHelpText('after', help)
    .action((options: DoctorOptions) => examine(options, lookAtStored));
}

async function examine(options: DoctorOptions, lookAtStored: LookAtStored): Promise<void> {
  const examination = new Examination();
  const { environment, registry } = configured(options, examination);
  let isSeen = false;
  if (registry) {
    const isThere = await checkProgram(registry, options.url !== undefined, examination);
    if (isThere) {
      await checkDataSources(registry, examination);
      isSeen = examination.findings.some(({ check }) => check.startsWith('data source '));
      await checkOldKeys(registry, environment, examination);
      if (options.clients) await checkClients(registry, examination);
    }
  }
  if (environment)
    for (const { name, faults, keyFaults } of await lookAtStored(environment)) {
      // What the program says of them counts.
      if (!isSeen) examination.judge(`data source ${name}`, faults);
      if (faults.length === 0) examination.judge(`keys of ${name}`, keyFaults);
    }
  tell(examination, options);
}

/** The configuration, as far as it is sound, and the program that it names. */
function configured({ url }: DoctorOptions, examination: Examination) {
  const faults: string[] = [];
  const attempt = <T>(read: () => T): T | undefined => {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof ConfigurationFault)) throw error;
      faults.push(...error.faults);
      return undefined;
    }
  };
  const source: Source | undefined = attempt(processEnvironment);
  const environment = source && attempt(() => readEnvironment(source, { onlyLooks: true }));
  const access = source && attempt(() => registryAccess(source, url));
  examination.judge('configuration', [...new Set(faults)]);
  return { environment, registry: access && new Registry(access) };
}

function tell(examination: Examination, { json }: CommonOptions): void {
  const { findings, isWell } = examination;
  if (json) findings.forEach(printJson);
  else {
    printTable(
      ['RESULT', 'CHECK', 'WHAT TO DO'],
      findings.map(({ outcome, check, message = '-' }) => [outcome, check, message]),
    );
    for (const { check, examples = [] } of findings)
      for (const example of examples) print(`${check}: ${printable(example)}`);
    const counted = (wanted: Outcome) => findings.filter(({ outcome }) => outcome === wanted).length;
    print(isWell ? 'all is well' : `wrong: ${counted('fault')}, not looked at: ${counted('unchecked')}`);
  }
  if (!isWell) process.exitCode = exitCodes.failed;
}
