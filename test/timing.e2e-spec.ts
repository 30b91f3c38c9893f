import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Answer, register, send } from './support/http.js';
import { adminToken, startApp, type TestApp } from './support/test-app.js';

/** Under the hundred wrong tokens a minute that an address may send to a client. */
const guessesEach = 90;
const clients = 5;

let program: TestApp;
let known: readonly string[];
const unknown = Array.from({ length: clients }, () => `0190b0a0-0000-7000-8000-${randomBytes(6).toString('hex')}`);

beforeAll(async () => {
  program = await startApp();
  const registered: string[] = [];
  for (let index = 0; index < clients; index++) registered.push((await register(program.url)).body.client_id);
  known = registered;
});
afterAll(() => program.close());

const median = (values: readonly number[]): number => values.toSorted((one, other) => one - other)[values.length >> 1]!;

/** How much longer it takes with an id of a client that exists than with another, in the middle of many calls in turn. */
async function ratio(guess: (clientId: string) => Promise<Answer>): Promise<number> {
  const took: Record<'known' | 'unknown', number[]> = { known: [], unknown: [] };
  const answers = new Set<string>();
  for (let turn = 0; turn < guessesEach * clients; turn++)
    for (const kind of turn % 2 ? (['known', 'unknown'] as const) : (['unknown', 'known'] as const)) {
      const clientId = (kind === 'known' ? known : unknown)[turn % clients]!;
      const begin = performance.now();
      const { status, text } = await guess(clientId);
      took[kind].push(performance.now() - begin);
      answers.add(`${status} ${text}`);
    }
  expect(answers.size).toBe(1);
  return median(took.known) / median(took.unknown);
}

const secretOf = (prefix = '') => prefix + randomBytes(32).toString('base64url');

/** Far from what a look-up that is left out would save, and from what a busy machine makes of it. */
const expectAlike = (found: number) => expect([found > 0.8, found < 1.25, found]).toEqual([true, true, found]);

describe('whoever guesses', () => {
  it('a registration access token hears as soon that a client is not there (RFC 7592 section 5)', async () => {
    expectAlike(await ratio((id) => send('GET', `${program.url}/register/${id}`, { token: secretOf('crat_') })));
  });

  it('a client secret at the look-up hears as soon that a client is not there', async () => {
    expectAlike(
      await ratio((id) =>
        send('POST', `${program.url}/lookup/clients/${id}/authenticate`, {
          token: adminToken,
          json: { client_secret: secretOf() },
        }),
      ),
    );
  });
});
