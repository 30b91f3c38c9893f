import { describe, expect, it } from '@jest/globals';
import { extensionFaults, type ExtensionRules } from './extension-value.js';

describe('the value of an extension', () => {
  it.each<[ExtensionRules, unknown, string[]]>([
    [{ type: 'string' }, 'sales', []],
    [{ type: 'string' }, '', []],
    [{ type: 'string' }, 5, ['must be a string']],
    [{ type: 'string', minLength: 2, maxLength: 3 }, 'a', ['must not be shorter than 2 characters']],
    [{ type: 'string', minLength: 2, maxLength: 3 }, 'abcd', ['must not be longer than 3 characters']],
    [{ type: 'string', maxLength: 1 }, '\u{1f600}', []],
    [{ type: 'string', minLength: 1 }, '', ['must not be empty']],
    [{ type: 'string' }, 'a\u0000b', ['must not contain control characters or broken Unicode']],
    [{ type: 'string' }, 'a'.repeat(1001), ['must not be longer than 1000 characters']],
    [{ type: 'string', enum: ['a', 'b'] }, 'c', ['must be one of the values declared']],
    [{ type: 'integer', minimum: 1, maximum: 3 }, 1, []],
    [{ type: 'integer', minimum: 1, maximum: 3 }, 3, []],
    [{ type: 'integer', minimum: 1, maximum: 3 }, 0, ['must not be less than 1']],
    [{ type: 'integer', minimum: 1, maximum: 3 }, 4, ['must not be more than 3']],
    [{ type: 'integer' }, 1.5, ['must be a whole number']],
    [{ type: 'integer' }, '1', ['must be a whole number']],
    [{ type: 'number', maximum: 1 }, 0.5, []],
    [{ type: 'number' }, 1e999, ['must be a number']],
    [{ type: 'boolean' }, false, []],
    [{ type: 'boolean' }, 'false', ['must be true or false']],
    [{ type: 'array', items: { type: 'string' } }, ['a'], []],
    [{ type: 'array', items: { type: 'string' } }, 'a', ['must be a list']],
    [{ type: 'array', items: { type: 'string' } }, ['a', 5], ['[1] must be a string']],
    [{ type: 'array', items: { type: 'array', items: { type: 'boolean' } } }, [[1]], ['[0][0] must be true or false']],
    [{ type: 'array' }, new Array(101).fill('a'), ['must not have more than 100 entries']],
    [{ type: 'array' }, [null], ['must not contain null in a list']],
    [{ type: 'array', enum: [['a', 'b']] }, ['a', 'b'], []],
    [{ type: 'object' }, { a: { b: 1 } }, []],
    [{ type: 'object' }, ['a'], ['must be a JSON object']],
    [{ type: 'object' }, { a: 'b\u0000' }, ['must not contain control characters or broken Unicode']],
  ])('of %j: %j', (rules, value, faults) => {
    expect(extensionFaults(rules, value)).toEqual(faults);
  });
});
