import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { Clock } from '../../src/clock.js';
import { initialAccessToken } from '../support/http.js';
import { saveTemplate } from '../support/templates.js';
import { startApp, type TestApp } from '../support/test-app.js';
import { cases, origin, patience } from './fuzz.js';
import { commands, type Model, type Real, ttl } from './lives.js';

let program: TestApp;
let now = 1_800_000_000;
let setClock: (to: number) => void;

beforeAll(async () => {
  program = await startApp();
  const clock = jest.spyOn(program.app.get(Clock), 'now').mockReturnValue(now);
  setClock = (to) => {
    now = to;
    clock.mockReturnValue(to);
  };
  await saveTemplate(program, {
    id: 'short-lived',
    access: { initial_access_token: true },
    registration_access_token: { rotation: 'on_update' },
    lifecycle: { ttl },
  });
});
afterAll(() => program.close());

const which = fc.nat({ max: 4 });
// Most often the newest one.
const pick = fc.constantFrom(0, 0, 0, 1, 1, 2, 5);
const name = fc.constantFrom('Weather', 'Wetter', 'Tiempo');

const steps = fc.commands<Model, Real, false>(
  [
    name.map(commands.register),
    fc.tuple(which, pick).map((given) => commands.read(...given)),
    fc.tuple(which, pick, name).map((given) => commands.replace(...given)),
    which.map(commands.refuseStale),
    fc.tuple(which, pick).map((given) => commands.remove(...given)),
    fc.tuple(which, pick).map((given) => commands.tryElsewhere(...given)),
    fc
      .tuple(which, fc.constantFrom('active', 'active', 'suspended', 'deleted'))
      .map((given) => commands.become(...given)),
    which.map(commands.issueToken),
    fc.tuple(which, fc.constantFrom(0, 100)).map((given) => commands.rotateSecret(...given)),
    fc.tuple(which, pick).map((given) => commands.renewSecret(...given)),
    fc.tuple(which, pick).map((given) => commands.authenticate(...given)),
    fc.constantFrom(1, 99, 100, 400, ttl - 1, ttl).map(commands.pass),
  ],
  { size: '+1', maxCommands: 40 },
);

const numRuns = Math.min(Math.ceil(cases / 100), 2_000);

describe('whatever happens to clients in whatever order', () => {
  it(
    'they are what their answers said, and let in whom they should',
    async () => {
      let taken = 0;
      await fc.assert(
        fc.asyncProperty(steps, async (all) => {
          const registrar = await initialAccessToken(program.url, { template: 'short-lived', uses: 100 });
          const setup = () => ({
            model: { now, lives: [] },
            real: { url: program.url, registrar, clients: [], setClock },
          });
          await fc.asyncModelRun(setup, all);
          taken += [...all].length;
        }),
        { ...origin, numRuns },
      );
      expect(taken).toBeGreaterThan(numRuns);
    },
    patience(100 * numRuns),
  );
});
