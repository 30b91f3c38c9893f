import { RateLimits } from '../../src/rate-limits/rate-limits.js';
import { query } from '../support/database.js';
import type { TestApp } from '../support/test-app.js';

/** Forgets what this instance has counted itself. */
export const forgetHere = ({ app }: TestApp): void => app.get<{ forget(): void }>(RateLimits).forget();

/** Forgets how often anything was tried, so that tests can go on. */
export async function forgetAttempts(program: TestApp): Promise<void> {
  forgetHere(program);
  await query(program, 'DELETE FROM rate_counts');
}
