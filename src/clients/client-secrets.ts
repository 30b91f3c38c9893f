import { Injectable } from '@nestjs/common';
import { Clock } from '../clock.js';
import type { ClientMetadata } from '../metadata/client-metadata.js';
import { needsSecret, needsSecretInTheClear } from '../metadata/secret-need.js';
import type { Client, StoredSecret } from './client.entity.js';
import { newId, newSecret } from './credentials.js';
import { ImportedHashes } from './imported-hashes.js';
import { Keyring } from './keyring.js';
import { WrongGuesses } from './wrong-guesses.js';

/** How the secrets of a kind of client behave; `ttl` and `overlap` in seconds, 0 for no end and no overlap. */
export interface SecretRules {
  readonly ttl: number;
  readonly recoverable: boolean;
  readonly overlap: number;
}

/** The secrets of a client after a change, and the one to show where there is one to show. */
export interface IssuedSecrets {
  readonly secrets: readonly StoredSecret[];
  readonly shown?: string;
}

/** A secret that was presented and is right. */
export interface Verified {
  readonly secret: StoredSecret;
  readonly secrets: readonly StoredSecret[];
}

type Owner = Pick<Client, 'clientId' | 'secrets'>;

/** Makes, keeps, finds and reveals the secrets of clients. */
@Injectable()
export class ClientSecrets {
  constructor(
    private readonly keyring: Keyring,
    private readonly clock: Clock,
    private readonly hashes: ImportedHashes,
    private readonly guesses: WrongGuesses,
  ) {}

  /** The secret of a new client, if its metadata need one (RFC 7591 section 3.2.1). */
  issue(clientId: string, metadata: ClientMetadata, rules: SecretRules): IssuedSecrets {
    return needsSecret(metadata) ? this.add(clientId, [], metadata, rules) : { secrets: [] };
  }

  /**
   * The secrets of a client whose metadata are replaced (RFC 7592 section 2.2): kept while they serve, dropped when
   * nothing needs them, and a new one when none that lasts is left. `presented` is a secret of the client that the caller
   * has just proved to know; without it, a secret that has to be known in the clear from now on cannot be kept.
   */
  reissue(client: Owner, metadata: ClientMetadata, rules: SecretRules, presented?: string): IssuedSecrets {
    if (!needsSecret(metadata)) return { secrets: [] };
    const inTheClear = rules.recoverable || needsSecretInTheClear(metadata);
    const serving = this.renewed(client, presented)
      .filter((secret) => !this.hasExpired(secret) && this.serves(secret))
      .flatMap((secret) => (inTheClear ? this.sealed(secret, client.clientId, presented) : [unsealed(secret)]));
    const lasting = serving.some(({ expires_at }) => expires_at === 0 || expires_at - rules.overlap > this.clock.now());
    if (!lasting) return this.add(client.clientId, serving, metadata, rules);
    return { secrets: serving, shown: presented ?? this.reveal({ ...client, secrets: serving }) };
  }

  /** A new secret beside the older ones, which live on for `overlap` seconds at most. */
  rotate(client: Owner, metadata: ClientMetadata, rules: SecretRules, overlap: number): IssuedSecrets {
    const end = this.clock.now() + overlap;
    const older = client.secrets
      .map((secret) => (secret.expires_at === 0 || secret.expires_at > end ? { ...secret, expires_at: end } : secret))
      .filter((secret) => !this.hasExpired(secret));
    return this.add(client.clientId, older, metadata, rules);
  }

  /** A secret that was made elsewhere, in the clear. */
  import(clientId: string, metadata: ClientMetadata, rules: SecretRules, secret: string): IssuedSecrets {
    const issued = this.add(clientId, [], metadata, rules, secret);
    return { ...issued, secrets: issued.secrets.map((one) => marked(one, secret)) };
  }

  /** A secret that was made elsewhere, of which only a hash is known. */
  importHash(rules: SecretRules, hash: string): IssuedSecrets {
    return { secrets: [{ ...this.fresh(rules), hash }] };
  }

  /**
   * Whether a secret is one of the client's, and its secrets as they are to be kept from now on: with the digest of the one
   * that was presented, under the current key. Throws `rate_limited` when there are too many imported hashes to compare,
   * and after too many wrong secrets for a client whose own could be guessed (RFC 6749 section 2.3.1).
   */
  async verify(client: Owner | undefined, presented: string): Promise<Verified | undefined> {
    const living = client?.secrets.filter((secret) => !this.hasExpired(secret)) ?? [];
    const isGuessable = living.some(({ guessable }) => guessable);
    const found = this.find(client, presented);
    // Who knows a secret that nobody guesses need not wait for those who guess at another one.
    if (isGuessable && (!found || found.guessable)) this.guesses.demandPatience(client!.clientId);
    if (client && found) return { secret: found, secrets: this.renewed(client, presented) };
    for (const secret of living) {
      const { hash, ...rest } = secret;
      if (hash === undefined) continue;
      if (!(await this.hashes.matches(client!.clientId, presented, hash))) continue;
      const known = marked({ ...rest, digest: this.keyring.digest(presented) }, presented);
      return { secret: known, secrets: client!.secrets.map((one) => (one === secret ? known : one)) };
    }
    if (isGuessable && living.every(({ hash }) => hash === undefined)) this.guesses.remember(client!.clientId);
    return undefined;
  }

