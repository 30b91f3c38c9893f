import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Refusals } from '../src/audit/refusals.js';
import { Clock } from '../src/clock.js';
import { anId, defaultMetadata, failure, justNow, plainText } from './support/builders.js';
import { apiKey, count, query } from './support/database.js';
import { initialAccessToken, register, send, sendAtOnce, webClient } from './support/http.js';
import { adminToken, startApp, type TestApp } from './support/test-app.js';

let program: TestApp;

beforeAll(async () => {
  program = await startApp();
});
afterAll(() => program.close());
afterEach(() => {
  jest.restoreAllMocks();
});

const list = (parameters: Record<string, string> = {}, token = adminToken) =>
  send('GET', `${program.url}/admin/audit-events?${new URLSearchParams(parameters).toString()}`, { token });
const tokens = (method: string, json?: unknown, token = adminToken, below = '') =>
  send(method, `${program.url}/admin/initial-access-tokens${below}`, { token, json });
const stored = () => program.app.get(Refusals).flush();
const aDigest: unknown = expect.stringMatching(/^[0-9a-f]{12}\.[A-Za-z0-9_-]{43}$/);
const anEvent = {
  id: anId,
  at: justNow,
  outcome: 'done',
  trace: [],
  request_id: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
  digest: aDigest,
};

/** Follows `next` until the list ends. */
async function all(parameters: Record<string, string>): Promise<any[]> {
  const items: any[] = [];
  for (let after: string | undefined; ;) {
    const { body } = await list({ ...parameters, ...(after && { after }) });
    items.push(...body.items);
    if (!body.next) return items;
    after = body.next;
  }
}

