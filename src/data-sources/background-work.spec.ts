import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { BackgroundWork } from './background-work.js';
import type { DataSources } from './data-sources.service.js';

const outage = new Error('the database is gone');
let background: BackgroundWork;

beforeEach(() => {
  background = new BackgroundWork({ isOutage: (error: unknown) => error === outage } as DataSources);
});
afterEach(() => background.onModuleDestroy());

it('is done again and again, and a slow turn is not overtaken by the next', async () => {
  let [turns, running, most] = [0, 0, 0];
  background.every(2, async () => {
    turns++;
    most = Math.max(most, ++running);
    await wait(10);
    running--;
  });
  while (turns < 3) await wait(5);
  expect(most).toBe(1);
});

it('goes on after a failure, and tells of it unless it is an outage', async () => {
  const told = jest.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
  const failure = new Error('a defect');
  let turns = 0;
  background.every(2, () => Promise.reject(++turns % 2 === 1 ? outage : failure));
  while (turns < 4) await wait(5);
  await background.onModuleDestroy();
  const errors = told.mock.calls.map(([error]) => error);
  told.mockRestore();
  expect(errors.length).toBeGreaterThan(0);
  expect(new Set(errors)).toEqual(new Set([failure]));
});

it('ends with the turn that is under way, which is told to be short', async () => {
  let [turns, hasEnded] = [0, false];
  background.every(2, async () => {
    turns++;
    while (!background.isEnding) await wait(1);
    await wait(10);
    hasEnded = true;
  });
  while (turns === 0) await wait(1);
  await background.onModuleDestroy();
  expect(hasEnded).toBe(true);
  await wait(10);
  expect(turns).toBe(1);
});
