import type { Command } from 'commander';
import { common, type CommonOptions, printJson, printMembers, withTimes } from './output.js';
import { clientPath, registryOf } from './registry.js';
import { wholeNumber } from './whole-number.js';

interface RotateOptions extends CommonOptions {
  readonly overlap?: number;
}

/** `rotate-secret`: a client gets a new secret. */
export function addRotateSecret(program: Command): void {
  common(program.command('rotate-secret').description('Issues a new secret, shown this once.').argument('<client_id>'))
    .option('--overlap <seconds>', 'how long the older ones live on; what the template says, else 0', wholeNumber)
    .addHelpText('after', '\nExample: clientele rotate-secret billing --overlap 604800')
    .action(rotate);
}

async function rotate(id: string, { overlap, ...options }: RotateOptions): Promise<void> {
  const issued = await registryOf(options).post<object>(`${clientPath(id)}/secrets`, { overlap });
  if (options.json) printJson(issued);
  else printMembers(withTimes(issued));
}
