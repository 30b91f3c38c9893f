import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Clock } from '../src/clock.js';
import { ClientStore } from '../src/clients/client.store.js';
import { EndedClients } from '../src/clients/ended-clients.js';
import { BackgroundWork } from '../src/data-sources/background-work.js';
import { DataSources } from '../src/data-sources/data-sources.service.js';
import { Leases } from '../src/data-sources/leases.js';
import { ClientUsage } from '../src/lifecycle/client-usage.js';
import { Expiry } from '../src/lifecycle/expiry.js';
import { ExpiryRunner } from '../src/lifecycle/expiry-runner.js';
import { anId, failure, refusal } from './support/builders.js';
import { apiKey, count, eventsOf, query } from './support/database.js';
import { type Answer, register, send, webClient } from './support/http.js';
import { saveTemplate } from './support/templates.js';
import { adminToken, startApp, type TestApp } from './support/test-app.js';

const day = 86_400;
const start = 1_800_000_000;

let program: TestApp;
let lookupKey: string;
let clock: { mockReturnValue(now: number): unknown };
let now = start;

/** Lets time pass. */
function wait(seconds: number): void {
  now += seconds;
  clock.mockReturnValue(now);
}

beforeAll(async () => {
  program = await startApp();
  lookupKey = await apiKey(program, ['clients:lookup']);
  clock = jest.spyOn(program.app.get(Clock), 'now');
  clock.mockReturnValue(now);
  const lifecycles = {
    short: { ttl: 10 * day },
    unused: { unused_ttl: 7 * day },
    idle: { idle_ttl: 30 * day },
    both: { unused_ttl: 7 * day, idle_ttl: 30 * day },
  };
  for (const [id, lifecycle] of Object.entries(lifecycles))
    await saveTemplate(program, { id, access: { initial_access_token: true }, lifecycle });
});

afterAll(() => program.close());

/** Each test begins long after the one before, when its reports are forgotten. */
beforeEach(() => wait(400 * day));

const registered = async (template: string): Promise<Record<string, any>> => {
  const { status, body } = await register(program.url, webClient, { template });
  expect(status).toBe(201);
  return body;
};
const usage = (json: unknown, token = lookupKey): Promise<Answer> =>
  send('POST', `${program.url}/lookup/usage`, { token, json });
const report = async (...items: object[]): Promise<void> => expect((await usage({ items })).status).toBe(204);
const used = ({ client_id }: Record<string, any>, at = now) => ({ client_id, last_used_at: at });
const shown = async ({ client_id }: Record<string, any>): Promise<Record<string, any>> =>
  (await send('GET', `${program.url}/admin/clients/${client_id}`, { token: adminToken })).body;
const authenticate = ({ client_id, client_secret }: Record<string, any>) =>
  send('POST', `${program.url}/lookup/clients/${client_id}/authenticate`, {
    token: lookupKey,
    json: { client_secret },
  });
const read = (client: Record<string, any>) =>
  send('GET', client.registration_client_uri, { token: client.registration_access_token });

/** What each way of reading says of a client. */
async function everywhere(client: Record<string, any>) {
  const { client_id } = client;
  const lookedUp = await send('GET', `${program.url}/lookup/clients/${client_id}`, { token: lookupKey });
  const listed = async (status: string): Promise<boolean> => {
    const query = `status=${status}&created_after=${client.client_id_issued_at - 1}&limit=200`;
    const { body } = await send('GET', `${program.url}/admin/clients?${query}`, { token: adminToken });
    return body.items.some((one: any) => one.client_id === client_id && one.status === status);
  };
  // Not with its secret, which would be a use.
  const authorization = await send('GET', `${program.url}/oauth/authorize?client_id=${client_id}`);
  return {
    registration: (await read(client)).status,
    lookup: lookedUp.body.status,
    administration: (await shown(client)).status,
    active: await listed('active'),
    expired: await listed('expired'),
    authorization: /invalid_client/.test(authorization.text) ? 'unknown' : 'known',
  };
}

