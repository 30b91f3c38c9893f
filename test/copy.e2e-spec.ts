import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DataSource } from 'typeorm';
import { Client } from '../src/clients/client.entity.js';
import { newId } from '../src/clients/credentials.js';
import { Keyring } from '../src/clients/keyring.js';
import { readAddress } from '../src/config/data-source-address.js';
import { engineAt } from '../src/data-sources/engines/engines.js';
import { insert } from '../src/data-sources/statements.js';
import { schema } from '../src/database/schema.js';
import { BuiltProgram, type Ended } from './support/built-program.js';
import { type DatabaseServer, describeOn, startMariadb, startPostgres } from './support/databases.js';
import { register, send } from './support/http.js';
import { adminToken, startApp } from './support/test-app.js';

const SECRET_KEY = randomBytes(32).toString('base64url');
/** The id of that key, with which everything begins that was made under it. */
const keyId = new Keyring({ SECRET_KEY: [Buffer.from(SECRET_KEY, 'base64url')] } as never).currentId;
const sha256 = '[0-9a-f]{64}';
const files = mkdtempSync(join(tmpdir(), 'clientele-copy-'));
let program: BuiltProgram;

beforeAll(async () => {
  program = await BuiltProgram.build();
});
afterAll(() => {
  program?.remove();
  rmSync(files, { recursive: true });
});

const newFile = () => `sqlite:${join(files, `${newId()}.db`)}`;

/** Configures the data sources `a` and `b`. */
const between = (a: string, b: string) => ({
  SECRET_KEY,
  DATA_SOURCES: 'a,b',
  DATA_SOURCE_A_URL: a,
  DATA_SOURCE_B_URL: b,
  DYNAMIC_CLIENTS_DATA_SOURCE: 'a',
  DATABASE_CLIENTS_DATA_SOURCE: 'a',
});

/** Copies from one address to another. */
const copy = (from: string, to: string, options: string[] = [], kill?: string): Promise<Ended> =>
  program.run('clients-command.js', ['copy', '--from', 'a', '--to', 'b', ...options], between(from, to), kill);

/** Works on a database directly, with its schema up to date. */
async function on<T>(url: string, work: (dataSource: DataSource) => Promise<T>): Promise<T> {
  const engine = engineAt(readAddress(url), 2);
  const dataSource = new DataSource(engine.options(schema));
  await dataSource.initialize();
  try {
    engine.prepare(dataSource);
    await dataSource.runMigrations();
    return await work(dataSource);
  } finally {
    await dataSource.destroy();
  }
}

const migrated = async (url: string): Promise<string> => on(url, () => Promise.resolve(url));
const fill = (url: string, clients: Client[]) =>
  on(url, ({ manager }) =>
    manager.transaction(async (transaction) => {
      for (const client of clients) await insert(transaction, Client, client);
    }),
  );
const rowsOf = (url: string) =>
  on(url, ({ manager }) => manager.query<Record<string, unknown>[]>('SELECT * FROM clients ORDER BY client_id'));
const clientsOf = (url: string) => on(url, ({ manager }) => manager.find(Client, { order: { clientId: 'ASC' } }));
const change = (url: string, sql: string) => on(url, ({ manager }) => manager.query(sql));
const without = (url: string) => change(url, 'DELETE FROM clients');

