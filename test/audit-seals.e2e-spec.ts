import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { AuditSeal } from '../src/audit/audit-seal.entity.js';
import { AuditSeals } from '../src/audit/audit-seals.js';
import { AuditTrail } from '../src/audit/audit-trail.js';
import { type AuditReport, AuditVerification } from '../src/audit/audit-verification.js';
import { Keyring } from '../src/clients/keyring.js';
import { Clock } from '../src/clock.js';
import type { Environment } from '../src/config/environment.js';
import { BackgroundWork } from '../src/data-sources/background-work.js';
import { DataSources, type Role } from '../src/data-sources/data-sources.service.js';
import { Leases } from '../src/data-sources/leases.js';
import { BuiltProgram } from './support/built-program.js';
import { count, dataSourceOf, query } from './support/database.js';
import { send } from './support/http.js';
import { adminToken, startApp, type TestApp } from './support/test-app.js';
import { createDatabase, type TestDatabase } from './support/test-database.js';

const SECRET_KEY = Buffer.alloc(32, 9).toString('base64url');
/** A whole hour, so that the windows of the tests are easily told. */
const hour = 3600 * Math.floor(Date.now() / 3_600_000) - 7200;

let program: TestApp;
const setClock = (now: number) => jest.spyOn(program.app.get(Clock), 'now').mockReturnValue(now);

async function start(settings: Record<string, string> = {}): Promise<void> {
  program = await startApp({ SECRET_KEY, ...settings });
  // The tests seal by themselves.
  await program.app.get(BackgroundWork).onModuleDestroy();
}

/** As another instance does it on the same data source. */
function instance(leases?: Leases, keyring = program.app.get(Keyring)): AuditSeals {
  const [dataSources, clock] = [program.app.get(DataSources), program.app.get(Clock)];
  return new AuditSeals(
    dataSources,
    leases ?? new Leases(dataSources, clock),
    keyring,
    clock,
    new BackgroundWork(dataSources),
  );
}

/** Makes one event at each of these times. */
async function eventsAt(...times: number[]): Promise<void> {
  for (const at of times) {
    setClock(at);
    await send('POST', `${program.url}/admin/initial-access-tokens`, {
      token: adminToken,
      json: { label: `at ${at}` },
    });
  }
}

async function sealAt(now: number, role: Role = 'dynamic', seals = instance()): Promise<void> {
  setClock(now);
  await query(program, 'DELETE FROM leases');
  await seals.seal(role);
}

const verify = (keyring = program.app.get(Keyring), role: Role = 'dynamic'): Promise<AuditReport> =>
  new AuditVerification((work) => program.app.get(DataSources).read(role, work), keyring).run(() => undefined);

const windows = async () => {
  const seals = await dataSourceOf(program).manager.find(AuditSeal, { order: { number: 'ASC' } });
  return seals.map(({ number, since, until, count }) => [number, since === 0 ? 0 : since - hour, until - hour, count]);
};

afterEach(() => {
  jest.restoreAllMocks();
});