  /** The living secret that was presented; compared in constant time, and at the same cost where there is none. */
  find(client: Owner | undefined, presented: string): StoredSecret | undefined {
    const secrets = client?.secrets.length ? client.secrets : [nobodysSecret(this.keyring)];
    return secrets
      .filter(({ digest }) => digest !== undefined && this.keyring.matches(presented, digest))
      .find((secret) => !this.hasExpired(secret));
  }

  /** The newest secret in the clear, where it is sealed. */
  reveal(client: Owner): string | undefined {
    const newest = client.secrets.at(-1);
    return newest?.sealed && this.keyring.open(newest.sealed, sealContext(client.clientId, newest));
  }

  /** All living secrets that are sealed, in the clear, by their ids. */
  revealAll(client: Owner): ReadonlyMap<string, string> {
    const revealed = client.secrets
      .filter((secret) => !this.hasExpired(secret))
      .flatMap(({ id, sealed }) => {
        const plain = sealed && this.keyring.open(sealed, sealContext(client.clientId, { id }));
        return plain === undefined ? [] : [[id, plain] as const];
      });
    return new Map(revealed);
  }

  /**
   * The secrets of a client with those under the current key that can be: the one that was presented, and those whose
   * seal tells them. The same list when none can or has to be.
   */
  renewed(client: Owner, presented?: string): readonly StoredSecret[] {
    const renewed = client.secrets.map((secret) => this.renewedOne(client.clientId, secret, presented));
    return renewed.every((secret, index) => secret === client.secrets[index]) ? client.secrets : renewed;
  }

  private renewedOne(clientId: string, secret: StoredSecret, presented?: string): StoredSecret {
    const { digest, sealed } = secret;
    if (digest === undefined) return secret;
    if (this.keyring.isCurrent(digest) && (sealed === undefined || this.keyring.isCurrent(sealed))) return secret;
    const context = sealContext(clientId, secret);
    const isPresented = presented !== undefined && this.keyring.matches(presented, digest);
    const plain = isPresented ? presented : sealed && this.keyring.open(sealed, context);
    if (plain === undefined) return secret;
    return {
      ...secret,
      digest: this.keyring.digest(plain),
      ...(sealed !== undefined && { sealed: this.keyring.seal(plain, context) }),
    };
  }

  private add(
    clientId: string,
    others: readonly StoredSecret[],
    metadata: ClientMetadata,
    rules: SecretRules,
    secret = newSecret(),
  ): IssuedSecrets {
    const stored = { ...this.fresh(rules), digest: this.keyring.digest(secret) };
    const inTheClear = rules.recoverable || needsSecretInTheClear(metadata);
    const kept = inTheClear ? { ...stored, sealed: this.keyring.seal(secret, sealContext(clientId, stored)) } : stored;
    return { secrets: [...others, kept], shown: secret };
  }

  private sealed(secret: StoredSecret, clientId: string, presented?: string): StoredSecret[] {
    if (secret.sealed && this.keyring.knows(secret.sealed)) return [secret];
    if (presented === undefined || !this.keyring.matches(presented, secret.digest ?? '')) return [];
    return [{ ...secret, sealed: this.keyring.seal(presented, sealContext(clientId, secret)) }];
  }

  private fresh({ ttl }: SecretRules): StoredSecret {
    const now = this.clock.now();
    return { id: newId(), created_at: now, expires_at: ttl === 0 ? 0 : now + ttl };
  }

  /** Whether a secret can still be told from another: the key of its digest is in the list. */
  private serves({ digest, hash }: StoredSecret): boolean {
    return hash !== undefined || (digest !== undefined && this.keyring.knows(digest));
  }

  private hasExpired({ expires_at }: StoredSecret): boolean {
    return expires_at !== 0 && expires_at <= this.clock.now();
  }
}

const sealContext = (clientId: string, secret: Pick<StoredSecret, 'id'>): string => `${clientId} ${secret.id}`;

/** 128 bits in base64url: nobody guesses a secret of ours, which is longer, or one that is as long. */
const unguessable = 22;

const marked = (secret: StoredSecret, plain: string): StoredSecret =>
  plain.length < unguessable ? { ...secret, guessable: true } : secret;

const unsealed = ({ sealed, ...secret }: StoredSecret): StoredSecret => secret;

/** A digest that nothing has: comparing with it costs as much as with a real one. */
const nobodysSecret = (keyring: Keyring): StoredSecret => ({
  id: '',
  digest: `${keyring.currentId}.${'A'.repeat(43)}`,
  created_at: 0,
  expires_at: 0,
});