const alive = {
  registration: 200,
  lookup: 'active',
  administration: 'active',
  active: true,
  expired: false,
  authorization: 'known',
};
const expired = {
  registration: 401,
  lookup: 'expired',
  administration: 'expired',
  active: false,
  expired: true,
  authorization: 'unknown',
};

describe('the lifetime of a client', () => {
  it('ends its ttl after the registration, everywhere at once, whether it is used or not', async () => {
    const client = await registered('short');
    expect((await shown(client)).expires_at).toBe(now + 10 * day);
    wait(10 * day - 1);
    await report(used(client));
    expect(await everywhere(client)).toEqual(alive);
    wait(1);
    expect(await everywhere(client)).toEqual(expired);
    expect((await authenticate(client)).body).toEqual({ authenticated: false });
  });

  it('has no end where the template names none', async () => {
    const client = await registered('default');
    await report(used(client));
    for (let turn = 0; turn < 5; turn++) {
      wait(day);
      await report();
    }
    wait(100 * 365 * day);
    expect(await everywhere(client)).toEqual(alive);
  });

  it('ends for a client that is never used once usage was reported for its unused_ttl', async () => {
    await report();
    const client = await registered('unused');
    for (let turn = 0; turn < 7; turn++) {
      expect(await everywhere(client)).toEqual(alive);
      wait(day);
      await report();
    }
    expect(await everywhere(client)).toEqual(expired);
  });

  it('ends for nobody while nobody reports, and goes on where it stopped', async () => {
    const client = await registered('unused');
    wait(1000 * day);
    expect(await everywhere(client)).toEqual(alive);

    await report();
    wait(365 * day);
    expect(await everywhere(client)).toEqual(alive);

    // A report counts for a day and an hour; the first one has counted that much.
    for (let turn = 0; turn < 6; turn++) {
      await report();
      expect(await everywhere(client)).toEqual(alive);
      wait(day);
    }
    expect(await everywhere(client)).toEqual(expired);
  });

  it('is as long as idle_ttl after each use, and not unused_ttl any more', async () => {
    await report();
    const client = await registered('both');
    wait(day);
    await report(used(client));
    for (let turn = 0; turn < 29; turn++) {
      wait(day);
      await report();
    }
    expect(await everywhere(client)).toEqual(alive);
    await report(used(client));
    for (let turn = 0; turn < 29; turn++) {
      wait(day);
      await report();
    }
    expect(await everywhere(client)).toEqual(alive);
    wait(day);
    expect(await everywhere(client)).toEqual(expired);
  });

  it('stays over: a later report of use does not bring a client back', async () => {
    await report();
    const client = await registered('unused');
    for (let turn = 0; turn < 7; turn++) {
      wait(day);
      await report();
    }
    await report(used(client));
    expect(await everywhere(client)).toEqual(expired);
    expect((await shown(client)).last_used_at).toBe(now);
  });

  it('goes on for a client without unused_ttl until it is used for the first time', async () => {
    await report();
    const client = await registered('idle');
    for (let turn = 0; turn < 40; turn++) {
      wait(day);
      await report();
    }
    expect(await everywhere(client)).toEqual(alive);
  });

  it('holds for a database client under the template too', async () => {
    const json = { metadata: webClient, template: 'short' };
    const { body } = await send('POST', `${program.url}/admin/clients`, { token: adminToken, json });
    expect(body.expires_at).toBe(now + 10 * day);
    wait(10 * day);
    expect((await shown(body)).status).toBe('expired');
  });
});