describe('the audit trail', () => {
  beforeAll(() => start());
  afterAll(() => program.close());
  beforeEach(async () => {
    for (const table of ['audit_events', 'audit_seals']) await query(program, `DELETE FROM ${table}`);
  });

  /** Three sealed windows of 3, 1 and 2 events, and one event that is not sealed yet. */
  async function sealed(): Promise<void> {
    await eventsAt(hour + 5, hour + 5, hour + 65);
    await sealAt(hour + 600);
    await eventsAt(hour + 700);
    await sealAt(hour + 1300);
    await eventsAt(hour + 1400, hour + 1401);
    await sealAt(hour + 2000);
    await eventsAt(hour + 2001);
  }

  it('is sealed in windows that were closed eight minutes ago, each once, and none without an event', async () => {
    await eventsAt(hour + 5, hour + 5, hour + 65);
    await sealAt(hour + 480 + 59);
    expect(await windows()).toEqual([]);
    await sealAt(hour + 480 + 60);
    expect(await windows()).toEqual([[1, 0, 60, 2]]);
    await sealAt(hour + 480 + 120);
    await sealAt(hour + 480 + 130);
    await sealAt(hour + 3000);
    expect(await windows()).toEqual([
      [1, 0, 60, 2],
      [2, 60, 120, 1],
    ]);
    await eventsAt(hour + 3100);
    await sealAt(hour + 3700);
    expect((await windows()).at(-1)).toEqual([3, 120, 3180, 1]);
  });

  it('is sealed hour by hour where nobody sealed for long', async () => {
    await eventsAt(hour + 1, hour + 3599, hour + 3600, hour + 7300);
    await sealAt(hour + 7300 + 600);
    expect(await windows()).toEqual([
      [1, 0, 3600, 2],
      [2, 3600, 7200, 1],
      [3, 7200, 7380, 1],
    ]);
    expect((await verify()).findings).toEqual([]);
  });

  it('is sealed by one of two instances, and by each once the other has ended', async () => {
    await eventsAt(hour + 5);
    const [dataSources, clock] = [program.app.get(DataSources), program.app.get(Clock)];
    const leases = new Leases(dataSources, clock);
    setClock(hour + 600);
    await query(program, 'DELETE FROM leases');
    await leases.hold('dynamic', 'audit seals');
    await instance().seal('dynamic');
    expect(await windows()).toEqual([]);
    await leases.beforeApplicationShutdown();
    await instance().seal('dynamic');
    expect(await windows()).toEqual([[1, 0, 120, 1]]);
  });

  it('is sealed once even if two instances believe to have the lease', async () => {
    await eventsAt(hour + 5, hour + 65, hour + 125);
    setClock(hour + 700);
    const always = { hold: () => Promise.resolve(true) } as unknown as Leases;
    await Promise.allSettled([instance(always).seal('dynamic'), instance(always).seal('dynamic')]);
    await instance(always).seal('dynamic');
    expect(await windows()).toEqual([[1, 0, 180, 3]]);
    expect((await verify()).findings).toEqual([]);
  });

  it('says in the metrics how old its newest seal is, and the oldest event without one', async () => {
    const told = async (now: number) => {
      setClock(now);
      const { text } = await send('GET', `${program.url}/metrics`);
      return [...text.matchAll(/^clientele_audit_(\w+)_age_seconds\{data_source="default"\} (\d+)$/gm)].map(
        ([, which, age]) => [which, Number(age)],
      );
    };
    expect(await told(hour)).toEqual([['oldest_unsealed', 0]]);
    await eventsAt(hour + 5, hour + 65);
    expect(await told(hour + 100)).toEqual([['oldest_unsealed', 95]]);
    await sealAt(hour + 541);
    expect(await told(hour + 600)).toEqual([
      ['newest_seal', 59],
      ['oldest_unsealed', 535],
    ]);
    await sealAt(hour + 620);
    expect(await told(hour + 10_000)).toEqual([
      ['newest_seal', 9380],
      ['oldest_unsealed', 0],
    ]);
  });

  it('is verified whole when nobody touched it', async () => {
    await sealed();
    const report = await verify();
    expect(report).toEqual({
      events: 7,
      unsealed: 1,
      underOldKeys: 0,
      newest: expect.objectContaining({ number: 3, count: 2 }),
      findings: [],
      further: 0,
    });
  });

  it('is verified in batches, in the order in which it was sealed', async () => {
    setClock(hour + 5);
    const { app } = program;
    const [audit, dataSources] = [app.get(AuditTrail), app.get(DataSources)];
    const events = Array.from({ length: 1203 }, () => audit.eventOf({ action: 'test', actor: { type: 'system' } }));
    for (let first = 0; first < events.length; first += 50)
      await dataSources.transaction(
        'dynamic',
        async (transaction) => {
          for (const event of events.slice(first, first + 50)) await audit.append(event, transaction);
        },
        () => Promise.resolve(false),
      );
    await sealAt(hour + 600);
    expect(await windows()).toEqual([[1, 0, 120, 1203]]);
    const told: number[] = [];
    const verification = new AuditVerification((work) => dataSources.read('dynamic', work), app.get(Keyring));
    expect(await verification.total()).toBe(1203);
    expect((await verification.run((done) => told.push(done))).findings).toEqual([]);
    expect(told).toEqual([500, 1000, 1203]);
  });

  const oldest = 'id = (SELECT id FROM (SELECT id FROM audit_events ORDER BY at, id LIMIT 1) AS oldest)';
  const edits: [string, string][] = [
    ['action', "action = 'other'"],
    ['actor', `actor = '{"type":"system"}'`],
    ['actor that is null', "actor = 'null'"],
    ['actor_id', "actor_id = 'somebody'"],
    ['client_id', "client_id = 'other'"],
    ['outcome', "outcome = 'refused'"],
    ['changes', "changes = '{}'"],
    ['changes that are no JSON any more', "changes = '{'"],
    ['trace', "trace = '[1]'"],
    ['request_id', 'request_id = NULL'],
    ['time', 'at = at + 1'],
  ];

  it.each(edits)('shows an event with another %s', async (_what, edit) => {
    await sealed();
    await query(program, `UPDATE audit_events SET ${edit} WHERE ${oldest}`);
    const { findings } = await verify();
    expect(findings).toEqual([
      expect.stringMatching(/^event "[0-9a-f-]{36}" of \d{4}-\S+Z was edited or added: its digest does not fit$/),
      expect.stringMatching(/^events between \S+Z and \S+Z \(seal 1\) are not what was sealed$/),
    ]);
  });

  it('shows an event that is not sealed yet with other content', async () => {
    await sealed();
    await query(program, `UPDATE audit_events SET action = 'other' WHERE at > ?`, [hour + 2000]);
    expect((await verify()).findings).toEqual([expect.stringMatching(/^event .+ was edited or added/)]);
  });

  it('shows that events are missing', async () => {
    await sealed();
    await query(program, 'DELETE FROM audit_events WHERE at = ?', [hour + 5]);
    expect((await verify()).findings).toEqual([
      expect.stringMatching(/^2 events are missing between \S+ and \S+ \(seal 1\)$/),
    ]);
  });

  /** Writes a copy of an event under another id, as whoever has the database but no key can. */
  async function copyOldest(at: number, from = oldest): Promise<void> {
    const [row] = await query(program, `SELECT * FROM audit_events WHERE ${from}`);
    const copy = { ...row, id: '00000000-0000-7000-8000-000000000000', at };
    const columns = Object.keys(copy);
    await query(
      program,
      `INSERT INTO audit_events (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`,
      Object.values(copy),
    );
  }

  it.each([
    ['within a window', () => hour + 6, 1],
    ['before all others', () => -5, 1],
    ['in a time without events', () => hour + 300, 2],
  ])('shows an event that was added %s', async (_where, at, seal) => {
    await sealed();
    await copyOldest(at());
    expect((await verify()).findings).toEqual([
      expect.stringMatching(/^event "00000000-0000-7000-8000-000000000000" .+ was edited or added/),
      expect.stringMatching(new RegExp(`^1 event is more than were sealed between .+ \\(seal ${seal}\\)$`)),
    ]);
  });

  it('shows an event that was put in the place of another', async () => {
    await sealed();
    await copyOldest(hour + 5);
    await query(program, `DELETE FROM audit_events WHERE at = ? AND id <> '00000000-0000-7000-8000-000000000000'`, [
      hour + 65,
    ]);
    expect((await verify()).findings).toHaveLength(2);
  });

  it('shows an event whose digest names a key that there never was', async () => {
    await sealed();
    await query(program, `UPDATE audit_events SET digest = 'abcdefabcdef.x' WHERE ${oldest}`);
    expect((await verify()).findings).toEqual([
      expect.stringMatching(/^event .+ cannot be checked: its key is not in SECRET_KEY$/),
      expect.stringMatching(/^events between .+ \(seal 1\) are not what was sealed$/),
    ]);
  });

  it.each([
    ['since', 'since = since + 1'],
    ['until', 'until = until + 60'],
    ['count', 'count = count + 1'],
    ['events', "events = 'x'"],
    ['previous', "previous = 'x'"],
    ['sealed_at', 'sealed_at = sealed_at + 1'],
    ['digest', "digest = 'abcdefabcdef.x'"],
  ])('shows a seal with another %s', async (_column, edit) => {
    await sealed();
    await query(program, `UPDATE audit_seals SET ${edit} WHERE number = 2`);
    const { findings } = await verify();
    expect(findings[0]).toMatch(/^seal 2 was (edited|exchanged)/);
    expect(findings.length).toBe(1);
  });

  it('shows a seal that was made anew over other events', async () => {
    await sealed();
    const [third] = await query(program, 'SELECT * FROM audit_seals WHERE number = 3');
    await query(program, 'DELETE FROM audit_seals WHERE number > 1');
    await query(program, 'DELETE FROM audit_events WHERE at = ?', [hour + 1400]);
    await sealAt(hour + 2000);
    const columns = Object.keys(third!);
    await query(
      program,
      `INSERT INTO audit_seals (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`,
      Object.values(third!),
    );
    expect((await verify()).findings).toContain('seal 2 was exchanged: the next one follows another');
  });

  it.each([
    [1, 'seal 1 is missing'],
    [2, 'seal 2 is missing'],
  ])('shows that seal %i is missing, and still checks the events', async (number, finding) => {
    await sealed();
    await query(program, 'DELETE FROM audit_seals WHERE number = ?', [number]);
    expect((await verify()).findings).toEqual([finding]);
    await query(program, `UPDATE audit_events SET action = 'other'`);
    expect((await verify()).findings.filter((one) => one.startsWith('event "'))).toHaveLength(7);
  });

  it('is verified by its seals when the keys of its events have left SECRET_KEY', async () => {
    await sealed();
    const keyringOf = (...keys: Buffer[]) => new Keyring({ SECRET_KEY: keys } as unknown as Environment);
    const [old, fresh] = [Buffer.alloc(32, 9), randomBytes(32)];
    await sealAt(hour + 3000, 'dynamic', instance(undefined, keyringOf(fresh, old)));
    expect((await verify(keyringOf(fresh))).findings).toEqual([]);
    expect((await verify(keyringOf(fresh))).underOldKeys).toBe(7);
    await query(program, `UPDATE audit_events SET action = 'other' WHERE ${oldest}`);
    expect((await verify(keyringOf(fresh))).findings).toEqual(
      expect.arrayContaining([expect.stringMatching(/\(seal 1\) are not what was sealed$/)]),
    );
    expect((await verify(keyringOf(randomBytes(32)))).findings.length).toBeGreaterThan(5);
  });

  it('names a hundred findings, and the number of all others', async () => {
    await eventsAt(...Array.from({ length: 130 }, () => hour + 5));
    await query(program, "UPDATE audit_events SET action = 'other'");
    const { findings, further } = await verify();
    expect([findings.length, further]).toEqual([100, 30]);
  });

  describe('from a shell', () => {
    let built: BuiltProgram;
    beforeAll(async () => {
      built = await BuiltProgram.build();
    });
    afterAll(() => built.remove());
    const run = (...options: string[]) =>
      built.run('audit-command.js', options, { DATA_SOURCE_DEFAULT_URL: program.database.url, SECRET_KEY });

    it('is verified beside the running program, and a seal that is gone is told', async () => {
      await sealed();
      const newest = /noted elsewhere: (\S+)$/m;
      const good = await run('verify');
      expect(good).toMatchObject({ code: 0, stderr: '' });
      expect(good.stdout).toContain('7 events verified, 1 of them not sealed yet');
      const noted = newest.exec(good.stdout)![1]!;
      expect(await run('verify', '--seal', noted)).toMatchObject({ code: 0 });
      await query(program, 'DELETE FROM audit_seals WHERE number = 3');
      expect(await run('verify')).toMatchObject({ code: 0 });
      expect(await run('verify', '--seal', noted)).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('the seal that you noted is gone'),
      });
    });

    it('that was edited is told in words, with exit code 1', async () => {
      await sealed();
      await query(program, `UPDATE audit_events SET action = 'other' WHERE ${oldest}`);
      const { code, stderr } = await run('verify');
      expect(code).toBe(1);
      expect(stderr.split('\n')).toEqual([
        expect.stringMatching(/^default \(.+\): the audit trail is not as it was written$/),
        expect.stringMatching(/^ {2}event "\S+" of \S+ was edited or added: its digest does not fit$/),
        expect.stringMatching(/^ {2}events between \S+ and \S+ \(seal 1\) are not what was sealed$/),
        '',
      ]);
    });

    it.each([[[]], [['verify', '--all']], [['mend']]])(
      'is asked for rightly, or explained with exit code 78: %j',
      async (options) => {
        expect((await run(...options)).code).toBe(78);
      },
    );
  });
});

