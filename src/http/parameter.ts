import { Refusal } from '../errors.js';

/**
 * The value of a query parameter that the address knows. Throws `invalid_request` for one that it does not know, and for
 * one that is given twice: a misspelt filter must not be ignored.
 */
export function parameter(name: string, value: unknown, known: readonly string[]): string {
  // An unknown name is the caller's text, and is repeated only where it is harmless.
  const shown = /^[A-Za-z0-9_.-]{1,64}$/.test(name) ? name : 'given';
  if (!known.includes(name))
    throw new Refusal('invalid_request', `the parameter ${shown} is not one of ${list(known)}`);
  if (typeof value !== 'string') throw new Refusal('invalid_request', `the parameter ${shown} must be given once`);
  return value;
}

const list = (known: readonly string[]) => known.join(', ') || 'this address, which has none';
