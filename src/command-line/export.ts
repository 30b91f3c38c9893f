import { closeSync, openSync, unlinkSync, writeSync } from 'node:fs';
import type { Command } from 'commander';
import { isServerMade } from '../clients/chosen-client-id.js';
import type { CompleteClient } from '../clients/complete-client.js';
import { exported } from './client-record.js';
import { UsageFault } from './faults.js';
import { inOrder } from './in-order.js';
import { filtered, queryOf } from './list.js';
import { note, print } from './output.js';
import { type Registry, registryOf, RegistryRefusal } from './registry.js';
import { Watched } from './watched.js';

interface ExportOptions {
  readonly url?: string;
  readonly output?: string;
  readonly secrets?: true;
}

const help = `
A line is all that import can make again: client_id, status, template, owner, tags, notes, metadata. list --json shows
more. Secrets are kept as digests, from which nobody gets them back; --secrets exports those that the server keeps in
the clear as well, since it needs them or the template of the client says so.

Examples:
  clientele export --kind database > clients.jsonl
  clientele export --template partner-portal --secrets --output partners.jsonl`;

const atOnce = 4;

/** `export`: clients as JSON lines. */
export function addExport(program: Command): void {
  filtered(program.command('export').description('Writes clients as JSON lines, for import.'))
    .option('--secrets', 'with the secrets that can be shown; needs clients:lookup and clients:secrets')
    .option('--output <file>', 'a new file that its owner alone can read; standard output unless given')
    .option('--url <address>', 'where the program is; PUBLIC_URL unless given')
    .addHelpText('after', help)
    .action(exportClients);
}

async function exportClients(options: ExportOptions & Readonly<Record<string, unknown>>): Promise<void> {
  const registry = registryOf(options);
  const clients = registry.items<CompleteClient>('/admin/clients', queryOf(options));
  const target = targetOf(options.output);
  const left = new LeftOut(options.secrets === true);
  const watched = new Watched('clients exported:');
  try {
    let done = 0;
    const read = (client: CompleteClient) => withSecret(client, options.secrets === true, registry);
    for await (const { client, secret } of inOrder(clients, atOnce, read)) {
      if (client.status !== 'deleted') target.write(JSON.stringify(exported(client, secret)));
      left.look(client, secret, watched);
      watched.at(++done);
    }
  } catch (error) {
    target.discard();
    throw error;
  } finally {
    watched.end();
  }
  target.close();
  left.tell();
}

interface WithSecret {
  readonly client: CompleteClient;
  readonly secret?: string | undefined;
}

/** A client and its newest secret, where that is kept in the clear. */
async function withSecret(client: CompleteClient, isAsked: boolean, registry: Registry): Promise<WithSecret> {
  if (!isAsked || client.secrets.length === 0) return { client };
  try {
    const path = `/lookup/clients/${encodeURIComponent(client.client_id)}?include=secrets`;
    const { secrets } = await registry.get<CompleteClient>(path);
    return { client, secret: secrets.at(-1)?.client_secret };
  } catch (error) {
    // Deleted since it was listed.
    if (error instanceof RegistryRefusal && error.status === 410) return { client: { ...client, status: 'deleted' } };
    throw error;
  }
}

interface Target {
  write(line: string): void;
  close(): void;
  /** Leaves nothing behind that could be taken for a whole export. */
  discard(): void;
}

function targetOf(file: string | undefined): Target {
  if (file === undefined) return { write: print, close: () => undefined, discard: () => undefined };
  const opened = openNew(file);
  return {
    write: (line) => void writeSync(opened, `${line}\n`),
    close: () => closeSync(opened),
    discard: () => {
      closeSync(opened);
      unlinkSync(file);
    },
  };
}

function openNew(file: string): number {
  try {
    return openSync(file, 'wx', 0o600);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UsageFault(
      code === 'EEXIST'
        ? `--output: ${file} is there already; name a new file`
        : `--output: ${file} cannot be written (${code})`,
    );
  }
}

/** Remembers what the lines do not hold, and tells of it on standard error. */
class LeftOut {
  private withoutSecret = 0;
  private serverMade = 0;
  private notWorking = 0;
  private deleted = 0;

  constructor(private readonly isWithSecrets: boolean) {}

  look(client: CompleteClient, secret: string | undefined, watched: Watched): void {
    if (client.status === 'deleted') return void (this.deleted += 1);
    if (client.status === 'pending' || client.status === 'expired') this.notWorking += 1;
    if (isServerMade(client.client_id)) this.serverMade += 1;
    if (client.secrets.length > 0 && secret === undefined) this.withoutSecret += 1;
    if (!this.isWithSecrets || client.secrets.length === 0) return;
    watched.makeWay();
    if (secret === undefined) note(`${client.client_id}: its secret is kept as a digest, and not exported`);
    else if (client.secrets.length > 1) note(`${client.client_id}: of its secrets the newest is exported`);
  }

  tell(): void {
    const { withoutSecret, serverMade, notWorking, deleted } = this;
    const all: [number, string][] = [
      [withoutSecret, `exported without secret${this.isWithSecrets ? '' : '; --secrets exports what can be shown'}`],
      [serverMade, 'with an id that the server made, which import refuses; clientele copy moves these'],
      [notWorking, 'pending or expired, which import refuses'],
      [deleted, 'deleted, of which nothing is left to export'],
    ];
    for (const [count, what] of all) if (count > 0) note(`${count} ${count === 1 ? 'client' : 'clients'} ${what}`);
  }
}
