import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ClientFilters, searching } from '../src/clients/client-search.js';
import type { Clause } from '../src/clients/client-walks.js';
import { conditions } from '../src/clients/ended-clients.js';
import { numbered } from '../src/data-sources/statements.js';
import { ExpiryRunner } from '../src/lifecycle/expiry-runner.js';
import { anId, failure, justNow, refusal } from './support/builders.js';
import { apiKey, count, dataSourceOf, query } from './support/database.js';
import { type Answer, initialAccessToken, register, send, type Sending, webClient } from './support/http.js';
import { adminToken, startApp, type TestApp } from './support/test-app.js';

let program: TestApp;

beforeAll(async () => {
  program = await startApp();
  // Some clients have expired long ago, and would be forgotten once the program has run for a minute.
  program.app.get(ExpiryRunner).turn = () => Promise.resolve();
});

afterAll(() => program.close());

const admin = (method: string, path = '', sending: Sending = {}): Promise<Answer> =>
  send(method, `${program.url}/admin/clients${path}`, { token: adminToken, ...sending });
const make = (json: object): Promise<Answer> => admin('POST', '', { json });
const service = { grant_types: ['client_credentials'] };

/** Follows the list to its end. */
async function listed(filters: Record<string, string | number>, limit = 200): Promise<any[]> {
  const items: any[] = [];
  let path: string | undefined = `?${new URLSearchParams({ ...filters, limit: String(limit) } as never).toString()}`;
  while (path !== undefined) {
    const { status, body, headers } = await admin('GET', path);
    expect(status).toBe(200);
    items.push(...body.items);
    const link: string | undefined = /^<([^>]+)>; rel="next"$/.exec(headers.get('link') ?? '')?.[1];
    expect(link === undefined ? undefined : (new URL(link).searchParams.get('after') ?? '')).toBe(body.next);
    path = link && new URL(link).search;
  }
  return items;
}

const ids = (clients: any[]): string[] => clients.map(({ client_id }) => client_id);

