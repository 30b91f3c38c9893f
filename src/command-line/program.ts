import { Command } from 'commander';
import { addCreate } from './create.js';
import { addDoctor, type LookAtStored } from './doctor.js';
import { addExport } from './export.js';
import { addImport } from './import.js';
import { addList } from './list.js';
import { addRotateSecret } from './rotate-secret.js';
import { addShow } from './show.js';
import { addStatus } from './status.js';
import { addTemplate } from './template.js';
import { addToken } from './token.js';

const help = `
On the data sources themselves, without a running program (each has --help):
  copy, expire             clients of whole data sources
  migrate                  brings the schema up to date
  keys                     rotates the signing keys
  audit verify             finds what was edited, removed or added

All others speak to a running program as the administrator of ADMIN_TOKEN, which may be an API key: the first run printed
one. By that, they work beside it on SQLite too, obey the same rules, and leave the same audit trail.

Exit codes: 0 done, 1 refused or not reached, 2 usage, 78 configuration.`;

/** The command line of administrators. */
export function commandLine(lookAtStored: LookAtStored): Command {
  const program = new Command('clientele')
    .description('Looks after the clients of a registry.')
    .exitOverride()
    .showHelpAfterError('(--help says what there is)')
    .addHelpText('after', help);
  for (const add of [
    addList,
    addShow,
    addCreate,
    addStatus,
    addRotateSecret,
    addToken,
    addTemplate,
    addImport,
    addExport,
  ])
    add(program);
  addDoctor(program, lookAtStored);
  return program;
}