describe('the expiry of clients', () => {
  const actions = async ({ client_id }: Record<string, any>) =>
    (await eventsOf(program, client_id)).map(({ action, actor, changes, trace }) => ({
      action,
      actor,
      changes,
      trace,
    }));
  const sweep = () => program.app.get(ExpiryRunner).turn();
  const system = { type: 'system' };
  const stored = async ({ client_id }: Record<string, any>): Promise<any> =>
    (await query(program, 'SELECT * FROM clients WHERE client_id = ?', [client_id]))[0];

  it('is written down once, with the rule that ended the client', async () => {
    await report();
    const [short, unused, idle, lasting] = await Promise.all(
      ['short', 'unused', 'idle', 'default'].map((template) => registered(template)),
    );
    await report(used(idle!), used(lasting!));
    const begun = now;
    for (let turn = 0; turn < 31; turn++) {
      wait(day);
      await report();
    }
    await Promise.all([sweep(), sweep()]);
    await sweep();
    const event = (ttl: string, before: object) => ({
      action: 'client.expired',
      actor: system,
      changes: { status: { before: 'active', after: 'expired' }, expires_at: { ...before, after: now } },
      trace: [{ step: 'expire', rule: `template: lifecycle.${ttl}`, outcome: 'changed' }],
    });
    expect((await actions(short!)).slice(1)).toEqual([event('ttl', { before: begun + 10 * day })]);
    expect((await actions(unused!)).slice(1)).toEqual([event('unused_ttl', {})]);
    expect((await actions(idle!)).slice(1)).toEqual([event('idle_ttl', {})]);
    expect((await actions(lasting!)).slice(1)).toEqual([]);
    expect(await everywhere(idle!)).toEqual(expired);
    expect(await everywhere(lasting!)).toEqual(alive);
  });

  it('leaves nothing of a client but its id after thirty days, counted from when it was written down', async () => {
    const client = await registered('short');
    await report({ ...used(client), secret_id: (await shown(client)).secrets[0].id });
    // Nobody looked for a year.
    wait(365 * day);
    await sweep();
    await sweep();
    expect(await everywhere(client)).toEqual(expired);
    wait(30 * day - 1);
    await sweep();
    expect((await shown(client)).status).toBe('expired');
    wait(1);
    await sweep();
    expect(await shown(client)).toEqual({
      client_id: client.client_id,
      kind: 'dynamic',
      status: 'deleted',
      template_id: 'short',
      template_version: 1,
      bounds: {},
      registrar: { type: 'initial_access_token', token_id: anId },
      tags: [],
      verification: 'vouched',
      metadata: {},
      secrets: [],
      created_at: client.client_id_issued_at,
      updated_at: now,
      last_used_at: client.client_id_issued_at,
      version: 3,
    });
    expect(await stored(client)).toMatchObject({
      secret_uses: '{}',
      registration_token_digest: null,
      expires_at: null,
      lapses_at: null,
    });
    const [, , deleted] = await actions(client);
    expect(deleted).toMatchObject({ action: 'client.deleted', actor: system });
    expect(deleted!.changes).toMatchObject({ client_name: { before: 'Weather' } });
    expect((await send('GET', `${program.url}/lookup/clients/${client.client_id}`, { token: lookupKey })).status).toBe(
      410,
    );
    await sweep();
    expect(await actions(client)).toHaveLength(3);
  });

  it('begins a new life with a restored client, as long as the first, whether it was written down or not', async () => {
    const restore = ({ client_id }: Record<string, any>) =>
      send('PATCH', `${program.url}/admin/clients/${client_id}`, { token: adminToken, json: { status: 'active' } });
    for (const isSwept of [true, false]) {
      await report();
      const [short, unused, idle] = [await registered('short'), await registered('unused'), await registered('both')];
      await report(used(idle));
      for (let turn = 0; turn < 30; turn++) {
        wait(day);
        await report();
      }
      if (isSwept) await sweep();
      for (const client of [short, unused, idle]) {
        expect(await everywhere(client)).toEqual(expired);
        expect((await restore(client)).status).toBe(200);
      }
      expect((await shown(short)).expires_at).toBe(now + 10 * day);
      for (let turn = 0; turn < 7; turn++) {
        expect(await everywhere(unused)).toEqual(alive);
        wait(day);
        await report();
      }
      await sweep();
      expect(await everywhere(unused)).toEqual(expired);
      expect(await everywhere(idle)).toEqual(alive);
    }
  });

  it('works through many, in batches, on one of two instances', async () => {
    const { body } = await send('POST', `${program.url}/admin/initial-access-tokens`, {
      token: adminToken,
      json: { template: 'short', uses: 250 },
    });
    const clients: any[] = [];
    for (let turn = 0; turn < 25; turn++)
      clients.push(
        ...(await Promise.all(
          Array.from({ length: 10 }, () =>
            send('POST', `${program.url}/register`, { token: body.token, json: webClient }),
          ),
        )),
      );
    wait(10 * day);
    const get = <T>(type: abstract new (...given: any[]) => T): T => program.app.get(type as never);
    // As two instances have them; the first has the lease from the tests before, so it has to be gone.
    await program.app.get(Leases).beforeApplicationShutdown();
    const sources = get(DataSources);
    const instance = () => new ExpiryRunner(get(Expiry), new Leases(sources, get(Clock)), sources, get(BackgroundWork));
    await Promise.all([instance().turn(), instance().turn()]);
    const ids = clients.map((one) => one.body.client_id as string).sort();
    const events = (await eventsOf(program)).filter(({ action }) => action === 'client.expired');
    const expiries = events.map(({ clientId }) => clientId!).filter((id) => ids.includes(id));
    expect(expiries.sort()).toEqual(ids);
    expect(await count(program, 'leases', "name = 'client-expiry'")).toBe(1);
  });

  it('is left to the instance that has the lease', async () => {
    const client = await registered('short');
    wait(10 * day);
    const [sources, other] = [
      program.app.get(DataSources),
      new Leases(program.app.get(DataSources), program.app.get(Clock)),
    ];
    expect(await other.hold('dynamic', 'client-expiry')).toBe(true);
    const runner = new ExpiryRunner(
      program.app.get(Expiry),
      program.app.get(Leases),
      sources,
      program.app.get(BackgroundWork),
    );
    await runner.turn();
    expect((await stored(client)).status).toBe('active');
    await other.beforeApplicationShutdown();
    await runner.turn();
    expect((await stored(client)).status).toBe('expired');
  });

  it('spares a client that was restored in between', async () => {
    const client = await registered('short');
    wait(10 * day);
    const found = program.app.get(EndedClients);
    const find = jest.spyOn(found, 'find').mockImplementation(async (...asked) => {
      const clients = await EndedClients.prototype.find.apply(found, asked);
      // Right after it was read.
      await query(program, 'UPDATE clients SET version = 2, expires_at = NULL WHERE client_id = ?', [client.client_id]);
      return clients;
    });
    await sweep();
    find.mockRestore();
    expect(await everywhere(client)).toEqual(alive);
    expect(await actions(client)).toHaveLength(1);
  });
});

