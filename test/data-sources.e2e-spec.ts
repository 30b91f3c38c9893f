import { copyFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { NAMED_DATA_SOURCES } from '../src/data-sources/data-sources.service.js';
import type { NamedDataSource } from '../src/data-sources/named-data-source.js';
import { apiKey } from './support/database.js';
import { type DatabaseServer, startServer } from './support/database-servers.js';
import { describeOn } from './support/databases.js';
import { register, send } from './support/http.js';
import { adminToken, startApp, type TestApp } from './support/test-app.js';

const list = (app: TestApp, token = adminToken) => send('GET', `${app.url}/admin/data-sources`, { token });
const knock = (app: TestApp) => send('POST', `${app.url}/register`, { token: 'ciat_any', json: {} });
const metrics = async (app: TestApp) => String((await send('GET', `${app.url}/metrics`)).body);

describe('the file of an SQLite data source', () => {
  let app: TestApp;
  let file: string;

  beforeEach(async () => {
    app = await startApp();
    file = join(app.database.folder!, 'clientele.db');
    expect((await register(app.url)).status).toBe(201);
  });
  afterEach(() => app.close());

  const outOfOrder = async () => {
    const refused = await knock(app);
    expect(refused).toMatchObject({ status: 503, body: { error: 'temporarily_unavailable' } });
    expect(refused.headers.get('retry-after')).toBe('2');
    expect(await send('GET', `${app.url}/health/ready`)).toMatchObject({
      status: 503,
      body: { error_description: 'these data sources do not answer: default' },
    });
    expect(await metrics(app)).toContain('clientele_data_source_up{data_source="default"} 0');
    expect((await list(app)).body.items[0].fault).toMatch(/its file was removed or replaced while it was open; put it/);
  };

  it('makes everything wait while it is away, and serves again when it is put back', async () => {
    renameSync(file, `${file}.away`);
    await outOfOrder();
    renameSync(`${file}.away`, file);
    expect((await send('GET', `${app.url}/health/ready`)).status).toBe(200);
    expect((await register(app.url)).status).toBe(201);
  });

  it.each([
    ['it is replaced by another', () => (copyFileSync(file, `${file}.old`), renameSync(`${file}.old`, file))],
    ['its log is removed', () => rmSync(`${file}-wal`)],
  ])('stops everything when %s', async (_what, change) => {
    change();
    await outOfOrder();
  });
});

describe('the data sources', () => {
  it('are told with what they hold, and without credentials', async () => {
    const app = await startApp({ DATA_SOURCE_DEFAULT_POOL_SIZE: '7' });
    try {
      await register(app.url);
      const { status, body } = await list(app);
      expect(status).toBe(200);
      expect(body).toEqual({
        items: [
          {
            name: 'default',
            kind: 'sqlite',
            address: `sqlite:${join(app.database.folder!, 'clientele.db')}`,
            roles: ['dynamic', 'database'],
            reachable: true,
            version: expect.stringMatching(/^3\./),
            latency_ms: expect.any(Number),
            pool_size: 7,
            pending_migrations: [],
            unsafe_settings: [],
            counts: expect.objectContaining({ clients: 1, initial_access_tokens: 1, audit_events: 2 }),
          },
        ],
      });
      expect(await metrics(app)).toContain('clientele_data_source_up{data_source="default"} 1');
      expect((await list(app, await apiKey(app, ['clients:read']))).status).toBe(403);
      expect((await send('GET', `${app.url}/admin/data-sources?all=1`, { token: adminToken })).status).toBe(400);
    } finally {
      await app.close();
    }
  });

  it('can part the two kinds of clients', async () => {
    const other = await startApp();
    const url = `sqlite:${join(other.database.folder!, 'other.db')}`;
    await other.app.close();
    const app = await startApp({
      DATA_SOURCES: 'default,archive',
      DATA_SOURCE_ARCHIVE_URL: url,
      DATABASE_CLIENTS_DATA_SOURCE: 'archive',
    });
    try {
      const made = await register(app.url);
      expect(made.status).toBe(201);
      const { items } = (await list(app)).body;
      expect(items.map(({ name, roles, counts }: any) => [name, roles, counts.clients])).toEqual([
        ['default', ['dynamic'], 1],
        ['archive', ['database'], 0],
      ]);
      const sources = app.app.get<NamedDataSource[]>(NAMED_DATA_SOURCES);
      const rows = await sources[0]!.dataSource.query('SELECT * FROM clients');
      const columns = Object.keys(rows[0]);
      await sources[1]!.dataSource.query(
        `INSERT INTO clients (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`,
        columns.map(
          (column) =>
            ({ client_id: 'billing', kind: 'database', registration_token_digest: null })[column] ?? rows[0][column],
        ),
      );
      const found = await send('GET', `${app.url}/lookup/clients/billing`, { token: adminToken });
      expect(found.body).toMatchObject({ client_id: 'billing', kind: 'database' });
    } finally {
      await app.close();
    }
  });
});

const servers = [
  {
    engine: 'mariadb',
    more: ['--log-bin=log', '--sync-binlog=1'],
    makeUnsafe: [
      'SET GLOBAL innodb_flush_log_at_trx_commit = 0',
      'SET GLOBAL sync_binlog = 0',
      "SET GLOBAL sql_mode = ''",
      "SET GLOBAL time_zone = '+05:30'",
    ],
    unsafe: [
      { setting: 'innodb_flush_log_at_trx_commit', value: '0', wanted: '1' },
      { setting: 'sync_binlog', value: '0', wanted: '1' },
      { setting: 'sql_mode', value: 'IGNORE_SPACE', wanted: 'STRICT_TRANS_TABLES' },
      { setting: 'time_zone', value: '+05:30', wanted: '+00:00' },
    ],
    wrongPassword: /Access denied for user 'nobody'.*; mend user and password in its address$/,
    wrongDatabase: /Unknown database 'nowhere'; create it and let the user in, or name another one in its address$/,
  },
  {
    engine: 'postgres',
    more: [],
    makeUnsafe: [
      'ALTER SYSTEM SET fsync = off',
      'ALTER SYSTEM SET full_page_writes = off',
      'ALTER SYSTEM SET synchronous_commit = off',
      "ALTER DATABASE registry SET timezone = 'Asia/Kolkata'",
      'SELECT pg_reload_conf()',
    ],
    unsafe: [
      { setting: 'fsync', value: 'off', wanted: 'on' },
      { setting: 'full_page_writes', value: 'off', wanted: 'on' },
      { setting: 'synchronous_commit', value: 'off', wanted: 'on' },
      { setting: 'TimeZone', value: 'Asia/Kolkata', wanted: 'UTC' },
    ],
    wrongPassword: /role "nobody" does not exist; mend user and password in its address$/,
    wrongDatabase:
      /database "nowhere" does not exist; create it and let the user in, or name another one in its address$/,
  },
] as const;

for (const { engine, more, makeUnsafe, unsafe, wrongPassword, wrongDatabase } of servers)
  describeOn(engine)(`a ${engine} server`, () => {
    let server: DatabaseServer;
    const settings = () => ({ DATA_SOURCE_DEFAULT_URL: server.url, MIGRATE: 'on' });
    const withApp = async (more: Record<string, string>, look: (app: TestApp) => Promise<void>) => {
      const app = await startApp({ ...settings(), ...more });
      try {
        await look(app);
      } finally {
        await app.close();
      }
    };

    beforeAll(async () => {
      server = await startServer(engine, { more });
    });
    afterAll(() => server.remove(), 60_000);

    it('is told with its version', () =>
      withApp({}, async (app) => {
        const [source] = (await list(app)).body.items;
        expect(source).toMatchObject({ reachable: true, pending_migrations: [], unsafe_settings: [] });
        expect(source.address).not.toContain('p@ss');
        expect(source.version).toMatch(/^\d+\.\d+/);
      }));

    it.each([
      ['a wrong user', (url: string) => url.replace(/:\/\/clientele(:[^@]*)?@/, '://nobody:wrong@'), wrongPassword],
      ['a database that is not there', (url: string) => url.replace('/registry', '/nowhere'), wrongDatabase],
      [
        'a port where nobody listens',
        (url: string) => url.replace(/:\d+\//, ':9/'),
        /ECONNREFUSED 127.0.0.1:9; see that the database runs, and that host and port in its address are right$/,
      ],
    ])('says what is wrong with %s', (_what, change, fault) =>
      withApp({ DATA_SOURCE_DEFAULT_URL: change(server.url) }, async (app) => {
        const ready = await send('GET', `${app.url}/health/ready`);
        expect(ready.status).toBe(503);
        const [source] = (await list(app)).body.items;
        expect(source).toMatchObject({ reachable: false, fault: expect.stringMatching(fault) });
        expect(source.fault).toMatch(/^data source default \(.+\) cannot be opened: /);
        expect((await knock(app)).status).toBe(503);
      }),
    );

    it('is spoken to over TLS where that is wished, and only with a certificate that verifies', async () => {
      const encrypted = {
        mariadb: "SHOW STATUS LIKE 'Ssl_cipher'",
        postgres: 'SELECT ssl::text AS "Value" FROM pg_stat_ssl WHERE pid = pg_backend_pid()',
      };
      const tls = `${server.url}?tls=on&tls_ca=${server.certificate}`;
      await withApp({ DATA_SOURCE_DEFAULT_URL: tls }, async (app) => {
        expect((await register(app.url)).status).toBe(201);
        const [{ dataSource }] = app.app.get<[NamedDataSource]>(NAMED_DATA_SOURCES);
        const [{ Value }] = await dataSource.query(encrypted[engine]);
        expect(Value).toMatch(/^(true|TLS_.+)$/);
      });
      await withApp({ DATA_SOURCE_DEFAULT_URL: `${server.url}?tls=on` }, async (app) => {
        const [source] = (await list(app)).body.items;
        expect(source).toMatchObject({
          reachable: false,
          fault: expect.stringMatching(
            /self.signed certificate; name the authority of its certificate with tls_ca=<path> in its address$/,
          ),
        });
      });
    });

    it('that was never migrated says what to run', async () => {
      const fresh = await startServer(engine);
      try {
        await withApp({ DATA_SOURCE_DEFAULT_URL: fresh.url, MIGRATE: 'off' }, async (app) => {
          const [source] = (await list(app)).body.items;
          expect(source.fault).toMatch(/migrations are missing; run npm run migrate, or set MIGRATE=on$/);
        });
      } finally {
        await fresh.remove();
      }
    });

    it('that a newer release has migrated says so', () =>
      withApp({}, async (app) => {
        const [{ dataSource }] = app.app.get<[NamedDataSource]>(NAMED_DATA_SOURCES);
        await dataSource.query("INSERT INTO migrations (timestamp, name) VALUES (1, 'FromTheFuture1')");
        try {
          await withApp({}, async (older) => {
            const [source] = (await list(older)).body.items;
            expect(source.fault).toMatch(/a newer release has migrated it; start that release here$/);
          });
        } finally {
          await dataSource.query("DELETE FROM migrations WHERE name = 'FromTheFuture1'");
        }
      }));

    it('with unsafe settings is told by each of them, in the list and in a metric, and refused where that is wished', async () => {
      const inWords = unsafe.map(
        ({ setting, value, wanted }) => `${setting} is ${value}, which is not safe; set it to ${wanted}`,
      );
      await withApp({}, async (app) => {
        const [{ dataSource }] = app.app.get<[NamedDataSource]>(NAMED_DATA_SOURCES);
        for (const statement of makeUnsafe) await dataSource.query(statement);
      });
      await withApp({}, async (app) => {
        const [source] = (await list(app)).body.items;
        expect(source.unsafe_settings).toEqual(unsafe);
        const told = await metrics(app);
        for (const { setting } of unsafe)
          expect(told).toContain(`clientele_data_source_unsafe_setting{data_source="default",setting="${setting}"} 1`);
        expect((await register(app.url)).status).toBe(201);
      });
      await withApp({ STRICT_DURABILITY: 'on' }, async (app) => {
        const [source] = (await list(app)).body.items;
        expect(source.fault).toMatch(
          new RegExp(`${inWords.join('; ').replaceAll('+', '\\+')}; mend that, or set STRICT_DURABILITY=off$`),
        );
        expect((await knock(app)).status).toBe(503);
      });
    });
  });
