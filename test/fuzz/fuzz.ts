import { isDeepStrictEqual } from 'node:util';
import { expect } from '@jest/globals';
import fc from 'fast-check';

/** How many cases each target gets: 20,000 with `npm run test:fuzz`, unless `FUZZ_CASES` says otherwise. */
export const cases = Number(process.env.FUZZ_CASES ?? 200);

/** What of the cases is made, from `FUZZ_SEED` and `FUZZ_PATH` where a failure shall be seen again; jest.config.mjs chooses the seed. */
export const origin = {
  seed: Number(process.env.FUZZ_SEED ?? 1),
  ...(process.env.FUZZ_PATH !== undefined && { path: process.env.FUZZ_PATH }),
};

/** How long a test of as many cases may take, in milliseconds. */
export const patience = (count = cases): number => 120_000 + 5 * count;

/** Asks whether something holds for everything; a failure tells the seed and the path that lead to it again. */
export function holdsForAll<T>(values: fc.Arbitrary<T>, holds: (value: T) => void, numRuns = cases): void {
  fc.assert(
    fc.property(values, (value) => void holds(value)),
    { ...origin, numRuns },
  );
}

/** The longest that reading one request may keep everybody else waiting, in milliseconds. */
const longestStall = 50;

/** What came out of reading something: a value, or a refusal that is meant for the caller. */
export type Outcome<T> =
  { readonly value: T; readonly refusal?: undefined } | { readonly value?: undefined; readonly refusal: Error };

/** Reads something that must be read or refused in time; any other error, and a stall, is a failure. */
export function attempt<T>(
  read: () => T,
  ...refusals: readonly (abstract new (...given: never[]) => Error)[]
): Outcome<T> {
  const { outcome, took } = timed(read, refusals);
  // What the machine did meanwhile is no stall of ours: that one comes again.
  const least = took > longestStall ? Math.min(...[1, 2, 3, 4].map(() => timed(read, refusals).took)) : took;
  if (least > longestStall) throw new Error(`it takes ${Math.round(least)} ms`);
  return outcome;
}

/** Reads something that refuses nothing. */
export const swiftly = <T>(read: () => T): T => attempt(read).value as T;

function timed<T>(read: () => T, refusals: readonly (abstract new (...given: never[]) => Error)[]) {
  const begun = performance.now();
  let outcome: Outcome<T>;
  try {
    outcome = { value: read() };
  } catch (error) {
    if (!refusals.some((refusal) => error instanceof refusal)) throw error;
    outcome = { refusal: error as Error };
  }
  return { outcome, took: performance.now() - begun };
}

/** `expect(found).toEqual(expected)`, asked only where they differ: it is slow to find that they do not. */
export function expectSame(found: unknown, expected: unknown): void {
  if (!isDeepStrictEqual(found, expected)) expect(found).toEqual(expected);
}
