import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { BuiltProgram, type Ended } from './support/built-program.js';
import { register, send } from './support/http.js';
import { adminToken, startApp, type TestApp } from './support/test-app.js';

let program: BuiltProgram;
let app: TestApp;

beforeAll(async () => {
  [program, app] = await Promise.all([BuiltProgram.build(), startApp()]);
}, 120_000);
afterAll(async () => {
  await app?.close();
  program?.remove();
});

/** Runs the built program against the running one. */
const clientele = (...options: string[]): Promise<Ended> =>
  program.run('clientele.js', options, { PUBLIC_URL: app.url, ADMIN_TOKEN: adminToken });
const lines = (text: string): any[] =>
  text
    .trim()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
/** By their ids: clients of one second have no order that a test could know. */
const byId = (clients: any[]): any[] => clients.toSorted((a, b) => (a.client_id < b.client_id ? -1 : 1));
const ask = (method: string, path: string, json?: object) => send(method, app.url + path, { token: adminToken, json });
const metadataOf = async (id: string) => (await ask('GET', `/admin/clients/${id}`)).body.metadata;
const fileOf = (name: string) => join(program.folder, 'run', name);
const jwtSecret = 'a-secret-that-is-long-enough-for-hmac';

/** What export shall find: one of each kind that it tells apart. */
async function makeClients(owner: string): Promise<void> {
  const service = { grant_types: ['client_credentials'] };
  const made = [
    { client_id: `${owner}-billing`, metadata: service, tags: ['one', 'two'], notes: 'Ask\nAda.' },
    {
      client_id: `${owner}-page`,
      metadata: { redirect_uris: ['https://a.example/cb'], token_endpoint_auth_method: 'none' },
    },
    {
      client_id: `${owner}-mirror`,
      metadata: { ...service, token_endpoint_auth_method: 'client_secret_jwt' },
      client_secret: jwtSecret,
    },
    { client_id: `${owner}-old`, metadata: { ...service, client_name: 'Zoë 🦊' }, template: 'default' },
  ];
  for (const client of made)
    expect(await ask('POST', '/admin/clients', { ...client, owner })).toMatchObject({ status: 201 });
  await ask('PATCH', `/admin/clients/${owner}-old`, { status: 'suspended' });
}

describe('clientele export', () => {
  it('writes the clients that filters find as JSON lines, and says what they lack', async () => {
    await makeClients('sales');
    const { body: dynamic } = await register(app.url, undefined, { owner: 'sales' });
    const written = await clientele('export', '--owner', 'sales');
    const id = 'client_id';
    const common = { owner: 'sales', tags: [] };
    expect(byId(lines(written.stdout))).toEqual(
      byId([
        {
          ...common,
          [id]: 'sales-billing',
          status: 'active',
          tags: ['one', 'two'],
          notes: 'Ask\nAda.',
          metadata: await metadataOf('sales-billing'),
        },
        { ...common, [id]: 'sales-page', status: 'active', metadata: await metadataOf('sales-page') },
        { ...common, [id]: 'sales-mirror', status: 'active', metadata: await metadataOf('sales-mirror') },
        {
          ...common,
          [id]: 'sales-old',
          status: 'suspended',
          template: 'default',
          metadata: await metadataOf('sales-old'),
        },
        {
          ...common,
          [id]: dynamic.client_id,
          status: 'active',
          template: 'default',
          metadata: await metadataOf(dynamic.client_id),
        },
      ]),
    );
    expect(written).toMatchObject({
      code: 0,
      stderr:
        '4 clients exported without secret; --secrets exports what can be shown\n' +
        '1 client with an id that the server made, which import refuses; clientele copy moves these\n',
    });
    expect(lines((await clientele('export', '--owner', 'sales', '--kind', 'dynamic')).stdout)).toHaveLength(1);
    expect(await clientele('export', '--owner', 'nobody')).toEqual({ code: 0, stdout: '', stderr: '' });
  }, 60_000);

  it('exports secrets where they can be shown, to a new file that its owner alone can read', async () => {
    await makeClients('shop');
    const written = await clientele('export', '--owner', 'shop', '--secrets', '--output', 'shop.jsonl');
    expect(written).toEqual({
      code: 0,
      stdout: '',
      stderr:
        'shop-billing: its secret is kept as a digest, and not exported\n' +
        'shop-old: its secret is kept as a digest, and not exported\n' +
        '2 clients exported without secret\n',
    });
    const whole = readFileSync(fileOf('shop.jsonl'), 'utf8');
    expect(byId(lines(whole)).map(({ client_id, client_secret }) => [client_id, client_secret])).toEqual([
      ['shop-billing', undefined],
      ['shop-mirror', jwtSecret],
      ['shop-old', undefined],
      ['shop-page', undefined],
    ]);
    expect(statSync(fileOf('shop.jsonl')).mode & 0o777).toBe(0o600);

    expect(await clientele('export', '--output', 'shop.jsonl')).toEqual({
      code: 2,
      stdout: '',
      stderr: '--output: shop.jsonl is there already; name a new file\n',
    });
    expect(readFileSync(fileOf('shop.jsonl'), 'utf8')).toBe(whole);
    expect(await clientele('export', '--output', 'nowhere/a.jsonl')).toMatchObject({ code: 2, stdout: '' });
  }, 60_000);

  it('exports the newest of several secrets, and says so', async () => {
    await makeClients('two');
    const { body: issued } = await ask('POST', '/admin/clients/two-mirror/secrets', { overlap: 3600 });
    const written = await clientele('export', '--owner', 'two', '--secrets');
    expect(written.stderr).toContain('two-mirror: of its secrets the newest is exported\n');
    expect(byId(lines(written.stdout))[1]).toMatchObject({ client_secret: issued.client_secret });
  }, 60_000);

  it('leaves no file behind that is only a part, and exports nothing of deleted clients', async () => {
    await makeClients('gone');
    await ask('DELETE', '/admin/clients/gone-page');
    const { body: key } = await ask('POST', '/admin/api-keys', { label: 'reader', scopes: ['clients:read'] });
    const refused = await program.run(
      'clientele.js',
      ['export', '--owner', 'gone', '--secrets', '--output', 'part.jsonl'],
      { PUBLIC_URL: app.url, ADMIN_TOKEN: key.token },
    );
    expect(refused).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('clients:lookup') });
    expect(() => statSync(fileOf('part.jsonl'))).toThrow('ENOENT');

    expect(lines((await clientele('export', '--owner', 'gone')).stdout)).toHaveLength(3);
    expect(await clientele('export', '--status', 'deleted')).toMatchObject({
      code: 0,
      stdout: '',
      stderr: expect.stringMatching(/^\d+ clients? deleted, of which nothing is left to export\n$/),
    });
  }, 60_000);

  it('exports more clients than one page holds, each once', async () => {
    const ids = Array.from({ length: 230 }, (_, turn) => `many-${turn}`);
    for (const client_id of ids)
      await ask('POST', '/admin/clients', {
        client_id,
        owner: 'many',
        metadata: { grant_types: ['client_credentials'] },
      });
    const { stdout } = await clientele('export', '--owner', 'many');
    expect(lines(stdout).map(({ client_id }) => client_id)).toHaveLength(230);
    expect(new Set(lines(stdout).map(({ client_id }) => client_id))).toEqual(new Set(ids));
  }, 60_000);
});
