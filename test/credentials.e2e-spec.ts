import { createHash, randomBytes, randomUUID, scryptSync } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { keyPair } from './support/builders.js';
import { type Answer, send, webClient } from './support/http.js';
import { Instance } from './support/instance.js';
import { openSql } from './support/sql.js';

/** The built program, as talkative as it can be, with credentials of its own. */
let registry: Instance;
const ADMIN_TOKEN = `cadm_${randomBytes(32).toString('base64url')}`;
const SECRET_KEY = randomBytes(32).toString('base64url');

beforeAll(async () => {
  registry = await Instance.start({ ADMIN_TOKEN, SECRET_KEY, LOG_LEVEL: 'trace', LOG_FORMAT: 'json' });
  await registry.ready();
  // The token service makes its keys when it is first called.
  expect((await fetch(`${registry.url}/oauth/jwks`)).status).toBe(200);
}, 180_000);
afterAll(() => registry.remove());

const call = (method: string, path: string, json?: unknown, token = ADMIN_TOKEN, headers = {}): Promise<Answer> =>
  send(method, path.startsWith('http') ? path : registry.url + path, { token, json, headers });
const madeToken = async (bounds: object = {}) => (await call('POST', '/admin/initial-access-tokens', bounds)).body;
const madeKey = async () => (await call('POST', '/admin/api-keys', { label: 'a key', scopes: ['tokens:read'] })).body;
const random = (prefix: string, bytes = 32) => prefix + randomBytes(bytes).toString('base64url');

/** A client that was just registered, and every credential that had to do with it. */
async function registered(metadata: object = webClient) {
  const { token } = await madeToken();
  const { body } = await call('POST', '/register', metadata, token);
  const secrets = body.client_secret === undefined ? [] : [body.client_secret];
  return { client: body, credentials: [token, body.registration_access_token, ...secrets] as string[] };
}

const manage = (method: string, { client }: Awaited<ReturnType<typeof registered>>, changes?: object) =>
  call(
    method,
    `/register/${client.client_id}`,
    changes && { client_id: client.client_id, ...webClient, ...changes },
    client.registration_access_token,
  );

/** Something that is done with credentials. */
interface Way {
  readonly does: string;
  /** The changes that it makes, in their order: each has to have one event, and nothing else may have one. */
  readonly changes: readonly string[];
  /** Does it, and answers every credential that it made, was given or sent. */
  run(): Promise<readonly string[]>;
}

const service = { client_name: 'Report', grant_types: ['client_credentials'] };
/** A client that can ask for every kind of token. */
const app = {
  ...webClient,
  grant_types: [
    ...['authorization_code', 'refresh_token', 'client_credentials', 'urn:ietf:params:oauth:grant-type:device_code'],
  ],
};

const made = ['initial_access_token.made', 'client.registered'];