describe('the trails of two data sources', () => {
  let other: TestDatabase;
  beforeAll(async () => {
    other = await createDatabase();
    await start({
      DATA_SOURCES: 'default,other',
      DATA_SOURCE_OTHER_URL: other.url,
      DATABASE_CLIENTS_DATA_SOURCE: 'other',
    });
  });
  afterAll(async () => {
    await program.close();
    await other.drop();
  });

  /** What a change of a database client writes. */
  async function eventInOther(at: number): Promise<void> {
    setClock(at);
    const audit = program.app.get(AuditTrail);
    const event = audit.eventOf({ action: 'client.suspended', actor: { type: 'system' }, clientId: 'billing' });
    await program.app
      .get(DataSources)
      .transaction('database', (transaction) => audit.append(event, transaction), audit.landed(event));
  }

  it('are read as one, the newest first, page by page', async () => {
    await eventsAt(hour, hour + 2);
    await eventInOther(hour + 1);
    await eventInOther(hour + 3);
    jest.restoreAllMocks();
    const times: number[] = [];
    for (let after = ''; ;) {
      const address = `${program.url}/admin/audit-events?limit=1&at_after=${hour - 1}${after}`;
      const { body } = await send('GET', address, { token: adminToken });
      times.push(...body.items.map(({ at }: { at: number }) => at - hour));
      if (!body.next) break;
      after = `&after=${body.next}`;
    }
    expect(times).toEqual([3, 2, 1, 0]);
  });

  it('are sealed each for itself', async () => {
    setClock(hour + 1000);
    for (const role of ['dynamic', 'database'] as const) await instance().seal(role);
    for (const role of ['dynamic', 'database'] as const)
      expect(await verify(undefined, role)).toMatchObject({
        events: 2,
        unsealed: 0,
        findings: [],
        newest: { number: 1 },
      });
    expect(await count(program, 'audit_seals')).toBe(1);
  });
});
