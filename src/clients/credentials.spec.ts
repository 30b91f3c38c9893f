import { describe, expect, it, jest } from '@jest/globals';
import { newId, newSecret, newToken } from './credentials.js';

describe('newId', () => {
  it('gives UUIDs of version 7 in the order in which they were made (RFC 9562 section 5.7)', () => {
    const before = Date.now();
    const ids = Array.from({ length: 5_000 }, newId);

    expect(ids.every((id) => /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(id))).toBe(
      true,
    );
    expect([...new Set(ids)].sort()).toEqual(ids);
    expect(parseInt(ids[0]!.replace('-', '').slice(0, 12), 16)).toBeGreaterThanOrEqual(before);
  });

  it('does not go back with the clock (RFC 9562 section 6.2)', () => {
    const first = newId();
    const now = jest.spyOn(Date, 'now').mockReturnValue(Date.now() - 60_000);
    const second = newId();
    now.mockRestore();

    expect([second, first].sort()).toEqual([first, second]);
  });
});

describe('newToken', () => {
  it('says what it is for, and has 256 random bits', () => {
    const [one, other] = [newToken('crat'), newToken('crat')];
    expect(one).toMatch(/^crat_[\w-]{43}$/);
    expect(newToken('ciat')).toMatch(/^ciat_[\w-]{43}$/);
    expect(one).not.toBe(other);
  });
});

describe('newSecret', () => {
  it('is 64 characters, and another one each time', () => {
    const [one, other] = [newSecret(), newSecret()];
    expect(one).toMatch(/^[\w-]{64}$/);
    expect(one).not.toBe(other);
  });
});
