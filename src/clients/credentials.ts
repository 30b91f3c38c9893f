import { randomBytes } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';

/** An identifier that sorts by its time and is never given twice: UUID version 7 (RFC 9562 section 5.7). */
export const newId = (): string => uuidv7();

/** A bearer token of 256 random bits; the prefix tells people and secret scanners what it is. */
export const newToken = (prefix: 'ciat' | 'crat' | 'cadm'): string =>
  `${prefix}_${randomBytes(32).toString('base64url')}`;

/** A client secret of 64 characters, enough for a key of HS512 (OpenID Connect Core section 16.19). */
export const newSecret = (): string => randomBytes(48).toString('base64url');