describe('the audit trail', () => {
  it('has one event for each change of a client, the newest first', async () => {
    const { body: token } = await tokens('POST', {});
    const one = (await send('POST', `${program.url}/register`, { token: token.token, json: webClient })).body;
    const own = { token: one.registration_access_token };
    const json = { client_id: one.client_id, ...webClient, client_name: 'Weather 2' };
    await send('PUT', one.registration_client_uri, { ...own, json });
    await send('DELETE', one.registration_client_uri, own);
    const metadata = { ...defaultMetadata, ...webClient };
    const client = { type: 'client', client_id: one.client_id };
    const events = [
      {
        action: 'client.deleted',
        actor: client,
        changes: {
          status: { before: 'active', after: 'deleted' },
          ...Object.fromEntries(
            Object.entries({ ...metadata, client_name: 'Weather 2' }).map(([name, before]) => [name, { before }]),
          ),
        },
      },
      {
        action: 'client.replaced',
        actor: client,
        changes: { client_name: { before: 'Weather', after: 'Weather 2' } },
      },
      {
        action: 'client.registered',
        actor: { type: 'initial_access_token', token_id: token.id },
        changes: Object.fromEntries(Object.entries(metadata).map(([name, after]) => [name, { after }])),
      },
    ];
    const answer = await list({ client_id: one.client_id });
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      items: events.map((event) => ({ ...anEvent, client_id: one.client_id, ...event })),
    });
  });

  it('says who did it by the id of the token, of the client or of the API key', async () => {
    const { body: key } = await send('POST', `${program.url}/admin/api-keys`, {
      token: adminToken,
      json: { label: 'issuer', scopes: ['tokens:issue'] },
    });
    const { body: token } = await tokens('POST', {}, key.token);
    const one = (await send('POST', `${program.url}/register`, { token: token.token, json: webClient })).body;
    await send('DELETE', one.registration_client_uri, { token: one.registration_access_token });
    const actionsOf = async (actor: string) => (await list({ actor })).body.items.map(({ action }: any) => action);
    expect(await actionsOf(key.id)).toEqual(['initial_access_token.made']);
    expect(await actionsOf(token.id)).toEqual(['client.registered']);
    expect(await actionsOf(one.client_id)).toEqual(['client.deleted']);
  });

  it('is found by each filter, alone and together', async () => {
    const { client_id } = (await register(program.url)).body;
    const everything = await all({ limit: '200' });
    const { at, id } = everything.find((event) => event.client_id === client_id);
    const found = async (parameters: Record<string, string>, matches: (event: any) => boolean) => {
      const expected = everything.filter(matches);
      expect(expected.length).toBeGreaterThan(0);
      expect(await all({ limit: '3', ...parameters })).toEqual(expected);
    };
    await found({ client_id }, (event) => event.client_id === client_id);
    await found({ action: 'client.registered' }, (event) => event.action === 'client.registered');
    await found({ outcome: 'done' }, (event) => event.outcome === 'done');
    await found({ at_after: String(at - 1) }, (event) => event.at > at - 1);
    await found({ at_before: String(at + 1) }, (event) => event.at < at + 1);
    expect((await list({ at_after: String(at), at_before: String(at + 1) })).body).toEqual({ items: [] });
    await found(
      { client_id, action: 'client.registered', outcome: 'done', at_after: String(at - 1), at_before: String(at + 1) },
      (event) => event.id === id,
    );
  });

  it.each(['client_id', 'actor', 'action', 'outcome', 'at_after', 'at_before', ''])(
    'is read in order on an index by %j',
    async (filter) => {
      const columns = { actor: 'actor_id', at_after: 'at', at_before: 'at' } as Record<string, string>;
      const column = columns[filter] ?? filter;
      const condition = filter === '' ? '1 = 1' : `${column} ${column === 'at' ? '>' : '='} 1`;
      if (globalThis.engine !== 'sqlite') return;
      const plan = await query<{ detail: string }>(
        program,
        `EXPLAIN QUERY PLAN SELECT * FROM audit_events WHERE ${condition} AND at <= 5 AND (at < 5 OR id < 'a')
         ORDER BY at DESC, id DESC LIMIT 50`,
      );
      expect(plan.map(({ detail }) => detail).join()).toMatch(/^SEARCH audit_events USING INDEX audit_events_\w+ \(/);
      expect(JSON.stringify(plan)).not.toMatch(/SCAN|TEMP B-TREE/);
      if (column !== 'at' && filter !== '') expect(JSON.stringify(plan)).toContain(`audit_events_${column}`);
    },
  );

  it('is paged without gap or repeat while it grows', async () => {
    for (let turn = 0; turn < 12; turn++) await tokens('POST', {});
    const before = (await all({ limit: '200', action: 'initial_access_token.made' })).map(({ id }) => id);
    const seen: string[] = [];
    for (let after: string | undefined; ;) {
      const { body, headers } = await list({
        limit: '5',
        action: 'initial_access_token.made',
        ...(after && { after }),
      });
      seen.push(...body.items.map(({ id }: any) => id));
      await tokens('POST', {});
      if (!body.next) break;
      expect(headers.get('link')).toBe(
        `<${program.url}/admin/audit-events?action=initial_access_token.made&limit=5&after=${body.next}>; rel="next"`,
      );
      after = body.next;
    }
    expect(seen).toEqual(before);
  });

  it('refuses a cursor of another filter, and takes it with its own', async () => {
    const { next } = (await list({ limit: '1', outcome: 'done' })).body;
    expect((await list({ limit: '2', outcome: 'done', after: next })).status).toBe(200);
    for (const filters of [{}, { outcome: 'refused' }, { outcome: 'done', at_after: '1' }] as Record<
      string,
      string
    >[]) {
      const answer = await list({ limit: '1', ...filters, after: next });
      expect(answer).toMatchObject({ status: 400, body: failure('invalid_request') });
      expect(answer.body.error_description).toContain('other filters');
    }
  });

  it.each([
    ['outcome', 'perhaps'],
    ['at_after', 'yesterday'],
    ['at_before', '-1'],
    ['at_before', '1.5'],
    ['at_after', '9'.repeat(40)],
    ['client_id', 'a\u0000b'],
    ['client_id', ''],
    ['client_id', 'ä'],
    ['actor', ' a'],
    ['action', 'a '],
    ['action', 'a'.repeat(256)],
    ['clientid', 'a'],
    ['limit', '201'],
  ])('refuses %s=%j and names it', async (name, value) => {
    const answer = await list({ [name]: value });
    expect(answer).toMatchObject({ status: 400, body: failure('invalid_request') });
    expect(answer.body.error_description).toContain(name === 'clientid' ? 'client_id' : name);
  });
});

