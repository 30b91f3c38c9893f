import { randomBytes } from 'node:crypto';
import { existsSync, renameSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Keyring } from '../src/clients/keyring.js';
import { BuiltProgram, type Ended } from './support/built-program.js';
import { send } from './support/http.js';
import { createDatabase, type TestDatabase } from './support/test-database.js';
import { adminToken, startApp, type TestApp } from './support/test-app.js';

let program: BuiltProgram;
let app: TestApp;
let database: TestDatabase;

const newKey = () => randomBytes(32).toString('base64url');
const keyIdOf = (key: string) => new Keyring({ SECRET_KEY: [Buffer.from(key, 'base64url')] } as never).currentId;
const SECRET_KEY = newKey();

beforeAll(async () => {
  [program, database] = await Promise.all([BuiltProgram.build(), createDatabase()]);
}, 120_000);
afterEach(() => app?.close());
afterAll(async () => {
  await database?.drop();
  program?.remove();
});

const start = async (settings: Record<string, string> = {}) => {
  app = await startApp({ SECRET_KEY, ...settings }, database);
};
const ask = (method: string, path: string, json?: object) => send(method, app.url + path, { token: adminToken, json });

/** Runs the built doctor as if it were beside the running program, unless `settings` say otherwise. */
async function doctor(settings: Record<string, string> = {}, ...options: string[]): Promise<Ended> {
  return program.run('clientele.js', ['doctor', ...options], {
    PUBLIC_URL: app?.url ?? 'http://localhost:9',
    ADMIN_TOKEN: adminToken,
    SECRET_KEY,
    DATA_SOURCE_DEFAULT_URL: database.url,
    ...settings,
  });
}
const findings = ({ stdout }: Ended): any[] =>
  stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
const wrong = (ended: Ended) => findings(ended).filter(({ outcome }) => outcome !== 'ok');
const ok = (check: string) => ({ check, outcome: 'ok' });
const fault = (check: string, message: unknown) => ({ check, outcome: 'fault', message });
const service = { grant_types: ['client_credentials'] };