/** All that can be done with credentials: whoever makes a new way adds it here. */
const ways: readonly Way[] = [
  {
    does: 'configures the program',
    changes: [],
    run: () => Promise.resolve([ADMIN_TOKEN, SECRET_KEY]),
  },
  {
    does: 'makes and shows initial access tokens',
    changes: Array.from({ length: 8 }, () => 'initial_access_token.made'),
    run: async () => {
      const tokens = [];
      for (let turn = 0; turn < 8; turn++) tokens.push(await madeToken({ label: 'a portal', uses: 3 }));
      for (const { id } of tokens) await call('GET', `/admin/initial-access-tokens/${id}`);
      return tokens.map(({ token }) => token);
    },
  },
  {
    does: 'makes, uses and revokes API keys',
    changes: [...Array.from({ length: 6 }, () => 'api_key.made'), 'api_key.revoked'],
    run: async () => {
      const keys = [];
      for (let turn = 0; turn < 6; turn++) keys.push(await madeKey());
      await call('DELETE', `/admin/api-keys/${keys[0].id}`);
      for (const { token } of keys) await call('GET', '/admin/initial-access-tokens', undefined, token);
      for (const { token } of keys) await call('GET', '/admin/audit-events', undefined, token);
      return keys.map(({ token }) => token);
    },
  },
  {
    does: 'registers clients with a secret',
    changes: Array.from({ length: 6 }, () => made).flat(),
    run: async () => {
      const clients = [];
      for (let turn = 0; turn < 6; turn++) clients.push(await registered());
      return clients.flatMap(({ credentials }) => credentials);
    },
  },
  {
    does: 'registers a client whose secret is kept for the server, and looks it up',
    changes: made,
    run: async () => {
      const one = await registered({ ...webClient, token_endpoint_auth_method: 'client_secret_jwt' });
      const shown = await call('GET', `/lookup/clients/${one.client.client_id}?include=secrets`);
      expect(shown.body.secrets[0].client_secret).toBe(one.client.client_secret);
      return one.credentials;
    },
  },
  {
    does: 'registers a client twice under one Idempotency-Key',
    changes: made,
    run: async () => {
      const { token } = await madeToken();
      const key = random('', 24);
      const register = () => call('POST', '/register', webClient, token, { 'Idempotency-Key': key });
      const [first, again] = [await register(), await register()];
      expect(again.text).toBe(first.text);
      return [token, key, first.body.client_secret, first.body.registration_access_token];
    },
  },
  {
    does: 'reads a client, and replaces it by one with a new secret',
    changes: [...made, 'client.replaced', 'client.replaced'],
    run: async () => {
      const one = await registered({ ...webClient, token_endpoint_auth_method: 'none' });
      await manage('GET', one);
      const { body } = await manage('PUT', one, { token_endpoint_auth_method: 'client_secret_post' });
      expect(body.client_secret).toHaveLength(64);
      await manage('PUT', one, { client_secret: body.client_secret, client_name: 'Weather 2' });
      return [...one.credentials, body.client_secret];
    },
  },
  {
    does: 'has right and wrong secrets checked',
    changes: made,
    run: async () => {
      const one = await registered();
      const wrong = random('', 48);
      const check = (client_secret: string) =>
        call('POST', `/lookup/clients/${one.client.client_id}/authenticate`, { client_secret });
      expect((await check(one.client.client_secret)).body.authenticated).toBe(true);
      expect((await check(wrong)).body).toEqual({ authenticated: false });
      await manage('PUT', one, { client_secret: wrong });
      return [...one.credentials, wrong];
    },
  },
  {
    does: 'shows a registration access token at the address of another client',
    changes: [...made, ...made, 'client.registration_access_token_revoked'],
    run: async () => {
      const [one, other] = [await registered(), await registered()];
      const stray = { client: { ...other.client, registration_access_token: one.client.registration_access_token } };
      expect((await manage('GET', { ...stray, credentials: [] })).status).toBe(401);
      return [...one.credentials, ...other.credentials];
    },
  },
  {
    does: 'deletes a client',
    changes: [...made, 'client.deleted'],
    run: async () => {
      const one = await registered();
      expect((await manage('DELETE', one)).status).toBe(204);
      return one.credentials;
    },
  },
  {
    does: 'revokes an initial access token, and suspends its clients',
    changes: [...made, 'initial_access_token.revoked', 'client.suspended'],
    run: async () => {
      const { id, token } = await madeToken({ uses: 2 });
      const { body } = await call('POST', '/register', webClient, token);
      await call('DELETE', `/admin/initial-access-tokens/${id}?clients=suspend`);
      await call('POST', '/register', webClient, token);
      expect((await manage('GET', { client: body, credentials: [] })).status).toBe(403);
      return [token, body.client_secret, body.registration_access_token];
    },
  },
  {
    does: 'makes database clients, with secrets from elsewhere too, and exchanges them',
    changes: [
      ...Array.from({ length: 4 }, () => 'client.made'),
      ...['client.secret_issued', 'client.secret_issued', 'client.secret_revoked', 'client.changed'],
    ],
    run: async () => {
      const make = async (more: object = {}) =>
        (await call('POST', '/admin/clients', { metadata: service, notes: 'by hand', ...more })).body;
      const authenticates = async ({ client_id }: { client_id: string }, client_secret: string) =>
        (await call('POST', `/lookup/clients/${client_id}/authenticate`, { client_secret })).body.authenticated;
      const [plain, hashed, sealed] = [random('', 48), random('', 30), random('', 48)];
      const one = await make();
      await make({ client_secret: plain });
      const salt = randomBytes(16);
      const text = (bytes: Buffer) => bytes.toString('base64').replaceAll('=', '');
      const hash = text(scryptSync(hashed, salt, 32, { N: 4096 }));
      const other = await make({ client_secret_hash: `$scrypt$ln=12,r=8,p=1$${text(salt)}$${hash}` });
      expect(await authenticates(other, random('', 40))).toBe(false);
      expect(await authenticates(other, hashed)).toBe(true);
      const metadata = { ...webClient, token_endpoint_auth_method: 'client_secret_jwt' };
      const jwt = await make({ metadata, client_secret: sealed });
      const secrets = `/admin/clients/${one.client_id}/secrets`;
      const second = (await call('POST', secrets, { overlap: 600 })).body;
      const third = (await call('POST', secrets, { overlap: 600 })).body;
      await call('DELETE', `${secrets}/${second.id}`);
      expect(await authenticates(one, third.client_secret)).toBe(true);
      await call('GET', `/lookup/clients/${jwt.client_id}?include=secrets`);
      const inTheWay = random('', 48);
      await call('PATCH', `/admin/clients/${one.client_id}`, { notes: 'renamed', metadata: { client_name: 'Report' } });
      await call('PATCH', `/admin/clients/${one.client_id}`, { client_secret: inTheWay, [inTheWay]: 1 });
      await call('POST', '/admin/clients', { metadata: { ...service, client_secret: inTheWay } });
      await call('POST', '/admin/clients', {
        metadata: service,
        client_secret: inTheWay,
        client_secret_hash: inTheWay,
      });
      return [one.client_secret, plain, hashed, sealed, second.client_secret, third.client_secret, inTheWay];
    },
  },
  {
    does: 'issues a registration access token anew, revokes it, and adopts its client',
    changes: [
      ...made,
      ...['client.registration_access_token_issued', 'client.registration_access_token_revoked', 'client.adopted'],
    ],
    run: async () => {
      const one = await registered();
      const path = `/admin/clients/${one.client.client_id}`;
      const { body } = await call('POST', `${path}/registration-access-token`);
      await call('DELETE', `${path}/registration-access-token`);
      await call('POST', `${path}/adopt`);
      return [...one.credentials, body.registration_access_token];
    },
  },
  {
    does: 'gives and takes registration access tokens in turn under a template, and moves its clients',
    changes: [
      'template.made',
      ...made,
      ...['client.replaced', 'client.replaced', 'client.registration_access_token_ended', 'template.changed'],
      'client.template_applied',
    ],
    run: async () => {
      const template = {
        id: 'rotating',
        access: { initial_access_token: true },
        registration_access_token: { rotation: 'on_update' },
        secrets: { recoverable: true },
      };
      await call('POST', '/admin/templates', template);
      const { token } = await madeToken({ template: 'rotating' });
      const { body: client } = await call('POST', '/register', webClient, token);
      const renewed = async (registration_access_token: string) =>
        (await manage('PUT', { client: { ...client, registration_access_token }, credentials: [] }, {})).body
          .registration_access_token as string;
      const lost = await renewed(client.registration_access_token);
      const second = await renewed(client.registration_access_token);
      await manage('GET', { client: { ...client, registration_access_token: second }, credentials: [] });
      await call('PUT', '/admin/templates/rotating', {
        ...template,
        metadata: { subject_type: { value: 'pairwise' } },
      });
      await call('POST', '/admin/templates/rotating/apply');
      const inTheWay = random('crat_');
      await call('POST', '/admin/templates', {
        id: 'odd',
        [inTheWay]: true,
        metadata: { client_name: { [inTheWay]: 1 } },
      });
      await call('POST', '/admin/simulations', {
        registrar: { type: inTheWay },
        metadata: { redirect_uris: [inTheWay] },
      });
      return [token, client.client_secret, client.registration_access_token, lost, second, inTheWay];
    },
  },
  {
    does: 'gets, shows and takes back tokens of the token service',
    changes: made,
    run: async () => {
      const { token } = await madeToken();
      const { body: client } = await call('POST', '/register', app, token);
      const oauth = (path: string, form: Record<string, string>, secret: string = client.client_secret) =>
        send('POST', `${registry.url}/oauth/${path}`, {
          headers: {
            'content-type': 'application/x-www-form-urlencoded',
            authorization: `Basic ${Buffer.from(`${client.client_id}:${secret}`).toString('base64')}`,
          },
          body: new URLSearchParams(form).toString(),
        });
      const tokens = [];
      for (let turn = 0; turn < 4; turn++)
        tokens.push((await oauth('token', { grant_type: 'client_credentials' })).body.access_token);
      expect((await oauth('introspection', { token: tokens[0] })).body.active).toBe(true);
      await oauth('revocation', { token: tokens[1] });
      await call('GET', '/oauth/userinfo', undefined, tokens[2]);
      await call('POST', '/register', webClient, tokens[3]);
      const wrong = [random('', 48), random('', 48), random(''), random(''), random(''), random('')];
      await oauth('token', { grant_type: 'client_credentials' }, wrong[0]);
      await oauth('token', { grant_type: 'client_credentials', client_secret: wrong[1]! });
      const code_verifier = wrong[3]!;
      await oauth('token', { grant_type: 'authorization_code', code: wrong[2]!, code_verifier, redirect_uri: 'x:/' });
      await oauth('token', { grant_type: 'refresh_token', refresh_token: wrong[4]! });
      await oauth('introspection', { token: wrong[5]! });
      const { body: device } = await oauth('device', { scope: 'openid' });
      const grant_type = 'urn:ietf:params:oauth:grant-type:device_code';
      expect((await oauth('token', { grant_type, device_code: device.device_code })).body.error).toBe(
        'authorization_pending',
      );
      const code_challenge = createHash('sha256').update(code_verifier).digest('base64url');
      const pushed = {
        ...{ response_type: 'code', redirect_uri: webClient.redirect_uris[0]!, scope: 'openid' },
        ...{ code_challenge, code_challenge_method: 'S256' },
      };
      const { body: par } = await oauth('par', { client_id: client.client_id, ...pushed });
      return [token, client.client_secret, ...tokens, ...wrong, device.device_code, par.request_uri.split(':').at(-1)];
    },
  },
  {
    does: 'makes an account, and gives it another password',
    changes: ['account.made', 'account.changed'],
    run: async () => {
      const [first, second, inTheWay] = [random(''), random(''), random('')];
      const account = { username: 'ada', password: first, email: 'ada@users.example' };
      const { body } = await call('POST', '/admin/accounts', account);
      await call('PATCH', `/admin/accounts/${body.id}`, { password: second });
      await call('POST', '/admin/accounts', { username: 'bob', password: 7, [inTheWay]: inTheWay });
      return [first, second, inTheWay];
    },
  },
  {
    does: 'sends credentials where they do not belong',
    changes: ['initial_access_token.made'],
    run: async () => {
      const { token } = await madeToken();
      const [path, parameter, name, value, id, user] = ['ciat_', 'crat_', 'cadm_', 'ciat_', 'crat_', ''].map((prefix) =>
        random(prefix),
      );
      await call('GET', `/register/${path}`, undefined, path);
      await call('GET', `/lookup/clients/${path}`);
      await call('GET', `/admin/initial-access-tokens/${path}`);
      await call('DELETE', `/admin/api-keys/${path}`);
      await call('GET', `/admin/audit-events?access_token=${parameter}&client_id=${parameter}`);
      await call('POST', `/register?access_token=${parameter}`, webClient, parameter);
      await call('POST', '/admin/initial-access-tokens', { [name!]: value });
      await call('POST', '/admin/api-keys', { label: 5, scopes: [value] });
      await call('POST', '/register', { ...webClient, grant_types: [value], [name!]: value }, token);
      await call('POST', '/register', { redirect_uris: [`https://ada:${user}@app.example/`] }, token);
      await call('GET', '/health/live', undefined, ADMIN_TOKEN, { 'X-Request-Id': id });
      return [token, path!, parameter!, name!, value!, id!, user!];
    },
  },
  {
    does: 'sends a private key for a public one',
    changes: ['initial_access_token.made'],
    run: async () => {
      const { token } = await madeToken();
      const { privateKey } = keyPair();
      const metadata = { ...webClient, token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [privateKey] } };
      expect((await call('POST', '/register', metadata, token)).status).toBe(400);
      return [token, privateKey['d'] as string];
    },
  },
];

