import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { AuditTrail } from '../../src/audit/audit-trail.js';
import { Keyring } from '../../src/clients/keyring.js';
import { Clock } from '../../src/clock.js';
import { DataSources } from '../../src/data-sources/data-sources.service.js';
import { ServerKeys } from '../../src/token-service/server-keys.js';
import { eventsOf } from '../support/database.js';
import { send } from '../support/http.js';
import { startApp, type TestApp } from '../support/test-app.js';

/** A clock that a test moves. */
class MovedClock extends Clock {
  ahead = 0;

  override now(): number {
    return super.now() + this.ahead;
  }
}

let program: TestApp;
const clock = new MovedClock();
let keys: ServerKeys;

/** Keys on the program's data source, as another instance has them. */
const instance = () => {
  const keyring = program.app.get(Keyring);
  return new ServerKeys(
    program.app.get(DataSources),
    keyring,
    new AuditTrail(program.app.get(DataSources), keyring, clock),
    clock,
  );
};

beforeAll(async () => {
  program = await startApp();
  keys = instance();
});
afterAll(() => program.close());

const kids = async (use: string) => {
  const { jwks } = await keys.inUse();
  return jwks.keys.filter((key) => key.use === use && key.alg === 'RS256').map(({ kid }) => kid);
};

describe('the keys of the token service', () => {
  it('are made once by instances that start at the same time, and each with an event', async () => {
    const all = await Promise.all([keys, instance(), instance()].map((one) => one.inUse()));
    expect(new Set(all.map((one) => JSON.stringify(one))).size).toBe(1);
    const made = (await eventsOf(program)).filter(({ action }) => action === 'server_key.made');
    expect(made.map(({ changes }) => changes.id!.after).sort()).toEqual([
      'decrypt-ec.1',
      'decrypt-rsa.1',
      'sign-ec.1',
      'sign-pss.1',
      'sign-rsa.1',
      'subjects.1',
    ]);
    expect(JSON.stringify(made)).not.toMatch(/"d"|"k"/);
  });

  it('are published before they are used, and until nothing is left that they signed', async () => {
    const [first] = await kids('sig');
    const { subjects } = await keys.inUse();
    const made = await keys.rotate();
    expect(made.map(({ id }) => id)).toEqual([
      ...['sign-rsa.2', 'sign-pss.2', 'sign-ec.2', 'decrypt-rsa.2', 'decrypt-ec.2'],
    ]);
    const [used, next, ...more] = await kids('sig');
    expect([used, next === first, more]).toEqual([first, false, []]);
    clock.ahead = 300;
    expect(await kids('sig')).toEqual([first, next]);
    clock.ahead = 610;
    expect(await kids('sig')).toEqual([next, first]);
    clock.ahead = 610 + 86_400;
    expect(await kids('sig')).toEqual([next]);
    expect((await keys.inUse()).subjects).toEqual(subjects);
    clock.ahead = 0;
  });

  it('are published anew to the first who asks after a rest', async () => {
    const published = async (): Promise<string[]> =>
      (await send('GET', `${program.url}/oauth/jwks`)).body.keys.map(({ kid }: { kid: string }) => kid);
    const before = await published();
    await keys.rotate();
    const rested = performance.now() + 61_000;
    const time = jest.spyOn(performance, 'now').mockReturnValue(rested);
    try {
      const after = await published();
      expect(before.filter((kid) => !after.includes(kid))).toEqual([]);
      expect(after.length - before.length).toBe(5);
    } finally {
      time.mockRestore();
    }
  });
});
