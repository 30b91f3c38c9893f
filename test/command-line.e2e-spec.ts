import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { BuiltProgram, type Ended } from './support/built-program.js';
import { send } from './support/http.js';
import { adminToken, startApp, type TestApp } from './support/test-app.js';

let program: BuiltProgram;
let app: TestApp;

beforeAll(async () => {
  [program, app] = await Promise.all([BuiltProgram.build(), startApp()]);
});
afterAll(async () => {
  await app?.close();
  program?.remove();
});

/** Runs the built program against the running one. */
const clientele = (...options: string[]): Promise<Ended> =>
  program.run('clientele.js', options, { PUBLIC_URL: app.url, ADMIN_TOKEN: adminToken });
const lines = ({ stdout }: Ended): any[] =>
  stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
const shown = (id: string) => send('GET', `${app.url}/admin/clients/${id}`, { token: adminToken });

describe('clientele', () => {
  it('makes, shows and lists database clients, for people and for programs', async () => {
    const made = await clientele(
      ...['create', '--id', 'billing', '--name', 'Billing', '--grant-type', 'client_credentials'],
      ...['--owner', 'team-billing', '--tag', 'one', 'two', '--json'],
    );
    expect(made).toMatchObject({ code: 0, stderr: '' });
    const [{ client_secret, ...client }] = lines(made);
    expect(client_secret).toMatch(/^[\w-]{64}$/);
    expect(client).toEqual((await shown('billing')).body);
    expect(client).toMatchObject({ owner: 'team-billing', tags: ['one', 'two'], kind: 'database' });

    expect(lines(await clientele('show', 'billing', '--json'))).toEqual([client]);
    expect(lines(await clientele('list', '--owner', 'team-billing', '--json'))).toEqual([client]);
    const table = await clientele('list', '--owner', 'team-billing');
    expect(table.stdout).toMatch(
      /^CLIENT +KIND +STATUS +TEMPLATE +OWNER +MADE +NAME\nbilling +database +active +- +team-billing +20\S+Z +Billing\n$/,
    );
    const page = await clientele('show', 'billing');
    expect(page.stdout).toMatch(/^client_id +billing\nkind +database\n/);
    expect(page.stdout).toMatch(/^client_name +Billing$/m);
  });

  it('suspends and resumes a client, and gives it a new secret', async () => {
    await clientele('create', '--id', 'batch', '--grant-type', 'client_credentials');
    expect(await clientele('suspend', 'batch')).toEqual({ code: 0, stdout: 'batch is suspended\n', stderr: '' });
    expect((await shown('batch')).body).toMatchObject({ status: 'suspended' });
    expect(await clientele('resume', 'batch')).toEqual({ code: 0, stdout: 'batch is active\n', stderr: '' });

    const [issued] = lines(await clientele('rotate-secret', 'batch', '--overlap', '3600', '--json'));
    const { body } = await send('POST', `${app.url}/lookup/clients/batch/authenticate`, {
      token: adminToken,
      json: { client_secret: issued.client_secret },
    });
    expect(body).toEqual({ authenticated: true, secret_id: issued.id });
    expect((await shown('batch')).body.secrets).toHaveLength(2);
  });

  it('makes initial access tokens that register', async () => {
    const made = await clientele('token', 'create', '--uses', '2', '--label', 'shell', '--owner', 'team-a', '--json');
    const [token] = lines(made);
    expect(token).toMatchObject({ uses: 2, uses_left: 2, label: 'shell', owner: 'team-a', status: 'active' });
    const { status, body } = await send('POST', `${app.url}/register`, {
      token: token.token,
      json: { redirect_uris: ['https://a.example/cb'] },
    });
    expect(status).toBe(201);
    expect(lines(await clientele('list', '--registrar', token.id, '--json'))).toMatchObject([
      { client_id: body.client_id, owner: 'team-a' },
    ]);
  });

  it('moves the clients of a template to its newest version, after a look at what would break', async () => {
    const create = (method: string, path: string, json: object) =>
      send(method, app.url + path, { token: adminToken, json });
    const template = { id: 'shells', access: { initial_access_token: true } };
    await create('POST', '/admin/templates', template);
    const { body: token } = await create('POST', '/admin/initial-access-tokens', { template: 'shells' });
    const { body: client } = await send('POST', `${app.url}/register`, {
      token: token.token,
      json: { redirect_uris: ['https://a.example/cb'] },
    });
    await create('PUT', '/admin/templates/shells', { ...template, redirect_uris: { hosts: ['b.example'] } });

    const tried = await clientele('template', 'apply', 'shells', '--dry-run');
    expect(tried.code).toBe(1);
    expect(tried.stdout).toContain(`${client.client_id}  broken`);
    expect(tried.stdout).toContain('would be unchanged 0, changed 0, broken 1\n');

    await create('PUT', '/admin/templates/shells', { ...template, description: 'As before' });
    expect(await clientele('template', 'apply', 'shells', '--dry-run')).toEqual({
      code: 0,
      stdout: 'would be unchanged 1, changed 0, broken 0\n',
      stderr: '',
    });
    expect((await shown(client.client_id)).body).toMatchObject({ template_version: 1 });
    const applied = await clientele('template', 'apply', 'shells', '--json');
    expect(applied).toMatchObject({ code: 0, stderr: '' });
    expect(lines(applied)).toMatchObject([{ unchanged: 1, changed: 0, broken: 0 }]);
    expect((await shown(client.client_id)).body).toMatchObject({ template_version: 3 });
  });

  it('says all that is wrong with what the rules refuse, and exits with 1', async () => {
    const refused = await clientele('create', '--redirect-uri', 'https://a.example/cb#x', '--grant-type', 'implicit');
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toMatch(/redirect_uris.*fragment/);
    expect(refused.stderr).toMatch(/grant_types/);
    expect(await clientele('show', 'nobody')).toEqual({
      code: 1,
      stdout: '',
      stderr: 'there is no client with this id\n',
    });
  });

  it('tells a wrong token, a missing one, an address where nothing is, and wrong usage apart', async () => {
    const run = (options: string[], settings: Record<string, string>) =>
      program.run('clientele.js', options, { PUBLIC_URL: app.url, ...settings });
    expect(await run(['list'], { ADMIN_TOKEN: 'x'.repeat(32) })).toEqual({
      code: 1,
      stdout: '',
      stderr: 'ADMIN_TOKEN is not the token of an administrator\n',
    });
    const missing = await run(['list', '--url', 'http://registry.example'], {});
    expect(missing).toEqual({
      code: 78,
      stdout: '',
      stderr:
        '--url: use https, since the token goes along; REQUIRE_HTTPS_PUBLIC_URL=off allows http\n' +
        'ADMIN_TOKEN: set it to the token that the first run printed, or to an API key\n',
    });
    const away = await clientele('list', '--url', 'http://127.0.0.1:9');
    expect(away.code).toBe(1);
    expect(away.stderr).toContain('nothing answers at http://127.0.0.1:9');
    expect(await clientele('list', '--kind', 'odd')).toMatchObject({ code: 2, stdout: '' });
    expect(await clientele('create', '--metadata', 'nowhere.json')).toEqual({
      code: 2,
      stdout: '',
      stderr: '--metadata: nowhere.json cannot be read (ENOENT)\n',
    });
    const help = await clientele('--help');
    expect(help.code).toBe(0);
    expect(help.stdout).toContain('Exit codes: 0 done, 1 refused or not reached, 2 usage, 78 configuration.');
  });

  it('makes clients of a document, which options overrule, and of any id', async () => {
    const document = { client_name: 'Written', software_id: 'cli', grant_types: ['client_credentials'] };
    writeFileSync(join(program.folder, 'run', 'client.json'), JSON.stringify(document));
    const named = await clientele('create', '--id', 'a/b?c#d', '--metadata', 'client.json', '--name', 'Said', '--json');
    expect(lines(named)[0].metadata).toMatchObject({ ...document, client_name: 'Said' });
    expect(lines(await clientele('show', 'a/b?c#d', '--json'))[0]).toMatchObject({ client_id: 'a/b?c#d' });
    expect(lines(await clientele('list', '--software-id', 'cli', '--json'))).toHaveLength(1);
    expect(lines(await clientele('suspend', 'a/b?c#d', '--json'))[0]).toMatchObject({ status: 'suspended' });
    const settings = { PUBLIC_URL: app.url, ADMIN_TOKEN: adminToken };
    const piped = ['create', '--metadata', '-', '--json'];
    const read = await program.run('clientele.js', piped, settings, undefined, JSON.stringify(document));
    expect(lines(read)[0].metadata).toMatchObject(document);
    for (const text of ['[]', 'null', '{'])
      expect(await program.run('clientele.js', piped, settings, undefined, text)).toMatchObject({
        code: 2,
        stdout: '',
        stderr: expect.stringMatching(/^--metadata: /),
      });
  }, 60_000);

  it('is the program of what works on the data sources too', async () => {
    const file = { SECRET_KEY: 'A'.repeat(43), DATA_SOURCE_DEFAULT_URL: 'sqlite:there.db' };
    const migrated = await program.run('clientele.js', ['migrate'], file);
    expect(migrated).toMatchObject({ code: 0, stdout: expect.stringMatching(/^default .*: ran /) });
    const verified = await program.run('clientele.js', ['audit', 'verify'], file);
    expect(verified).toMatchObject({ code: 0, stdout: expect.stringContaining('0 events verified') });
    const copied = await program.run('clientele.js', ['copy', '--from', 'default', '--to', 'nowhere'], file);
    expect(copied).toMatchObject({ code: 78, stderr: '--to: name one of DATA_SOURCES (default)\n' });
  });
});

