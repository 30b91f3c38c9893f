import { readFileSync } from 'node:fs';
import { withoutNulls } from '../metadata/read-metadata.js';
import { parsedUrl } from '../metadata/url.js';
import { VariableFault } from './variables.js';
import type { ServerMetadata } from '../metadata/server-support.js';

/**
 * The metadata of a foreign authorization server from a file (RFC 8414 section 2), with the standard's defaults for the
 * lists that bound a registration, since an absent list would bound nothing.
 */
export function readServerMetadata(path: string): ServerMetadata {
  const document = parse(path);
  if (typeof document.issuer !== 'string' || !parsedUrl(document.issuer))
    throw new VariableFault(`${path} needs an issuer that is an address`);
  if (!isTextList(document.response_types_supported))
    throw new VariableFault(`${path} needs response_types_supported, a list of texts`);
  for (const [name, value] of Object.entries(document))
    if (name.endsWith('_supported') && typeof value !== 'boolean' && !isTextList(value))
      throw new VariableFault(`${path} needs ${name} to be a list of texts, true or false`);
  return {
    grant_types_supported: ['authorization_code'],
    token_endpoint_auth_methods_supported: ['client_secret_basic'],
    ...document,
  } as unknown as ServerMetadata;
}

const isTextList = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((entry) => typeof entry === 'string');

function parse(path: string): Record<string, unknown> {
  let document: unknown;
  try {
    document = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new VariableFault(
      error instanceof SyntaxError
        ? `${path} is not JSON`
        : `${path} cannot be read (${(error as NodeJS.ErrnoException).code})`,
    );
  }
  if (typeof document !== 'object' || document === null || Array.isArray(document))
    throw new VariableFault(`${path} needs to hold one JSON object`);
  // What is null is absent, and is not published.
  return withoutNulls(document) as Record<string, unknown>;
}
