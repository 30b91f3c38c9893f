import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import fc from 'fast-check';
import { Clock } from '../clock.js';
import { keyPair } from '../../test/support/builders.js';
import { LoopbackDialer, serveDocuments, TableResolver } from '../../test/support/documents.js';
import { Environment } from '../config/environment.js';
import { fetchAllowance } from '../config/fetch-allowance.js';
import { FetchFailure } from './fetch-failure.js';
import { FetchLimits } from './fetch-limits.js';
import { type Fetched, GuardedFetcher } from './guarded-fetcher.js';
import { KeySets } from './key-sets.js';

const [first, second] = [keyPair().publicKey, keyPair().publicKey];
const address = 'https://issuer.example/keys';

let now: number;
let fetched: string[];
/** What the network answers: a document, or a failure. */
let answer: Fetched | FetchFailure;
let sets: KeySets;

class StoppedClock extends Clock {
  override now(): number {
    return now;
  }
}

const publish = (keys: unknown, headers = {}) => (answer = { document: { keys }, headers });

beforeEach(() => {
  now = 1_800_000_000;
  fetched = [];
  publish([first]);
  const fetchJson = (from: string) => {
    fetched.push(from);
    return answer instanceof FetchFailure ? Promise.reject(answer) : Promise.resolve(answer);
  };
  sets = new KeySets({ fetchJson } as GuardedFetcher, new StoppedClock());
});

describe('the keys at an address', () => {
  it('are fetched once in ten minutes', async () => {
    expect(await sets.at(address)).toEqual([first]);
    publish([second]);
    now += 599;
    expect(await sets.at(address)).toEqual([first]);
    now += 1;
    expect(await sets.at(address)).toEqual([second]);
    expect(fetched).toHaveLength(2);
  });

  it.each([{ 'cache-control': 'max-age=5' }, { 'cache-control': 'no-store' }, { 'cache-control': 'max-age=86400' }])(
    'are fetched once in ten minutes, although their host says %j',
    async (headers) => {
      publish([first], headers);
      await sets.at(address);
      now += 599;
      await sets.at(address);
      expect(fetched).toHaveLength(1);
      now += 1;
      await sets.at(address);
      expect(fetched).toHaveLength(2);
    },
  );

  it('are held for who asks for no others', async () => {
    expect(sets.held(address)).toBeUndefined();
    await sets.at(address);
    now += 599;
    expect(sets.held(address)).toEqual([first]);
    now += 1;
    expect(sets.held(address)).toBeUndefined();
    expect(fetched).toHaveLength(1);
  });

  it('are those of the whole address, query included', async () => {
    await sets.at(address);
    publish([second]);
    expect(await sets.at(`${address}?tenant=2`)).toEqual([second]);
    expect(await sets.at(address)).toEqual([first]);
  });

  it('are renewed for a key that is missing, at most once a minute', async () => {
    await sets.at(address);
    publish([first, second]);
    now += 59;
    expect(await sets.renewed(address)).toEqual([first]);
    now += 1;
    expect(await sets.renewed(address)).toEqual([first, second]);
    now += 59;
    expect(await sets.renewed(address)).toEqual([first, second]);
    expect(fetched).toHaveLength(2);
  });

  it('are renewed at most once a minute, also while their host cannot be reached', async () => {
    await sets.at(address);
    answer = new FetchFailure('unreachable');
    now += 60;
    expect(await sets.renewed(address)).toEqual([first]);
    publish([first, second]);
    now += 59;
    expect(await sets.renewed(address)).toEqual([first]);
    expect(fetched).toHaveLength(2);
    now += 1;
    expect(await sets.renewed(address)).toEqual([first, second]);
  });

  it.each<[string, unknown]>([
    ['a private key', [keyPair().privateKey]],
    ['a symmetric key', [{ kty: 'oct', k: 'AAAA' }]],
    ['33 keys', Array.from({ length: 33 }, () => first)],
    ['a list that is none', 'keys'],
  ])('are refused with %s, which the operator is told', async (_name, keys) => {
    const warned = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    publish(keys);
    await expect(sets.at(address)).rejects.toMatchObject({ outcome: 'unsuitable', message: FetchFailure.sentence });
    expect(warned.mock.calls).toEqual([
      [expect.stringMatching(/^a key set from https:\/\/issuer\.example:443 cannot be used: keys/)],
    ]);
    warned.mockRestore();
  });
});

