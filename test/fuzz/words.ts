import { Refusal } from '../../src/errors.js';
import { expectSame } from './fuzz.js';

/** Text that an answer may hold (RFC 6749 section 5.2). */
export const isPlain = (text: string): boolean => /^[\x20\x21\x23-\x5b\x5d-\x7e]+$/.test(text);

/** A refusal names what is wrong, the first of it in its description. */
export function expectInWords(refusal: Error): void {
  if (!(refusal instanceof Refusal)) throw refusal;
  const { description, violations } = refusal;
  const told = violations.flatMap(({ member, rule, message }) => [member, rule, message]);
  expectSame(
    [description, ...told].filter((text) => !isPlain(text)),
    [],
  );
  if (violations.length > 0) expectSame(violations[0]!.message, description);
}
