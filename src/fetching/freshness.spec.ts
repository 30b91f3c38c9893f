import { describe, expect, it } from '@jest/globals';
import { freshSeconds } from './freshness.js';

const now = 1_800_000_000;
const at = (seconds: number) => new Date((now + seconds) * 1000).toUTCString();

describe('an answer', () => {
  it.each([
    [{}, 60],
    [{ expires: at(120) }, 120],
    [{ expires: at(120), 'cache-control': 'public, max-age=300' }, 120],
    [{ 'cache-control': 'public, max-age=300' }, 300],
    [{ 'cache-control': 's-maxage=300' }, 60],
    [{ expires: at(-5), 'cache-control': 'max-age=300' }, 300],
    [{ expires: '0', 'cache-control': 'max-age=300' }, 300],
    [{ expires: 'soon' }, 60],
    [{ expires: at(-5) }, 10],
    [{ 'cache-control': 'max-age=0' }, 10],
    [{ 'cache-control': 'max-age=99999999' }, 600],
    [{ expires: at(86_400) }, 600],
    [{ 'cache-control': 'no-store' }, 60],
  ])('with %j stays fresh for %i seconds', (headers, seconds) => {
    expect(freshSeconds(headers, now)).toBe(seconds);
  });
});