describe('clientele doctor', () => {
  it('finds nothing wrong where nothing is, for people and for programs, and makes nothing', async () => {
    await start();
    await ask('POST', '/admin/clients', { client_id: 'well', metadata: service });
    const ended = await doctor({}, '--json');
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    const checks = [
      'configuration',
      'program',
      'clock',
      'addresses',
      'issuer',
      'data source default',
      'old keys',
      'clients',
    ];
    expect(findings(ended)).toEqual([...checks, 'keys of default'].map(ok));
    const table = await doctor();
    expect(table.stdout).toMatch(/^RESULT +CHECK +WHAT TO DO\nok +configuration +-\n[^]*\nall is well\n$/);

    const elsewhere = await program.run('clientele.js', ['doctor', '--json', '--no-clients'], {
      PUBLIC_URL: app.url,
      ADMIN_TOKEN: adminToken,
    });
    expect(findings(elsewhere)).toEqual(checks.slice(0, -1).map(ok));
    expect(existsSync(join(program.folder, 'run', 'data'))).toBe(false);
  }, 60_000);

  it('names every fault of the configuration', async () => {
    await start();
    const ended = await doctor({ PORT: 'abc', ADMIN_TOKEN: 'short', SCOPES: 'openid dcr' }, '--json');
    expect(ended.code).toBe(1);
    expect(wrong(ended).map(({ check, message }) => [check, message.split(':')[0]])).toEqual([
      ['configuration', 'PORT'],
      ['configuration', 'ADMIN_TOKEN'],
      ['configuration', 'SCOPES'],
    ]);
  }, 60_000);

  it('tells what hangs on old keys, and credentials that no key of the list has made', async () => {
    const [older, newer] = [SECRET_KEY, newKey()];
    await start();
    await ask('POST', '/admin/clients', { client_id: 'keyed', metadata: service });
    await app.close();
    await start({ SECRET_KEY: `${newer},${older}` });
    const rotating = await doctor({ SECRET_KEY: `${newer},${older}` }, '--json');
    expect(rotating.code).toBe(0);
    expect(wrong(rotating)).toEqual([
      {
        check: 'old keys',
        outcome: 'advice',
        message: expect.stringMatching(
          new RegExp(
            `^\\d+ credentials hang on the key ${keyIdOf(older)}; keep it in SECRET_KEY until they were used$`,
          ),
        ),
      },
    ]);
    const without = await doctor({ SECRET_KEY: newer }, '--json');
    expect(without.code).toBe(1);
    expect(wrong(without)).toContainEqual(
      fault(
        'keys of default',
        expect.stringMatching(
          new RegExp(
            `^SECRET_KEY does not list the key ${keyIdOf(older)}: .*\\(clients with such: [1-9]\\d*\\); add it`,
          ),
        ),
      ),
    );
  }, 60_000);

  it('counts the clients that the rules would refuse today, and shows the first of them', async () => {
    await start({ SCOPES: 'openid orders:read' });
    await ask('POST', '/admin/templates', { id: 'narrow' });
    await ask('POST', '/admin/templates', { id: 'past' });
    for (const turn of [1, 2, 3, 4, 5, 6])
      await ask('POST', '/admin/clients', { client_id: `o-${turn}`, metadata: { ...service, scope: 'orders:read' } });
    await ask('POST', '/admin/clients', {
      client_id: 'n-1',
      template: 'narrow',
      metadata: { ...service, scope: 'openid' },
    });
    await ask('POST', '/admin/clients', {
      client_id: 'p-1',
      template: 'past',
      metadata: { ...service, scope: 'openid' },
    });
    await ask('PUT', '/admin/templates/narrow', { id: 'narrow', metadata: { client_name: { essential: true } } });
    await ask('PUT', '/admin/templates/past', {
      id: 'past',
      status: 'off',
      metadata: { client_name: { essential: true } },
    });
    await app.close();
    await start();
    const ended = await doctor({}, '--json');
    expect(ended.code).toBe(1);
    const [found, ...others] = wrong(ended);
    expect(others).toEqual([]);
    const { examples, ...rest } = found;
    expect(rest).toEqual(
      fault('clients', expect.stringMatching(/^the rules would refuse 7 of \d+ today; these work on/)),
    );
    expect(examples).toHaveLength(5);
    const scope = expect.stringMatching(/^o-\d: scope must hold only scopes out of: openid profile/);
    expect(examples.filter((example: string) => example !== 'n-1: client_name must not be left out')).toEqual(
      expect.arrayContaining([scope, scope, scope, scope]),
    );
    expect((await doctor()).stdout).toMatch(
      /\nclients: o-\d: scope must hold only scopes [^\n]+\n([^\n]+\n)+wrong: 1, not looked at: 0\n$/,
    );
    expect((await ask('GET', '/admin/clients/o-1')).body).toMatchObject({ version: 1, status: 'active' });
    for (const id of ['o-1', 'o-2', 'o-3', 'o-4', 'o-5', 'o-6', 'n-1']) await ask('DELETE', `/admin/clients/${id}`);
  }, 60_000);

  it('says what it could not look at, and which token is none', async () => {
    await start();
    const { body: key } = await ask('POST', '/admin/api-keys', { label: 'few', scopes: ['clients:read'] });
    const few = await doctor({ ADMIN_TOKEN: key.token }, '--json');
    expect(few.code).toBe(1);
    expect(wrong(few)).toEqual([
      { check: 'data sources', outcome: 'unchecked', message: expect.stringContaining('data-sources:read') },
      { check: 'clients', outcome: 'unchecked', message: expect.stringContaining('templates:read') },
    ]);
    expect((await doctor({ ADMIN_TOKEN: key.token })).stdout).toMatch(/\nwrong: 0, not looked at: 2\n$/);
    const none = await doctor({ ADMIN_TOKEN: 'x'.repeat(32) }, '--json', '--no-clients');
    expect(wrong(none)).toEqual([fault('data sources', 'ADMIN_TOKEN is not the token of an administrator')]);
  }, 60_000);

  it('finds another PUBLIC_URL, but lets --url be another way to the program', async () => {
    await start();
    const other = app.url.replace('localhost', '127.0.0.1');
    const ended = await doctor({ PUBLIC_URL: other }, '--json');
    expect(ended.code).toBe(1);
    expect(wrong(ended)).toEqual([
      fault(
        'addresses',
        `the program hands out addresses at ${app.url}, not at ${other}; set PUBLIC_URL alike here and there`,
      ),
    ]);
    expect((await doctor({}, '--url', other)).code).toBe(0);
  }, 60_000);

  it('tells of a data source that the program has lost', async () => {
    await start();
    const file = join(database.folder!, 'clientele.db');
    renameSync(file, `${file}.away`);
    try {
      const ended = await doctor({}, '--json', '--no-clients');
      expect(ended.code).toBe(1);
      expect(wrong(ended)).toEqual([
        fault('program', 'is not ready: these data sources do not answer: default'),
        fault('data source default', expect.stringContaining('its file was removed or replaced')),
      ]);
    } finally {
      renameSync(`${file}.away`, file);
    }
  }, 60_000);

  it('looks at the data sources itself where the program does not run', async () => {
    await app.close();
    const url = app.url;
    const ended = await doctor({ PUBLIC_URL: url }, '--json');
    expect(ended.code).toBe(1);
    expect(findings(ended)).toEqual([
      ok('configuration'),
      fault(
        'program',
        `nothing answers at ${url} (ECONNREFUSED); start the program there, or name another address with --url`,
      ),
      ok('data source default'),
      ok('keys of default'),
    ]);
    const empty = join(program.folder, 'run', 'empty.db');
    writeFileSync(empty, '');
    for (const file of ['sqlite:empty.db', 'sqlite:empty.db'])
      expect(wrong(await doctor({ PUBLIC_URL: url, DATA_SOURCE_DEFAULT_URL: file }, '--json'))).toContainEqual(
        fault('data source default', expect.stringContaining('migrations are missing; run npm run migrate')),
      );
  }, 60_000);
});

