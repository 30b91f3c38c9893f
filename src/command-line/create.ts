import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import type { CompleteClient } from '../clients/complete-client.js';
import { UsageFault } from './faults.js';
import { common, type CommonOptions } from './output.js';
import { registryOf } from './registry.js';
import { printClient } from './show.js';

interface CreateOptions extends CommonOptions {
  readonly id?: string;
  readonly metadata?: string;
  readonly name?: string;
  readonly redirectUri?: string[];
  readonly grantType?: string[];
  readonly scope?: string;
  readonly authMethod?: string;
  readonly template?: string;
  readonly owner?: string;
  readonly tag?: string[];
  readonly notes?: string;
}

const help = `
Examples:
  clientele create --name Shop --redirect-uri https://shop.example/callback --owner team-shop
  clientele create --id billing --grant-type client_credentials --scope openid
  clientele create --metadata shop.json --template partner-portal

The secret of a client that has one is shown this once.`;

/** `create`: a database client. */
export function addCreate(program: Command): void {
  common(program.command('create').description('Makes a database client, by the rules of registration.'))
    .option('--id <client_id>', 'made by the server unless given')
    .option('--metadata <file>', 'a JSON document as for POST /register; - reads standard input')
    .option('--name <client_name>', 'what users are shown')
    .option('--redirect-uri <uri...>', 'where users may be sent back')
    .option('--grant-type <grant...>', 'the grants it uses')
    .option('--scope <scopes>', 'separated by spaces')
    .option('--auth-method <method>', 'its token_endpoint_auth_method')
    .option('--template <id>', 'the template that it shall be under')
    .option('--owner <owner>', 'who answers for it')
    .option('--tag <tag...>', 'words to find it by')
    .option('--notes <text>', 'for administrators')
    .addHelpText('after', help)
    .action(create);
}

async function create(options: CreateOptions): Promise<void> {
  const registry = registryOf(options);
  const made = await registry.post<CompleteClient>('/admin/clients', {
    client_id: options.id,
    template: options.template,
    owner: options.owner,
    tags: options.tag,
    notes: options.notes,
    metadata: { ...documentIn(options.metadata), ...membersOf(options) },
  });
  printClient(made, options);
}

const membersOf = ({ name, redirectUri, grantType, scope, authMethod }: CreateOptions): object =>
  Object.fromEntries(
    Object.entries({
      client_name: name,
      redirect_uris: redirectUri,
      grant_types: grantType,
      scope,
      token_endpoint_auth_method: authMethod,
    }).filter(([, value]) => value !== undefined),
  );

function documentIn(file: string | undefined): object {
  if (file === undefined) return {};
  try {
    const document: unknown = JSON.parse(readFileSync(file === '-' ? 0 : file, 'utf8'));
    if (typeof document === 'object' && document !== null && !Array.isArray(document)) return document;
  } catch (error) {
    throw new UsageFault(`--metadata: ${file} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'no JSON'})`);
  }
  throw new UsageFault('--metadata: write one JSON object');
}
