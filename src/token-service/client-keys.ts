import type { JWKS } from 'oidc-provider';
import type { ClientMetadata } from '../metadata/client-metadata.js';

/** The keys of a client that oidc-provider can read; the others are the client's affair (RFC 7517 section 5). */
export const usableKeys = ({ keys }: NonNullable<ClientMetadata['jwks']>): JWKS => ({
  keys: keys.map(withoutEmptyTexts).filter(isUsable),
});

const withoutEmptyTexts = (key: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(key).filter(([, value]) => value !== ''));

const isUsable = ({ kty, alg }: Record<string, unknown>): boolean => kty !== 'AKP' || typeof alg === 'string';