/** A client as any may be: the numbers say what is special about it. */
function clientOf(number: number): Client {
  const clientId = newId();
  const credential = () => `${keyId}.${randomBytes(32).toString('base64url')}`;
  const isDeleted = number % 10 === 0;
  const secret = { id: newId(), digest: credential(), sealed: credential(), created_at: 1_764_000_000, expires_at: 0 };
  return Object.assign(new Client(), {
    clientId,
    kind: number % 3 === 0 ? 'database' : 'dynamic',
    status: isDeleted ? 'deleted' : 'active',
    templateId: number % 2 === 0 ? 'default' : null,
    templateVersion: number % 2 === 0 ? 1 : null,
    bounds: { redirect_hosts: ['*.example'] },
    registrar: { type: 'initial_access_token', token_id: newId() },
    registrarTokenId: newId(),
    owner: number % 2 === 0 ? 'Zoë 🦊' : null,
    tags: ['ä', '🏷️', String(number)],
    notes: number === 7 ? '\'quotes" \\ and\nlines 🗒️'.repeat(1_000) : null,
    verification: 'vouched',
    metadata: isDeleted
      ? {}
      : {
          client_name: `Wetter 🌦 ${number}`,
          'client_name#ja': '天気',
          redirect_uris: ['https://a.example/cb'],
          // The later ones take their time, so that a copy can be killed in between.
          jwks: { keys: [{ kty: 'oct', k: 'k'.repeat(number === 8 ? 300_000 : number > 500 ? 10_000 : 10) }] },
        },
    secrets: isDeleted ? [] : [secret],
    registrationTokenDigest: isDeleted || number % 3 === 0 ? null : credential(),
    registrationTokenExpiresAt: number % 6 === 1 ? 4_102_444_800 : null,
    previousRegistrationTokenDigest: null,
    previousRegistrationTokenExpiresAt: null,
    keyId: isDeleted ? null : keyId,
    createdAt: 1_764_000_000 + number,
    updatedAt: 1_764_000_000 + number,
    lastUsedAt: number % 5 === 0 ? 4_102_444_800 : null,
    secretUses: number % 5 === 0 ? { [secret.id]: 4_102_444_800 } : {},
    expiresAt: null,
    lapsesAt: number % 4 === 0 ? 1_000 : null,
    version: 1 + (number % 4),
    tokensValidFrom: 1 + (number % 3),
  });
}

const manyClients = (count: number) => Array.from({ length: count }, (_, number) => clientOf(number));

/** What every engine has to do as a target and as a source. */
function copiesWholeAndGoesOn(target: () => string): void {
  it('copies every row as it is, goes on after SIGKILL, and back again', async () => {
    const [a, b, back] = [newFile(), await migrated(target()), await migrated(newFile())];
    await fill(a, manyClients(1_200));

    const killed = await copy(a, b, [], 'copying 500 of 1200\n');
    expect(killed).toMatchObject({ code: null, stderr: '' });
    const there = await clientsOf(b);
    expect([500, 1_000]).toContain(there.length);

    const rehearsed = await copy(a, b, ['--dry-run']);
    const rest = 1_200 - there.length;
    expect(rehearsed).toMatchObject({ code: 0, stderr: '' });
    expect(rehearsed.stdout).toMatch(
      new RegExp(`^would copy ${rest} clients .*; ${there.length} there already\n$`, 'm'),
    );
    expect(await clientsOf(b)).toEqual(there);

    const gone = await copy(a, b);
    expect(gone).toMatchObject({ code: 0, stderr: '' });
    expect(gone.stdout).toContain(`copied ${rest} clients from a (${a}) to b (`);
    expect(gone.stdout).toContain(`; ${there.length} there already\n`);
    const [, digest] = new RegExp(`^verified 1200 clients: SHA-256 (${sha256}) in a and in b\n$`, 'm').exec(
      gone.stdout,
    )!;
    expect(await clientsOf(b)).toEqual(await clientsOf(a));

    const returned = await copy(b, back);
    expect(returned.stdout).toContain(`verified 1200 clients: SHA-256 ${digest} in a and in b\n`);
    expect(await rowsOf(back)).toEqual(await rowsOf(a));
    expect(returned.stdout + gone.stdout).not.toContain('p@ss');
  });

  it('keeps a client working: its registration access token and its secret', async () => {
    const [a, b] = [newFile(), await migrated(target())];
    await without(b);
    const before = await startApp({ ...between(a, b), MIGRATE: 'on' });
    const { body: client } = await register(before.url);
    await before.close();
    expect((await copy(a, b)).code).toBe(0);

    const after = await startApp({
      ...between(a, b),
      DYNAMIC_CLIENTS_DATA_SOURCE: 'b',
      DATABASE_CLIENTS_DATA_SOURCE: 'b',
    });
    try {
      const { client_id, client_secret, registration_access_token: token } = client;
      const read = await send('GET', `${after.url}/register/${client_id}`, { token });
      expect(read).toMatchObject({ status: 200, body: { client_id, client_name: 'Weather' } });
      const authenticate = (secret: string) =>
        send('POST', `${after.url}/lookup/clients/${client_id}/authenticate`, {
          token: adminToken,
          json: { client_secret: secret },
        });
      expect((await authenticate(client_secret)).body).toMatchObject({ authenticated: true });
      expect((await authenticate(`${client_secret}x`)).body).toEqual({ authenticated: false });
    } finally {
      await after.close();
    }
  });

  it('names a client that is there with other content, and overwrites nothing', async () => {
    const [a, b] = [newFile(), await migrated(target())];
    await without(b);
    const [first, second, third] = manyClients(3) as [Client, Client, Client];
    await fill(a, [first, second, third]);
    await fill(b, [Object.assign(new Client(), second, { version: 99, owner: 'somebody else' })]);
    const before = await clientsOf(b);
    for (const options of [['--dry-run'], []]) {
      const { code, stderr } = await copy(a, b, options);
      expect({ code, stderr }).toEqual({
        code: 1,
        stderr: `client ${second.clientId} differs in owner, version\nnothing is overwritten; the copy stopped\n`,
      });
      expect(await clientsOf(b)).toEqual(before);
    }
  });
}

