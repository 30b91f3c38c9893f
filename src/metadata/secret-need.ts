import { isSymmetric } from './algorithms.js';
import { metadataMembers, type ClientMetadata } from './client-metadata.js';

const algorithmMembers = metadataMembers.map(({ name }) => name).filter((name) => name.endsWith('_alg'));

const secretMethods = new Set(['client_secret_basic', 'client_secret_post', 'client_secret_jwt']);

/**
 * Whether the server must be able to read the client's secret again, not only to compare it: it is the key of an
 * algorithm (OpenID Connect Core 1.0 sections 9, 10.1 and 10.2).
 */
export const needsSecretInTheClear = (metadata: ClientMetadata): boolean =>
  metadata.token_endpoint_auth_method === 'client_secret_jwt' ||
  algorithmMembers.some((name) => isSymmetric(metadata[name]));

/** Whether the client gets a secret at all (RFC 7591 section 3.2.1, OpenID Connect Registration 1.0 section 2). */
export const needsSecret = (metadata: ClientMetadata): boolean =>
  secretMethods.has(metadata.token_endpoint_auth_method ?? '') || needsSecretInTheClear(metadata);