describe('keys whose host fails', () => {
  it('go on for their ten minutes while it cannot be reached, and no longer', async () => {
    await sets.at(address);
    answer = new FetchFailure('unreachable');
    now += 599;
    expect(await sets.renewed(address)).toEqual([first]);
    now += 1;
    await expect(sets.at(address)).rejects.toMatchObject({ outcome: 'unreachable' });
    await expect(sets.renewed(address)).rejects.toMatchObject({ outcome: 'unreachable' });
    expect(sets.held(address)).toBeUndefined();
  });

  it.each(['status_refused', 'redirected', 'malformed', 'too_large', 'network_refused'] as const)(
    'end at once when it answers otherwise: %s',
    async (outcome) => {
      await sets.at(address);
      answer = new FetchFailure(outcome);
      now += 60;
      await expect(sets.renewed(address)).rejects.toMatchObject({ outcome });
      answer = new FetchFailure('unreachable');
      now += 60;
      await expect(sets.at(address)).rejects.toMatchObject({ outcome: 'unreachable' });
    },
  );

  it('are tried again after five seconds', async () => {
    answer = new FetchFailure('status_refused');
    await expect(sets.at(address)).rejects.toThrow(FetchFailure);
    publish([first]);
    now += 4;
    await expect(sets.at(address)).rejects.toThrow(FetchFailure);
    expect(fetched).toHaveLength(1);
    now += 1;
    expect(await sets.at(address)).toEqual([first]);
  });
});

it('gives keys only that stood at their very address within the last ten minutes', async () => {
  const addresses = [address, `${address}?tenant=2`, 'https://issuer.example/keys/', 'https://other.example/keys'];
  const step = fc.record({
    passes: fc.integer({ min: 0, max: 700 }),
    at: fc.constantFrom(...addresses),
    asks: fc.constantFrom('at' as const, 'renewed' as const),
    host: fc.constantFrom('answers', 'is silent', 'has nothing'),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 40 }), async (steps) => {
      const stood = new Map<unknown, { readonly at: string; readonly when: number }>();
      const asked = new Map<string, number>();
      let state = '';
      const fetchJson = (from: string): Promise<Fetched> => {
        expect(asked.get(from) ?? -Infinity).toBeLessThan(now - 4);
        asked.set(from, now);
        if (state !== 'answers')
          return Promise.reject(new FetchFailure(state === 'is silent' ? 'unreachable' : 'status_refused'));
        const keys = [first];
        stood.set(keys, { at: from, when: now });
        return Promise.resolve({ document: { keys }, headers: {} });
      };
      sets = new KeySets({ fetchJson } as GuardedFetcher, new StoppedClock());
      for (const { passes, at, asks, host } of steps) {
        now += passes;
        state = host;
        const given = await sets[asks](at).catch(() => undefined);
        if (given === undefined) continue;
        const origin = stood.get(given)!;
        expect(origin.at).toBe(at);
        expect(now - origin.when).toBeLessThan(600);
      }
    }),
    { numRuns: 500 },
  );
});

it('asks once for all who need the keys at an address at the same time', async () => {
  let requests = 0;
  const server = await serveDocuments((_, response) => {
    requests += 1;
    setTimeout(() => response.setHeader('Content-Type', 'application/json').end(JSON.stringify({ keys: [first] })), 50);
  });
  const environment = Object.assign(new Environment(), { FETCH_ALLOW: fetchAllowance('http://127.0.0.0/8') });
  const fetcher = new GuardedFetcher(environment, new TableResolver({}), new LoopbackDialer(), new FetchLimits());
  sets = new KeySets(fetcher, new StoppedClock());
  const from = `http://127.0.0.1:${server.port}/keys`;
  try {
    const all = Array.from({ length: 40 }, (_, turn) => (turn % 2 === 0 ? sets.at(from) : sets.renewed(from)));
    expect(await Promise.all(all)).toEqual(all.map(() => [first]));
    expect(requests).toBe(1);
  } finally {
    await server.close();
  }
});

it('holds no more than 256 sets', async () => {
  for (let turn = 0; turn <= 256; turn++) await sets.at(`${address}/${turn}`);
  fetched = [];
  await sets.at(`${address}/256`);
  expect(fetched).toEqual([]);
  await sets.at(`${address}/0`);
  expect(fetched).toEqual([`${address}/0`]);
});
