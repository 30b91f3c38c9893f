import { describe, expect, it } from '@jest/globals';
import { MalformedJson, parseJsonObject } from './strict-json.js';

const read = (text: string) => parseJsonObject(Buffer.from(text));
const nested = (levels: number) => `{"a":${'['.repeat(levels - 1)}${']'.repeat(levels - 1)}}`;

describe('one JSON object', () => {
  it('is read as JSON.parse reads it', () => {
    const text = '{"a":[{"b":"}\\"{,"},1.5,null,true],"c\\\\":"\\\\","constructor":{},"":[]} ';
    expect(read(text)).toEqual(JSON.parse(text));
  });

  it('keeps text of all planes (RFC 8259 section 8.1)', () => {
    expect(read('{"n":"Grüße 😀 שלום"}')).toEqual({ n: 'Grüße 😀 שלום' });
  });

  it('may begin with a byte order mark (RFC 8259 section 8.1)', () => {
    expect(read('\uFEFF{"a":1}')).toEqual({ a: 1 });
  });

  it.each(['', ' ', '{', '{"a":1,}', "{'a':1}", '{"a":NaN}', '{}{}', '{"a":"\n"}'])(
    'is well-formed, unlike %j',
    (text) => {
      expect(() => read(text)).toThrow('the body must be well-formed JSON');
    },
  );

  it.each(['null', '[]', '"a"', '1', 'true'])('is not %s (RFC 7591 section 3.1)', (text) => {
    expect(() => read(text)).toThrow('the body must be a JSON object');
  });

  it.each([
    ['a lone continuation byte', [0x80]],
    ['an overlong form', [0xc0, 0xaf]],
    ['a surrogate', [0xed, 0xa0, 0x80]],
    ['UTF-16', [0x00, 0x7b, 0xff]],
  ])('is UTF-8, unlike %s (RFC 8259 section 8.1)', (_what, bytes) => {
    const body = Buffer.concat([Buffer.from('{"a":"'), Buffer.from(bytes), Buffer.from('"}')]);
    expect(() => parseJsonObject(body)).toThrow('the body must be encoded in UTF-8');
  });

  it('nests at most eight levels (RFC 8259 section 9)', () => {
    expect(read(nested(8))).toBeDefined();
    expect(() => read(nested(9))).toThrow('the body must not nest deeper than 8 levels');
    expect(() => read(nested(30_000))).toThrow(MalformedJson);
    expect(read('{"a":[[],[],[],[],[],[],[],[],[],[]],"b":"[[[[[[[[[[[["}')).toBeDefined();
  });

  it.each(['{"a":1,"a":1}', '{"b":[{"a":1,"c":{"a":2},"a":3}]}', '{"a":1,"\\u0061":2}', '{"a":{},"b":[],"a":""}'])(
    'names no member twice, unlike %s (RFC 8259 section 4)',
    (text) => {
      expect(() => read(text)).toThrow('the body must not name a member twice in one object');
    },
  );

  it('may use a name again in another object, or as a value', () => {
    expect(read('{"a":{"a":["a","a"]},"b":{"a":"b"}}')).toEqual({ a: { a: ['a', 'a'] }, b: { a: 'b' } });
  });

  it.each(['{"__proto__":{}}', '{"a":[{"\\u005f_proto__":1}]}'])('has no member __proto__, unlike %s', (text) => {
    expect(() => read(text)).toThrow('the body must not have a member named __proto__');
  });

  it('takes time in proportion to its size', () => {
    const started = performance.now();
    read(`{"a":"${'\\\\'.repeat(30_000)}"}`);
    read(`{${Array.from({ length: 6_000 }, (_, n) => `"m${n}":"\\""`).join()}}`);
    expect(performance.now() - started).toBeLessThan(500);
  });
});
