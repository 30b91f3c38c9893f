import { describe, expect, it } from '@jest/globals';
import { Refusal } from '../../src/errors.js';
import { metadataMembers } from '../../src/metadata/client-metadata.js';
import { untagged } from '../../src/metadata/read-metadata.js';
import { registered } from '../support/metadata-language.js';
import { metadata } from './documents.js';
import { attempt, expectSame, holdsForAll, patience } from './fuzz.js';
import { expectInWords } from './words.js';

const known = new Set<string>(metadataMembers.map(({ name }) => name));

/** Absent means absent, however deep. */
const hasNull = (value: unknown): boolean =>
  value === null || (typeof value === 'object' && Object.values(value).some(hasNull));

describe('the metadata of a client', () => {
  it(
    'is refused in words, or registered as something that registers the same again (RFC 7591 section 3.2.1)',
    () => {
      let taken = 0;
      holdsForAll(metadata, (document) => {
        const { value, refusal } = attempt(() => registered(document), Refusal);
        if (refusal instanceof Refusal) return expectInWords(refusal);
        taken += 1;
        expectSame(
          Object.keys(value!).filter((name) => !known.has(untagged(name))),
          [],
        );
        expectSame(hasNull(value), false);
        expectSame(registered({ client_uri: null, 'client_name#de': null, ...document }), value);
        expectSame(registered(value as unknown as Record<string, unknown>), value);
      });
      expect(taken).toBeGreaterThan(0);
    },
    patience(),
  );
});