describe('the list of clients', () => {
  interface Made {
    readonly client_id: string;
    readonly kind: 'dynamic' | 'database';
    readonly registrar?: string;
    readonly owner?: string;
    readonly tags: readonly string[];
    readonly software_id?: string;
    readonly name: string;
    status: string;
    created_at: number;
    used_at?: number;
    subject?: string;
    registered_by?: string;
    template?: string;
    expires_at?: number;
    lapses_at?: number;
  }

  const clients: Made[] = [];
  const long = 'software '.repeat(60);
  const start = 1_600_000_000;
  const year = 31_536_000;

  /** 300 clients made by a mix of ways; times, users and uses are set by hand, since none of these took years. */
  beforeAll(async () => {
    const tokens = [];
    for (const owner of ['team-a', 'team-b', undefined]) {
      const { body } = await send('POST', `${program.url}/admin/initial-access-tokens`, {
        token: adminToken,
        json: { uses: 50, owner },
      });
      tokens.push({ ...body, owner });
    }
    const key = await apiKey(program, ['clients:write']);
    for (let turn = 0; turn < 300; turn++) {
      const name = ['Weather', 'Web shop', 'weather', 'We🦊', '%', 'W_b'][turn % 6]!;
      const software_id = [undefined, 'app-1', 'app-2', long][turn % 4];
      const metadata = { ...webClient, client_name: name, ...(software_id && { software_id }) };
      if (turn % 2 === 0) {
        const { id, token, owner } = tokens[turn % 3];
        const { body } = await send('POST', `${program.url}/register`, { token, json: metadata });
        clients.push({
          client_id: body.client_id,
          kind: 'dynamic',
          registrar: id,
          owner,
          tags: [],
          software_id,
          name,
          status: 'active',
          created_at: 0,
          template: 'default',
        });
      } else {
        const owner = turn % 5 === 0 ? 'team-a' : undefined;
        const tags = [...(turn % 3 === 0 ? ['partner'] : []), ...(turn % 7 === 0 ? ['old'] : [])];
        const chosen = turn % 4 === 1 ? { client_id: `client-${turn}` } : {};
        const token = turn % 10 === 3 ? key : adminToken;
        const { body } = await admin('POST', '', { token, json: { ...chosen, metadata, owner, tags } });
        clients.push({
          client_id: body.client_id,
          kind: 'database',
          registrar: body.registrar.token_id,
          owner,
          tags,
          software_id,
          name,
          status: 'active',
          created_at: 0,
        });
      }
    }
    for (const [turn, client] of clients.entries()) {
      // Several of the same second, so that their ids decide.
      client.created_at = start + Math.floor(turn / 4) * 1000;
      client.used_at = turn % 3 === 0 ? start + year + turn : undefined;
      client.subject = turn % 20 === 0 ? 'ada' : undefined;
      client.registered_by = turn % 25 === 0 ? 'portal' : undefined;
      const stored = ['active', 'active', 'suspended', 'active', 'pending', 'active', 'expired', 'active'][turn % 8]!;
      // Some have expired and were not swept yet.
      client.expires_at = turn % 9 === 0 ? start + year : turn % 9 === 1 ? start + 100 * year : undefined;
      // Others have lapsed, by the clock of reported usage, which stands still at 0; some have ended in both ways.
      client.lapses_at = turn % 11 === 5 || turn % 18 === 0 ? 0 : turn % 11 === 6 ? 1000 : undefined;
      client.status = client.expires_at === start + year || client.lapses_at === 0 ? 'expired' : stored;
      await query(
        program,
        'UPDATE clients SET created_at = ?, last_used_at = ?, subject = ?, registrar_client_id = ?, status = ?, expires_at = ?, lapses_at = ? WHERE client_id = ?',
        [
          client.created_at,
          client.used_at ?? null,
          client.subject ?? null,
          client.registered_by ?? null,
          stored,
          client.expires_at ?? null,
          client.lapses_at ?? null,
          client.client_id,
        ],
      );
      await query(program, 'UPDATE client_tags SET created_at = ? WHERE client_id = ?', [
        client.created_at,
        client.client_id,
      ]);
    }
    clients.sort((one, other) => one.created_at - other.created_at || (one.client_id < other.client_id ? -1 : 1));
  });

  const having = (holds: (client: Made) => boolean): string[] =>
    clients.filter(holds).map(({ client_id }) => client_id);

  it('shows all of each client in the order in which they were made', async () => {
    const items = await listed({});
    expect(ids(items)).toEqual(having(() => true));
    for (const { client_id, ...item } of items.slice(0, 20))
      expect((await admin('GET', `/${client_id}`)).body).toEqual({ client_id, ...item });
  });

  const unused = (since: number) => (client: Made) => (client.used_at ?? client.created_at) <= since;
  const named = (start: string) => (client: Made) => client.name.startsWith(start);
  const filters: [Record<string, string | number>, (client: Made) => boolean][] = [
    [{ kind: 'dynamic' }, ({ kind }) => kind === 'dynamic'],
    [{ kind: 'database' }, ({ kind }) => kind === 'database'],
    ...['pending', 'active', 'suspended', 'expired'].map((one): [Record<string, string>, (client: Made) => boolean] => [
      { status: one },
      ({ status }) => status === one,
    ]),
    [{ status: 'deleted' }, () => false],
    [{ template: 'default' }, ({ template }) => template === 'default'],
    [{ template: 'other' }, () => false],
    [{ registrar: 'portal' }, ({ registered_by }) => registered_by === 'portal'],
    [{ subject: 'ada' }, ({ subject }) => subject === 'ada'],
    [{ owner: 'team-a' }, ({ owner }) => owner === 'team-a'],
    [{ owner: 'Team-a' }, () => false],
    [{ tag: 'partner' }, ({ tags }) => tags.includes('partner')],
    [{ tag: 'old' }, ({ tags }) => tags.includes('old')],
    [{ software_id: 'app-1' }, ({ software_id }) => software_id === 'app-1'],
    [{ software_id: long }, ({ software_id }) => software_id === long],
    [{ software_id: `${long}x` }, () => false],
    [{ name: 'We' }, named('We')],
    [{ name: 'weather' }, named('weather')],
    [{ name: '%' }, named('%')],
    [{ name: 'W_b' }, named('W_b')],
    [{ created_after: start + 30_000 }, ({ created_at }) => created_at > start + 30_000],
    [{ created_before: start + 30_000 }, ({ created_at }) => created_at < start + 30_000],
    [
      { created_after: start + 10_000, created_before: start + 20_000 },
      ({ created_at }) => created_at > start + 10_000 && created_at < start + 20_000,
    ],
    [{ unused_since: start + 20_000 }, unused(start + 20_000)],
    [{ unused_since: start + year + 150 }, unused(start + year + 150)],
  ];

  it.each(filters)('finds the clients of %j, alone and with kind and status', async (filter, holds) => {
    expect(ids(await listed(filter))).toEqual(having(holds));
    for (const kind of ['dynamic', 'database'])
      for (const status of ['active', 'expired', 'pending']) {
        if ('kind' in filter || 'status' in filter) continue;
        const expected = having((client) => holds(client) && client.kind === kind && client.status === status);
        expect(ids(await listed({ ...filter, kind, status }))).toEqual(expected);
      }
  });

  it('finds the clients of an initial access token and of a key', async () => {
    const registrars = [...new Set(clients.map(({ registrar }) => registrar).filter((one) => one !== undefined))];
    expect(registrars).toHaveLength(4);
    for (const registrar of registrars)
      expect(ids(await listed({ registrar }))).toEqual(having((client) => client.registrar === registrar));
  });

  it('finds the clients for which all filters hold', async () => {
    const found = await listed({ owner: 'team-a', tag: 'partner', name: 'We', unused_since: start + year + 100 });
    const expected = having(
      (client) =>
        client.owner === 'team-a' &&
        client.tags.includes('partner') &&
        named('We')(client) &&
        unused(start + year + 100)(client),
    );
    expect(expected.length).toBeGreaterThan(0);
    expect(ids(found)).toEqual(expected);
    const more = {
      software_id: 'app-1',
      template: 'default',
      registrar: 'portal',
      subject: 'ada',
      created_after: start,
    };
    expect(await listed(more)).toEqual([]);
  });

  it.each([3, 50])('is paged by %i without gap or repeat', async (limit) => {
    for (const filter of [
      {},
      { status: 'active' },
      { status: 'expired' },
      { owner: 'team-a' },
      { tag: 'partner' },
      { name: 'We' },
    ] as object[]) {
      const all = await listed(filter as Record<string, string>);
      expect(ids(await listed(filter as Record<string, string>, limit))).toEqual(ids(all));
    }
  });

  it('is paged without gap or repeat while others are being made and deleted', async () => {
    const before = having(() => true);
    let isOver = false;
    const others: string[] = [];
    const token = await initialAccessToken(program.url, { uses: 1000 });
    const making = (async () => {
      while (!isOver) {
        const dynamic = await send('POST', `${program.url}/register`, { token, json: webClient });
        const chosen = await make({ client_id: `${'AZaz'[others.length % 4]}-${others.length}`, metadata: service });
        others.push(dynamic.body.client_id, chosen.body.client_id);
        const { registration_client_uri: uri, registration_access_token } = dynamic.body;
        await send('DELETE', uri, { token: registration_access_token });
      }
    })();
    const found = ids(await listed({}, 3));
    isOver = true;
    await making;
    expect(others.length).toBeGreaterThan(10);
    expect(found.filter((id) => !others.includes(id))).toEqual(before);
    expect(new Set(found).size).toBe(found.length);
  });

  it('shows deleted clients only where they are asked for', async () => {
    const { body } = await register(program.url);
    await send('DELETE', body.registration_client_uri, { token: body.registration_access_token });
    expect(ids(await listed({ created_after: body.client_id_issued_at - 1 }))).not.toContain(body.client_id);
    const deleted = await listed({ status: 'deleted', created_after: body.client_id_issued_at - 1 });
    const tombstone = deleted.find(({ client_id }) => client_id === body.client_id);
    expect(tombstone).toEqual({
      client_id: body.client_id,
      kind: 'dynamic',
      status: 'deleted',
      template_id: 'default',
      template_version: 1,
      bounds: {},
      registrar: { type: 'initial_access_token', token_id: anId },
      tags: [],
      verification: 'vouched',
      metadata: {},
      secrets: [],
      created_at: justNow,
      updated_at: justNow,
      version: 2,
    });
    expect((await admin('GET', `/${body.client_id}`)).body).toEqual(tombstone);
  });

  it.each([
    ['kind=static', 'kind'],
    ['status=gone', 'status'],
    ['owner=', 'owner'],
    ['owner=a%00b', 'owner'],
    ['owner=a%20', 'owner'],
    ['template=%20default', 'template'],
    [`tag=${'x'.repeat(65)}`, 'tag'],
    ['name=%E2%80%AE', 'name'],
    ['created_after=yesterday', 'created_after'],
    ['created_after=-1', 'created_after'],
    ['created_before=1e9', 'created_before'],
    ['unused_since=99999999999999', 'unused_since'],
  ])('refuses %s, and names the parameter', async (parameters, name) => {
    const { status, body } = await admin('GET', `?${parameters}`);
    expect([status, body]).toEqual([400, refusal(name, 'invalid_request')]);
  });

  it.each([
    'limit=0',
    'limit=201',
    'limit=x',
    'after=',
    'after=x',
    'after=W10',
    'color=red',
    'kind=dynamic&kind=dynamic',
  ])('refuses %s', async (parameters) => {
    const { status, body } = await admin('GET', `?${parameters}`);
    expect([status, body]).toEqual([400, failure('invalid_request')]);
  });

  it('names a parameter that nobody knows, and those that there are', async () => {
    const { body } = await admin('GET', '?knd=dynamic');
    expect(body.error_description).toMatch(/^the parameter knd is not one of limit, after, kind, /);
  });

  it('refuses a cursor from another filter', async () => {
    const { body } = await admin('GET', '?limit=2&kind=dynamic');
    for (const parameters of ['', '&kind=database', '&kind=dynamic&status=active']) {
      const refused = await admin('GET', `?after=${body.next}${parameters}`);
      expect([refused.status, refused.body]).toEqual([400, failure('invalid_request')]);
    }
    expect((await admin('GET', `?after=${body.next}&kind=dynamic&limit=5`)).status).toBe(200);
  });

  it('needs the scope clients:read, and making needs clients:write', async () => {
    const writer = await apiKey(program, ['clients:write']);
    const reader = await apiKey(program, ['clients:read']);
    const calls = (token: string) =>
      Promise.all([
        admin('GET', '', { token }),
        admin('GET', '/client-1', { token }),
        admin('POST', '', { token, json: { metadata: service } }),
      ]);
    expect((await calls(writer)).map(({ status }) => status)).toEqual([403, 403, 201]);
    expect((await calls(reader)).map(({ status }) => status)).toEqual([200, 200, 403]);
    expect(await count(program, 'clients', "kind = 'database' AND status = 'deleted'")).toBe(0);
  });

  const walked: Record<keyof ClientFilters, [string | number, string[]]> = {
    kind: ['database', ['clients_status']],
    status: ['active', ['clients_status']],
    template: ['default', ['clients_template_id']],
    registrar: ['portal', ['clients_registrar_token_id', 'clients_registrar_client_id']],
    subject: ['ada', ['clients_subject']],
    owner: ['team-a', ['clients_owner']],
    tag: ['partner', ['client_tags']],
    software_id: ['app-1', ['clients_software_id']],
    name: ['We', ['clients_client_name']],
    created_after: [start, ['clients_status']],
    created_before: [start, ['clients_status']],
    unused_since: [start, ['clients_last_used_at']],
  };

  it.each(Object.entries(walked))(
    'walks over an index for %s, alone and with kind and status',
    async (name, [value, indexes]) => {
      const alone = { [name]: value };
      const kindAndStatus = { kind: 'database', status: 'active', ...alone } as const;
      const isSorted = ['kind', 'status', 'created_after', 'created_before', 'unused_since'].includes(name);
      const cases: [ClientFilters, string[]][] = [
        [alone, indexes],
        [{ kind: 'dynamic', ...alone }, indexes],
        [{ status: 'pending', ...alone }, indexes],
        [kindAndStatus, indexes],
        [{ status: 'expired', ...alone }, isSorted ? [...indexes, ...ends] : indexes],
      ];
      for (const [filters, expected] of cases) {
        const used = await indexesOf(searching(filters, { after, limit: 50, ...moment }));
        expect(used.length).toBeGreaterThan(0);
        // Servers choose between the indexes by what they know of the rows.
        expect(used.filter((one) => !(engine === 'sqlite' ? expected : everyIndex).includes(one))).toEqual([]);
      }
    },
  );
  const ends = ['clients_expires_at', 'clients_lapses_at'];
  const everyIndex = [...ends, 'client_tags', ...Object.values(walked).flatMap(([, indexes]) => indexes)];

  it('finds the clients that have ended over the index of their ends, rather than among all that can end', async () => {
    for (const condition of Object.values(conditions))
      for (const clause of condition({ ...moment, forgetBefore: moment.now - 1_000 })) {
        const used = await indexesOf(clause);
        expect(used.length).toBeGreaterThan(0);
        expect(used.filter((one) => !(engine === 'sqlite' ? ends : everyIndex).includes(one))).toEqual([]);
      }
  });
});