describe('the time of the last use', () => {
  it('is kept for the client and for the secret that it used, without a new version', async () => {
    const client = await registered('default');
    const before = await shown(client);
    wait(5);
    expect((await authenticate(client)).body.authenticated).toBe(true);
    await program.app.get(ClientUsage).flush();
    expect(await shown(client)).toEqual({
      ...before,
      last_used_at: now,
      secrets: [{ ...before.secrets[0], last_used_at: now }],
    });
    const replaced = await send('PUT', client.registration_client_uri, {
      token: client.registration_access_token,
      headers: { 'if-match': (await read(client)).headers.get('etag')! },
      json: { client_id: client.client_id, ...webClient, client_name: 'Other' },
    });
    expect(replaced.status).toBe(200);
    expect(await shown(client)).toMatchObject({ last_used_at: now, secrets: [{ last_used_at: now }], version: 2 });
  });

  it('is not that of a wrong secret', async () => {
    const client = await registered('default');
    expect((await authenticate({ ...client, client_secret: 'wrong' })).body).toEqual({ authenticated: false });
    await program.app.get(ClientUsage).flush();
    expect((await shown(client)).last_used_at).toBeUndefined();
  });

  it('is the latest, in whatever order reports come, also in one report and of many at once', async () => {
    const client = await registered('default');
    const [{ id }] = (await shown(client)).secrets;
    const times = Array.from({ length: 20 }, (_, turn) => now - ((turn * 7) % 20));
    await report(...times.map((at) => used(client, at)));
    expect((await shown(client)).last_used_at).toBe(now);
    await report(used(client, now - 50));
    expect((await shown(client)).last_used_at).toBe(now);
    wait(100);
    const later = times.map((at) => ({ ...used(client, at + 100), secret_id: id }));
    await Promise.all(later.map((item) => report(item)));
    expect(await shown(client)).toMatchObject({ last_used_at: now, secrets: [{ id, last_used_at: now }] });
  });

  it('is not written over what somebody else has written since it was read', async () => {
    const { client_id } = await registered('default');
    const store = program.app.get(ClientStore);
    const read = (await store.find(client_id))!;
    const write = (at: number) =>
      program.app.get(DataSources).transaction(
        'dynamic',
        (transaction) => store.use(read, { lastUsedAt: at, lapsesAt: null, secretUses: { a: at } }, transaction),
        () => Promise.resolve(false),
      );
    expect([await write(now + 9), await write(now + 3)]).toEqual([true, false]);
    expect((await store.find(client_id))!.secretUses).toEqual({ a: now + 9 });
  });

  it('is stored when the program ends', async () => {
    const client = await registered('default');
    await authenticate(client);
    await program.app.get(ClientUsage).onApplicationShutdown();
    expect((await shown(client)).last_used_at).toBe(now);
  });
});