describe('clientele doctor, at a program that is not as it should be', () => {
  let server: Server;
  let url: string;
  /** What is answered, by path. */
  let answers: Record<string, { status?: number; date?: Date; body: unknown }>;
  /** What came with a token. */
  let withToken: string[];

  beforeAll(async () => {
    server = createServer((request, response) => {
      if (request.headers.authorization !== undefined) withToken.push(request.url!);
      const {
        status = 200,
        date = new Date(),
        body,
      } = answers[request.url!] ?? { status: 404, body: { error: 'not_found' } };
      response.writeHead(status, { Date: date.toUTCString() });
      response.end(typeof body === 'string' ? body : JSON.stringify(body));
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => new Promise((closed) => server.close(closed)));

  const metadata = '/.well-known/oauth-authorization-server';
  const look = (given: typeof answers) => {
    withToken = [];
    answers = {
      [metadata]: { body: { issuer: url, registration_endpoint: `${url}/register` } },
      '/.well-known/openid-configuration': { body: { issuer: url } },
      '/health/ready': { body: { status: 'ready' } },
      '/metrics': { body: '' },
      '/admin/data-sources': { body: { items: [] } },
      ...given,
    };
    return doctor({ PUBLIC_URL: url, DATA_SOURCE_DEFAULT_URL: 'sqlite:nowhere.db' }, '--json', '--no-clients');
  };

  it('finds a clock that is off', async () => {
    const body = { issuer: url, registration_endpoint: `${url}/register` };
    const behind = await look({ [metadata]: { body, date: new Date(Date.now() - 3_600_000) } });
    expect(behind.code).toBe(1);
    expect(wrong(behind)).toEqual([
      fault(
        'clock',
        expect.stringMatching(/^that of the program is 36\d\d s behind the one here; keep both right by NTP$/),
      ),
    ]);
    const ahead = await look({ [metadata]: { body, date: new Date(Date.now() + 3_600_000) } });
    expect(wrong(ahead)[0].message).toMatch(/^that of the program is 3[56]\d\d s ahead of the one here/);
  }, 60_000);

  it('finds an issuer that does not say that it is one, or cannot be reached, and sends no token there', async () => {
    const other = `http://localhost:${url.split(':')[2]}/other`;
    const named = { [metadata]: { body: { issuer: other, registration_endpoint: `${url}/register` } } };
    const claims = `${other} does not publish metadata that name it as the issuer; clients refuse such a server`;
    expect(wrong(await look(named))).toEqual([fault('issuer', claims)]);
    expect(wrong(await look({ ...named, [`${metadata}/other`]: { body: { issuer: other } } }))).toEqual([]);
    expect(withToken).toEqual(['/admin/data-sources']);
    const gone = { [metadata]: { body: { issuer: 'http://127.0.0.1:9', registration_endpoint: `${url}/register` } } };
    expect(wrong(await look(gone))).toEqual([
      fault('issuer', expect.stringContaining('nothing answers at http://127.0.0.1:9')),
    ]);
    const plain = { [metadata]: { body: { issuer: 'http://as.example', registration_endpoint: `${url}/register` } } };
    expect(wrong(await look(plain))).toEqual([fault('issuer', 'http://as.example has to use https')]);
  }, 60_000);

  it('finds what is wrong with data sources, and that the program is not ready', async () => {
    const source = { name: 'default', kind: 'mysql', address: 'mysql://db', roles: [], pool_size: 1, reachable: true };
    const ended = await look({
      '/health/ready': { status: 503, body: { error_description: 'these data sources do not answer: archive' } },
      '/admin/data-sources': {
        body: {
          items: [
            {
              ...source,
              pending_migrations: ['CreateTables1'],
              unsafe_settings: [{ setting: 'sync_binlog', value: '0', wanted: '1' }],
            },
            { ...source, name: 'archive', reachable: false, fault: 'data source archive does not answer' },
          ],
        },
      },
      '/metrics': { body: 'clientele_credentials_on_old_key{key="aa",kind="client"} 0\n' },
    });
    expect(ended.code).toBe(1);
    expect(wrong(ended)).toEqual([
      fault('program', 'is not ready: these data sources do not answer: archive'),
      fault('data source default', 'lacks CreateTables1; run npm run migrate'),
      fault('data source default', 'sync_binlog is 0, which can lose what was acknowledged; set it to 1'),
      fault('data source archive', 'data source archive does not answer'),
      {
        check: 'old keys',
        outcome: 'advice',
        message: 'nothing hangs on the key aa any more; take it out of SECRET_KEY',
      },
    ]);
  }, 60_000);

  it('finds something else where the program should be', async () => {
    const ended = await look({ [metadata]: { body: '<p>Welcome</p>' } });
    expect(ended.code).toBe(1);
    expect(wrong(ended)).toEqual([fault('program', `what answers at ${url} is not Clientele`)]);
    expect(withToken).toEqual([]);
  }, 60_000);
});
