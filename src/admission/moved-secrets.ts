import type { Client, StoredSecret } from '../clients/client.entity.js';
import { Refusal } from '../errors.js';
import type { ClientMetadata } from '../metadata/client-metadata.js';
import { needsSecret, needsSecretInTheClear } from '../metadata/secret-need.js';

const member = 'token_endpoint_auth_method';

/**
 * The secrets of a client whose metadata change without it: those that it has, since a new one could be shown to nobody.
 * Throws where these do not do.
 */
export function movedSecrets({ secrets }: Pick<Client, 'secrets'>, metadata: ClientMetadata): readonly StoredSecret[] {
  if (!needsSecret(metadata)) return [];
  const serving = needsSecretInTheClear(metadata) ? secrets.filter(({ sealed }) => sealed !== undefined) : secrets;
  if (serving.length > 0) return serving;
  const message = `${member} needs a secret that the client does not have; it has to register again or replace itself`;
  throw new Refusal('invalid_client_metadata', message, [{ member, rule: 'RFC 7591 section 3.2.1', message }]);
}
