import { createReadStream, statSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { ClientImport, outcomes, type Result } from './import/client-import.js';
import { readJsonLines } from './import/json-lines.js';
import { readKeycloak } from './import/keycloak.js';
import { readOidcProvider } from './import/oidc-provider.js';
import { type Entry, placeOf, type Surroundings } from './import/source.js';
import { exitCodes, UsageFault } from './faults.js';
import { inOrder } from './in-order.js';
import { common, type CommonOptions, note, print, printJson } from './output.js';
import { type Registry, registryOf } from './registry.js';
import { Watched } from './watched.js';

interface ImportOptions extends CommonOptions {
  readonly format: keyof typeof formats;
  readonly template?: string;
  readonly dryRun?: true;
  readonly newSecrets?: true;
}

const formats = { jsonl: readJsonLines, keycloak: readKeycloak, 'oidc-provider': readOidcProvider };

const help = `
Each client is made as create makes it: by the rules of registration, with the client_id and the secret (in the clear, or as
a PHC string of scrypt or argon2id) that the file has. What is wrong is told with its place in the file, and does not stop
the rest. Run it again after an interruption: a client that is there already is left alone, and told where it differs (its
secret is not compared).

A client_id in the form of a UUID of version 7 is refused, since the server makes these: clientele copy moves them.

Exits with 1 when a client was refused, or is there already and differs.

Examples:
  clientele import clients.jsonl --dry-run
  clientele import realm-export.json --format keycloak
  clientele export --url https://old.example | clientele import - --json`;

const atOnce = 4;

/** `import`: clients of a file. */
export function addImport(program: Command): void {
  common(
    program
      .command('import')
      .description('Makes database clients of a file.')
      .argument('<file>', '- reads standard input'),
  )
    .addOption(new Option('--format <format>', 'what the file is').choices(Object.keys(formats)).default('jsonl'))
    .option('--template <id>', 'the template of clients that name none')
    .option('--new-secrets', 'issue new secrets, shown this once, to clients that need one and have none')
    .option('--dry-run', 'tell what would become of each, and make nothing; needs templates:write')
    .addHelpText('after', help)
    .action(importClients);
}

async function importClients(file: string, options: ImportOptions): Promise<void> {
  const { format, template, dryRun = false, newSecrets = false, ...output } = options;
  const registry = registryOf(options);
  const work = new ClientImport(registry, { template, isDry: dryRun, newSecrets });
  const source = read(file);
  const watched = new Watched(dryRun ? 'clients tried:' : 'clients imported:', source.size !== undefined);
  const counts = Object.fromEntries(outcomes.map((outcome) => [outcome, 0])) as Record<Result['outcome'], number>;
  let last: Entry | undefined;
  let done = 0;
  try {
    const take = async (entry: Entry) => ({ entry, result: await work.take(entry) });
    const around = format === 'keycloak' ? await surroundings(registry) : {};
    const entries = formats[format](source.bytes, around);
    for await (const { entry, result } of inOrder(entries, atOnce, take)) {
      counts[result.outcome] += 1;
      tell(entry, result, output, watched);
      watched.at(++done, partOf(entry, source.size));
      last = entry;
    }
  } catch (error) {
    watched.end();
    if (last) note(`stopped after ${placeOf(last)}; run it again: what is there already is left alone`);
    throw error;
  } finally {
    watched.end();
  }
  if (options.json) printJson({ summary: counts });
  else print(summary(counts, dryRun));
  if (counts.refused + counts.different > 0) process.exitCode = exitCodes.failed;
}

async function surroundings(registry: Registry): Promise<Surroundings> {
  const { status, document } = await registry.look('/.well-known/oauth-authorization-server');
  const { scopes_supported: scopes } = (status === 200 ? document : undefined) ?? {};
  return Array.isArray(scopes) ? { scopes: scopes as string[] } : {};
}

interface Source {
  readonly bytes: AsyncIterable<Buffer>;
  /** Unknown for what comes through a pipe. */
  readonly size?: number;
}

/** What part of all has gone by. */
const partOf = ({ position = 0, of, end = 0 }: Entry, size = Infinity): number =>
  of === undefined ? end / size : position / of;

function read(file: string): Source {
  if (file === '-') return { bytes: process.stdin };
  const found = statSync(file, { throwIfNoEntry: false });
  if (!found || found.isDirectory()) throw new UsageFault(`${file} is no file that can be read`);
  return { bytes: createReadStream(file), size: found.size };
}

function tell(
  entry: Entry,
  { outcome, reasons, client_secret }: Result,
  { json }: CommonOptions,
  watched: Watched,
): void {
  const { line, position, clientId: client_id, remarks } = entry;
  if (json || reasons.length + remarks.length > 0 || client_secret !== undefined) watched.makeWay();
  if (json)
    return printJson({
      line,
      position,
      client_id,
      outcome,
      ...(reasons.length > 0 && { reasons }),
      ...(remarks.length > 0 && { remarks }),
      client_secret,
    });
  for (const reason of reasons) note(`${placeOf(entry)} ${outcome}: ${reason}`);
  for (const remark of remarks) note(`${placeOf(entry)}: ${remark}`);
  if (client_secret !== undefined) print(`${client_id}: its new client_secret is ${client_secret}`);
}

const summary = (counts: Record<Result['outcome'], number>, isDry: boolean): string =>
  [
    `${counts.made} ${isDry ? 'would be made' : 'made'}`,
    `${counts.present} there already`,
    `${counts.different} there with other settings`,
    `${counts.skipped} skipped`,
    `${counts.refused} refused`,
  ].join(', ');
