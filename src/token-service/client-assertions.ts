import type { Client, KoaContextWithOIDC } from 'oidc-provider';
import { errors } from './oidc-provider.js';

/** What an assertion may say that it is; most say nothing or that it is a JWT (draft-ietf-oauth-rfc7523bis). */
const types: readonly unknown[] = [undefined, 'jwt', 'client-authentication+jwt'];

/**
 * Refuses what a client has not signed for this server alone. One that names others too could be used here by any of them
 * (RFC 7523 section 3; draft-ietf-oauth-rfc7523bis demands the issuer and nothing else). The addresses of this server are
 * as good as its issuer, since clients are told to write them (OpenID Connect Core 1.0 section 9, RFC 9126 section 2).
 */
export function demandAssertionForUs(
  { oidc }: KoaContextWithOIDC,
  { aud }: Readonly<Record<string, unknown>>,
  { typ }: Readonly<Record<string, unknown>>,
  _client: Client,
): void {
  const ours: ReadonlySet<unknown> = oidc.clientJwtAuthExpectedAudience();
  if (![aud].flat().every((audience) => ours.has(audience)))
    throw new errors.InvalidClientAuth('the assertion is for others, too');
  if (!types.includes(typeof typ === 'string' ? typ.toLowerCase().replace(/^application\//, '') : typ))
    throw new errors.InvalidClientAuth('the assertion is a JWT for something else');
}