describe('copying from SQLite to SQLite', () => {
  copiesWholeAndGoesOn(newFile);

  it('warns of the templates that the target lacks', async () => {
    const [a, b] = [newFile(), await migrated(newFile())];
    const under = (templateId: string, templateVersion: number) =>
      Object.assign(clientOf(1), { templateId, templateVersion });
    await fill(a, [under('web', 2), under('web', 2), under('default', 1), under('open', 3), clientOf(1)]);
    for (const options of [['--dry-run'], []]) {
      const { code, stderr } = await copy(a, b, options);
      expect(code).toBe(0);
      expect(stderr.split('\n').sort()).toEqual([
        '',
        'b lacks version 2 of the template web, which 2 clients are under: they cannot be replaced where b is DYNAMIC_CLIENTS_DATA_SOURCE until it is made there',
        'b lacks version 3 of the template open, which 1 client is under: they cannot be replaced where b is DYNAMIC_CLIENTS_DATA_SOURCE until it is made there',
      ]);
    }
  });

  it('takes along the templates that clients are under, and no others, with every version', async () => {
    const [a, b] = [newFile(), await migrated(newFile())];
    const access = { initial_access_token: true, anonymous: true };
    const app = await startApp({ ...between(a, b), DATA_SOURCE_A_URL: await migrated(a) });
    const admin = (method: string, below: string, json: object) =>
      send(method, `${app.url}/admin/templates${below}`, { token: adminToken, json });
    for (const id of ['web', 'unused']) expect((await admin('POST', '', { id, access })).status).toBe(201);
    await register(app.url, undefined, { template: 'web' });
    await admin('PUT', '/web', { access, default_for: [], metadata: { client_name: { value: 'Web' } } });
    await admin('PUT', '/default', { status: 'off' });
    await admin('PUT', '/web', { access, default_for: ['initial_access_token', 'anonymous'] });
    await app.close();
    const templatesOf = (url: string) =>
      on(url, async ({ manager }) => [
        await manager.query("SELECT * FROM client_templates WHERE id = 'web'"),
        await manager.query("SELECT * FROM client_template_versions WHERE id = 'web' ORDER BY version"),
      ]);
    expect((await templatesOf(a))[1]).toHaveLength(3);

    const rehearsed = await copy(a, b, ['--dry-run']);
    expect(rehearsed).toMatchObject({ code: 0, stderr: '' });
    expect(rehearsed.stdout).toContain('would take along the template web (version 3)\n');
    expect(await templatesOf(b)).toEqual([[], []]);
    const copied = await copy(a, b);
    expect(copied).toMatchObject({ code: 0, stderr: '' });
    expect(copied.stdout).toContain('took along the template web (version 3)\n');
    expect(await templatesOf(b)).toEqual(await templatesOf(a));
    const rows = (text: string) => on(b, ({ manager }) => manager.query(text));
    expect(await rows("SELECT id FROM client_templates WHERE id = 'unused'")).toEqual([]);
    // The target has a default of its own for initial access tokens, and had none for anonymous callers.
    expect(await rows("SELECT * FROM client_template_defaults WHERE template_id = 'web'")).toEqual([
      { registrar: 'anonymous', template_id: 'web' },
    ]);
    expect((await copy(a, b)).stdout).not.toContain('template');
  });

  it('brings templates up to date, and refuses to begin where the target has other rules under a version', async () => {
    const write = (url: string, version: number, name: string) =>
      on(url, async ({ manager }) => {
        const document = { id: 'web', metadata: { client_name: { value: name } } };
        await manager.query('DELETE FROM client_templates WHERE id = ?', ['web']);
        await manager.query('INSERT INTO client_templates VALUES (?, ?, ?, ?, ?)', [
          'web',
          version,
          'active',
          1,
          version,
        ]);
        await manager.query('INSERT INTO client_template_versions VALUES (?, ?, ?, ?)', [
          ...['web', version, JSON.stringify(document), version],
        ]);
      });
    const [a, behind, elsewhere] = [newFile(), newFile(), newFile()];
    await fill(a, [Object.assign(clientOf(1), { templateId: 'web', templateVersion: 2 })]);
    for (const version of [1, 2, 3]) await write(a, version, `as it was in ${version}`);
    await write(behind, 1, 'as it was in 1');
    const { code, stdout, stderr } = await copy(a, behind);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('took along the template web (version 3)\n');
    const versions = 'SELECT * FROM client_template_versions ORDER BY version';
    expect(await on(behind, ({ manager }) => manager.query(versions))).toEqual(
      await on(a, ({ manager }) => manager.query(versions)),
    );

    for (const version of [1, 2]) await write(elsewhere, version, `otherwise in ${version}`);
    for (const options of [['--dry-run'], []])
      expect(await copy(a, elsewhere, options)).toMatchObject({
        code: 1,
        stderr: 'version 2 of the template web has other rules there\nnothing was copied\n',
      });
    expect(await clientsOf(elsewhere)).toEqual([]);
  });

  it('takes along the clock by which clients end that nobody uses, unless the target has clients that go by its own', async () => {
    const clockOf = (url: string) => on(url, ({ manager }) => manager.query('SELECT * FROM usage_clock'));
    const running = (elapsed: number) =>
      `UPDATE usage_clock SET elapsed = ${elapsed}, read_at = 1764000000, runs_until = 1764090000`;
    const [a, fresh, emptied, own] = [newFile(), newFile(), newFile(), newFile()];
    await fill(a, [clientOf(4)]);
    await change(a, running(900));
    await migrated(fresh);
    await fill(own, [clientOf(4)]);
    for (const url of [emptied, own]) await change(url, running(5_000_000));

    expect((await copy(a, fresh, ['--dry-run'])).code).toBe(0);
    expect((await copy(a, fresh, ['--kind', 'database'])).code).toBe(0);
    expect((await clockOf(fresh))[0]).toMatchObject({ elapsed: 0 });
    for (const url of [fresh, emptied]) {
      const { code, stdout, stderr } = await copy(a, url);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toMatch(/\nb goes by the usage clock of the source from now on\n$/);
      expect(await clockOf(url)).toEqual(await clockOf(a));
      expect((await copy(a, url)).stdout).not.toContain('usage clock');
    }
    const { code, stderr } = await copy(a, own);
    expect(code).toBe(0);
    expect(stderr).toMatch(/^b keeps a usage clock of its own, since it has other clients: /);
    expect((await clockOf(own))[0]).toMatchObject({ elapsed: 5_000_000 });
  });

  it('copies one kind, and says what the target has besides', async () => {
    const [a, b] = [newFile(), newFile()];
    const clients = manyClients(30);
    await fill(a, clients);
    await fill(b, [clientOf(3)]);
    const { code, stdout } = await copy(a, b, ['--kind', 'database']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^verified 10 clients: .*\nb has 1 client besides\n$/m);
    const ids = (await clientsOf(b)).map(({ clientId }) => clientId);
    expect(ids).toEqual(
      expect.arrayContaining(clients.filter(({ kind }) => kind === 'database').map((c) => c.clientId)),
    );
    expect(ids).toHaveLength(11);
  });

  it('copies nothing but clients', async () => {
    const [a, b] = [newFile(), await migrated(newFile())];
    const app = await startApp({ ...between(a, b), MIGRATE: 'off', DATA_SOURCE_A_URL: await migrated(a) });
    await register(app.url);
    await app.close();
    expect((await copy(a, b)).code).toBe(0);
    const tables = ['clients', 'initial_access_tokens', 'initial_access_token_uses', 'audit_events', 'api_keys'];
    const counts = await on(b, ({ manager }) =>
      Promise.all(tables.map((table) => manager.query(`SELECT COUNT(*) AS n FROM ${table}`))),
    );
    expect(counts.map(([{ n }]: any) => n)).toEqual([1, 0, 0, 0, 0]);
  });

  it('refuses a key that fits no client, and warns of clients that it does not fit', async () => {
    const [a, b] = [newFile(), await migrated(newFile())];
    const [one, other] = [clientOf(1), Object.assign(clientOf(2), { keyId: 'aaaaaaaaaaaa' })];
    await fill(a, [other]);
    for (const options of [['--dry-run'], []])
      expect(await copy(a, b, options)).toEqual({
        code: 78,
        stdout: '',
        stderr:
          'SECRET_KEY does not fit: none of its keys made the credentials in a (made under aaaaaaaaaaaa); set SECRET_KEY as it is where these clients work, for SQLite the content of secret.key beside the file\nnothing was copied\n',
      });
    expect(await clientsOf(b)).toEqual([]);
    await fill(a, [one]);
    const { code, stdout, stderr } = await copy(a, b);
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr:
        '1 client has credentials under a key that SECRET_KEY does not list; they are copied, and fail until it does\n',
    });
    expect(stdout).toContain('verified 2 clients: ');
  });

  it('is refused while the program works on a file, and may be rehearsed', async () => {
    const [app, b] = [await startApp({ SECRET_KEY }), await migrated(newFile())];
    try {
      await register(app.url);
      expect((await copy(app.database.url, b, ['--dry-run'])).stdout).toContain('would copy 1 client from a (');
      const refused = await copy(app.database.url, b);
      expect(refused).toMatchObject({ code: 1, stdout: '' });
      expect(refused.stderr).toMatch(/^data source a .* another process has it open, and an SQLite file serves one/);
    } finally {
      await app.close();
    }
  });

  it('fails the verification when the target changes under it', async () => {
    const [a, b] = [newFile(), await migrated(newFile())];
    await fill(a, [clientOf(1)]);
    // What else could change a row between the copy and its verification: the database itself.
    await change(b, "CREATE TRIGGER upper AFTER INSERT ON clients BEGIN UPDATE clients SET owner = 'x'; END");
    const { code, stderr } = await copy(a, b);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      new RegExp(
        `^not verified, since the two sides differ\na: 1 client, SHA-256 ${sha256}\nb: 1 client, SHA-256 ${sha256}\nthe first that differs is `,
      ),
    );
  });

  it.each([
    ['the target', 'b'],
    ['the source', 'a'],
  ])('refuses when the schema of %s is missing, and says what to run', async (_which, name) => {
    const urls = name === 'b' ? [await migrated(newFile()), newFile()] : [newFile(), await migrated(newFile())];
    const { code, stdout, stderr } = await copy(urls[0]!, urls[1]!);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(new RegExp(`^data source ${name} .*: migrations are missing; run npm run migrate`));
  });

  const isScriptThere = existsSync('/usr/bin/script');
  (isScriptThere ? it : it.skip)('draws a bar on a terminal', async () => {
    const [a, b] = [newFile(), await migrated(newFile())];
    await fill(a, manyClients(20));
    const typed = `'${process.execPath}' '${join(program.folder, 'dist', 'clients-command.js')}' copy --from a --to b`;
    const shown = execFileSync('/usr/bin/script', ['-qec', typed, '/dev/null'], {
      cwd: join(program.folder, 'run'),
      env: { PATH: process.env.PATH, TERM: 'xterm', ...between(a, b) },
    }).toString();
    expect(shown).toMatch(/copying █+ 20 of 20/);
    expect(shown).toMatch(/verifying █+ 20 of 20/);
    expect(shown).toContain('verified 20 clients: SHA-256 ');
  });
});

