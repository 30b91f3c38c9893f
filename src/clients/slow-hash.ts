import { scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { verify } from '@node-rs/argon2';

const base64 = '[A-Za-z0-9+/]+';
const scryptText = new RegExp(`^\\$scrypt\\$ln=(\\d{1,2}),r=(\\d{1,9}),p=(\\d{1,9})\\$(${base64})\\$(${base64})$`);
const argonText = new RegExp(
  `^\\$argon2id\\$v=19\\$m=(\\d{1,9}),t=(\\d{1,9}),p=(\\d{1,9})\\$(${base64})\\$(${base64})$`,
);

const mostMemory = 256 * 1024 * 1024;
const derive = promisify<string, Buffer, number, object, Buffer>(scrypt);

/** What is wrong with an imported hash, if anything: comparing with it must not cost more than a server can spare. */
export function slowHashFault(value: unknown): string | undefined {
  const text = typeof value === 'string' && value.length <= 512 ? value : '';
  const [, ...found] = scryptText.exec(text) ?? argonText.exec(text) ?? [];
  if (found.length === 0) return 'must be a PHC string of scrypt (ln, r, p) or of argon2id version 19 (m, t, p)';
  const [salt, hash] = found.slice(3).map((part) => Buffer.from(part, 'base64').length);
  if (salt! < 8 || salt! > 64 || hash! < 16 || hash! > 64)
    return 'must have a salt of 8 to 64 bytes and a hash of 16 to 64';
  const [one, two, three] = found.slice(0, 3).map(Number) as [number, number, number];
  const isScrypt = text.startsWith('$scrypt$');
  const [memory, rounds] = isScrypt ? [128 * two * 2 ** one, three] : [1024 * one, two * three];
  if (one < 1 || two < 1 || three < 1) return 'must have parameters of at least 1';
  if (!isScrypt && one < 8 * three) return 'must have a memory of at least 8 KiB for each lane';
  return memory > mostMemory || rounds > 32 ? 'must not take more than 256 MiB or 32 rounds' : undefined;
}

/** Compares a secret with a hash that {@link slowHashFault} has nothing against. */
export async function matchesSlowHash(secret: string, text: string): Promise<boolean> {
  const found = scryptText.exec(text);
  if (!found) return verify(text, secret);
  const [, ln, r, p, salt, hash] = found;
  const expected = Buffer.from(hash!, 'base64');
  const options = { N: 2 ** Number(ln), r: Number(r), p: Number(p), maxmem: 2 * mostMemory };
  const actual = await derive(secret, Buffer.from(salt!, 'base64'), expected.length, options);
  return timingSafeEqual(actual, expected);
}
