import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
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
