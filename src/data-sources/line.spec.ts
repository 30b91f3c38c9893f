import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Line } from './line.js';

describe('who stands in line', () => {
  let line: Line;
  let done: string[];

  beforeEach(() => {
    jest.useFakeTimers();
    line = new Line(2);
    done = [];
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  const wait = (milliseconds: number) => new Promise((over) => setTimeout(over, milliseconds));
  const seconds = (count: number) => jest.advanceTimersByTimeAsync(1_000 * count);
  const late = () => new Error('too late');

  /** Works for a while, `answers` or not, and says how it came out. */
  const call = (name: string, milliseconds: number, { answers = true } = {}): Promise<void> =>
    line
      .take(async () => {
        await wait(milliseconds);
        if (answers) line.answered();
        done.push(name);
      }, late)
      .catch((error: Error) => void done.push(`${name} ${error.message}`));

  it('is let in when a place becomes free, first come first served', async () => {
    let [inside, most] = [0, 0];
    const visit = async (name: string) => {
      most = Math.max(most, ++inside);
      await wait(10);
      done.push(name);
      inside--;
    };
    const names = ['a', 'b', 'c', 'd', 'e'];
    for (let crowd = 0; crowd < 2; crowd++) {
      for (const name of names) void line.take(() => visit(name), late);
      await seconds(1);
    }
    expect(most).toBe(2);
    expect(done).toEqual([...names, ...names]);
  });

  it('is let in after one that failed', async () => {
    const failing = Array.from({ length: 4 }, () => line.take(() => Promise.reject(new Error('failed')), late));
    for (const one of failing) await expect(one).rejects.toThrow('failed');
    void call('next', 1);
    await seconds(1);
    expect(done).toEqual(['next']);
  });

  it('waits for longer than a request may take as long as others are answered', async () => {
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']) void call(name, 1_000);
    await seconds(4);
    expect(done).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']);
  });

  it('is refused within two seconds when nobody is answered', async () => {
    for (const name of ['a', 'b']) void call(name, 3_000, { answers: false });
    void call('c', 1);
    await seconds(1.9);
    expect(done).toEqual(['c too late']);
  });

  it('has no more time in its turn than is left of two seconds without an answer', async () => {
    const begun = Date.now();
    for (const name of ['a', 'b']) void call(name, 1_500, { answers: false });
    const end = line.take((told) => Promise.resolve(told), late);
    await seconds(1.5);
    expect(await end).toBe(begun + 1_800);
  });

  it('is refused after five seconds in any case', async () => {
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j']) void call(name, 1_300);
    await seconds(5.3);
    expect(done).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'i too late', 'j too late', 'g', 'h']);
  });
});