const after = { createdAt: 1, clientId: 'a' };
const moment = { now: 1_700_000_000, reported: 1_000 };

/**
 * The indexes over which the walks of a condition go, as the engine plans them, or `none` for one over the whole table. What
 * reads the clients of the page by their keys is left out.
 */
async function indexesOf({ text, parameters }: Clause): Promise<string[]> {
  const { manager } = dataSourceOf(program);
  const statement = numbered(dataSourceOf(program), `SELECT * FROM clients WHERE ${text}`);
  const explain = async (how: string, reader = manager) =>
    (await reader.query<Record<string, any>[]>(`${how} ${statement}`, [...parameters])).map((row) => row);
  const distinct = (names: string[]) => [...new Set(names)].filter((name) => !/autoindex_clients_1|^PK_/.test(name));
  if (engine === 'sqlite') {
    const steps = (await explain('EXPLAIN QUERY PLAN')).map(({ detail }) => detail as string);
    const walks = steps.filter((step) => /client(s|_tags)\b/.test(step));
    return distinct(
      walks.map((step) => /^SEARCH .* INDEX (\w+)/.exec(step)?.[1]?.replace(tagKey, 'client_tags') ?? 'none'),
    );
  }
  if (engine === 'postgres')
    return manager.transaction(async (transaction) => {
      // So small a table would be read whole.
      await transaction.query('SET LOCAL enable_seqscan = off');
      const lines = (await explain('EXPLAIN', transaction)).map((row) => row['QUERY PLAN'] as string);
      const scans = lines.filter((line) => /(Seq|Index|Index Only|Bitmap Index) Scan/.test(line));
      return distinct(
        scans.map((line) =>
          /"?PK_\w+"? on client_tags/.test(line) ? 'client_tags' : (pgIndex.exec(line)?.[1] ?? 'none'),
        ),
      );
    });
  const rows = (await explain('EXPLAIN')).filter(({ table }) => /^client(s|_tags)$/.test(table));
  const walks = rows.filter(({ id }) => Number(id) > 1);
  const named = (walks.length > 0 ? walks : rows).filter(
    ({ table, key }) => !(table === 'clients' && key === 'PRIMARY'),
  );
  // So small a table may be read whole although there is an index.
  const walked = named.map(({ table, key, possible_keys }) => [table, key ?? possible_keys ?? 'none']);
  return distinct(walked.flatMap(([table, key]) => (key === 'PRIMARY' ? table : key.split(','))));
}

const tagKey = /^sqlite_autoindex_client_tags_1$/;
const pgIndex = /(?:using|Index Scan on) "?(\w+)/;
