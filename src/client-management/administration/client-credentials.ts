import { Injectable } from '@nestjs/common';
import type { Administrator } from '../../administrators/administrators.service.js';
import type { Client } from '../../clients/client.entity.js';
import { ClientSecrets } from '../../clients/client-secrets.js';
import { statusAt } from '../../clients/client-status.js';
import { ClientStore } from '../../clients/client.store.js';
import type { SecretView } from '../../clients/complete-client.js';
import { newToken } from '../../clients/credentials.js';
import { Keyring } from '../../clients/keyring.js';
import { Clock } from '../../clock.js';
import { Environment } from '../../config/environment.js';
import { Refusal } from '../../errors.js';
import { needsSecret } from '../../metadata/secret-need.js';
import { Templates } from '../../templates/templates.service.js';
import { ClientChanges, demandPower } from './client-changes.js';
import type { ChangedClient, IssuedRegistrationToken, IssuedSecret } from './dto/client-requests.js';
import { notPossible } from './transitions.js';

const mostSecrets = 10;

/** Issues and revokes the credentials of clients for administrators, and takes clients into their care. */
@Injectable()
export class ClientCredentials {
  constructor(
    private readonly changes: ClientChanges,
    private readonly clients: ClientStore,
    private readonly templates: Templates,
    private readonly secrets: ClientSecrets,
    private readonly keyring: Keyring,
    private readonly environment: Environment,
    private readonly clock: Clock,
  ) {}

  /** The secrets of a client by their ids, the newest last. Throws `not_found`. */
  async list(clientId: string): Promise<readonly SecretView[]> {
    const client = await this.clients.find(clientId);
    if (!client) throw new Refusal('not_found', 'there is no client with this id');
    return this.changes.view(client).secrets;
  }

  /** A new secret beside the older ones, which live on for `overlap` seconds. */
  async rotate(clientId: string, overlap: number | undefined, administrator: Administrator): Promise<IssuedSecret> {
    let shown = '';
    const changed = await this.changes.change(clientId, administrator, async (client) => {
      this.demandLife(client);
      demandPower(client, administrator);
      if (!needsSecret(client.metadata))
        throw new Refusal('conflict', 'the client does not authenticate with a secret; change its metadata first');
      const { secrets: rules } = await this.templates.rulesOf(client);
      const issued = this.secrets.rotate(client, client.metadata, rules, overlap ?? rules.overlap);
      if (issued.secrets.length > mostSecrets)
        throw new Refusal('conflict', `a client has at most ${mostSecrets} secrets at once; revoke one first`);
      shown = issued.shown!;
      return { action: 'client.secret_issued', change: { secrets: issued.secrets } };
    });
    const { id, created_at, expires_at } = changed.secrets.at(-1)!;
    return { id, client_secret: shown, created_at, expires_at };
  }

  /** Ends a secret at once. Throws `not_found` for one that the client does not have. */
  async revoke(clientId: string, secretId: string, administrator: Administrator): Promise<void> {
    await this.changes.change(clientId, administrator, (client) => {
      const secrets = client.secrets.filter(({ id }) => id !== secretId);
      if (secrets.length === client.secrets.length)
        throw new Refusal('not_found', 'the client has no secret with this id');
      return { action: 'client.secret_revoked', change: { secrets } };
    });
  }

  /** A new registration access token, for a client that lost its own; the one before ends. */
  async issueRegistrationToken(clientId: string, administrator: Administrator): Promise<IssuedRegistrationToken> {
    const token = newToken('crat');
    await this.changes.change(clientId, administrator, async (client) => {
      this.demandLife(client);
      if (client.kind !== 'dynamic')
        throw new Refusal(
          'conflict',
          'administrators look after database clients; only dynamic ones manage themselves',
        );
      const { ttl } = (await this.templates.rulesOf(client)).registration_access_token;
      const registrationTokenExpiresAt = ttl === 0 ? null : this.clock.now() + ttl;
      const change = { registrationTokenDigest: this.keyring.digest(token), registrationTokenExpiresAt };
      return { action: 'client.registration_access_token_issued', change };
    });
    return {
      registration_access_token: token,
      registration_client_uri: `${this.environment.PUBLIC_URL}/register/${encodeURIComponent(clientId)}`,
    };
  }

  /** Ends the registration access token of a client, if it has one. */
  async revokeRegistrationToken(clientId: string, administrator: Administrator): Promise<void> {
    const change = { registrationTokenDigest: null };
    await this.changes.change(clientId, administrator, ({ registrationTokenDigest }) =>
      registrationTokenDigest === null ? undefined : { action: 'client.registration_access_token_revoked', change },
    );
  }

  /** Makes a dynamic client a database client, where it is and as it is, but for its registration access token. */
  async adopt(clientId: string, administrator: Administrator): Promise<ChangedClient> {
    const adopted = await this.changes.change(clientId, administrator, (client) => {
      this.demandLife(client);
      if (client.kind !== 'dynamic') throw new Refusal('conflict', 'this is a database client already');
      demandPower(client, administrator);
      return { action: 'client.adopted', change: { kind: 'database', registrationTokenDigest: null } };
    });
    return this.changes.view(adopted);
  }

  /** Throws `conflict` for a client that works no more. */
  private demandLife(client: Client): void {
    const status = statusAt(client, this.clock.now());
    if (status === 'expired' || status === 'deleted') throw notPossible(status);
  }
}
