import type { Command } from 'commander';
import type { CompleteClient } from '../clients/complete-client.js';
import { common, type CommonOptions, print, printJson, printMembers, withTimes } from './output.js';
import { clientPath, registryOf } from './registry.js';

/** `show`: all that is known about a client, but for its secrets. */
export function addShow(program: Command): void {
  common(program.command('show').description('Shows a client.').argument('<client_id>'))
    .addHelpText('after', '\nExample: clientele show billing')
    .action(show);
}

async function show(id: string, options: CommonOptions): Promise<void> {
  printClient(await registryOf(options).get<CompleteClient>(clientPath(id)), options);
}

/** Prints a client. */
export function printClient(client: CompleteClient, { json }: CommonOptions): void {
  if (json) return printJson(client);
  const { metadata, ...rest } = client;
  printMembers(withTimes(rest));
  print('');
  printMembers(metadata);
}
