import { setTimeout as wait } from 'node:timers/promises';
import { expect, it } from '@jest/globals';
import { inOrder } from './in-order.js';

it('works on a few items at a time, takes no more of them, and answers in their order', async () => {
  let [taken, underWay, most, furthest] = [0, 0, 0, 0];
  function* items() {
    for (; taken < 20; taken += 1) yield taken;
  }
  const results: number[] = [];
  const work = async (item: number) => {
    most = Math.max(most, (underWay += 1));
    // The later ones are quicker.
    await wait(20 - item);
    underWay -= 1;
    return item;
  };
  for await (const result of inOrder(items(), 4, work)) {
    results.push(result);
    furthest = Math.max(furthest, taken - result);
  }
  expect(results).toEqual(Array.from({ length: 20 }, (_, index) => index));
  expect(most).toBe(4);
  expect(furthest).toBeLessThanOrEqual(4);
});

it('fails in its turn with the item that failed', async () => {
  const results: number[] = [];
  const failing = (item: number) => (item === 3 ? Promise.reject(new Error('three')) : Promise.resolve(item));
  const run = async () => {
    for await (const result of inOrder([1, 2, 3, 4, 5], 2, failing)) results.push(result);
  };
  await expect(run()).rejects.toThrow('three');
  expect(results).toEqual([1, 2]);
});
