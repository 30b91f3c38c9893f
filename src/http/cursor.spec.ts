import { describe, expect, it } from '@jest/globals';
import { decodeCursor, encodeCursor, isTimePosition } from './cursor.js';

describe('a cursor', () => {
  it('comes back as it was', () => {
    expect(decodeCursor(encodeCursor([1, 'a']), isTimePosition)).toEqual([1, 'a']);
  });

  it.each([
    '%%%',
    'abc',
    encodeCursor({ a: 1 }),
    encodeCursor(null),
    encodeCursor([1, 'a\0']),
    encodeCursor([1, 2]),
    encodeCursor([1]),
  ])('is refused as %j', (cursor) => {
    expect(() => decodeCursor(cursor, isTimePosition)).toThrow('after must be the next of an earlier page');
  });
});

describe('a cursor of a list with filters', () => {
  const cursor = encodeCursor([1, 'a'], { status: 'active', kind: 'dynamic' });

  it('holds for the same filters in whatever order', () => {
    expect(decodeCursor(cursor, isTimePosition, { kind: 'dynamic', status: 'active' })).toEqual([1, 'a']);
  });

  it.each([
    [cursor, {}],
    [cursor, { status: 'active' }],
    [cursor, { status: 'active', kind: 'database' }],
    [encodeCursor([1, 'a']), { status: 'active' }],
  ])('is refused with other filters', (given, filters) => {
    expect(() => decodeCursor(given, isTimePosition, filters)).toThrow('after belongs to a list with other filters');
  });
});
