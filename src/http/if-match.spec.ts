import { describe, expect, it } from '@jest/globals';
import { entityTag, matches } from './if-match.js';

describe('If-Match (RFC 9110 section 13.1.1)', () => {
  it.each(['"3"', '*', ' * ', '"1", "3"', '"a,b" ,\t"3"', ',"3",', entityTag(3)])(
    '%j holds for version 3',
    (header) => {
      expect(matches(header, 3)).toBe(true);
    },
  );

  it.each(['"2"', '', 'W/"3"', '3', "'3'", '"3', '"3" "3"', '"3", x', '"03"', 'w/"3"', '"x\\"3"', '*, "3"', '"3";q=1'])(
    '%j does not hold for version 3',
    (header) => {
      expect(matches(header, 3)).toBe(false);
    },
  );

  it('holds for the end of a version only with the tag of the end', () => {
    expect(matches('"3"', 3, 'retired')).toBe(false);
    expect(matches('"3-retired"', 3, 'retired')).toBe(true);
    expect(matches('"3-active", "3-retired"', 3, 'active')).toBe(false);
  });

  it('is no condition when it is absent', () => {
    expect(matches(undefined, 3)).toBe(true);
  });

  it('is read in linear time', () => {
    const started = performance.now();
    matches(`${' '.repeat(16_000)}x`, 3);
    matches(`${'"a" '.repeat(4_000)}x`, 3);
    expect(performance.now() - started).toBeLessThan(100);
  });
});
