import { existsSync, readFileSync } from 'node:fs';
import { contradictionsIn } from './contradictions.js';
import { Environment } from './environment.js';
import { fetchAllowance } from './fetch-allowance.js';
import { trustedProxies } from './trusted-proxies.js';
import { ensureSecretKey } from './secret-key-file.js';
import { dataSourceAddress, poolSize, VariableFault, variables } from './variables.js';

/** All that is wrong with a configuration, one sentence for each fault, each beginning with the variable. */
export class ConfigurationFault extends Error {
  constructor(readonly faults: readonly string[]) {
    super(faults.join('\n'));
  }
}

export type Source = Readonly<Record<string, string | undefined>>;

/** Reads `.env` where there is one, then the process's own environment, which wins. */
export function processEnvironment(): Source {
  try {
    if (existsSync('.env')) process.loadEnvFile('.env');
  } catch {
    throw new ConfigurationFault(['.env: it has to be a file that can be read']);
  }
  return process.env;
}

/**
 * Reads every variable, each from `X` or from the file that `X_FILE` names.
 * Throws one {@link ConfigurationFault} that names all faults together. A key that is not there yet is made, unless the
 * caller only looks.
 */
export function readEnvironment(source: Source, looking: { readonly onlyLooks?: boolean } = {}): Environment {
  const faults = new Faults();
  const valueOf = (name: string, spec: { fallback?: string; read: (text: string) => unknown }): unknown =>
    faults.attempt(name, () => {
      const given = written(name, source) ?? (spec.fallback || undefined);
      return given === undefined ? undefined : spec.read(given);
    });

  const values: Record<string, unknown> = {};
  for (const [name, spec] of variables) values[name] = valueOf(name, spec);
  values.ADMIN_CORS_ORIGINS ??= [];
  values.TRUST_PROXY ??= trustedProxies('');
  values.FETCH_ALLOW ??= fetchAllowance('');
  values.LOG_FORMAT ??= process.stdout.isTTY ? 'pretty' : 'json';
  values.PUBLIC_URL ??= `http://localhost:${(values.PORT as number | undefined) ?? 3000}`;
  values.dataSources = Object.fromEntries(
    ((values.DATA_SOURCES ?? []) as readonly string[]).map((name) => {
      const prefix = `DATA_SOURCE_${name.toUpperCase()}`;
      const fallback = name === 'default' ? 'sqlite:data/clientele.db' : undefined;
      const address = valueOf(`${prefix}_URL`, { fallback, read: dataSourceAddress });
      if (!address && !faults.names.has(`${prefix}_URL`)) faults.add(`${prefix}_URL`, 'name where the data source is');
      return [name, { address, poolSize: valueOf(`${prefix}_POOL_SIZE`, { fallback: '10', read: poolSize }) }];
    }),
  );

  const environment = Object.assign(new Environment(), values);
  for (const [name, fault] of contradictionsIn(environment, faults.names)) faults.add(name, fault);
  if (!faults.any && !environment.SECRET_KEY)
    // Made only for a configuration that is sound otherwise.
    Object.assign(environment, {
      SECRET_KEY: faults.attempt('SECRET_KEY', () => secretKeyBeside(environment, looking)),
    });
  if (faults.any) throw new ConfigurationFault(faults.sentences);
  return environment;
}

/** Collects what is wrong with each variable. */
class Faults {
  readonly sentences: string[] = [];
  readonly names = new Set<string>();

  get any(): boolean {
    return this.sentences.length > 0;
  }

  add(name: string, fault: string): void {
    this.names.add(name);
    this.sentences.push(`${name}: ${fault}`);
  }

  attempt<T>(name: string, read: () => T): T | undefined {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof VariableFault)) throw error;
      this.add(name, error.message);
      return undefined;
    }
  }
}

/** What a variable says, or what the file says that its `_FILE` names; empty counts as absent. */
export function written(name: string, source: Source): string | undefined {
  const file = source[`${name}_FILE`];
  if (!file) return source[name] || undefined;
  if (source[name]) throw new VariableFault(`set either ${name} or ${name}_FILE, not both`);
  try {
    return readFileSync(file, 'utf8').trim() || undefined;
  } catch (error) {
    throw new VariableFault(`${name}_FILE names a file that cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
}

/** A database file can have its key beside it; a server's is the operator's to keep, since every instance needs it. */
function secretKeyBeside(
  { dataSources, DYNAMIC_CLIENTS_DATA_SOURCE }: Environment,
  looking: { readonly onlyLooks?: boolean },
): readonly Buffer[] {
  const { address } = dataSources[DYNAMIC_CLIENTS_DATA_SOURCE]!;
  if (address.engine === 'sqlite') return ensureSecretKey(address.path, looking);
  throw new VariableFault(
    'set it for a database server, the same for every instance; node -p "crypto.randomBytes(32).toString(\'base64url\')" makes one',
  );
}
