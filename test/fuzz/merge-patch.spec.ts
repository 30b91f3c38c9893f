import { describe, it } from '@jest/globals';
import fc from 'fast-check';
import { mergePatch } from '../../src/http/merge-patch.js';
import { names } from './dictionary.js';
import { values } from './documents.js';
import { expectSame, holdsForAll, patience, swiftly } from './fuzz.js';

type Patch = Record<string, unknown>;

/** No reader lets `__proto__` in. */
const objects = fc.dictionary(
  fc.constantFrom(...names).filter((name) => name !== '__proto__'),
  values,
  { maxKeys: 5, noNullPrototype: true },
);

/** The algorithm as RFC 7396 section 2 writes it. */
function reference(target: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const merged: Patch = typeof target === 'object' && target !== null && !Array.isArray(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete merged[name];
    else
      Object.defineProperty(merged, name, {
        ...{ enumerable: true, configurable: true, writable: true },
        value: reference(Object.hasOwn(merged, name) ? merged[name] : undefined, value),
      });
  }
  return merged;
}

describe('a merge patch', () => {
  it(
    'makes of any document what RFC 7396 says, changes neither of the two, and nothing more when it comes again',
    () => {
      holdsForAll(fc.tuple(fc.oneof(objects, values), objects), ([target, patch]) => {
        const before = JSON.stringify([target, patch]);
        const merged = swiftly(() => mergePatch(target, patch));
        expectSame(merged, reference(target, patch));
        expectSame(JSON.stringify([target, patch]), before);
        expectSame(mergePatch(merged, patch), merged);
        expectSame(Object.keys(Object.prototype), []);
      });
    },
    patience(),
  );
});
