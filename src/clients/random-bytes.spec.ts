import { describe, expect, it } from '@jest/globals';
import { randomBytes } from './random-bytes.js';

describe('randomBytes', () => {
  it('gives no bytes twice, over many pages', () => {
    const given = Array.from({ length: 2_000 }, (_, turn) => randomBytes(8 + (turn % 41)).toString('hex'));

    const windows = given.flatMap((text) => text.match(/.{16}/g) ?? []);
    expect(new Set(windows).size).toBe(windows.length);
  });

  it('gives as many as are asked for, which nobody writes to any more', () => {
    const first = randomBytes(48);
    const copy = Buffer.from(first);
    for (let turn = 0; turn < 300; turn++) randomBytes(48);

    expect(first).toHaveLength(48);
    expect(first.equals(copy)).toBe(true);
  });
});
