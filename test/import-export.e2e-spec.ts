import { generateKeyPairSync, randomBytes, scryptSync } from 'node:crypto';
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
});
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
  });

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
  });

  it('exports the newest of several secrets, and says so', async () => {
    await makeClients('two');
    const { body: issued } = await ask('POST', '/admin/clients/two-mirror/secrets', { overlap: 3600 });
    const written = await clientele('export', '--owner', 'two', '--secrets');
    expect(written.stderr).toContain('two-mirror: of its secrets the newest is exported\n');
    expect(byId(lines(written.stdout))[1]).toMatchObject({ client_secret: issued.client_secret });
  });

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
  });

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
  });
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
  });

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
  });

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
    expect((await importLines([other])).code).toBe(1);
    expect((await ask('GET', '/admin/clients/d-one')).body).toEqual(before);
  });

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
  });

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
  });

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
  });

  it('reads standard input, and makes a client that comes twice once', async () => {
    const line = JSON.stringify({ client_id: 's-one', metadata: page });
    const settings = { PUBLIC_URL: app.url, ADMIN_TOKEN: adminToken };
    const ended = await program.run('clientele.js', ['import', '-', '--json'], settings, undefined, `${line}\n${line}`);
    expect(lines(ended.stdout).map(({ outcome }) => outcome)).toEqual(['made', 'present', undefined]);
    expect(await clientele('import', 'nowhere.jsonl')).toEqual({
      code: 2,
      stdout: '',
      stderr: 'nowhere.jsonl is no file that can be read\n',
    });
  });

  it('says where it stopped when the program is gone or the token is wrong', async () => {
    writeFileSync(fileOf('one.jsonl'), JSON.stringify({ client_id: 'e-one', metadata: page }));
    const wrong = { PUBLIC_URL: app.url, ADMIN_TOKEN: 'x'.repeat(32) };
    expect(await program.run('clientele.js', ['import', 'one.jsonl'], wrong)).toEqual({
      code: 1,
      stdout: '',
      stderr: 'ADMIN_TOKEN is not the token of an administrator\n',
    });
    const faulty = JSON.stringify({ client_id: 'e-none' });
    writeFileSync(fileOf('two.jsonl'), `${faulty}\n${JSON.stringify({ client_id: 'e-two', metadata: page })}\n`);
    const gone = await clientele('import', 'two.jsonl', '--url', 'http://127.0.0.1:9');
    expect(gone).toMatchObject({ code: 1, stdout: '' });
    expect(gone.stderr.split('\n').slice(0, 2)).toEqual([
      'line 1 (e-none) refused: metadata must be there',
      'stopped after line 1 (e-none); run it again: what is there already is left alone',
    ]);
    expect(gone.stderr).toContain('nothing answers at http://127.0.0.1:9');
  });
});

/** Imports a document that is not of lines. */
async function importDocument(document: unknown, format: string, ...options: string[]): Promise<Ended> {
  const text = typeof document === 'string' ? document : JSON.stringify(document, null, 2);
  writeFileSync(fileOf('document.json'), text);
  return clientele('import', 'document.json', '--format', format, ...options);
}

/** A client as Keycloak exports it, with what it always writes. */
const keycloakClient = (clientId: string, more: object = {}, attributes: object = {}) => ({
  id: '0b7f5c1e-9a5c-4e0c-8c6f-1f7e2b0c9d10',
  clientId,
  surrogateAuthRequired: false,
  enabled: true,
  clientAuthenticatorType: 'client-secret',
  redirectUris: [],
  webOrigins: ['+'],
  notBefore: 0,
  bearerOnly: false,
  consentRequired: false,
  standardFlowEnabled: true,
  implicitFlowEnabled: false,
  directAccessGrantsEnabled: false,
  serviceAccountsEnabled: false,
  publicClient: false,
  frontchannelLogout: false,
  protocol: 'openid-connect',
  attributes: { 'use.refresh.tokens': 'true', 'backchannel.logout.session.required': 'true', ...attributes },
  fullScopeAllowed: true,
  nodeReRegistrationTimeout: -1,
  defaultClientScopes: ['web-origins', 'acr', 'roles', 'profile', 'basic', 'email'],
  optionalClientScopes: ['address', 'phone', 'offline_access', 'microprofile-jwt'],
  ...more,
});

