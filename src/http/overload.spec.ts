import { setImmediate as nextTurn } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { Overload } from './overload.js';

describe('under more requests than can be answered', () => {
  let now: number;
  let overload: Overload;

  beforeEach(() => {
    now = 0;
    overload = new Overload(() => now);
  });

  /** Requests of one turn of the event loop, each answered within it after some time; answers how many were let in. */
  const turnOf = async (requests: number, milliseconds: number) => {
    let entered = 0;
    for (let sent = 0; sent < requests; sent++) {
      const one = overload.enter();
      if (!one) continue;
      entered++;
      now += milliseconds;
      overload.leave(one);
    }
    await nextTurn();
    return entered;
  };

  /** Requests that wait for a database, which answers so many of them at a time and each time takes so long. */
  const waves = async (count: number, size: number, milliseconds: number, callers: number) => {
    const underway: NonNullable<ReturnType<Overload['enter']>>[] = [];
    const seen: number[] = [];
    for (let wave = 0; wave < count; wave++) {
      while (underway.length < callers) {
        const one = overload.enter();
        if (!one) break;
        underway.push(one);
      }
      seen.push(underway.length);
      await nextTurn();
      now += milliseconds;
      for (const one of underway.splice(0, size)) overload.leave(one);
    }
    return seen;
  };

  it('a crowd is let in, however long it takes', async () => {
    expect(await turnOf(256, 5)).toBe(256);
  });

  it('a crowd that does not end is let in for a tenth of a second in each turn', async () => {
    expect(await turnOf(300, 1)).toBe(256);
    expect(await turnOf(150, 1)).toBe(101);
  });

  it('the time in each turn is shorter where most are refused anyway', async () => {
    expect(await turnOf(2_000, 1)).toBe(256);
    expect(await turnOf(2_000, 0.2)).toBe(151);
    expect(await turnOf(250, 1)).toBe(64);
    expect(await turnOf(150, 1)).toBe(64);
    expect(await turnOf(150, 1)).toBe(64);
    expect(await turnOf(100, 1)).toBe(64);
    expect(await turnOf(110, 1)).toBe(101);
  });

  it('few of each turn are let in, however long they take and however often they come', async () => {
    for (let turn = 0; turn < 100; turn++) expect(await turnOf(16, 20)).toBe(16);
    expect(await turnOf(2_000, 20)).toBe(64);
  });

  it('a short turn is the end of it', async () => {
    await turnOf(2_000, 2);
    await turnOf(1, 2);
    expect(await turnOf(256, 5)).toBe(256);
  });

  it('who waits for a database is few enough to be answered soon', async () => {
    const seen = await waves(200, 10, 25, 2_000);
    expect(Math.max(...seen)).toBeLessThan(400);
    // Ten in 25 ms: 128 of them wait for a third of a second.
    expect(Math.max(...seen.slice(-100))).toBeLessThan(150);
  });

  it('more are let in where all of them are answered soon', async () => {
    const seen = await waves(200, 1_000, 25, 2_000);
    expect(seen.at(-1)).toBe(2_000);
  });

  it('few are let in, however long they take', async () => {
    const seen = await waves(50, 20, 1_000, 20);
    expect(new Set(seen)).toEqual(new Set([20]));
  });

  it('a crowd after another is let in like the first, after a pause', async () => {
    const crowd = () => Array.from({ length: 256 }, () => overload.enter()).flatMap((one) => one ?? []);
    for (const one of crowd()) {
      now += 10;
      overload.leave(one);
      await nextTurn();
    }
    now += 1_000;
    expect(crowd()).toHaveLength(256);
  });

  it('slow requests keep nobody else out', async () => {
    const slow = Array.from({ length: 200 }, () => overload.enter());
    expect(slow).not.toContain(undefined);
    const seen = await waves(400, 50, 5, 50);
    expect(new Set(seen)).toEqual(new Set([50]));
    await waves(400, 200, 5, 200);
    expect(await waves(1, 200, 5, 200)).toEqual([200]);
  });
});
