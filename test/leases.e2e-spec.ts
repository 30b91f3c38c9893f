import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Clock } from '../src/clock.js';
import { DataSources } from '../src/data-sources/data-sources.service.js';
import { Leases } from '../src/data-sources/leases.js';
import { query } from './support/database.js';
import { startApp, type TestApp } from './support/test-app.js';

let program: TestApp;
let clock: { mockReturnValue(now: number): unknown };
/** As another instance on the same data source has them. */
const instance = () => new Leases(program.app.get(DataSources), program.app.get(Clock));

beforeAll(async () => {
  program = await startApp();
  clock = jest.spyOn(program.app.get(Clock), 'now');
});
afterAll(() => program.close());
beforeEach(async () => {
  clock.mockReturnValue(1_000_000);
  await query(program, 'DELETE FROM leases');
});

describe('a lease', () => {
  it('is had by one instance, as often as it asks', async () => {
    const [one, other] = [instance(), instance()];
    expect(await one.hold('dynamic', 'sweep')).toBe(true);
    expect(await other.hold('dynamic', 'sweep')).toBe(false);
    expect(await one.hold('dynamic', 'sweep')).toBe(true);
  });

  it('is one for each work', async () => {
    expect(await instance().hold('dynamic', 'sweep')).toBe(true);
    expect(await instance().hold('dynamic', 'seal')).toBe(true);
  });

  it('is had by exactly one of many that ask at once, whether it was ever had or has run out', async () => {
    for (const now of [1_000_000, 2_000_000]) {
      clock.mockReturnValue(now);
      const answers = await Promise.all(Array.from({ length: 20 }, () => instance().hold('dynamic', 'sweep')));
      expect(answers.filter(Boolean)).toHaveLength(1);
    }
  });

  it('goes to another instance ten minutes after the last renewal, and not before, since clocks differ', async () => {
    const [one, other] = [instance(), instance()];
    await one.hold('dynamic', 'sweep');
    clock.mockReturnValue(1_000_300);
    await one.hold('dynamic', 'sweep');
    clock.mockReturnValue(1_000_899);
    expect(await other.hold('dynamic', 'sweep')).toBe(false);
    clock.mockReturnValue(1_000_900);
    expect(await other.hold('dynamic', 'sweep')).toBe(true);
    expect(await one.hold('dynamic', 'sweep')).toBe(false);
  });

  it('is left to others by an instance that ends, but not if another one has it by then', async () => {
    const [one, other, third] = [instance(), instance(), instance()];
    await one.hold('dynamic', 'sweep');
    await one.beforeApplicationShutdown();
    expect(await other.hold('dynamic', 'sweep')).toBe(true);
    await one.beforeApplicationShutdown();
    expect(await third.hold('dynamic', 'sweep')).toBe(false);
  });
});
