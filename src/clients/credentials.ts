import { v7 as uuidv7 } from 'uuid';
import { randomBytes } from './random-bytes.js';

let newest = { msecs: 0, seq: 0 };

/** An identifier that sorts by its time and is never given twice: UUID version 7 (RFC 9562 section 5.7). */
export function newId(): string {
  const random = randomBytes(16);
  newest = following(newest, Date.now(), random);
  return uuidv7({ random, ...newest });
}

/** Within a millisecond, and after the clock was put back, identifiers count on from a random start (RFC 9562 section 6.2). */
function following({ msecs, seq }: typeof newest, now: number, random: Buffer): typeof newest {
  if (now > msecs) return { msecs: now, seq: random.readUInt32BE() >>> 1 };
  return seq === 0xffffffff ? { msecs: msecs + 1, seq: 0 } : { msecs, seq: seq + 1 };
}

/** A bearer token of 256 random bits; the prefix tells people and secret scanners what it is. */
export const newToken = (prefix: 'ciat' | 'crat' | 'cadm'): string =>
  `${prefix}_${randomBytes(32).toString('base64url')}`;

/** A client secret of 64 characters, enough for a key of HS512 (OpenID Connect Core section 16.19). */
export const newSecret = (): string => randomBytes(48).toString('base64url');
