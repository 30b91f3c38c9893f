import { parse } from 'node:querystring';
import { describe, expect, it } from '@jest/globals';
import { decodeCursor, encodeCursor, nextLink, page, readPage } from './paging.js';

const read = (query: string, filters?: string[]) => readPage(parse(query), filters);
const isPosition = (value: unknown): value is [number, string] => Array.isArray(value) && value.length === 2;

describe('the query of a list', () => {
  it('asks for 50 items where it says nothing', () => {
    expect(read('')).toEqual({ limit: 50, filters: {} });
  });

  it('takes a limit, a cursor and the filters of the list', () => {
    expect(read('limit=200&after=abc&status=active', ['status', 'kind'])).toEqual({
      limit: 200,
      after: 'abc',
      filters: { status: 'active' },
    });
  });

  it.each(['0', '201', '-1', '1.5', '1e2', '05', '', 'ten', '٣'])('refuses the limit %j', (limit) => {
    expect(() => read(`limit=${encodeURIComponent(limit)}`)).toThrow('limit must be a whole number from 1 to 200');
  });

  it.each([
    ['stauts=active', 'the parameter stauts is not one of limit, after, status'],
    ['__proto__=1', 'the parameter __proto__ is not one of limit, after, status'],
    ['<b>=1', 'the parameter given is not one of limit, after, status'],
    ['limit=1&limit=2', 'the parameter limit must be given once'],
    ['after=', 'after must be the next of an earlier page of this list'],
  ])('refuses %j', (query, message) => {
    expect(() => read(query, ['status'])).toThrow(message);
  });
});

describe('a cursor', () => {
  it('comes back as it was', () => {
    expect(decodeCursor(encodeCursor([1, 'ä']), isPosition)).toEqual([1, 'ä']);
  });

  it.each(['%%%', 'abc', encodeCursor({ a: 1 }), encodeCursor(null)])('is refused as %j', (cursor) => {
    expect(() => decodeCursor(cursor, isPosition)).toThrow('after must be the next of an earlier page');
  });
});

describe('a cursor of a list with filters', () => {
  const cursor = encodeCursor([1, 'a'], { status: 'active', kind: 'dynamic' });

  it('holds for the same filters in whatever order', () => {
    expect(decodeCursor(cursor, isPosition, { kind: 'dynamic', status: 'active' })).toEqual([1, 'a']);
  });

  it.each([
    [cursor, {}],
    [cursor, { status: 'active' }],
    [cursor, { status: 'active', kind: 'database' }],
    [encodeCursor([1, 'a']), { status: 'active' }],
  ])('is refused with other filters', (given, filters) => {
    expect(() => decodeCursor(given, isPosition, filters)).toThrow('after belongs to a list with other filters');
  });
});

describe('a page', () => {
  it('names the next one only where there is one', () => {
    expect(page([1], 'abc')).toEqual({ items: [1], next: 'abc' });
    expect(page([])).toEqual({ items: [] });
  });

  it('is linked below the public address, with the same limit and filters (RFC 8288 section 3)', () => {
    const request = { limit: 10, after: 'old', filters: { name: 'a b&c>' } };
    expect(nextLink('https://registry.example', '/admin/clients', request, 'abc')).toBe(
      '<https://registry.example/admin/clients?name=a+b%26c%3E&limit=10&after=abc>; rel="next"',
    );
  });
});