describe('an event into which somebody wrote what is no JSON', () => {
  it.each([
    ['changes', '{', { changes: {} }],
    ['trace', '', { trace: [] }],
    ['actor', 'nobody', { actor: { type: 'unreadable' } }],
  ])('is listed without its %s, and says so; all others are as they were', async (member, text, empty) => {
    await tokens('POST', {});
    await tokens('POST', {});
    const [newest, edited] = (await list({ action: 'initial_access_token.made', limit: '2' })).body.items;
    await query(program, `UPDATE audit_events SET ${member} = ? WHERE id = ?`, [text, edited.id]);
    const { status, body } = await list({ action: 'initial_access_token.made', limit: '2' });
    expect(status).toBe(200);
    expect(body.items).toEqual([newest, { ...edited, ...empty, unreadable: [member] }]);
    expect((await all({ limit: '7' })).filter(({ id }) => id === edited.id)).toHaveLength(1);
    const stored = JSON.stringify(edited[member]);
    await query(program, `UPDATE audit_events SET ${member} = ? WHERE id = ?`, [stored, edited.id]);
    expect((await list({ action: 'initial_access_token.made', limit: '2' })).body.items).toEqual([newest, edited]);
  });
});

describe('a refusal of somebody who is known', () => {
  it('of a registrar is an event with the rules that refused', async () => {
    const { body: token } = await tokens('POST', {});
    const json = { redirect_uris: ['https://app.example/#x'], [`cadm_${'A'.repeat(43)}`]: 'x' };
    const refused = await send('POST', `${program.url}/register`, { token: token.token, json });
    expect(refused.status).toBe(400);
    await stored();
    expect((await list({ actor: token.id })).body).toEqual({
      items: [
        {
          ...anEvent,
          action: 'POST /register',
          actor: { type: 'initial_access_token', token_id: token.id },
          outcome: 'refused',
          changes: {},
          trace: refused.body.violations.map((one: object) => ({ ...one, outcome: 'refused' })),
          request_id: refused.headers.get('x-request-id'),
        },
      ],
    });
  });

  it('of a client names the client', async () => {
    const one = (await register(program.url)).body;
    const sending = { token: one.registration_access_token, headers: { 'if-match': '"7"' } };
    expect((await send('DELETE', one.registration_client_uri, sending)).status).toBe(412);
    await stored();
    expect((await list({ client_id: one.client_id, outcome: 'refused' })).body.items).toEqual([
      {
        ...anEvent,
        action: 'DELETE /register/{client_id}',
        actor: { type: 'client', client_id: one.client_id },
        client_id: one.client_id,
        outcome: 'refused',
        changes: {},
        trace: [{ rule: 'precondition_failed', outcome: 'refused', message: plainText }],
      },
    ]);
  });

  it('of a suspended client is an event too', async () => {
    const { body: token } = await tokens('POST', {});
    const one = (await send('POST', `${program.url}/register`, { token: token.token, json: webClient })).body;
    await tokens('DELETE', undefined, adminToken, `/${token.id}?clients=suspend`);
    const own = { token: one.registration_access_token };
    expect((await send('GET', one.registration_client_uri, own)).status).toBe(403);
    await stored();
    const { items } = (await list({ actor: one.client_id })).body;
    expect(items).toMatchObject([
      { action: 'GET /register/{client_id}', client_id: one.client_id, outcome: 'refused' },
    ]);
  });

  it('of an administrator names the scope that was missing, and masks what may be a credential', async () => {
    const text = await apiKey(program, ['tokens:issue']);
    const [row] = await query<{ id: string }>(program, 'SELECT id FROM api_keys ORDER BY id DESC LIMIT 1');
    await list({}, text);
    const credential = `cadm_${'Ab'.repeat(22)}`;
    expect((await tokens('POST', { [credential]: 1 }, text)).body.violations[0].member).toBe(credential);
    await send('GET', `${program.url}/lookup/clients/${credential}`, { token: text });
    await stored();
    const { items } = (await list({ actor: row!.id })).body;
    expect(items.map(({ action, trace, client_id }: any) => ({ action, trace, client_id }))).toEqual([
      {
        action: 'GET /lookup/clients/{client_id}',
        trace: [
          { rule: 'insufficient_scope', outcome: 'refused', message: 'the token lacks the scope clients:lookup' },
        ],
      },
      {
        action: 'POST /admin/initial-access-tokens',
        trace: [
          {
            rule: 'document',
            member: '[masked]',
            outcome: 'refused',
            message: '[masked] is not a member of this document',
          },
        ],
      },
      {
        action: 'GET /admin/audit-events',
        trace: [{ rule: 'insufficient_scope', outcome: 'refused', message: 'the token lacks the scope audit:read' }],
      },
    ]);
  });

  it('that floods is kept ten times in a minute, and counted for the rest', async () => {
    const then = 60 * Math.floor(Date.now() / 60_000) + 600;
    const clock = jest.spyOn(program.app.get(Clock), 'now').mockReturnValue(then);
    const { body: token } = await tokens('POST', { expires_in: 3600 });
    const flood = (times: number) =>
      sendAtOnce(times, () => ({ method: 'POST', url: `${program.url}/register`, token: token.token, json: {} }));
    expect((await flood(25)).every(({ status }) => status === 400)).toBe(true);
    expect((await send('POST', `${program.url}/register`, { token: token.token })).status).toBe(415);
    clock.mockReturnValue(then + 60);
    await flood(12);
    await stored();
    const events = (await list({ actor: token.id })).body.items;
    expect(events).toHaveLength(21);
    const { request_id: _none, ...counted } = anEvent;
    expect(events.filter(({ action }: any) => action === 'refusals.counted')).toEqual([
      {
        ...counted,
        at: then + 60,
        action: 'refusals.counted',
        actor: { type: 'initial_access_token', token_id: token.id },
        outcome: 'refused',
        changes: {},
        trace: [
          { rule: expect.any(String), outcome: 'refused', count: 15 },
          { rule: 'unsupported_media_type', outcome: 'refused', count: 1 },
        ],
      },
    ]);
  });

  it('by more than 200 is counted together for the rest', async () => {
    const then = 60 * Math.floor(Date.now() / 60_000) + 6_000;
    const clock = jest.spyOn(program.app.get(Clock), 'now').mockReturnValue(then);
    await stored();
    const before = await count(program, 'audit_events', "outcome = 'refused'");
    for (let batch = 0; batch < 29; batch++)
      await Promise.all(
        Array.from({ length: 7 }, async () => {
          const token = await initialAccessToken(program.url, { expires_in: 3600 });
          expect((await send('POST', `${program.url}/register`, { token, json: {} })).status).toBe(400);
        }),
      );
    clock.mockReturnValue(then + 60);
    await stored();
    expect(await count(program, 'audit_events', "outcome = 'refused'")).toBe(before + 201);
    const [counted] = (await list({ action: 'refusals.counted', at_after: String(then) })).body.items;
    expect(counted).toMatchObject({ actor: { type: 'system' }, trace: [{ outcome: 'refused', count: 3 }] });
  });

  it('waits while the database is away, and does not outlast two minutes', async () => {
    const clock = jest.spyOn(program.app.get(Clock), 'now');
    const { body: token } = await tokens('POST', {});
    const refuse = () => send('POST', `${program.url}/register`, { token: token.token, json: {} });
    const hide = () => query(program, 'ALTER TABLE audit_events RENAME TO hidden_events');
    const show = () => query(program, 'ALTER TABLE hidden_events RENAME TO audit_events');
    // Hidden first: what waits may be stored at any moment.
    await hide();
    await refuse();
    await stored();
    await show();
    await stored();
    expect((await list({ actor: token.id })).body.items).toHaveLength(1);
    await hide();
    await refuse();
    clock.mockReturnValue(Math.floor(Date.now() / 1000) + 121);
    await stored();
    await show();
    await stored();
    expect((await list({ actor: token.id })).body.items).toHaveLength(1);
  });
});

describe('a refusal of somebody who is not known', () => {
  it('is counted in the metrics, and leaves no event', async () => {
    const refused = () => count(program, 'audit_events', "outcome = 'refused'");
    const counted = async () => {
      const { text } = await send('GET', `${program.url}/metrics`);
      return Number(/^clientele_refusals_total\{error="invalid_token"\} (\d+)$/m.exec(text)?.[1] ?? 0);
    };
    await stored();
    const [events, metric] = [await refused(), await counted()];
    for (const path of ['/register', '/admin/initial-access-tokens'])
      for (const token of [undefined, `ciat_${'A'.repeat(43)}`])
        expect((await send('POST', program.url + path, { token, json: {} })).status).toBe(401);
    await stored();
    expect(await refused()).toBe(events);
    expect(await counted()).toBe(metric + 4);
  });
});
