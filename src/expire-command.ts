import { DataSource } from 'typeorm';
import { AuditTrail } from './audit/audit-trail.js';
import { ClientStore } from './clients/client.store.js';
import { EndedClients } from './clients/ended-clients.js';
import { Keyring } from './clients/keyring.js';
import { UsageClock } from './clients/usage-clock.js';
import { Clock } from './clock.js';
import { shownAddress } from './config/data-source-address.js';
import type { Environment } from './config/environment.js';
import { processEnvironment, readEnvironment } from './config/read-environment.js';
import { DataSources } from './data-sources/data-sources.service.js';
import { engineAt } from './data-sources/engines/engines.js';
import { NamedDataSource } from './data-sources/named-data-source.js';
import { schema } from './database/schema.js';
import { Expiry } from './lifecycle/expiry.js';
import { say, withProgress } from './progress.js';

export const expireHelp = `
The program does this by itself every minute, one instance at a time; a client is expired from the second it has ended,
whether that is written down or not. It may run meanwhile, but for SQLite, whose file it has to itself: --dry-run only.

Exit codes: 0 done, 1 failed, 78 configuration.`;

/** `npm run clients -- expire`. */
export async function expire({ dryRun }: { readonly dryRun?: true }): Promise<void> {
  const environment = readEnvironment(processEnvironment());
  const sources = sourcesOf(environment, !dryRun);
  try {
    for (const source of sources)
      await source.open({ migrate: false, strict: environment.STRICT_DURABILITY }).catch(() => {
        throw new Error(source.current.fault);
      });
    const dataSources = new DataSources(environment, sources);
    const expiry = expiryOf(dataSources, environment);
    for (const [index, role] of dataSources.distinctRoles.entries()) {
      const { name, address } = sources[index]!;
      const due = await expiry.due(role);
      const sweep = (listener: (done: number) => void) => expiry.sweep(role, (done) => (listener(done), true));
      const { expired, forgotten } = dryRun ? due : await withProgress('expiring', due.expired + due.forgotten, sweep);
      const told = dryRun ? ['to expire', 'to be forgotten'] : ['expired', 'forgotten'];
      say(`${name} (${address}): ${expired} ${told[0]}, ${forgotten} ${told[1]}`);
    }
  } finally {
    for (const { dataSource } of sources) if (dataSource.isInitialized) await dataSource.destroy();
  }
}

function expiryOf(dataSources: DataSources, environment: Environment): Expiry {
  const clock = new Clock();
  const keyring = new Keyring(environment);
  const usageClock = new UsageClock(dataSources, clock);
  const store = new ClientStore(dataSources, keyring, usageClock, clock);
  return new Expiry(
    new EndedClients(dataSources),
    store,
    new AuditTrail(dataSources, keyring, clock),
    usageClock,
    dataSources,
    clock,
  );
}

/** Those of the two roles, in the order of the roles. */
function sourcesOf(environment: Environment, isAlone: boolean): NamedDataSource[] {
  const { DYNAMIC_CLIENTS_DATA_SOURCE, DATABASE_CLIENTS_DATA_SOURCE, dataSources } = environment;
  return [...new Set([DYNAMIC_CLIENTS_DATA_SOURCE, DATABASE_CLIENTS_DATA_SOURCE])].map((name) => {
    const { address, poolSize } = dataSources[name]!;
    const engine = engineAt(address, poolSize, { isAlone });
    return new NamedDataSource(name, shownAddress(address), engine, new DataSource(engine.options(schema)));
  });
}
