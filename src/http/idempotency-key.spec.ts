import { describe, expect, it } from '@jest/globals';
import { demandWellFormedKey, idempotencyKey } from './idempotency-key.js';

const read = (...values: string[]) => idempotencyKey({ headersDistinct: { 'idempotency-key': values } });
const key = (text: string) => ({ kind: 'key', key: text });

describe('Idempotency-Key (draft-ietf-httpapi-idempotency-key-header section 2.1)', () => {
  it.each(['x', '8e03978e-40d5-43e8-bc93-6894a57f9324', '!#$%&()*+,-./:;<=>?@[\\]^_`{|}~', 'a"b', 'a'.repeat(255)])(
    'is the bare text %s',
    (header) => {
      expect(read(header)).toEqual(key(header));
    },
  );

  it.each([
    ['"8e03978e"', '8e03978e'],
    ['"a b"', 'a b'],
    ['"a\\"b\\\\"', 'a"b\\'],
    [`"${'a'.repeat(255)}"`, 'a'.repeat(255)],
    [`"${'\\"'.repeat(255)}"`, '"'.repeat(255)],
  ])('is the string %s (RFC 9651 section 3.3.3)', (header, text) => {
    expect(read(header)).toEqual(key(text));
  });

  it.each([
    ...['', ' ', '"', '""', '"a', '"a"b', '"a";b=c', '"a", "b"', '"\\a"', '"\\"', 'a b', 'a, b', 'a\tb', 'ä', '"ä"'],
    ...['a\u007f', 'a'.repeat(256), `"${'a'.repeat(256)}"`],
  ])('is malformed as %j', (header) => {
    expect(read(header)).toEqual({ kind: 'malformed' });
  });

  it('is malformed where several headers name one, also the same', () => {
    expect(read('a', 'b')).toEqual({ kind: 'malformed' });
    expect(read('a', 'a')).toEqual({ kind: 'malformed' });
  });

  it('is none without the header', () => {
    expect(idempotencyKey({ headersDistinct: {} })).toEqual({ kind: 'none' });
    expect(demandWellFormedKey({ headersDistinct: {} })).toBeUndefined();
  });

  it('is read in linear time', () => {
    const started = performance.now();
    read(`"${'\\"'.repeat(8_000)}`);
    read(`${'a'.repeat(16_000)} `);
    expect(performance.now() - started).toBeLessThan(100);
  });
});
