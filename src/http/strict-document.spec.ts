import { describe, expect, it } from '@jest/globals';
import { IsBoolean, IsOptional, IsString } from 'class-validator';
import { Part, readStrictly } from './strict-document.js';

class Inner {
  @IsOptional()
  @IsString()
  word?: string;
}

class Outer {
  @IsOptional()
  @IsBoolean()
  flag?: boolean;

  @IsOptional()
  @Part(() => Inner)
  part?: Inner;

  @IsOptional()
  @Part(() => Inner, { or: [false] })
  partOrFalse?: Inner | false;
}

const read = (document: object) => readStrictly(Outer, document);

/** What is said to be wrong with a document, member by member. */
function faultsOf(document: object): unknown {
  try {
    return read(document);
  } catch (error) {
    return (error as { violations: readonly { member: string; message: string }[] }).violations.map(
      ({ member, message }) => `${member}: ${message}`,
    );
  }
}

describe('a document of the administration', () => {
  it('is read into its class, its parts into theirs', () => {
    const found = read({ flag: true, part: { word: 'a' }, partOrFalse: { word: 'b' } });
    expect(found).toEqual({ flag: true, part: { word: 'a' }, partOrFalse: { word: 'b' } });
    expect([found, found.part, found.partOrFalse].map((one) => (one as object).constructor)).toEqual([
      Outer,
      Inner,
      Inner,
    ]);
  });

  it('takes null for absent, and the flag that a part may be', () => {
    expect(read({ flag: null, part: null, partOrFalse: false })).toEqual({ partOrFalse: false });
  });

  it.each<[object, string[]]>([
    [{ part: [] }, ['part: part must be an object']],
    [{ part: 'a' }, ['part: part must be an object']],
    [{ part: false }, ['part: part must be an object']],
    [{ partOrFalse: true }, ['partOrFalse: partOrFalse must be false or an object']],
    [{ partOrFalse: [{}] }, ['partOrFalse: partOrFalse must be false or an object']],
    [{ part: { word: 5 } }, ['part.word: part.word must be a string']],
    [{ part: { wrod: 'a' } }, ['part.wrod: part.wrod is not a member of this document']],
    [{ part: { wrod: null } }, ['part.wrod: part.wrod is not a member of this document']],
    [{ '<b>': 1 }, ['a member: a member is not a member of this document']],
    [
      { other: 1, flag: 'x', part: { word: 1 } },
      [
        'other: other is not a member of this document',
        'flag: flag must be a boolean value',
        'part.word: part.word must be a string',
      ],
    ],
  ])('is refused with all that is wrong: %j', (document, faults) => {
    expect(faultsOf(document)).toEqual(faults);
  });
});
