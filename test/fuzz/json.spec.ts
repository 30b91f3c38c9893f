import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { MalformedJson, parseJson, parseJsonObject } from '../../src/http/strict-json.js';
import { names, splinters } from './dictionary.js';
import { metadata, wellFormed } from './documents.js';
import { attempt, expectSame, holdsForAll, patience } from './fuzz.js';
import { mutated } from './mutation.js';

const encoder = new TextEncoder();
const objectRead = (bytes: Uint8Array) => attempt(() => parseJsonObject(bytes), MalformedJson);

/** JSON as a text, and what of it is known from how it was made. */
interface Written {
  readonly text: string;
  readonly depth: number;
  /** Whether an object names a member twice, or one of them `__proto__`. */
  readonly isDoubtful: boolean;
}

/** A string with some of its characters escaped, each in a way of its own. */
const strings = fc
  .tuple(
    fc.oneof(fc.constantFrom(...names, ...splinters), fc.string({ unit: 'binary', maxLength: 6 })),
    fc.array(fc.boolean()),
  )
  .map(([value, escapes]) => {
    const whole = wellFormed(value);
    const quoted = [...whole].map((character, index) =>
      escapes[index] ? character.split('').map(escaped).join('') : JSON.stringify(character).slice(1, -1),
    );
    return { value: whole, text: `"${quoted.join('')}"` };
  });
const escaped = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;

const scalars: fc.Arbitrary<Written> = fc
  .oneof(
    strings.map(({ text }) => text),
    fc.constantFrom('null', 'true', 'false', '0', '-0', '1e400', '1E-3', '9007199254740993'),
  )
  .map((text) => ({ text, depth: 0, isDoubtful: false }));
const blanks = fc.constantFrom('', '', '', ' ', '\t', '\r\n');

const written: fc.Arbitrary<Written> = fc.letrec<{ value: Written; list: Written; object: Written }>((tie) => ({
  value: fc.oneof({ maxDepth: 11, depthSize: 'large' }, scalars, tie('list'), tie('object')),
  list: fc.tuple(fc.array(tie('value'), { maxLength: 3 }), blanks).map(([entries, blank]) => ({
    text: `[${blank}${entries.map(({ text }) => text).join(`,${blank}`)}]`,
    depth: 1 + Math.max(0, ...entries.map(({ depth }) => depth)),
    isDoubtful: entries.some(({ isDoubtful }) => isDoubtful),
  })),
  object: fc.tuple(fc.array(fc.tuple(strings, tie('value')), { maxLength: 4 }), blanks).map(([members, blank]) => {
    const named = members.map(([{ value }]) => value);
    return {
      text: `{${blank}${members.map(([name, { text }]) => `${name.text}${blank}:${text}`).join(',')}${blank}}`,
      depth: 1 + Math.max(0, ...members.map(([, { depth }]) => depth)),
      isDoubtful:
        new Set(named).size < named.length ||
        named.includes('__proto__') ||
        members.some(([, { isDoubtful }]) => isDoubtful),
    };
  }),
})).object;

describe('a body', () => {
  it(
    'is taken exactly when it is an object that all readers read alike (RFC 8259 sections 4, 8.1 and 9)',
    () => {
      let taken = 0;
      holdsForAll(written, ({ text, depth, isDoubtful }) => {
        const { refusal, ...read } = objectRead(encoder.encode(text));
        expectSame(refusal === undefined, depth <= 8 && !isDoubtful);
        if (refusal) return;
        taken += 1;
        expectSame(read, { value: JSON.parse(text) as unknown });
      });
      expect(taken).toBeGreaterThan(0);
    },
    patience(),
  );

  it(
    'that somebody damaged is refused as malformed, or read as it stands, and reads the same when it is written anew',
    () => {
      const damaged = mutated(metadata.map((document) => encoder.encode(JSON.stringify(document))));
      holdsForAll(damaged, (bytes) => {
        const read = objectRead(bytes);
        if (read.refusal) return;
        const anew = JSON.stringify(read.value);
        expectSame(JSON.stringify(parseJson(encoder.encode(anew))), anew);
        expectSame(JSON.stringify(JSON.parse(new TextDecoder().decode(bytes))), anew);
        expectSame(Object.getPrototypeOf(read.value), Object.prototype);
        expectSame(Object.keys(Object.prototype), []);
      });
    },
    patience(),
  );
});