describe('clientele, at a program that a test plays', () => {
  interface Seen {
    readonly method: string;
    readonly path: string;
    readonly query: Record<string, string>;
    readonly body?: unknown;
  }
  type Reply = { status?: number; headers?: Record<string, string>; body: unknown };

  let server: Server;
  let url: string;
  let seen: Seen[];
  /** What is answered, in turn; the last one again and again. */
  let replies: Reply[];

  beforeAll(async () => {
    server = createServer((request, response) => {
      void textOf(request).then((text) => {
        const { pathname, searchParams } = new URL(request.url!, url);
        const query = Object.fromEntries(searchParams);
        seen.push({ method: request.method!, path: pathname, query, ...(text !== '' && { body: JSON.parse(text) }) });
        const { status = 200, headers = {}, body } = replies.length > 1 ? replies.shift()! : replies[0]!;
        response.writeHead(status, headers);
        response.end(typeof body === 'string' ? body : JSON.stringify(body));
      });
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => new Promise((closed) => server.close(closed)));
  beforeEach(() => {
    seen = [];
    replies = [{ body: { items: [] } }];
  });

  const textOf = async (request: IncomingMessage): Promise<string> => {
    let text = '';
    for await (const part of request) text += String(part);
    return text;
  };
  const run = (...options: string[]) =>
    program.run('clientele.js', options, { PUBLIC_URL: url, ADMIN_TOKEN: adminToken });
  const client = {
    client_id: 'a',
    kind: 'database',
    status: 'active',
    tags: [],
    created_at: 1,
    metadata: {},
    secrets: [],
  };

  it('asks for each filter by its own parameter', async () => {
    const filters = {
      ...{ kind: 'database', status: 'expired', template: 't', registrar: 'r', subject: 's', owner: 'o' },
      ...{ tag: 'g', software_id: 'w', name: 'n' },
    };
    const options = Object.entries(filters).flatMap(([name, value]) => [`--${name.replace('_', '-')}`, value]);
    expect(await run('list', ...options)).toMatchObject({ code: 0 });
    expect(seen).toEqual([{ method: 'GET', path: '/admin/clients', query: { ...filters, limit: '200' } }]);
  }, 30_000);

  it('sends what each option says', async () => {
    replies = [{ body: client }];
    await run(
      ...['create', '--id', 'a', '--name', 'A', '--redirect-uri', 'https://a.example/1', 'https://a.example/2'],
      ...['--grant-type', 'authorization_code', 'refresh_token', '--scope', 'openid email', '--auth-method', 'none'],
      ...['--template', 't', '--owner', 'o', '--tag', 'x', 'y', '--notes', 'n'],
    );
    await run('rotate-secret', 'a', '--overlap', '60');
    await run(
      ...['token', 'create', '--template', 't', '--uses', '2', '--expires-in', '60', '--label', 'l', '--owner', 'o'],
      ...['--scope', 'openid', '--software-id', 'w', '--redirect-host', 'a.example', '*.b.example', '--manages'],
    );
    const metadata = {
      client_name: 'A',
      redirect_uris: ['https://a.example/1', 'https://a.example/2'],
      grant_types: ['authorization_code', 'refresh_token'],
      scope: 'openid email',
      token_endpoint_auth_method: 'none',
    };
    const token = {
      ...{ template: 't', uses: 2, expires_in: 60, label: 'l', owner: 'o', scope: 'openid', software_id: 'w' },
      ...{ redirect_hosts: ['a.example', '*.b.example'], manages: true },
    };
    const post = (path: string, body: object) => ({ method: 'POST', path, query: {}, body });
    expect(seen).toEqual([
      post('/admin/clients', { client_id: 'a', template: 't', owner: 'o', tags: ['x', 'y'], notes: 'n', metadata }),
      post('/admin/clients/a/secrets', { overlap: 60 }),
      post('/admin/initial-access-tokens', token),
    ]);
    expect(await run('token', 'create', '--uses', '2x')).toMatchObject({ code: 2, stdout: '' });
    expect(await run('rotate-secret', 'a', '--overlap', '-1')).toMatchObject({ code: 2, stdout: '' });
    expect(seen).toHaveLength(3);
  }, 60_000);

  it('lists page after page', async () => {
    replies = [{ body: { items: [client], next: 'two' } }, { body: { items: [{ ...client, client_id: 'b' }] } }];
    expect(lines(await run('list', '--json')).map(({ client_id }) => client_id)).toEqual(['a', 'b']);
    expect(seen.map(({ query }) => query)).toEqual([{ limit: '200' }, { limit: '200', after: 'two' }]);
  }, 30_000);

  it('tries again where it was told to come later, but not for ever', async () => {
    const later = (status: number) => ({
      status,
      headers: { 'Retry-After': '1' },
      body: { error_description: 'later' },
    });
    replies = [later(503), later(429), { body: client }];
    const begun = Date.now();
    expect(lines(await run('show', 'a', '--json'))).toEqual([client]);
    expect(Date.now() - begun).toBeGreaterThan(1900);
    expect(seen).toHaveLength(3);
    replies = [later(503)];
    expect(await run('show', 'a')).toEqual({ code: 1, stdout: '', stderr: 'later\n' });
    expect(seen).toHaveLength(8);
  }, 60_000);

  it('takes its token nowhere else, and nothing for an answer that is none', async () => {
    replies = [{ status: 302, headers: { Location: `${url}/elsewhere` }, body: {} }];
    expect(await run('show', 'a')).toMatchObject({ code: 1, stdout: '' });
    expect(seen.map(({ path }) => path)).toEqual(['/admin/clients/a']);
    replies = [{ body: '<p>Welcome</p>' }];
    expect(await run('show', 'a')).toEqual({
      code: 1,
      stdout: '',
      stderr: `what answers at ${url} is not Clientele (200, no JSON)\n`,
    });
  }, 30_000);

  it('shows times as people read them, and nothing that could steer a terminal', async () => {
    const odd = { ...client, owner: 'o\u001b[2J', metadata: { client_name: 'n\u009bm' } };
    replies = [{ body: odd }];
    const { stdout } = await run('show', 'a');
    expect(stdout).toMatch(/^created_at +1970-01-01T00:00:01Z$/m);
    expect(stdout).toMatch(/^owner +o\?\[2J$/m);
    expect(stdout).toMatch(/^client_name +n\?m$/m);
    replies = [{ body: { items: [odd] } }];
    expect((await run('list')).stdout).toMatch(/ o\?\[2J +1970-01-01T00:00:01Z +n\?m\n$/);
    replies = [{ status: 400, body: { error_description: 'no\u001b[2J' } }];
    expect((await run('show', 'a')).stderr).toBe('no?[2J\n');
  }, 30_000);

  it('ends quietly when whoever reads has enough', async () => {
    replies = [
      { body: { items: Array.from({ length: 200 }, () => ({ ...client, notes: 'n'.repeat(2000) })), next: 'more' } },
    ];
    const child = spawn(process.execPath, [join(program.folder, 'dist/clientele.js'), 'list', '--json'], {
      env: { PUBLIC_URL: url, ADMIN_TOKEN: adminToken },
    });
    let stderr = '';
    child.stderr.on('data', (part: Buffer) => (stderr += part.toString()));
    child.stdout.once('data', () => child.stdout.destroy());
    const code = await new Promise((ended) => child.once('close', ended));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  }, 30_000);
});
