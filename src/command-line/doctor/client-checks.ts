import type { CompleteClient } from '../../clients/complete-client.js';
import { inOrder } from '../in-order.js';
import type { Registry } from '../registry.js';
import { Watched } from '../watched.js';
import type { Examination } from './examination.js';

interface Template {
  readonly id: string;
  readonly status: string;
}

interface Simulation {
  readonly violations?: readonly { readonly member: string; readonly message: string }[];
}

const atOnce = 4;
const mostExamples = 5;

/** Whether the rules of today, and the newest version of its template, would still have each client. */
export async function checkClients(registry: Registry, examination: Examination): Promise<void> {
  await examination.look('clients', async () => {
    const active = await activeTemplates(registry);
    const clients = registry.items<CompleteClient>('/admin/clients', { limit: '200' });
    const watched = new Watched('clients tried:');
    const examples: string[] = [];
    let [tried, refused] = [0, 0];
    try {
      for await (const fault of inOrder(clients, atOnce, (client) => faultOf(client, active, registry))) {
        watched.at(++tried);
        if (fault === undefined) continue;
        refused += 1;
        if (examples.length < mostExamples) examples.push(fault);
      }
    } finally {
      watched.end();
    }
    const message =
      `the rules would refuse ${refused} of ${tried} today; these work on, and cannot be replaced until their metadata, ` +
      'their template or what the server offers is changed';
    if (refused === 0) examination.judge('clients', []);
    else examination.findings.push({ check: 'clients', outcome: 'fault', message, examples });
  });
}

async function activeTemplates(registry: Registry): Promise<ReadonlySet<string>> {
  const active = new Set<string>();
  for await (const { id, status } of registry.items<Template>('/admin/templates', { limit: '200' }))
    if (status === 'active') active.add(id);
  return active;
}

/** What would be wrong with a client first, if it were to be made again. */
async function faultOf(
  { client_id, template_id: id, metadata }: CompleteClient,
  active: ReadonlySet<string>,
  registry: Registry,
): Promise<string | undefined> {
  // One that is switched off lets no new client in, but those that it has stay as they are.
  const template = id !== undefined && active.has(id) ? id : undefined;
  const request = { registrar: { type: 'administrator' }, template, metadata };
  const { violations = [] } = await registry.post<Simulation>('/admin/simulations', request);
  // A full template says nothing of the client.
  const [first] = violations.filter(({ member }) => member !== 'registrar');
  return first && `${client_id}: ${first.message}`;
}
