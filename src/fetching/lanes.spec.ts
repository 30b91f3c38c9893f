import { describe, expect, it } from '@jest/globals';
import { FetchFailure } from './fetch-failure.js';
import { Lanes } from './lanes.js';

const never = new AbortController().signal;

describe('a lane', () => {
  it('is not kept for who gave up waiting', async () => {
    const lanes = new Lanes({ atOnce: 1, atOnceOfOneHost: 1, waiting: 1 });
    const leave = await lanes.enter('a', never);
    const impatient = new AbortController();
    const waiting = lanes.enter('a', impatient.signal);
    await expect(lanes.enter('a', never)).rejects.toBeInstanceOf(FetchFailure);
    impatient.abort();
    await expect(waiting).rejects.toBeInstanceOf(FetchFailure);
    leave();
    (await lanes.enter('b', never))();
  });

  it('goes to the first in line whose host has room', async () => {
    const lanes = new Lanes({ atOnce: 2, atOnceOfOneHost: 1, waiting: 4 });
    const leaveA = await lanes.enter('a', never);
    const leaveB = await lanes.enter('b', never);
    const order: string[] = [];
    const again = lanes.enter('a', never).then(() => order.push('a'));
    const other = lanes.enter('c', never).then(() => order.push('c'));
    leaveB();
    await other;
    expect(order).toEqual(['c']);
    leaveA();
    await again;
    expect(order).toEqual(['c', 'a']);
  });
});
