#!/usr/bin/env node
import { CommanderError } from 'commander';
import { exitCodes, UsageFault } from './command-line/faults.js';
import { printable } from './command-line/output.js';
import { commandLine } from './command-line/program.js';
import { RegistryRefusal } from './command-line/registry.js';
import { ConfigurationFault } from './config/read-environment.js';
import { giveUp } from './progress.js';

/** `npx clientele`: the commands of administrators and operators in one program. */

/** What works on the data sources themselves: each a program of its own, which reads what follows its name. */
const [name = '', next] = process.argv.slice(2);
if (['copy', 'expire'].includes(name)) await import('./clients-command.js');
else if (name === 'migrate') {
  process.argv.splice(2, 1);
  await import('./migrate.js');
} else if (name === 'audit' && next !== undefined) {
  process.argv.splice(2, 1);
  await import('./audit-command.js');
} else if (name === 'keys' && next !== undefined) {
  process.argv.splice(2, 1);
  await import('./keys-command.js');
} else await administer();

async function administer(): Promise<void> {
  // Whoever reads only the beginning, as head does, is served.
  process.stdout.on('error', () => process.exit());
  try {
    // What opens databases is loaded by who needs it.
    await commandLine(async (environment) =>
      (await import('./stored-state.js')).lookAtStored(environment),
    ).parseAsync();
  } catch (error) {
    if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
    else if (error instanceof UsageFault) giveUp([error.message], exitCodes.usage);
    else if (error instanceof ConfigurationFault) giveUp(error.faults, exitCodes.configuration);
    else if (error instanceof RegistryRefusal) giveUp(error.reasons.map(printable), exitCodes.failed);
    else giveUp([(error as Error).message], exitCodes.failed);
  }
}