describe('clientele import --format keycloak', () => {
  it('makes the clients of a realm with their ids, secrets and settings, and tells what is not kept', async () => {
    const secret = 'Zt3Lk0mXv9Qw2Rb7Nc5Yd8Fh1Gj4Kp6S';
    const realm = {
      realm: 'shop',
      users: [{ username: 'clients', attributes: { clients: ['x', { y: 1 }] } }],
      clients: [
        keycloakClient('account', { redirectUris: ['/realms/shop/account/*'], publicClient: true }),
        keycloakClient('shop-realm', { bearerOnly: true }),
        keycloakClient('orders-api', { bearerOnly: true }),
        keycloakClient('crm', { protocol: 'saml' }),
        keycloakClient(
          'web',
          {
            name: 'Web shop',
            description: 'Sells\u0020things.',
            rootUrl: 'https://shop.example/',
            baseUrl: '/home',
            secret,
            redirectUris: ['/callback', 'https://shop.example/other', 'https://shop.example/*'],
            directAccessGrantsEnabled: true,
            implicitFlowEnabled: true,
            consentRequired: true,
            frontchannelLogout: true,
            optionalClientScopes: ['phone', 'orders:read'],
          },
          {
            'pkce.code.challenge.method': 'S256',
            'post.logout.redirect.uris': '+##https://shop.example/bye',
            'backchannel.logout.url': 'https://shop.example/backchannel',
            'frontchannel.logout.url': 'https://shop.example/frontchannel',
            'id.token.signed.response.alg': 'ES256',
            'request.object.signature.alg': 'any',
            'request.object.required': 'not required',
            'default.acr.values': '1##2',
            logoUri: 'https://shop.example/logo.png',
            tosUri: '',
            'require.pushed.authorization.requests': 'true',
            'tls.client.certificate.bound.access.tokens': 'false',
          },
        ),
        keycloakClient(
          'batch',
          { enabled: false, standardFlowEnabled: false, serviceAccountsEnabled: true, redirectUris: ['/*'], secret },
          { 'client.secret.authentication.allowed.method': 'client_secret_post' },
        ),
        keycloakClient('wild', { publicClient: true, redirectUris: ['http://localhost:3000/*'] }),
        keycloakClient('masked', { secret: '**********', redirectUris: ['https://shop.example/masked'] }),
        keycloakClient('nothing', { standardFlowEnabled: false, secret }),
      ],
    };
    const { code, stdout } = await importDocument(realm, 'keycloak', '--json');
    expect(code).toBe(1);
    const lineOf = (id: string) =>
      JSON.stringify(realm, null, 2).split(`"clientId": "${id}"`)[0]!.split('\n').length - 2;
    const entry = (client_id: string, more: object) => ({
      line: lineOf(client_id),
      position: realm.clients.findIndex(({ clientId }) => clientId === client_id) + 1,
      client_id,
      ...more,
    });
    const skipped = (client_id: string, reason: string) => entry(client_id, { outcome: 'skipped', reasons: [reason] });
    const basic = 'could send its secret in the body as well; here it has to send it as HTTP Basic';
    expect(lines(stdout)).toEqual([
      skipped('account', 'is one that Keycloak has for itself'),
      skipped('shop-realm', 'is one that Keycloak has for itself'),
      skipped('orders-api', 'is bearer-only: it takes tokens and asks for none, which RESOURCES is for'),
      skipped('crm', 'speaks saml'),
      entry('web', {
        outcome: 'made',
        remarks: [
          'implicitFlowEnabled is not kept, since no client may use that grant',
          'directAccessGrantsEnabled is not kept, since no client may use the password grant',
          basic,
          'redirectUris: https://shop.example/* is a pattern and left out; add each exact URI that it uses',
          'is not given the scope orders:read, which SCOPES does not name',
          'consentRequired is not kept',
        ],
      }),
      entry('batch', { outcome: 'made' }),
      entry('wild', {
        outcome: 'refused',
        reasons: ['has no redirect URI that is exact; write down which ones it uses'],
        remarks: ['redirectUris: http://localhost:3000/* is a pattern and left out; add each exact URI that it uses'],
      }),
      entry('masked', {
        outcome: 'refused',
        reasons: ['has no secret here, and needs one; with --new-secrets it gets a new one'],
        remarks: [basic, 'its secret is not in the file; kc.sh export writes secrets'],
      }),
      entry('nothing', { outcome: 'refused', reasons: ['has no grant that can be registered'], remarks: [basic] }),
      { summary: { made: 2, present: 0, different: 0, skipped: 4, refused: 3 } },
    ]);
    expect(await metadataOf('web')).toMatchObject({
      client_name: 'Web shop',
      description: 'Sells things.',
      client_uri: 'https://shop.example/home',
      redirect_uris: ['https://shop.example/callback', 'https://shop.example/other'],
      post_logout_redirect_uris: [
        'https://shop.example/callback',
        'https://shop.example/other',
        'https://shop.example/bye',
      ],
      grant_types: ['authorization_code', 'refresh_token'],
      token_endpoint_auth_method: 'client_secret_basic',
      scope: 'openid profile email phone',
      backchannel_logout_uri: 'https://shop.example/backchannel',
      backchannel_logout_session_required: true,
      frontchannel_logout_uri: 'https://shop.example/frontchannel',
      frontchannel_logout_session_required: false,
      id_token_signed_response_alg: 'ES256',
      require_signed_request_object: false,
      default_acr_values: ['1', '2'],
      logo_uri: 'https://shop.example/logo.png',
      require_pushed_authorization_requests: true,
      tls_client_certificate_bound_access_tokens: false,
    });
    expect(await metadataOf('web')).not.toHaveProperty('request_object_signing_alg');
    expect(await authenticates('web', secret)).toBe(true);
    expect((await ask('GET', '/admin/clients/batch')).body).toMatchObject({
      status: 'suspended',
      metadata: { grant_types: ['client_credentials'], token_endpoint_auth_method: 'client_secret_post' },
    });
    const again = await importDocument(realm, 'keycloak');
    expect(again.stdout).toBe('0 made, 2 there already, 0 there with other settings, 4 skipped, 3 refused\n');
    expect(again.stderr).toContain(`client 7, line ${lineOf('wild')} (wild) refused: has no redirect URI`);
  });

  it('makes clients that authenticate by keys and certificates, and those that are public', async () => {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const service = { standardFlowEnabled: false, serviceAccountsEnabled: true };
    const jwt = { ...service, clientAuthenticatorType: 'client-jwt' };
    const x509 = { ...service, clientAuthenticatorType: 'client-x509' };
    const all = [
      keycloakClient('by-key', jwt, {
        'jwt.credential.public.key': publicKey.export({ format: 'der', type: 'spki' }).toString('base64'),
        'jwt.credential.kid': 'one',
        'token.endpoint.auth.signing.alg': 'ES256',
      }),
      keycloakClient('by-url', jwt, { 'use.jwks.url': 'true', 'jwks.url': 'https://keys.example/jwks' }),
      keycloakClient('by-set', jwt, {
        'use.jwks.string': 'true',
        'jwks.string': JSON.stringify({ keys: [publicKey.export({ format: 'jwk' })] }),
      }),
      keycloakClient('by-hmac', { ...service, clientAuthenticatorType: 'client-secret-jwt', secret: jwtSecret }),
      keycloakClient('by-name', x509, {
        'x509.subjectdn': 'CN=billing,O=Example',
        'x509.allow.regex.pattern.comparison': 'false',
      }),
      keycloakClient('by-pattern', x509, {
        'x509.subjectdn': '(.*?)CN=billing(.*?)',
        'x509.allow.regex.pattern.comparison': 'true',
      }),
      keycloakClient('by-magic', { ...service, clientAuthenticatorType: 'federated-jwt' }),
      keycloakClient('broken', jwt, { 'jwt.credential.certificate': 'bm90IGEgY2VydGlmaWNhdGU=' }),
      keycloakClient(
        'phone',
        { publicClient: true, redirectUris: ['com.example.app:/cb'] },
        {
          'oauth2.device.authorization.grant.enabled': 'true',
          'use.refresh.tokens': 'false',
          'pkce.code.challenge.method': 'plain',
        },
      ),
    ];
    // What the console exports of one client, and what kcadm.sh lists.
    expect((await importDocument(all[0], 'keycloak')).stdout).toMatch(/^1 made/);
    const { stdout, stderr } = await importDocument(all, 'keycloak');
    expect(stderr).toContain('(by-pattern) refused: x509.subjectdn is a pattern');
    expect(stderr).toContain('(by-magic) refused: authenticates by federated-jwt, which there is not here\n');
    expect(stderr).toContain('(broken) refused: has keys that cannot be read\n');
    expect(stderr).toContain('(phone): sent its PKCE challenge as plain; here it has to be S256\n');
    expect(stdout).toBe('5 made, 1 there already, 0 there with other settings, 0 skipped, 3 refused\n');
    const jwk = publicKey.export({ format: 'jwk' });
    expect(await metadataOf('by-key')).toMatchObject({
      token_endpoint_auth_method: 'private_key_jwt',
      token_endpoint_auth_signing_alg: 'ES256',
      jwks: { keys: [{ ...jwk, kid: 'one' }] },
    });
    expect(await metadataOf('by-url')).toMatchObject({ jwks_uri: 'https://keys.example/jwks' });
    expect(await metadataOf('by-set')).toMatchObject({ jwks: { keys: [jwk] } });
    expect(await metadataOf('by-hmac')).toMatchObject({ token_endpoint_auth_method: 'client_secret_jwt' });
    expect(await metadataOf('by-name')).toMatchObject({
      token_endpoint_auth_method: 'tls_client_auth',
      tls_client_auth_subject_dn: 'CN=billing,O=Example',
    });
    expect(await metadataOf('phone')).toMatchObject({
      token_endpoint_auth_method: 'none',
      application_type: 'native',
      grant_types: ['authorization_code', 'urn:ietf:params:oauth:grant-type:device_code'],
    });
  });

  it('says what is wrong with a file that is no such export', async () => {
    const broken = await importDocument('{\n"clients": [\n{"clientId": "a", "secret": hidden}]}', 'keycloak');
    expect(broken).toEqual({
      code: 2,
      stdout: '',
      stderr: 'the file must be well-formed JSON; --format says what it is\n',
    });
    expect(await importDocument('{\n"realm": "a"\n"clients": []}', 'keycloak')).toMatchObject({
      code: 2,
      stderr: 'the file must be well-formed JSON; look at line 3; --format says what it is\n',
    });
    const realms = [{ realm: 'a', clients: [] }];
    expect(await importDocument(realms, 'keycloak')).toMatchObject({
      code: 2,
      stderr: 'the file has several realms; import one realm at a time\n',
    });
    expect(await importDocument({ clients: ['a', {}] }, 'keycloak')).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/2 refused\n$/),
    });
  });
});

