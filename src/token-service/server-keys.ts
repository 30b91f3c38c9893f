import { generateKeyPair, type KeyPairKeyObjectResult, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { Injectable } from '@nestjs/common';
import { calculateJwkThumbprint, type JWK } from 'jose';
import { AuditTrail } from '../audit/audit-trail.js';
import { Keyring } from '../clients/keyring.js';
import { Clock } from '../clock.js';
import { DataSources } from '../data-sources/data-sources.service.js';
import { ServerKey } from './server-key.entity.js';

/**
 * What there are keys for. Those that sign are of one algorithm each (RFC 8725 section 3.1), and say which, since some
 * gateways take no key that does not; senders choose among the algorithms that are published for those that decrypt.
 */
const purposes = {
  'sign-rsa': async () => ({ ...(await rsa()), use: 'sig', alg: 'RS256' }),
  'sign-pss': async () => ({ ...(await rsa()), use: 'sig', alg: 'PS256' }),
  'sign-ec': async () => ({ ...(await ec()), use: 'sig', alg: 'ES256' }),
  'decrypt-rsa': async () => ({ ...(await rsa()), use: 'enc' }),
  'decrypt-ec': async () => ({ ...(await ec()), use: 'enc' }),
  /** Makes the subjects that only one sector sees; never rotated, since the subjects would change. */
  subjects: () => Promise.resolve({ kty: 'oct', k: randomBytes(32).toString('base64url') }),
} as const satisfies Record<string, () => Promise<JWK>>;

type Purpose = keyof typeof purposes;

/** The keys as the token service uses them: for each purpose the one in use comes first. */
export interface KeysInUse {
  readonly jwks: { readonly keys: readonly JWK[] };
  readonly subjects: Buffer;
}

/** Seconds for which a key that was replaced stays published: longer than anything lives that it signed. */
const afterlife = 86_400;

/** Seconds for which the next key is published before it is used: longer than anybody keeps the list. */
export const headStart = 600;

/** Makes and finds the keys of the token service, the same for every instance. */
@Injectable()
export class ServerKeys {
  constructor(
    private readonly dataSources: DataSources,
    private readonly keyring: Keyring,
    private readonly audit: AuditTrail,
    private readonly clock: Clock,
  ) {}

  /** The keys as they are to be used now; made when there are none yet. */
  async inUse(): Promise<KeysInUse> {
    const rows = await this.rows();
    const missing = (Object.keys(purposes) as Purpose[]).filter((purpose) => generationsOf(purpose, rows).length === 0);
    for (const purpose of missing) await this.make(purpose, 1, this.clock.now());
    const all = missing.length === 0 ? rows : await this.rows();
    const keys = (Object.keys(purposes) as Purpose[]).flatMap((purpose) => this.ordered(purpose, all));
    const subjects = keys.find(({ kty }) => kty === 'oct')!.k!;
    for (const row of all) if (!this.keyring.isCurrent(row.sealed)) await this.reseal(row);
    return {
      jwks: { keys: keys.filter(({ kty }) => kty !== 'oct') },
      subjects: Buffer.from(subjects, 'base64url'),
    };
  }

  /** Makes the next keys of every purpose but the one that never changes; published now, used when everybody can know them. */
  async rotate(): Promise<readonly Pick<ServerKey, 'id' | 'usedFrom'>[]> {
    await this.inUse();
    const rows = await this.rows();
    const usedFrom = this.clock.now() + headStart;
    const rotated = (Object.keys(purposes) as Purpose[]).filter((purpose) => purpose !== 'subjects');
    const made: Pick<ServerKey, 'id' | 'usedFrom'>[] = [];
    for (const purpose of rotated) {
      const generation = generationOf(generationsOf(purpose, rows).at(-1)!) + 1;
      await this.make(purpose, generation, usedFrom);
      made.push({ id: `${purpose}.${generation}`, usedFrom });
    }
    return made;
  }

  /** Those of a purpose that are published: the one in use, the next, and those before until nothing of theirs is left. */
  private ordered(purpose: Purpose, rows: readonly ServerKey[]): JWK[] {
    const now = this.clock.now();
    const generations = generationsOf(purpose, rows);
    const published = generations.filter((_, index) => (generations[index + 1]?.usedFrom ?? now) + afterlife > now);
    const used = published.filter(({ usedFrom }) => usedFrom <= now).at(-1) ?? published[0]!;
    return [used, ...published.filter((row) => row !== used).reverse()].map((row) => this.opened(row));
  }

  private opened(row: ServerKey): JWK {
    const opened = this.keyring.open(row.sealed, row.id);
    if (opened === undefined)
      throw new Error(`the key ${row.id} is sealed under a SECRET_KEY that is not in the list any more`);
    return JSON.parse(opened) as JWK;
  }

  /** Moves a key under the SECRET_KEY that is in use, since the one before may be dropped. */
  private async reseal({ id, sealed }: ServerKey): Promise<void> {
    const opened = this.keyring.open(sealed, id);
    if (opened === undefined) return;
    const renewed = this.keyring.seal(opened, id);
    await this.dataSources.storeIfPossible('dynamic', (writer) =>
      writer.update(ServerKey, { id }, { sealed: renewed }),
    );
  }

  private rows(): Promise<ServerKey[]> {
    return this.dataSources.read('dynamic', (reader) => reader.find(ServerKey));
  }

  /** Makes a key, unless another instance was faster. */
  private async make(purpose: Purpose, generation: number, usedFrom: number): Promise<void> {
    const id = `${purpose}.${generation}`;
    const made: JWK = await purposes[purpose]();
    const kid = await calculateJwkThumbprint(made);
    const sealed = this.keyring.seal(JSON.stringify({ ...made, kid }), id);
    const changes = { id: { after: id }, kid: { after: kid }, used_from: { after: usedFrom } };
    const event = this.audit.eventOf({ action: 'server_key.made', actor: { type: 'system' }, changes });
    try {
      await this.audit.record(event, (transaction) => transaction.insert(ServerKey, { id, sealed, usedFrom }));
    } catch (error) {
      const isThere = await this.dataSources.read('dynamic', (reader) => reader.existsBy(ServerKey, { id }));
      if (!isThere) throw error;
    }
  }
}

/** The keys of one purpose, the eldest first. */
const generationsOf = (purpose: Purpose, rows: readonly ServerKey[]): ServerKey[] =>
  rows.filter(({ id }) => id.startsWith(`${purpose}.`)).sort((one, other) => generationOf(one) - generationOf(other));

const generationOf = ({ id }: ServerKey): number => Number(id.slice(id.lastIndexOf('.') + 1));

const generate = promisify(generateKeyPair) as (type: string, options: object) => Promise<KeyPairKeyObjectResult>;

const rsa = async (): Promise<JWK> =>
  (await generate('rsa', { modulusLength: 2048 })).privateKey.export({ format: 'jwk' });

const ec = async (): Promise<JWK> =>
  (await generate('ec', { namedCurve: 'P-256' })).privateKey.export({ format: 'jwk' });
