import { type Command, Option } from 'commander';
import { clientKinds, clientStatuses } from '../clients/client.entity.js';
import type { CompleteClient } from '../clients/complete-client.js';
import { common, type CommonOptions, printJson, printTable, time } from './output.js';
import { registryOf } from './registry.js';

/** How the list of clients is narrowed, by the names that the address takes. */
export type Filters = Readonly<Record<string, string>>;

const filters = ['kind', 'status', 'template', 'registrar', 'subject', 'owner', 'tag', 'software_id', 'name'];

/** Gives a command the filters of the list of clients. */
export const filtered = (command: Command): Command =>
  command
    .addOption(new Option('--kind <kind>', 'how they came').choices(clientKinds))
    .addOption(new Option('--status <status>', 'deleted ones only with this').choices(clientStatuses))
    .option('--template <id>', 'the template that they are under')
    .option('--registrar <id>', 'the token, API key or client that registered them')
    .option('--subject <user>', 'the user who registered them')
    .option('--owner <owner>', 'who answers for them')
    .option('--tag <tag>', 'a tag that they have')
    .option('--software-id <id>', 'their software_id')
    .option('--name <beginning>', 'what their client_name begins with');

/** The query that the options of a command ask for. */
export function queryOf(options: Readonly<Record<string, unknown>>): Filters {
  const given = filters.flatMap((name) => {
    const value = options[name === 'software_id' ? 'softwareId' : name];
    return typeof value === 'string' ? [[name, value] as const] : [];
  });
  return { ...Object.fromEntries(given), limit: '200' };
}

/** `list`: the clients that filters find. */
export function addList(program: Command): void {
  common(filtered(program.command('list').description('Lists clients, the oldest first.')))
    .addHelpText('after', '\nExample: clientele list --kind database --owner team-shop --json')
    .action(list);
}

async function list(options: CommonOptions & Record<string, unknown>): Promise<void> {
  const found = registryOf(options).items<CompleteClient>('/admin/clients', queryOf(options));
  const rows: string[][] = [];
  for await (const client of found) {
    if (options.json) printJson(client);
    else rows.push(rowOf(client));
  }
  if (!options.json) printTable(['CLIENT', 'KIND', 'STATUS', 'TEMPLATE', 'OWNER', 'MADE', 'NAME'], rows);
}

const rowOf = (client: CompleteClient): string[] => [
  client.client_id,
  client.kind,
  client.status,
  client.template_id === undefined ? '-' : `${client.template_id}:${client.template_version}`,
  client.owner ?? '-',
  time(client.created_at),
  client.metadata.client_name ?? '-',
];
