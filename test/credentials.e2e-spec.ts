import { randomBytes, randomUUID } from 'node:crypto';
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
    expect(new Set(marked).size).toBeGreaterThanOrEqual(50);
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
