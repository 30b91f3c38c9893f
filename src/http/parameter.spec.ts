import { describe, expect, it } from '@jest/globals';
import { parameter } from './parameter.js';

describe('a query parameter', () => {
  it('is taken where it is known', () => {
    expect(parameter('kind', 'dynamic', ['kind'])).toBe('dynamic');
  });

  it.each([
    ['knd', 'x', ['kind', 'status'], 'the parameter knd is not one of kind, status'],
    ['knd', 'x', [], 'the parameter knd is not one of this address, which has none'],
    ['<b>', 'x', ['kind'], 'the parameter given is not one of kind'],
    ['kind', ['x', 'y'], ['kind'], 'the parameter kind must be given once'],
  ])('is refused and named: %j', (name, value, known, message) => {
    expect(() => parameter(name, value, known)).toThrow(message);
  });
});