describe('the command line of a copy', () => {
  const run = (options: string[], settings: Record<string, string> = between(newFile(), newFile())) =>
    program.run('clients-command.js', options, settings);

  it('says in its help what is not copied, and the exit codes', async () => {
    const { code, stdout } = await run(['copy', '--help'], {});
    expect(code).toBe(0);
    expect(stdout).toContain('Nothing else is copied: no initial access tokens');
    expect(stdout).toContain('Exit codes: 0 done and verified, 1 conflict or failed verification, 78 configuration.');
  });

  it.each([
    ['unknown names', ['--from', 'x', '--to', 'constructor'], /^--from: name one of DATA_SOURCES \(a, b\)\n--to: name/],
    ['one name twice', ['--from', 'a', '--to', 'a'], /^--to: name another data source than --from\n$/],
    ['a name left out', ['--from', 'a'], /--to/],
    ['another kind', ['--from', 'a', '--to', 'b', '--kind', 'other'], /dynamic, database/],
    ['an unknown option', ['--from', 'a', '--to', 'b', '--force'], /--force/],
  ])('ends with 78 for %s', async (_what, options, sentence) => {
    const { code, stdout, stderr } = await run(['copy', ...options]);
    expect({ code, stdout }).toEqual({ code: 78, stdout: '' });
    expect(stderr).toMatch(sentence);
  });

  it('ends with 78 for a configuration that cannot work, and names every fault', async () => {
    const settings = { ...between('oracle:x', newFile()), PORT: 'http' };
    const { code, stderr } = await run(['copy', '--from', 'a', '--to', 'b'], settings);
    expect(code).toBe(78);
    expect(stderr).toMatch(/^PORT: .*\nDATA_SOURCE_A_URL: .*\n$/);
  });
});

