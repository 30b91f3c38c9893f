/** The depth that a JSON value may have, so that reading it never exhausts the stack (RFC 8259 section 9). */
const deepest = 8;

const controls = /\p{Cc}|\p{Surrogate}/u;
const directions = /[\u202a-\u202e\u2066-\u2069]/;

/**
 * What is wrong with a text of at most `longest` characters, if anything: it is kept as sent, so it must be safe to
 * show and to store (RFC 7591 section 2.2).
 */
export function textFault(value: unknown, longest: number): string | undefined {
  if (typeof value !== 'string') return 'must be a string';
  if (value === '') return 'must not be empty';
  if (value.length > longest && [...value].length > longest) return `must not be longer than ${longest} characters`;
  if (controls.test(value)) return 'must not contain control characters or broken Unicode';
  if (directions.test(value)) return 'must not contain characters that override the direction of text';
  return undefined;
}

/** What is wrong with names, strings and numbers anywhere in a JSON value without null members, if anything (RFC 8259 section 8). */
export function nestedTextFault(value: unknown, depth = 1): string | undefined {
  if (typeof value === 'string') {
    return controls.test(value) ? 'must not contain control characters or broken Unicode' : undefined;
  }
  if (typeof value === 'number' && !Number.isFinite(value)) return 'must not contain numbers beyond all bounds';
  if (typeof value !== 'object' || value === null) return undefined;
  if (depth >= deepest) return `must not be nested deeper than ${deepest} levels`;
  for (const [name, entry] of Object.entries(value)) {
    const fault = nestedTextFault(name) ?? nestedTextFault(entry, depth + 1);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

const hasNull = (value: unknown): boolean =>
  value === null || (typeof value === 'object' && Object.values(value).some(hasNull));

/** What is wrong with a JSON document that we store and show again, if anything: no answer ever has a null. */
export const documentFault = (value: unknown): string | undefined =>
  nestedTextFault(value) ?? (hasNull(value) ? 'must not contain null in a list' : undefined);