/** Every event of the trail, the newest first. */
async function trail(filter = ''): Promise<Record<string, any>[]> {
  const items: Record<string, any>[] = [];
  for (let after = ''; ;) {
    const { body } = await call('GET', `/admin/audit-events?limit=200${filter}${after}`);
    items.push(...body.items);
    if (!body.next) return items;
    after = `&after=${body.next}`;
  }
}

const marked: string[] = [];

describe('whoever', () => {
  it.each(ways)('$does leaves one event for each change, and no other', async (way) => {
    const before = await trail('&outcome=done');
    marked.push(...(await way.run()));
    const events = (await trail('&outcome=done')).slice(0, -before.length || undefined);
    expect(events.map(({ action }) => action).reverse()).toEqual(way.changes);
    expect(new Set(events.map(({ id }) => id)).size).toBe(way.changes.length);
  });
});

describe('no credential', () => {
  /** As a text may hold it: whole, without what all have in common, or coded once more. */
  const forms = (credential: string) => {
    const secret = credential.replace(/^(ciat|crat|cadm)_/, '');
    return [secret, Buffer.from(secret).toString('hex'), Buffer.from(credential).toString('base64').slice(0, -4)];
  };
  const foundIn = (text: string) => marked.filter((one) => forms(one).some((form) => text.includes(form)));

  beforeAll(async () => {
    // Refusals are stored a second later.
    await wait(2_500);
  });

  it('is left out of the search, which would find one', () => {
    expect(new Set(marked).size).toBeGreaterThanOrEqual(90);
    expect(marked.every((one) => typeof one === 'string' && one.length >= 32)).toBe(true);
    for (const one of marked) for (const form of forms(one)) expect(foundIn(`...${form}...`)).toContain(one);
    expect(foundIn(randomUUID())).toEqual([]);
  });

  it('is in the audit trail', async () => {
    const events = await trail();
    expect(events.filter(({ outcome }) => outcome === 'refused').length).toBeGreaterThan(5);
    expect(foundIn(JSON.stringify(events))).toEqual([]);
  });

  it('is in the logs, at whatever level', () => {
    expect(registry.output).toContain('"path":"/register');
    // All of it, and not the end only.
    expect(registry.output.length).toBeLessThan(100_000);
    expect(foundIn(registry.output)).toEqual([]);
  });

  it('is in the metrics', async () => {
    const { text } = await call('GET', '/metrics');
    expect(text).toContain('clientele_refusals_total');
    expect(foundIn(text)).toEqual([]);
  });

  it('is in a dump of the database, or in its files', async () => {
    const folder = join(registry.folder, 'data');
    const sql = openSql(`sqlite:${join(folder, 'clientele.db')}`);
    const tables = await sql.query<{ name: string }>("SELECT name FROM sqlite_master WHERE type = 'table'");
    const rows = [];
    for (const { name } of tables) rows.push(await sql.query(`SELECT * FROM ${name}`));
    await sql.close();
    const dump = JSON.stringify(rows);
    expect(dump).toContain('client.registration_access_token_revoked');
    expect(foundIn(dump)).toEqual([]);
    const files = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'latin1'));
    expect(files.join('')).toContain('client.registration_access_token_revoked');
    expect(foundIn(files.join(''))).toEqual([]);
  });
});
