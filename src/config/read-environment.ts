import { existsSync, readFileSync } from 'node:fs';
import { Environment } from './environment.js';
import { reservedScopes } from './reserved-scopes.js';
import { ensureSecretKey } from './secret-key-file.js';
import { dataSourceAddress, isLoopbackOrigin, poolSize, VariableFault, variables } from './variables.js';

/** All that is wrong with a configuration, one sentence for each fault, each beginning with the variable. */
export class ConfigurationFault extends Error {
  constructor(readonly faults: readonly string[]) {
    super(faults.join('\n'));
  }
}

type Source = Readonly<Record<string, string | undefined>>;

/** Reads `.env` where there is one, then the process's own environment, which wins. */
export function processEnvironment(): Source {
  if (existsSync('.env')) process.loadEnvFile('.env');
  return process.env;
}

/**
 * Reads every variable, each from `X` or from the file that `X_FILE` names.
 * Throws one {@link ConfigurationFault} that names all faults together.
 */
export function readEnvironment(source: Source): Environment {
  const faults: string[] = [];
  const attempt = <T>(name: string, read: () => T): T | undefined => {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof VariableFault)) throw error;
      faults.push(`${name}: ${error.message}`);
      return undefined;
    }
  };
  const valueOf = (name: string, spec: { fallback?: string; read: (text: string) => unknown }): unknown =>
    attempt(name, () => {
      const given = written(name, source) ?? (spec.fallback || undefined);
      return given === undefined ? undefined : spec.read(given);
    });

  const values: Record<string, unknown> = {};
  for (const [name, spec] of variables) values[name] = valueOf(name, spec);
  values.ADMIN_CORS_ORIGINS ??= [];
  values.LOG_FORMAT ??= process.stdout.isTTY ? 'pretty' : 'json';
  values.PUBLIC_URL ??= `http://localhost:${String(values.PORT)}`;
  values.dataSources = Object.fromEntries(
    ((values.DATA_SOURCES ?? []) as readonly string[]).map((name) => {
      const prefix = `DATA_SOURCE_${name.toUpperCase()}`;
      const fallback = name === 'default' ? 'sqlite:data/clientele.db' : undefined;
      const address =
        valueOf(`${prefix}_URL`, { fallback, read: dataSourceAddress }) ?? missing(`${prefix}_URL`, faults);
      return [name, { address, poolSize: valueOf(`${prefix}_POOL_SIZE`, { fallback: '10', read: poolSize }) }];
    }),
  );

  const environment = Object.assign(new Environment(), values);
  if (faults.length === 0) faults.push(...contradictions(environment));
  if (faults.length === 0 && !environment.SECRET_KEY)
    Object.assign(environment, { SECRET_KEY: attempt('SECRET_KEY', () => secretKeyBeside(environment)) });
  if (faults.length > 0) throw new ConfigurationFault(faults);
  return environment;
}

/** What a variable says, or what the file says that its `_FILE` names; empty counts as absent. */
function written(name: string, source: Source): string | undefined {
  const file = source[`${name}_FILE`];
  if (!file) return source[name] || undefined;
  if (source[name]) throw new VariableFault(`set either ${name} or ${name}_FILE, not both`);
  try {
    return readFileSync(file, 'utf8').trim() || undefined;
  } catch (error) {
    throw new VariableFault(`${name}_FILE names a file that cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
}

function missing(variable: string, faults: string[]): undefined {
  if (!faults.some((fault) => fault.startsWith(`${variable}:`)))
    faults.push(`${variable}: name the data source's address`);
}

/** A database file can have its key beside it; a server's is the operator's to keep, since every instance needs it. */
function secretKeyBeside({ dataSources, DYNAMIC_CLIENTS_DATA_SOURCE }: Environment): readonly Buffer[] {
  const { address } = dataSources[DYNAMIC_CLIENTS_DATA_SOURCE]!;
  if (address.engine === 'sqlite') return ensureSecretKey(address.path);
  throw new VariableFault(
    'set it for a database server, the same for every instance; node -p "crypto.randomBytes(32).toString(\'base64url\')" makes one',
  );
}

/** Settings that are right by themselves but not together. */
function contradictions(environment: Environment): string[] {
  const { PUBLIC_URL, REQUIRE_HTTPS_PUBLIC_URL, DATA_SOURCES } = environment;
  const roles = ['DYNAMIC_CLIENTS_DATA_SOURCE', 'DATABASE_CLIENTS_DATA_SOURCE'] as const;
  const reserved = environment.SCOPES.filter((scope) => reservedScopes.has(scope));
  return [
    PUBLIC_URL.startsWith('http:') && !isLoopbackOrigin(PUBLIC_URL) && REQUIRE_HTTPS_PUBLIC_URL !== false
      ? 'PUBLIC_URL: use https, or set REQUIRE_HTTPS_PUBLIC_URL=off where another layer protects the traffic'
      : undefined,
    ...roles.map((role) =>
      DATA_SOURCES.includes(environment[role])
        ? undefined
        : `${role}: name one of DATA_SOURCES (${DATA_SOURCES.join(', ')})`,
    ),
    reserved.length > 0 ? `SCOPES: leave out the reserved scopes ${reserved.join(', ')}` : undefined,
    environment.SERVER_METADATA && environment.TOKEN_SERVICE
      ? 'SERVER_METADATA: set TOKEN_SERVICE=off too, since there is only one authorization server'
      : undefined,
    environment.OPS_PORT === environment.PORT ? 'OPS_PORT: use another port than PORT' : undefined,
  ].filter((fault) => fault !== undefined);
}
