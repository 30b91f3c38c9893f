import type { Command } from 'commander';
import { common, type CommonOptions, printJson, printMembers, withTimes } from './output.js';
import { registryOf } from './registry.js';
import { wholeNumber } from './whole-number.js';

interface TokenOptions extends CommonOptions {
  readonly template?: string;
  readonly uses?: number;
  readonly expiresIn?: number;
  readonly label?: string;
  readonly owner?: string;
  readonly scope?: string;
  readonly softwareId?: string;
  readonly redirectHost?: string[];
  readonly manages?: true;
}

/** `token create`: an initial access token. */
export function addToken(program: Command): void {
  const token = program.command('token').description('Initial access tokens.');
  common(token.command('create').description('Makes an initial access token, shown this once.'))
    .option('--template <id>', 'the template of its clients')
    .option('--uses <number>', 'how many clients it may register; 1 unless given', wholeNumber)
    .option('--expires-in <seconds>', 'a day unless given', wholeNumber)
    .option('--label <text>', 'what it is for')
    .option('--owner <owner>', 'becomes the owner of its clients')
    .option('--scope <scopes>', 'the most that its clients may be given')
    .option('--software-id <id>', 'the software_id of its clients')
    .option('--redirect-host <pattern...>', 'hosts that their redirect URIs must match')
    .option('--manages', 'it also reads, replaces and deletes the clients that it made')
    .addHelpText(
      'after',
      '\nExample: clientele token create --template partner-portal --uses 50 --label "spring campaign"',
    )
    .action(create);
}

async function create(options: TokenOptions): Promise<void> {
  const made = await registryOf(options).post<object>('/admin/initial-access-tokens', {
    template: options.template,
    uses: options.uses,
    expires_in: options.expiresIn,
    label: options.label,
    owner: options.owner,
    scope: options.scope,
    software_id: options.softwareId,
    redirect_hosts: options.redirectHost,
    manages: options.manages,
  });
  if (options.json) printJson(made);
  else printMembers(withTimes(made));
}
