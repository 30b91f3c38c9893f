import type { Request } from 'express';
import type { Registrar } from '../admission/registrar.js';
import { Refusal } from '../errors.js';
import { demandWellFormedKey } from '../http/idempotency-key.js';

/** 128 random bits in base64url. */
const shortest = 22;

/**
 * The key under which a registration may be asked for again. All anonymous callers are one registrar, so that nothing but
 * their key tells one from another: it must be too long to be guessed. Throws `invalid_request`.
 */
export function repetitionKey(request: Request, { record }: Pick<Registrar, 'record'>): string | undefined {
  const key = demandWellFormedKey(request);
  if (key !== undefined && record.type === 'anonymous' && key.length < shortest)
    throw new Refusal(
      'invalid_request',
      `without a token Idempotency-Key must have at least ${shortest} characters, chosen at random`,
    );
  return key;
}
