import type { IncomingMessage } from 'node:http';
import { Refusal } from '../errors.js';

export type IdempotencyKey =
  { readonly kind: 'none' } | { readonly kind: 'malformed' } | { readonly kind: 'key'; readonly key: string };

const longest = 255;
const bare = /^[\x21\x23-\x7e][\x21-\x7e]*$/;
const quoted = /^"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"$/;

/**
 * The key in `Idempotency-Key`: a string of structured fields as the draft has it
 * (draft-ietf-httpapi-idempotency-key-header section 2.1, RFC 9651 section 3.3.3), or the bare text that most callers send.
 * Both forms of one text are one key.
 */
export function idempotencyKey(request: Pick<IncomingMessage, 'headersDistinct'>): IdempotencyKey {
  // Node joins several such headers in `headers`.
  const [header, ...more] = request.headersDistinct['idempotency-key'] ?? [];
  if (header === undefined) return { kind: 'none' };
  if (more.length > 0) return { kind: 'malformed' };
  const key = bare.test(header) ? header : quoted.exec(header)?.[1]?.replace(/\\(.)/g, '$1');
  return key && key.length <= longest ? { kind: 'key', key } : { kind: 'malformed' };
}

/** The key, if the request has one. Throws `invalid_request` when it is not well-formed. */
export function demandWellFormedKey(request: Pick<IncomingMessage, 'headersDistinct'>): string | undefined {
  const found = idempotencyKey(request);
  if (found.kind === 'malformed')
    throw new Refusal(
      'invalid_request',
      `Idempotency-Key must be sent once, as 1 to ${longest} visible ASCII characters or as a quoted string of them`,
    );
  return found.kind === 'key' ? found.key : undefined;
}
