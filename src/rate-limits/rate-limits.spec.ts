import { expect, it } from '@jest/globals';
import { RateLimits } from './rate-limits.js';

const limits = new RateLimits(undefined as never, undefined as never, undefined as never);
const limitOf = (id: string) => ({ id, most: 3, told: 'three times a minute' });
const isHeldOff = (id: string) =>
  limits.refuseFlood(limitOf(id)).then(
    () => false,
    () => true,
  );

it('keeps as much as it needs for fifty thousand callers, also when a million come', async () => {
  const kept = () => limits['counts'].dump().storage.length;
  let most = 0;
  for (let caller = 0; caller < 1_000_000; caller++) {
    await limits.note(limitOf(`address ${caller}`));
    if (caller % 45_000 === 0) most = Math.max(most, kept());
  }
  expect(most).toBeGreaterThan(1);
  expect(most).toBeLessThanOrEqual(50_000);
  for (let attempt = 0; attempt < 3; attempt++) {
    expect(await isHeldOff('the next')).toBe(false);
    await limits.note(limitOf('the next'));
  }
  expect(await isHeldOff('the next')).toBe(true);
  expect(await isHeldOff('another')).toBe(false);
}, 60_000);
