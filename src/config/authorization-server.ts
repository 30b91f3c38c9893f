import { Injectable } from '@nestjs/common';
import { builtInServerMetadata, type ServerMetadata } from '../metadata/server-support.js';
import { Environment } from './environment.js';
import { reservedScopes } from './scopes.js';

/** The authorization server whose clients live here: the built-in one, or the one that `SERVER_METADATA` describes. */
@Injectable()
export class AuthorizationServer {
  /** What it offers: it bounds what clients may ask for. */
  readonly metadata: ServerMetadata;
  /** The scopes that clients may be given: those that it publishes, never the reserved ones. */
  readonly scopes: readonly string[];
  /** Whether a template may offer other scopes: not where the server itself says which ones it has. */
  readonly isOpenToScopes: boolean;
  /** Whether its metadata are published here. */
  readonly isPublished: boolean;

  constructor({ PUBLIC_URL, SCOPES, TOKEN_SERVICE, SERVER_METADATA, METADATA_DOCUMENT_TEMPLATE }: Environment) {
    const described = SERVER_METADATA && { ...SERVER_METADATA, registration_endpoint: `${PUBLIC_URL}/register` };
    const takesDocuments = METADATA_DOCUMENT_TEMPLATE !== undefined;
    this.metadata = described ?? {
      ...builtInServerMetadata(PUBLIC_URL, SCOPES),
      ...(takesDocuments && { client_id_metadata_document_supported: true }),
    };
    this.scopes = (described?.scopes_supported ?? SCOPES).filter((scope) => !reservedScopes.has(scope));
    this.isOpenToScopes = described?.scopes_supported === undefined;
    this.isPublished = TOKEN_SERVICE || described !== undefined;
  }
}
