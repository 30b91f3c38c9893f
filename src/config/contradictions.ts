import type { Environment } from './environment.js';
import { databaseAt } from './data-source-address.js';
import { reservedScopes } from './scopes.js';
import { isLoopbackOrigin } from './variables.js';

type Name = keyof Environment;

/** A rule across variables; its fault is said of the first that it reads, and it is judged where each of them is sound. */
interface Contradiction {
  readonly reads: readonly [Name, ...Name[]];
  readonly fault: (environment: Environment) => string | undefined;
}

const namesDataSource = (role: 'DYNAMIC_CLIENTS_DATA_SOURCE' | 'DATABASE_CLIENTS_DATA_SOURCE'): Contradiction => ({
  reads: [role, 'DATA_SOURCES'],
  fault: ({ DATA_SOURCES, [role]: name }) =>
    DATA_SOURCES.includes(name) ? undefined : `name one of DATA_SOURCES (${DATA_SOURCES.join(', ')})`,
});

const contradictions: readonly Contradiction[] = [
  {
    reads: ['PUBLIC_URL', 'REQUIRE_HTTPS_PUBLIC_URL'],
    fault: ({ PUBLIC_URL, REQUIRE_HTTPS_PUBLIC_URL }) =>
      PUBLIC_URL.startsWith('http:') && !isLoopbackOrigin(PUBLIC_URL) && REQUIRE_HTTPS_PUBLIC_URL !== false
        ? 'use https, or set REQUIRE_HTTPS_PUBLIC_URL=off where another layer protects the traffic'
        : undefined,
  },
  {
    reads: ['DATA_SOURCES', 'dataSources'],
    fault: ({ DATA_SOURCES, dataSources }) => {
      // An address that is not sound has a fault of its own.
      const sound = DATA_SOURCES.filter((name) => dataSources[name]?.address);
      const databases = sound.map((name) => databaseAt(dataSources[name]!.address));
      const [again] = sound.filter((_, index) => databases.indexOf(databases[index]!) < index);
      return again === undefined
        ? undefined
        : `${sound[databases.indexOf(databaseAt(dataSources[again]!.address))]} and ${again} are one database; name it once, and let both roles use that name`;
    },
  },
  namesDataSource('DYNAMIC_CLIENTS_DATA_SOURCE'),
  namesDataSource('DATABASE_CLIENTS_DATA_SOURCE'),
  {
    reads: ['SCOPES'],
    fault: ({ SCOPES }) => {
      const reserved = SCOPES.filter((scope) => reservedScopes.has(scope));
      return reserved.length > 0 ? `leave out the reserved scopes ${reserved.join(', ')}` : undefined;
    },
  },
  {
    reads: ['SERVER_METADATA', 'TOKEN_SERVICE'],
    fault: ({ SERVER_METADATA, TOKEN_SERVICE }) =>
      SERVER_METADATA && TOKEN_SERVICE
        ? 'set TOKEN_SERVICE=off too, since there is only one authorization server'
        : undefined,
  },
  {
    reads: ['METADATA_DOCUMENT_TEMPLATE', 'TOKEN_SERVICE'],
    fault: ({ METADATA_DOCUMENT_TEMPLATE, TOKEN_SERVICE }) =>
      METADATA_DOCUMENT_TEMPLATE !== undefined && !TOKEN_SERVICE
        ? 'leave it out, or set TOKEN_SERVICE=on: only the built-in authorization server reads such documents'
        : undefined,
  },
  {
    reads: ['UPSTREAM_CLIENT_ID', 'UPSTREAM_ISSUER'],
    fault: ({ UPSTREAM_CLIENT_ID, UPSTREAM_ISSUER }) =>
      (UPSTREAM_CLIENT_ID === undefined) === (UPSTREAM_ISSUER === undefined)
        ? undefined
        : 'set it and UPSTREAM_ISSUER together',
  },
  {
    reads: ['UPSTREAM_CLIENT_SECRET', 'UPSTREAM_ISSUER'],
    fault: ({ UPSTREAM_CLIENT_SECRET, UPSTREAM_ISSUER }) =>
      UPSTREAM_CLIENT_SECRET !== undefined && UPSTREAM_ISSUER === undefined
        ? 'name the UPSTREAM_ISSUER that it is for'
        : undefined,
  },
  {
    reads: ['OPS_PORT', 'PORT'],
    fault: ({ OPS_PORT, PORT }) => (OPS_PORT === PORT ? 'use another port than PORT' : undefined),
  },
];

/** What is wrong with variables that are sound by themselves, by the name of the variable to change. */
export const contradictionsIn = (environment: Environment, unsound: ReadonlySet<string>): [string, string][] =>
  contradictions
    .filter(({ reads }) => !reads.some((name) => unsound.has(name)))
    .flatMap(({ reads: [name], fault }) => {
      const found = fault(environment);
      return found === undefined ? [] : [[name, found]];
    });
