import { randomBytes, scryptSync } from 'node:crypto';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
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
const service = { grant_types: ['client_credentials'] };
const page = { redirect_uris: ['https://a.example/cb'], token_endpoint_auth_method: 'none' };
/** Writes a file of lines, and imports it. */
async function importLines(given: readonly (object | string | Buffer)[], ...options: string[]): Promise<Ended> {
  const all = given.map((line) => (typeof line === 'string' || Buffer.isBuffer(line) ? line : JSON.stringify(line)));
  writeFileSync(fileOf('given.jsonl'), Buffer.concat(all.flatMap((line) => [Buffer.from(line), Buffer.from('\n')])));
  return clientele('import', 'given.jsonl', ...options);
}
const authenticates = async (id: string, client_secret: string): Promise<boolean> =>
  (await ask('POST', `/lookup/clients/${id}/authenticate`, { client_secret })).body.authenticated;
const countOf = async (owner: string) =>
  (await ask('GET', `/admin/clients?owner=${owner}&limit=200`)).body.items.length;
const jwtSecret = 'a-secret-that-is-long-enough-for-hmac';

/** What export shall find: one of each kind that it tells apart. */
async function makeClients(owner: string): Promise<void> {
  const made = [
    { client_id: `${owner}-billing`, metadata: service, tags: ['one', 'two'], notes: 'Ask\nAda.' },
    {
      client_id: `${owner}-page`,
      metadata: page,
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

describe('clientele import', () => {
  it('makes in an empty registry what export wrote, so that both export the same', async () => {
    await makeClients('trip');
    await clientele('export', '--owner', 'trip', '--secrets', '--output', 'trip.jsonl');
    const written = readFileSync(fileOf('trip.jsonl'), 'utf8');
    await app.close();
    app = await startApp();

    const lineOf = (id: string) => lines(written).findIndex(({ client_id }) => client_id === id) + 1;
    const first = await clientele('import', 'trip.jsonl');
    expect(first).toEqual({
      code: 1,
      stdout: '2 made, 0 there already, 0 there with other settings, 0 skipped, 2 refused\n',
      stderr: ['trip-billing', 'trip-old']
        .map(
          (id) =>
            `line ${lineOf(id)} (${id}) refused: has no secret here, and needs one; with --new-secrets it gets a new one\n`,
        )
        .join(''),
    });
    const second = lines((await clientele('import', 'trip.jsonl', '--new-secrets', '--json')).stdout);
    expect(second.at(-1)).toEqual({ summary: { made: 2, present: 2, different: 0, skipped: 0, refused: 0 } });
    const issued = second.filter(({ outcome }) => outcome === 'made');
    expect(issued).toEqual(
      ['trip-billing', 'trip-old'].map((client_id) => ({
        line: lineOf(client_id),
        client_id,
        outcome: 'made',
        client_secret: expect.stringMatching(/^[\w-]{64}$/),
      })),
    );
    expect(await authenticates('trip-billing', issued[0].client_secret)).toBe(true);
    expect(await authenticates('trip-mirror', jwtSecret)).toBe(true);
    expect(await clientele('import', 'trip.jsonl')).toEqual({
      code: 0,
      stdout: '0 made, 4 there already, 0 there with other settings, 0 skipped, 0 refused\n',
      stderr: '',
    });
    expect(byId(lines((await clientele('export', '--secrets')).stdout))).toEqual(byId(lines(written)));
  }, 60_000);

  it('tells each faulty line by its number and all that is wrong with it, and makes the others', async () => {
    const line = (id: string, more: object = {}) => ({
      client_id: `f-${id}`,
      owner: 'faults',
      metadata: page,
      ...more,
    });
    const { stdout, ...ended } = await importLines(
      [
        `\ufeff${JSON.stringify(line('first'))}`,
        '{"client_id": "f-cut',
        '',
        ['not an object'],
        line('odd', { kind: 'database', tags: ['a', 'a'], status: 'pending' }),
        '{"client_id":"f-twice","client_id":"f-other","metadata":{}}',
        Buffer.from([0x7b, 0xff, 0x7d]),
        `{"client_id":"f-long","notes":"${'n'.repeat(1024 * 1024)}"}`,
        { metadata: page },
        line('bad', {
          metadata: { redirect_uris: ['https://a.example/cb#x'], grant_types: ['implicit'] },
          client_secret: 'long-enough',
        }),
        line('uuid', { client_id: '019a0000-0000-7000-8000-000000000000' }),
        line('short', { metadata: service, client_secret: 'short' }),
        line('none', { metadata: page, client_secret: 'long-enough' }),
        line('last', { metadata: service, client_secret: 'long-enough' }),
      ],
      '--json',
    );
    expect(ended).toEqual({ code: 1, stderr: '' });
    const refused = (line: number, client_id: string | undefined, ...reasons: unknown[]) => ({
      line,
      ...(client_id !== undefined && { client_id }),
      outcome: 'refused',
      reasons,
    });
    expect(lines(stdout)).toEqual([
      { line: 1, client_id: 'f-first', outcome: 'made' },
      refused(2, undefined, 'must be well-formed JSON'),
      refused(4, undefined, 'must be a JSON object'),
      refused(
        5,
        'f-odd',
        'kind is not a member that import knows',
        'tags must not name one twice',
        'status must be active or suspended, since no other client can be made',
      ),
      refused(6, undefined, 'must not name a member twice in one object'),
      refused(7, undefined, 'must be encoded in UTF-8'),
      refused(8, undefined, 'must not be longer than 1 MiB'),
      refused(9, undefined, 'client_id must be there'),
      refused(10, 'f-bad', expect.stringMatching(/^redirect_uris.*fragment/), expect.stringMatching(/^grant_types/)),
      refused(
        11,
        '019a0000-0000-7000-8000-000000000000',
        'its client_id is in the form of those that the server makes; clientele copy moves such clients',
      ),
      refused(12, 'f-short', 'client_secret must be 8 to 255 printable ASCII characters'),
      refused(13, 'f-none', 'client_secret must be left out: the client does not authenticate with a secret'),
      { line: 14, client_id: 'f-last', outcome: 'made' },
      { summary: { made: 2, present: 0, different: 0, skipped: 0, refused: 11 } },
    ]);
    expect(await authenticates('f-last', 'long-enough')).toBe(true);
  }, 60_000);

  it('leaves alone what is there with other settings, and what was deleted', async () => {
    const line = { client_id: 'd-one', owner: 'there', tags: ['a'], metadata: { ...page, client_name: 'One' } };
    await importLines([line, { ...line, client_id: 'd-two' }]);
    await ask('DELETE', '/admin/clients/d-two');
    const { body: before } = await ask('GET', '/admin/clients/d-one');
    const other = {
      ...line,
      owner: 'elsewhere',
      status: 'suspended',
      metadata: { ...page, client_name: '1', scope: 'openid' },
    };
    expect(await importLines([line, other, { ...line, template: 'default' }, { ...line, client_id: 'd-two' }])).toEqual(
      {
        code: 1,
        stdout: '0 made, 1 there already, 2 there with other settings, 0 skipped, 1 refused\n',
        stderr:
          'line 2 (d-one) different: is there already with other status, owner, client_name, scope, and left alone\n' +
          'line 3 (d-one) different: is there already with other template, and left alone\n' +
          'line 4 (d-two) refused: its client_id was that of a client that was deleted, and is not given again\n',
      },
    );
    expect((await ask('GET', '/admin/clients/d-one')).body).toEqual(before);
  }, 60_000);

  it('keeps secrets in the clear and as hashes, puts clients under a template, and suspends them', async () => {
    const salt = randomBytes(16);
    const hash = scryptSync('a hashed secret', salt, 32, { N: 1024, r: 8, p: 1 });
    const base64 = (bytes: Buffer) => bytes.toString('base64').replaceAll('=', '');
    const line = { owner: 'kept', metadata: service };
    const { code, stdout } = await importLines(
      [
        { ...line, client_id: 'k-plain', client_secret: 'a plain secret' },
        { ...line, client_id: 'k-hash', client_secret_hash: `$scrypt$ln=10,r=8,p=1$${base64(salt)}$${base64(hash)}` },
        { ...line, client_id: 'k-off', status: 'suspended', client_secret: 'a plain secret' },
      ],
      ...['--template', 'default', '--json'],
    );
    expect(code).toBe(0);
    expect(lines(stdout).map(({ outcome }) => outcome)).toEqual(['made', 'made', 'made', undefined]);
    expect(await authenticates('k-plain', 'a plain secret')).toBe(true);
    expect(await authenticates('k-hash', 'a hashed secret')).toBe(true);
    expect((await ask('GET', '/admin/clients/k-off')).body).toMatchObject({
      status: 'suspended',
      template_id: 'default',
    });
  }, 60_000);

  it('tells in a dry run what would become of each line, and makes nothing', async () => {
    const line = (id: string, more: object = {}) => ({ client_id: `t-${id}`, owner: 'tried', metadata: page, ...more });
    const given = [
      line('good'),
      line('bad', { metadata: { redirect_uris: ['https://a.example/cb#x'], token_endpoint_auth_method: 'none' } }),
      line('short', {
        metadata: { ...service, token_endpoint_auth_method: 'client_secret_jwt' },
        client_secret: 'eightlong',
      }),
      line('scope', { metadata: { ...page, scope: 'nobody:knows' } }),
      line('odd', { template: 'nowhere' }),
      line('bare', { metadata: service }),
    ];
    const tried = await importLines(given, '--dry-run');
    expect(tried.stdout).toBe('1 would be made, 0 there already, 0 there with other settings, 0 skipped, 5 refused\n');
    expect(tried.code).toBe(1);
    expect(await countOf('tried')).toBe(0);
    // The real run says the same.
    const made = await importLines(given);
    expect(made.stderr.replace('an active template', 'a template')).toBe(tried.stderr);
    expect(made.stdout).toBe(tried.stdout.replace('would be made', 'made'));
    expect((await importLines([given[0]!], '--dry-run')).stdout).toMatch(/^0 would be made, 1 there already,/);
  }, 60_000);

  it('goes on after it was killed, and makes each client once', async () => {
    const given = Array.from({ length: 60 }, (_, turn) => ({
      client_id: `x-${turn}`,
      owner: 'killed',
      metadata: page,
    }));
    writeFileSync(fileOf('many.jsonl'), given.map((line) => `${JSON.stringify(line)}\n`).join(''));
    const settings = { PUBLIC_URL: app.url, ADMIN_TOKEN: adminToken };
    const killed = await program.run('clientele.js', ['import', 'many.jsonl', '--json'], settings, '"line":20');
    expect(killed.code).toBeNull();
    const [summary] = lines((await clientele('import', 'many.jsonl', '--json')).stdout).slice(-1);
    expect(summary.summary.present).toBeGreaterThan(19);
    expect(summary.summary).toMatchObject({ made: 60 - summary.summary.present, refused: 0, different: 0 });
    expect(await countOf('killed')).toBe(60);
  }, 60_000);

  it('reads standard input, and makes a client that comes twice once', async () => {
    const line = JSON.stringify({ client_id: 's-one', metadata: page });
    const settings = { PUBLIC_URL: app.url, ADMIN_TOKEN: adminToken };
    const ended = await program.run('clientele.js', ['import', '-', '--json'], settings, undefined, `${line}\n${line}`);
    expect(lines(ended.stdout).map(({ outcome }) => outcome)).toEqual(['made', 'present', undefined]);
    expect(await clientele('import', 'nowhere.jsonl')).toEqual({
      code: 2,
      stdout: '',
      stderr: 'nowhere.jsonl cannot be read (ENOENT)\n',
    });
  }, 60_000);

  it('says where it stopped when the program is gone or the token is wrong', async () => {
    writeFileSync(fileOf('one.jsonl'), JSON.stringify({ client_id: 'e-one', metadata: page }));
    const wrong = { PUBLIC_URL: app.url, ADMIN_TOKEN: 'x'.repeat(32) };
    expect(await program.run('clientele.js', ['import', 'one.jsonl'], wrong)).toEqual({
      code: 1,
      stdout: '',
      stderr: 'ADMIN_TOKEN is not the token of an administrator\n',
    });
    expect(await clientele('import', 'one.jsonl', '--url', 'http://127.0.0.1:9')).toMatchObject({
      code: 1,
      stdout: '',
    });
  }, 60_000);
});
