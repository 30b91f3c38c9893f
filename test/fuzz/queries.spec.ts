import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Refusal } from '../../src/errors.js';
import { decodeCursor, encodeCursor, isTimePosition } from '../../src/http/cursor.js';
import { readPage } from '../../src/http/paging.js';
import { parameter } from '../../src/http/parameter.js';
import { texts } from './documents.js';
import { attempt, expectSame, holdsForAll, patience } from './fuzz.js';

const filters = fc.dictionary(fc.constantFrom('kind', 'status', 'owner'), texts, { maxKeys: 3, noNullPrototype: true });
const positions = fc.tuple(
  fc.maxSafeNat(),
  fc.string({ unit: fc.constantFrom(...'aZ09-~ /"\\'), minLength: 1, maxLength: 60 }),
);

describe('a cursor', () => {
  it(
    'leads back to where it was made, with the filters that it was made for, and damaged nowhere else than to a position',
    () => {
      const all = fc.tuple(positions, filters, filters);
      holdsForAll(fc.tuple(all, fc.nat({ max: 9 }), texts), ([[position, own, other], cut, word]) => {
        const cursor = encodeCursor(position, own);
        const read = (text: string, bound: Record<string, string>) =>
          attempt(() => decodeCursor(text, isTimePosition, bound), Refusal);
        expectSame(read(cursor, own), { value: position });
        const isSame = JSON.stringify(Object.entries(own).sort()) === JSON.stringify(Object.entries(other).sort());
        expectSame(read(cursor, other).refusal === undefined, isSame);
        for (const damaged of [cursor.slice(cut + 1), cursor.slice(0, -1 - cut) + word, word]) {
          const { value } = read(damaged, own);
          if (value !== undefined) expectSame(isTimePosition(value), true);
        }
      });
    },
    patience(),
  );
});

const known = ['limit', 'after', 'kind'];

describe('a query', () => {
  it(
    'is read as it was written where all of it is known and given once, and else refused in words',
    () => {
      let taken = 0;
      const named = fc.oneof({ weight: 5, arbitrary: fc.constantFrom(...known) }, texts);
      const given = fc.oneof({ weight: 5, arbitrary: fc.nat({ max: 250 }).map(String) }, texts, fc.array(texts));
      holdsForAll(fc.dictionary(named, given, { maxKeys: 3, noNullPrototype: true }), (query) => {
        const { value: page, refusal } = attempt(() => readPage(query, ['kind']), Refusal);
        if (refusal) expectSame(/^[\x20\x21\x23-\x5b\x5d-\x7e]+$/.test(refusal.message), true);
        const isGood = Object.entries(query).every(
          ([name, value]) =>
            known.includes(name) &&
            typeof value === 'string' &&
            (name !== 'limit' || (/^[1-9][0-9]*$/.test(value) && Number(value) <= 200)),
        );
        expectSame(page !== undefined, isGood);
        if (!page) return;
        taken += 1;
        const { limit = '50', after, ...filters } = query as Record<string, string>;
        expectSame(page, { limit: Number(limit), ...(after !== undefined && { after }), filters });
        for (const [name, value] of Object.entries(query)) expectSame(parameter(name, value, known), value);
      });
      expect(taken).toBeGreaterThan(0);
    },
    patience(),
  );
});
