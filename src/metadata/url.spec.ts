import { expect, it } from '@jest/globals';
import { parsedUrl } from './url.js';

it('finds no URL where there is none, however often it is asked', () => {
  const found = Array.from({ length: 30_000 }, () => parsedUrl('https:e\u00cc\u0081//app.example'));
  expect(new Set(found)).toEqual(new Set([undefined]));
});

it('finds what the URL standard reads', () => {
  expect(parsedUrl('https://B\u00fccher.example:443/a/../b')?.href).toBe('https://xn--bcher-kva.example/b');
});
