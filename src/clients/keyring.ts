import { createCipheriv, createDecipheriv, createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Environment } from '../config/environment.js';
import { randomBytes } from './random-bytes.js';

interface Key {
  readonly id: string;
  readonly digest: Buffer;
  readonly seal: Buffer;
}

const derive = (master: Buffer, purpose: string, length: number): Buffer =>
  Buffer.from(hkdfSync('sha256', master, '', `clientele ${purpose}`, length));

const keyOf = (master: Buffer): Key => ({
  id: derive(master, 'key id', 6).toString('hex'),
  digest: derive(master, 'digest', 32),
  seal: derive(master, 'seal', 32),
});

/**
 * Digests and seals under `SECRET_KEY`. Both are texts that begin with the id of their key, so that a list of keys can
 * rotate: the first key makes new ones, all of them verify.
 */
@Injectable()
export class Keyring {
  private readonly keys: readonly Key[];

  constructor(environment: Environment) {
    this.keys = environment.SECRET_KEY.map(keyOf);
  }

  /** The id of the key that is in use. */
  get currentId(): string {
    return this.keys[0]!.id;
  }

  /** The ids of the keys that only verify. */
  get oldIds(): readonly string[] {
    return this.keys.slice(1).map(({ id }) => id);
  }

  /** Whether the key with this id is in the list. */
  has(id: string): boolean {
    return this.keys.some((key) => key.id === id);
  }

  /** The digest to store. */
  digest(credential: string): string {
    return digestUnder(this.keys[0]!, credential);
  }

  /** Each digest under which a credential may be stored: one for every key, the current one first. */
  digests(credential: string): string[] {
    return this.keys.map((key) => digestUnder(key, credential));
  }

  /** Compares in constant time; false too for a digest under a key that is not in the list. */
  matches(credential: string, stored: string): boolean {
    const key = this.keyOf(stored) ?? this.keys[0]!;
    const actual = Buffer.from(digestUnder(key, credential));
    const expected = Buffer.from(stored);
    return actual.length === expected.length && timingSafeEqual(actual, expected);
  }

  /** Whether a digest or seal was made under the key in use. */
  isCurrent(stored: string): boolean {
    return idOf(stored) === this.currentId;
  }

  /** Whether a digest or seal was made under a key in the list, and so can still be of use. */
  knows(stored: string): boolean {
    return this.keyOf(stored) !== undefined;
  }

  /**
   * Encrypts with AES-256-GCM; `context` binds the seal to its place, so that it cannot be moved to another row. With
   * `share`, a text that is not stored, the seal opens only for who knows that text too.
   */
  seal(plain: string, context: string, share?: string): string {
    const key = this.keys[0]!;
    const nonce = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', sealKeyOf(key, share), nonce).setAAD(Buffer.from(context));
    const sealed = Buffer.concat([nonce, cipher.update(plain, 'utf8'), cipher.final(), cipher.getAuthTag()]);
    return `${key.id}.${sealed.toString('base64url')}`;
  }

  /**
   * Decrypts a seal; nothing when its key is not in the list any more. Throws when it was changed or moved, or made with
   * another `share`.
   */
  open(sealed: string, context: string, share?: string): string | undefined {
    const key = this.keyOf(sealed);
    if (!key) return undefined;
    const bytes = Buffer.from(sealed.slice(key.id.length + 1), 'base64url');
    const nonce = bytes.subarray(0, 12);
    const decipher = createDecipheriv('aes-256-gcm', sealKeyOf(key, share), nonce).setAAD(Buffer.from(context));
    decipher.setAuthTag(bytes.subarray(-16));
    return Buffer.concat([decipher.update(bytes.subarray(12, -16)), decipher.final()]).toString('utf8');
  }

  /** The eldest of the keys under which these were made; a key that is not in the list counts as the eldest of all. */
  eldestKeyId(stored: readonly string[]): string {
    const ages = stored.map(idOf).map((id) => ({ id, age: this.keys.findIndex((key) => key.id === id) }));
    const unknown = ages.find(({ age }) => age === -1);
    return (
      unknown?.id ??
      ages.reduce((eldest, one) => (one.age > eldest.age ? one : eldest), { id: this.currentId, age: 0 }).id
    );
  }

  private keyOf(stored: string): Key | undefined {
    return this.keys.find((key) => key.id === idOf(stored));
  }
}

const idOf = (stored: string): string => stored.slice(0, stored.indexOf('.'));

/** HKDF takes the share as its salt: who lacks either of the two has no key (RFC 5869 section 2.2). */
const sealKeyOf = ({ seal }: Key, share?: string): Buffer =>
  share === undefined ? seal : Buffer.from(hkdfSync('sha256', seal, share, 'clientele shared seal', 32));

const digestUnder = (key: Key, credential: string): string =>
  `${key.id}.${createHmac('sha256', key.digest).update(credential).digest('base64url')}`;
