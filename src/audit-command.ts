import 'reflect-metadata';
import { existsSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { DataSource } from 'typeorm';
import { AuditVerification, type AuditReport } from './audit/audit-verification.js';
import { AuditSeal } from './audit/audit-seal.entity.js';
import { Keyring } from './clients/keyring.js';
import { shownAddress } from './config/data-source-address.js';
import type { Environment } from './config/environment.js';
import { ConfigurationFault, processEnvironment, readEnvironment } from './config/read-environment.js';
import { engineAt } from './data-sources/engines/engines.js';
import { NamedDataSource } from './data-sources/named-data-source.js';
import { schema } from './database/schema.js';
import { giveUp, say, withProgress } from './progress.js';

/** `npm run audit`: what an operator does with the audit trail from a shell. */

interface VerifyOptions {
  readonly seal?: string;
}

const help = `
Looks at the trail of each data source that clients live in, and changes nothing; the program may run meanwhile. Each event
has a digest, and each closed window of time a seal, both keyed by SECRET_KEY: edited, missing and added events in sealed
windows are found, and seals that were edited, exchanged or removed. Of events younger than some ten minutes, which are not
sealed yet, edited and added ones are found.

Whoever can write to the database can also cut off the end of the trail with its seals. Note the newest seal elsewhere, and
let --seal tell whether it is there still.

Exit codes: 0 all is as it was written, 1 it is not, or could not be read, 78 configuration.`;

/** The exit code for a configuration that cannot work (EX_CONFIG of sysexits.h). */
const badConfiguration = 78;

const command = new Command('npm run audit --').exitOverride();
command
  .command('verify')
  .description('Finds events of the audit trail that were edited, removed or added.')
  .option('--seal <seal>', 'a seal that was the newest once, which has to be there still')
  .addHelpText('after', help)
  .action(verify);

try {
  await command.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : badConfiguration;
  else if (error instanceof ConfigurationFault) giveUp(error.faults, badConfiguration);
  else giveUp([(error as Error).message], 1);
}

async function verify({ seal }: VerifyOptions): Promise<void> {
  const environment = readEnvironment(processEnvironment());
  let isNoted = false;
  for (const source of sourcesOf(environment)) {
    try {
      await source.open({ migrate: false, strict: false }).catch(() => {
        throw new Error(source.current.fault);
      });
      const read = source.read.bind(source);
      const verification = new AuditVerification(read, new Keyring(environment));
      const total = await verification.total();
      tell(source, await withProgress('verifying', total, verification.run.bind(verification)));
      isNoted ||= seal !== undefined && (await read((reader) => reader.existsBy(AuditSeal, { digest: seal })));
    } finally {
      if (source.dataSource.isInitialized) await source.dataSource.destroy();
    }
  }
  if (seal !== undefined && !isNoted)
    giveUp(['the seal that you noted is gone: the trail was cut off, or is another one'], 1);
}

function sourcesOf(environment: Environment): NamedDataSource[] {
  const { DYNAMIC_CLIENTS_DATA_SOURCE, DATABASE_CLIENTS_DATA_SOURCE, dataSources } = environment;
  return [...new Set([DYNAMIC_CLIENTS_DATA_SOURCE, DATABASE_CLIENTS_DATA_SOURCE])].map((name) => {
    const { address, poolSize } = dataSources[name]!;
    // To look must not make a file.
    if (address.engine === 'sqlite' && !existsSync(address.path))
      throw new ConfigurationFault([`data source ${name}: there is no file ${address.path}`]);
    // To look is all right while the program runs.
    const engine = engineAt(address, poolSize, { isAlone: false });
    return new NamedDataSource(name, shownAddress(address), engine, new DataSource(engine.options(schema)));
  });
}

function tell({ name, address }: NamedDataSource, report: AuditReport): void {
  const { events, unsealed, underOldKeys, newest, findings, further } = report;
  const where = `${name} (${address})`;
  if (findings.length > 0) {
    const listed = findings.map((finding) => `  ${finding}`);
    const more = further > 0 ? [`  and ${further} more`] : [];
    giveUp([`${where}: the audit trail is not as it was written`, ...listed, ...more], 1);
    return;
  }
  say(`${where}: ${events} events verified, ${unsealed} of them not sealed yet`);
  if (underOldKeys > 0)
    say(`${underOldKeys} are from under keys that have left SECRET_KEY; their seals speak for them`);
  if (newest) say(`the newest seal, to be noted elsewhere: ${newest.digest}`);
}
