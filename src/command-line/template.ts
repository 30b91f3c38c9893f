import type { Command } from 'commander';
import type { TemplateApplication } from '../admission/dto/template-application.dto.js';
import { exitCodes } from './faults.js';
import { common, type CommonOptions, print, printJson, printTable } from './output.js';
import { registryOf } from './registry.js';

interface ApplyOptions extends CommonOptions {
  readonly dryRun?: boolean;
}

/** `template apply`: the clients of a template move to its newest version. */
export function addTemplate(program: Command): void {
  const template = program.command('template').description('Templates.');
  common(
    template.command('apply').description('Moves the clients of a template to its newest version.').argument('<id>'),
  )
    .option('--dry-run', 'tell what would become of each client, and change nothing')
    .addHelpText(
      'after',
      '\nExits with 1 when the newest version refuses a client, which keeps the version that it has.',
    )
    .addHelpText('after', '\nExample: clientele template apply partner-portal --dry-run')
    .action(apply);
}

async function apply(id: string, { dryRun = false, ...options }: ApplyOptions): Promise<void> {
  const path = `/admin/templates/${encodeURIComponent(id)}/apply${dryRun ? '?dry_run=true' : ''}`;
  const report = await registryOf(options).post<TemplateApplication>(path);
  if (options.json) printJson(report);
  else tell(report, dryRun);
  if (report.broken > 0) process.exitCode = exitCodes.failed;
}

function tell({ unchanged, changed, broken, ending = 0, clients }: TemplateApplication, dryRun: boolean): void {
  const listed = clients.filter(({ outcome }) => outcome !== 'unchanged');
  const rows = listed.map(({ client_id, outcome, ends, violations = [] }) => [
    client_id,
    ends ? 'ends' : outcome,
    violations.map(({ message }) => message).join('; ') || '-',
  ]);
  if (rows.length > 0) printTable(['CLIENT', 'OUTCOME', 'WHY'], rows);
  print(
    `${dryRun ? 'would be ' : ''}unchanged ${unchanged}, changed ${changed}${ending > 0 ? ` (${ending} of them end)` : ''}, broken ${broken}`,
  );
}
