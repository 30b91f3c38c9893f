import { parse } from 'node:querystring';
import { describe, expect, it } from '@jest/globals';
import type { Response } from 'express';
import { answerPage, readPage } from './paging.js';

const read = (query: string, filters?: string[]) => readPage(parse(query), filters);

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
  ])('refuses %j', (query, message) => {
    expect(() => read(query, ['status'])).toThrow(message);
  });
});

describe('a page', () => {
  const url = 'https://registry.example/admin/numbers';
  const list = {
    url,
    filters: ['above'],
    of: { owner: 'a' },
    isPosition: (value: unknown): value is number => typeof value === 'number',
    find: (limit: number, after = 0, { above = '0' }: Readonly<Record<string, string>>) =>
      Promise.resolve([1, 2, 3, 4, 5].filter((one) => one > after && one > Number(above)).slice(0, limit)),
    positionOf: (one: number) => one,
  };
  const answered = async (query: string, over: Partial<typeof list> = {}) => {
    const headers: Record<string, string> = {};
    const response = { setHeader: (name: string, value: string) => (headers[name] = value) };
    const page = await answerPage(parse(query), response as unknown as Response, { ...list, ...over });
    return { page, headers };
  };

  it('names the next one only where there is one', async () => {
    expect(await answered('')).toEqual({ page: { items: [1, 2, 3, 4, 5] }, headers: {} });
    expect((await answered('limit=5')).page).toEqual({ items: [1, 2, 3, 4, 5] });
    expect((await answered('limit=4')).page).toEqual({ items: [1, 2, 3, 4], next: expect.any(String) });
  });

  it('is linked below the public address, with the same limit and filters (RFC 8288 section 3)', async () => {
    const { page, headers } = await answered('limit=2&above=1');
    expect(page.items).toEqual([2, 3]);
    expect(headers).toEqual({ Link: `<${url}?above=1&limit=2&after=${page.next}>; rel="next"` });
    expect((await answered(`limit=2&above=1&after=${page.next}`)).page).toEqual({ items: [4, 5] });
  });

  it('does not go on from a page of other filters, or of the list of another', async () => {
    const { next } = (await answered('limit=2')).page;
    await expect(answered(`above=1&after=${next}`)).rejects.toThrow('after belongs to a list with other filters');
    await expect(answered(`after=${next}`, { of: { owner: 'b' } })).rejects.toThrow('after belongs to a list');
    expect((await answered(`after=${next}`)).page.items).toEqual([3, 4, 5]);
  });
});
