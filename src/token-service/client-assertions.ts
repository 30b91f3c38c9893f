import type { Client, KoaContextWithOIDC } from 'oidc-provider';
import { errors } from './oidc-provider.js';

/** What an assertion may say that it is; most say nothing or that it is a JWT (draft-ietf-oauth-rfc7523bis). */
const types: readonly unknown[] = [undefined, 'jwt', 'client-authentication+jwt'];

/** Seconds that an assertion may live: each is remembered until its end, so that it is heard once (RFC 7523 section 3). */
const longest = 3_600;

/**
 * Refuses what a client has not signed for this server alone. One that names others too could be used here by any of them
 * (RFC 7523 section 3; draft-ietf-oauth-rfc7523bis demands the issuer and nothing else). The addresses of this server are
 * as good as its issuer, since clients are told to write them (OpenID Connect Core 1.0 section 9, RFC 9126 section 2).
 */
export function demandAssertionForUs(
  { oidc }: KoaContextWithOIDC,
  { aud, exp }: Readonly<Record<string, unknown>>,
  { typ }: Readonly<Record<string, unknown>>,
  _client: Client,
): void {
  const ours: ReadonlySet<unknown> = oidc.clientJwtAuthExpectedAudience();
  if (![aud].flat().every((audience) => ours.has(audience)))
    throw new errors.InvalidClientAuth('the assertion is for others, too');
  if (!((exp as number) <= Date.now() / 1_000 + longest))
    throw new errors.InvalidClientAuth('the assertion ends too far in the future');
  if (!types.includes(typeof typ === 'string' ? typ.toLowerCase().replace(/^application\//, '') : typ))
    throw new errors.InvalidClientAuth('the assertion is a JWT for something else');
}