describe('a report of usage', () => {
  it('passes over clients and secrets that are not there, and keeps the rest', async () => {
    const client = await registered('default');
    const gone = await registered('default');
    await send('DELETE', gone.registration_client_uri, { token: gone.registration_access_token });
    await report({ client_id: 'nobody', last_used_at: now }, used(gone), { ...used(client), secret_id: 'no-secret' });
    const [row] = await query(program, 'SELECT secret_uses FROM clients WHERE client_id = ?', [client.client_id]);
    expect(row).toEqual({ secret_uses: '{}' });
    expect(await shown(client)).toMatchObject({ last_used_at: now });
    expect((await shown(gone)).last_used_at).toBeUndefined();
  });

  it('takes a clock that is five minutes ahead for its own, and no other future', async () => {
    const client = await registered('default');
    await report(used(client, now + 300));
    expect((await shown(client)).last_used_at).toBe(now);
    const { status, body } = await usage({ items: [used(client), used(client, now + 301)] });
    expect({ status, body }).toEqual({
      status: 400,
      body: {
        error: 'invalid_request',
        error_description: 'items[1].last_used_at must not be in the future; it is in whole seconds',
        violations: [
          {
            member: 'items[1].last_used_at',
            rule: 'document',
            message: 'items[1].last_used_at must not be in the future; it is in whole seconds',
          },
        ],
      },
    });
  });

  it.each([
    ['no items', {}, 'items'],
    ['items that are no list', { items: {} }, 'items'],
    ['an item that is no object', { items: ['a'] }, 'items'],
    ['another member', { items: [], more: 1 }, 'more'],
    ['another member of an item', { items: [{ client_id: 'a', last_used_at: 1, more: 1 }] }, 'items[0].more'],
    ['an item without a client', { items: [{ last_used_at: 1 }] }, 'items[0].client_id'],
    ['what no client_id can be', { items: [{ client_id: 'a\u0000b', last_used_at: 1 }] }, 'items[0].client_id'],
    ['an item without a time', { items: [{ client_id: 'a' }] }, 'items[0].last_used_at'],
    ['a time in milliseconds', { items: [{ client_id: 'a', last_used_at: start * 1000 }] }, 'items[0].last_used_at'],
    ['a time that is a text', { items: [{ client_id: 'a', last_used_at: '1' }] }, 'items[0].last_used_at'],
    ['more than 500 items', { items: Array(501).fill({ client_id: 'a', last_used_at: 1 }) }, 'items'],
  ])('is refused with %s', async (_name, json, member) => {
    const { status, body } = await usage(json);
    expect({ status, body }).toEqual({ status: 400, body: refusal(member, 'invalid_request') });
  });

  it('needs the scope clients:lookup', async () => {
    const { status, body } = await usage({ items: [] }, await apiKey(program, ['clients:read', 'clients:write']));
    expect({ status, body }).toEqual({ status: 403, body: failure('insufficient_scope') });
  });
});
