/**
 * How often a test repeats itself: few times in `npm test`, so that it takes minutes, and the whole count in
 * `npm run test:faults`.
 */
export const times = (all: number, few: number): number => (process.env.COUNTS === 'full' ? all : few);