describe('clientele import --format oidc-provider', () => {
  it('makes the clients of its configuration with their ids and secrets', async () => {
    const now = Math.floor(Date.now() / 1000);
    const clients = [
      { client_id: 'p-web', client_secret: 'long-enough', redirect_uris: ['https://p.example/cb'], client_name: 'P' },
      {
        client_id: 'p-page',
        client_secret: 'long-enough',
        token_endpoint_auth_method: 'none',
        redirect_uris: ['https://p.example/cb'],
        client_id_issued_at: now,
        logo_uri: null,
      },
      {
        client_id: 'p-old',
        client_secret: 'long-enough',
        client_secret_expires_at: now - 1,
        grant_types: ['client_credentials'],
        response_types: [],
        redirect_uris: [],
      },
      { client_id: 'p-odd', redirect_uris: ['https://p.example/cb'], x_team: 'a', token_endpoint_auth_method: 'none' },
      { redirect_uris: [] },
    ];
    const { code, stdout } = await importDocument(clients, 'oidc-provider', '--json');
    expect(code).toBe(1);
    expect(lines(stdout)).toEqual([
      { line: 2, position: 1, client_id: 'p-web', outcome: 'made' },
      {
        line: 10,
        position: 2,
        client_id: 'p-page',
        outcome: 'made',
        remarks: ['its secret is of no use to it, and left out'],
      },
      {
        line: 20,
        position: 3,
        client_id: 'p-old',
        outcome: 'refused',
        reasons: ['has no secret here, and needs one; with --new-secrets it gets a new one'],
        remarks: ['its secret has expired, and is left out'],
      },
      { line: 30, position: 4, client_id: 'p-odd', outcome: 'refused', reasons: [expect.stringContaining('x_team')] },
      { line: 38, position: 5, outcome: 'refused', reasons: ['client_id must be there'] },
      { summary: { made: 2, present: 0, different: 0, skipped: 0, refused: 3 } },
    ]);
    expect(await authenticates('p-web', 'long-enough')).toBe(true);
    expect(await metadataOf('p-web')).toMatchObject({
      client_name: 'P',
      token_endpoint_auth_method: 'client_secret_basic',
    });
    const again = await importDocument({ clients: clients.slice(0, 2) }, 'oidc-provider');
    expect(again).toMatchObject({
      code: 0,
      stdout: '0 made, 2 there already, 0 there with other settings, 0 skipped, 0 refused\n',
    });
  });
});
