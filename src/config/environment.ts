import { type FetchAllowance, fetchAllowance } from './fetch-allowance.js';
import type { BlockList } from 'node:net';
import { type Resource, resources } from './resources.js';
import { trustedProxies } from './trusted-proxies.js';
import { readServerMetadata } from './server-metadata-file.js';
import {
  bearerToken,
  dataSourceNames,
  oneOf,
  onOff,
  origin,
  origins,
  port,
  scopeTokens,
  secretKeys,
  issuer,
  text,
  Variable,
} from './variables.js';
import type { DataSourceAddress } from './data-source-address.js';
import type { ServerMetadata } from '../metadata/server-support.js';

/** Where a data source is, and how many connections it may have. */
export interface DataSourceSettings {
  readonly address: DataSourceAddress;
  readonly poolSize: number;
}

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
    meaning: 'The data source of dynamic clients, templates, initial access tokens and their audit trail.',
  })
  readonly DYNAMIC_CLIENTS_DATA_SOURCE: string;

  @Variable({
    fallback: 'default',
    read: text,
    meaning: 'The data source of database clients and their audit trail.',
  })
  readonly DATABASE_CLIENTS_DATA_SOURCE: string;

  @Variable({
    read: onOff,
    meaning: 'Run migrations at start; on for SQLite and off for servers unless set. npm run migrate does it by hand.',
  })
  readonly MIGRATE?: boolean;

  @Variable({ fallback: 'off', read: onOff, meaning: 'Refuse to work on a database whose settings are not safe.' })
  readonly STRICT_DURABILITY: boolean;

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
    meaning:
      'Scopes that clients may be given; published. With SERVER_METADATA the scopes_supported of that file instead.',
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

  @Variable({
    fallback: 'off',
    read: onOff,
    meaning: 'Refuse PUT, PATCH and DELETE of clients without If-Match (428).',
  })
  readonly REQUIRE_IF_MATCH: boolean;

  @Variable({
    read: fetchAllowance,
    meaning:
      'What may be fetched from although it is not public: host:port or CIDR ranges, separated by commas, http:// in front where no TLS is meant.',
  })
  readonly FETCH_ALLOW: FetchAllowance;

  @Variable({
    fallback: '',
    read: trustedProxies,
    meaning:
      'Addresses and CIDR ranges of your own proxies, separated by commas: they alone are believed when X-Forwarded-For tells the address of a caller, or Client-Cert and X-SSL-Client-Verify the certificate of a client.',
  })
  readonly TRUST_PROXY: BlockList;

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
    read: resources,
    meaning:
      'Resource servers that the token service gives tokens for: [{"resource": "https://api.example", "scopes": ["orders:read"], "format": "jwt"}], or opaque. Unless set, a JWT for any https or loopback address.',
  })
  readonly RESOURCES?: readonly Resource[];

  @Variable({
    read: issuer,
    meaning:
      'The OpenID provider at which users sign in, by its issuer; local accounts unless set. Register <PUBLIC_URL>/oauth/upstream there as the redirect URI.',
  })
  readonly UPSTREAM_ISSUER?: string;

  @Variable({ read: text, meaning: 'The client_id of this server at UPSTREAM_ISSUER.' })
  readonly UPSTREAM_CLIENT_ID?: string;

  @Variable({
    read: text,
    meaning: 'Its client_secret there, sent by HTTP Basic; without one it is a public client with PKCE.',
  })
  readonly UPSTREAM_CLIENT_SECRET?: string;

  @Variable({
    read: text,
    meaning:
      'The id of the template that judges clients whose client_id is the https address of a document that describes them (OAuth Client ID Metadata Document), such as mcp; it has to be active and to have access.metadata_document. Unless set, the token service takes no such clients.',
  })
  readonly METADATA_DOCUMENT_TEMPLATE?: string;

  @Variable({
    read: readServerMetadata,
    meaning:
      'With TOKEN_SERVICE=off: a file with the metadata of your authorization server (RFC 8414). It bounds what clients may ask for and is published with our registration endpoint.',
  })
  readonly SERVER_METADATA?: ServerMetadata;

  /** Where each data source is, by its name: `DATA_SOURCE_<NAME>_URL` and `DATA_SOURCE_<NAME>_POOL_SIZE`. */
  readonly dataSources: Readonly<Record<string, DataSourceSettings>>;
}
