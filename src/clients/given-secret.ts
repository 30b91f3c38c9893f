import type { ClientMetadata } from '../metadata/client-metadata.js';
import { needsSecret, needsSecretInTheClear } from '../metadata/secret-need.js';

/** A secret that a client has from elsewhere: in the clear, or as a PHC string. */
export interface GivenSecret {
  readonly client_secret?: string;
  readonly client_secret_hash?: string;
}

/** The form of a secret in the clear. */
export const secretFromElsewhere = /^[\x20-\x7e]{8,255}$/;

export const secretFormFault = 'must be 8 to 255 printable ASCII characters';

/** Why a secret from elsewhere cannot be that of a client with these metadata: members, each with a sentence. */
export function* unfitting(
  { client_secret, client_secret_hash }: GivenSecret,
  metadata: ClientMetadata,
): Generator<[string, string]> {
  const given = { client_secret, client_secret_hash };
  for (const [member, value] of Object.entries(given))
    if (value !== undefined && !needsSecret(metadata))
      yield [member, `${member} must be left out: the client does not authenticate with a secret`];
  if (client_secret_hash === undefined) {
    const shortest = keyLength(metadata);
    if (client_secret !== undefined && needsSecret(metadata) && client_secret.length < shortest)
      yield [
        'client_secret',
        `client_secret must have at least ${shortest} characters for the algorithms of the client`,
      ];
    return;
  }
  if (client_secret !== undefined)
    yield ['client_secret_hash', 'client_secret_hash must be left out beside client_secret'];
  if (needsSecretInTheClear(metadata))
    yield ['client_secret_hash', 'client_secret_hash cannot be used: the server has to know the secret of this client'];
}

/** How long the key of the symmetric algorithms of a client must be (OpenID Connect Core 1.0 section 16.19). */
function keyLength(metadata: ClientMetadata): number {
  const sizes = Object.values(metadata).flatMap((value) =>
    typeof value === 'string' ? Number(/^HS(256|384|512)$/.exec(value)?.[1] ?? 0) / 8 : [],
  );
  return Math.max(metadata.token_endpoint_auth_method === 'client_secret_jwt' ? 32 : 0, ...sizes);
}
