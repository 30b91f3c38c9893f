import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Keyring } from '../../src/clients/keyring.js';
import { type Answer, register, send } from '../support/http.js';
import { adminToken, startApp, type TestApp } from '../support/test-app.js';

const samples = Number(process.env.TIMING_SAMPLES ?? 100_000);

let program: TestApp;
beforeAll(async () => {
  // So that guesses come from many addresses: from one, a hundred a minute are let through.
  program = await startApp({ TRUST_PROXY: '127.0.0.1,::1' });
});
afterAll(() => program.close());

interface Comparison {
  readonly ratio: number;
  readonly difference: number;
  readonly t: number;
}

/** Two kinds of times, in milliseconds: without the slowest tenth, which tells of the machine (Welch's t). */
function compare(one: readonly number[], other: readonly number[]): Comparison {
  const limit = [...one, ...other].sort((a, b) => a - b)[Math.floor(0.9 * (one.length + other.length))]!;
  const [first, second] = [one, other].map((times) => {
    const kept = times.filter((time) => time < limit);
    const mean = kept.reduce((sum, time) => sum + time, 0) / kept.length;
    const variance = kept.reduce((sum, time) => sum + (time - mean) ** 2, 0) / (kept.length - 1);
    return { mean, error: variance / kept.length, median: kept.sort((a, b) => a - b)[kept.length >> 1]! };
  }) as [{ mean: number; error: number; median: number }, { mean: number; error: number; median: number }];
  return {
    ratio: first.median / second.median,
    difference: first.mean - second.mean,
    t: (first.mean - second.mean) / Math.sqrt(first.error + second.error),
  };
}

const report = (what: string, { ratio, difference, t }: Comparison) =>
  process.stderr.write(
    `${what}: ${samples} samples, ratio of medians ${ratio.toFixed(3)}, means differ by ${(1000 * difference).toFixed(2)} µs, t = ${t.toFixed(1)}\n`,
  );

const secretOf = (prefix = '') => prefix + randomBytes(32).toString('base64url');

describe('a wrong credential', () => {
  it('is compared as long, however much of it is right', () => {
    const keyring = new Keyring({ SECRET_KEY: [randomBytes(32)] } as never);
    const secret = secretOf();
    const stored = keyring.digest(secret);
    const near = secret.slice(0, -1) + (secret.endsWith('A') ? 'B' : 'A');
    const far = secretOf();
    const took: Record<'near' | 'far', number[]> = { near: [], far: [] };
    for (let turn = 0; turn < samples / 2; turn++)
      for (const kind of turn % 2 ? (['near', 'far'] as const) : (['far', 'near'] as const)) {
        const guess = kind === 'near' ? near : far;
        const begun = process.hrtime.bigint();
        for (let time = 0; time < 10; time++) keyring.matches(guess, stored);
        took[kind].push(Number(process.hrtime.bigint() - begun) / 1e7);
      }
    const found = compare(took.near, took.far);
    report('near and far', found);
    expect(Math.abs(found.t)).toBeLessThan(4.5);
  });

  const guesses: readonly [string, (id: string, from: string) => Promise<Answer>][] = [
    [
      'registration access token',
      (id, from) =>
        send('GET', `${program.url}/register/${id}`, {
          token: secretOf('crat_'),
          headers: { 'x-forwarded-for': from },
        }),
    ],
    [
      'client secret at the look-up',
      (id, from) =>
        send('POST', `${program.url}/lookup/clients/${id}/authenticate`, {
          token: adminToken,
          json: { client_secret: secretOf() },
          headers: { 'x-forwarded-for': from },
        }),
    ],
  ];

  it.each(guesses)(
    'is refused as soon for no client as for one: %s',
    async (what, guess) => {
      const known = (await register(program.url)).body.client_id as string;
      const unknown = `${known.slice(0, -12)}${randomBytes(6).toString('hex')}`;
      const took: Record<'known' | 'unknown', number[]> = { known: [], unknown: [] };
      const answers = new Set<string>();
      for (let turn = 0; turn < samples / 2; turn++)
        for (const kind of turn % 2 ? (['known', 'unknown'] as const) : (['unknown', 'known'] as const)) {
          const from = `10.${(turn >> 12) & 255}.${(turn >> 4) & 255}.${kind === 'known' ? 1 : 2}`;
          const begun = performance.now();
          const { status, text } = await guess(kind === 'known' ? known : unknown, from);
          took[kind].push(performance.now() - begun);
          answers.add(`${status} ${text}`);
        }
      const found = compare(took.known, took.unknown);
      report(what, found);
      expect(answers.size).toBe(1);
      // Far from what a look-up that is left out would save.
      expect([found.ratio > 0.8, found.ratio < 1.25]).toEqual([true, true]);
    },
    1_800_000,
  );
});
