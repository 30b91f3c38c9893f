import { existsSync, readFileSync } from 'node:fs';
import { reservedScopes } from './reserved-scopes.js';
import { ensureSecretKey } from './secret-key-file.js';
import { readServerMetadata } from './server-metadata-file.js';
import {
  bearerToken,
  dataSourceNames,
  isLoopbackOrigin,
  oneOf,
  onOff,
  origin,
  origins,
  port,
  scopeTokens,
  secretKeys,
  text,
  Variable,
  VariableFault,
  variables,
} from './variables.js';
import type { ServerMetadata } from '../metadata/server-support.js';

const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

/** Everything that an operator can set: one property for each variable, named like it. */
export class Environment {
  @Variable({ fallback: '3000', read: port, meaning: 'The port to listen on.' })
  readonly PORT: number;

  @Variable({ fallback: '127.0.0.1', read: text, meaning: 'The address to listen on.' })
  readonly HOST: string;

  @Variable({
    read: origin,
    meaning:
      'The base of every address that is handed out, and the issuer; http://localhost:<PORT> unless set. Never taken from a request.',
  })
  readonly PUBLIC_URL: string;

  @Variable({
    read: onOff,
    meaning: 'Refuse to start with an http PUBLIC_URL; on unless PUBLIC_URL is on loopback.',
  })
  readonly REQUIRE_HTTPS_PUBLIC_URL: boolean;

  @Variable({ fallback: 'default', read: dataSourceNames, meaning: 'Names of data sources, separated by commas.' })
  readonly DATA_SOURCES: readonly string[];

  @Variable({
    fallback: 'default',
    read: text,
    meaning: 'The data source of dynamic clients, initial access tokens and their audit trail.',
  })
  readonly DYNAMIC_CLIENTS_DATA_SOURCE: string;

  @Variable({
    fallback: 'default',
    read: text,
    meaning: 'The data source of database clients and their audit trail.',
  })
  readonly DATABASE_CLIENTS_DATA_SOURCE: string;

  @Variable({ fallback: 'on', read: onOff, meaning: 'Run the migrations of each data source at start.' })
  readonly MIGRATE: boolean;

  @Variable({
    read: bearerToken,
    meaning: 'A bearer token with all administrator scopes, at least 32 characters; made on the first run unless set.',
  })
  readonly ADMIN_TOKEN?: string;

  @Variable({
    read: secretKeys,
    meaning:
      '32 bytes in base64url that key the digests and seals of credentials; made beside the database file unless set. A list separated by commas rotates: the first is used, the others still verify.',
  })
  readonly SECRET_KEY: readonly Buffer[];

  @Variable({
    fallback: 'openid profile email address phone offline_access',
    read: scopeTokens,
    meaning: 'Scopes that clients may be given; published.',
  })
  readonly SCOPES: readonly string[];

  @Variable({
    fallback: '*',
    read: origins,
    meaning: 'Origins whose pages may call /register and read /.well-known, separated by commas.',
  })
  readonly CORS_ORIGINS: '*' | readonly string[];

  @Variable({ fallback: '', read: origins, meaning: 'Origins whose pages may call /admin and /lookup.' })
  readonly ADMIN_CORS_ORIGINS: '*' | readonly string[];

  @Variable({ fallback: 'off', read: onOff, meaning: 'Refuse PUT and DELETE without If-Match (428).' })
  readonly REQUIRE_IF_MATCH: boolean;

  @Variable({ fallback: 'on', read: onOff, meaning: 'Serve the API documentation at /docs.' })
  readonly DOCS: boolean;

  @Variable({ read: port, meaning: 'A port of its own for /health and /metrics; on PORT unless set.' })
  readonly OPS_PORT?: number;

  @Variable({
    fallback: 'info',
    read: oneOf(...logLevels),
    meaning: 'One of trace, debug, info, warn, error, fatal, silent.',
  })
  readonly LOG_LEVEL: (typeof logLevels)[number];

  @Variable({ read: oneOf('pretty', 'json'), meaning: 'pretty or json; pretty on a terminal unless set, else json.' })
  readonly LOG_FORMAT: 'pretty' | 'json';

  @Variable({ fallback: 'on', read: onOff, meaning: 'The built-in authorization server.' })
  readonly TOKEN_SERVICE: boolean;

  @Variable({
    read: readServerMetadata,
    meaning:
      'With TOKEN_SERVICE=off: a file with the metadata of your authorization server (RFC 8414). It bounds what clients may ask for and is published with our registration endpoint.',
  })
  readonly SERVER_METADATA?: ServerMetadata;

  /** The address of each data source by its name, from `DATA_SOURCE_<NAME>_URL`. */
  readonly dataSourceUrls: Readonly<Record<string, string>>;
}

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
  values.dataSourceUrls = Object.fromEntries(
    ((values.DATA_SOURCES ?? []) as readonly string[]).map((name) => {
      const variable = `DATA_SOURCE_${name.toUpperCase()}_URL`;
      const fallback = name === 'default' ? 'sqlite:data/clientele.db' : undefined;
      return [name, valueOf(variable, { fallback, read: sqliteUrl }) ?? missing(variable, faults)];
    }),
  );

  const environment = Object.assign(new Environment(), values);
  if (faults.length === 0) faults.push(...contradictions(environment));
  if (faults.length === 0 && !environment.SECRET_KEY) {
    const url = environment.dataSourceUrls[environment.DYNAMIC_CLIENTS_DATA_SOURCE]!;
    Object.assign(environment, { SECRET_KEY: attempt('SECRET_KEY', () => ensureSecretKey(sqlitePath(url))) });
  }
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

function sqliteUrl(value: string): string {
  if (!/^sqlite:.+/.test(value) || value.includes(':memory:')) throw new VariableFault('write sqlite:<path of a file>');
  return value;
}

/** The path of the file behind a `sqlite:` address. */
export const sqlitePath = (url: string): string => url.slice('sqlite:'.length);

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
