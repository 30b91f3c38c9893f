/**
 * How often a test of faults repeats itself: the whole count in `npm run test:faults`, few times with any other value of
 * `COUNTS`; without one these tests are left out (see jest.config.mjs).
 */
export const times = (all: number, few: number): number => (process.env.COUNTS === 'full' ? all : few);