for (const [engine, start] of [
  ['mariadb', startMariadb],
  ['postgres', startPostgres],
] as const)
  describeOn(engine)(`copying from SQLite to ${engine}`, () => {
    let server: DatabaseServer;

    beforeAll(async () => {
      server = await start();
    });
    afterAll(() => server?.remove());

    copiesWholeAndGoesOn(() => server.url);

    it('tries again what another transaction holds up', async () => {
      const [a, b] = [newFile(), server.url];
      await without(b);
      const clients = manyClients(10);
      await fill(a, clients);
      const copied = await on(b, async ({ manager }) => {
        let running: Promise<Ended> | undefined;
        const rollBack = new Error('rolled back');
        const held = manager.transaction(async (transaction) => {
          await insert(transaction, Client, clients[5]!);
          running = copy(a, b);
          await wait(4_000);
          throw rollBack;
        });
        await expect(held).rejects.toBe(rollBack);
        return running!;
      });
      expect(copied).toMatchObject({ code: 0, stderr: '' });
      expect(await clientsOf(b)).toEqual(await clientsOf(a));
    });

    it('says that a database is down', async () => {
      const a = await migrated(newFile());
      await server.kill();
      const { code, stderr } = await copy(a, server.url);
      expect(code).toBe(1);
      expect(stderr).toMatch(/^data source b .* cannot be opened: .*ECONNREFUSED/);
    });
  });
