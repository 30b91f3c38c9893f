import type { Command } from 'commander';
import type { CompleteClient } from '../clients/complete-client.js';
import { common, type CommonOptions, print, printJson } from './output.js';
import { clientPath, registryOf } from './registry.js';

/** `suspend` and `resume`: a client stops and goes on. */
export function addStatus(program: Command): void {
  common(program.command('suspend').description('Stops a client until it is resumed.').argument('<client_id>'))
    .addHelpText('after', '\nExample: clientele suspend billing')
    .action((id: string, options: CommonOptions) => change(id, 'suspended', options));
  common(
    program
      .command('resume')
      .description('Lets a suspended client go on; approves a pending one, restores an expired one.')
      .argument('<client_id>'),
  )
    .addHelpText('after', '\nExample: clientele resume billing')
    .action((id: string, options: CommonOptions) => change(id, 'active', options));
}

async function change(id: string, status: string, options: CommonOptions): Promise<void> {
  const client = await registryOf(options).patch<CompleteClient>(clientPath(id), { status });
  if (options.json) printJson(client);
  else print(`${client.client_id} is ${client.status}`);
}
