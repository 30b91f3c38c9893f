import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { apiDocument } from '../../src/api-document.js';
import { routesOf } from '../../src/route-table.js';
import { count, query } from '../support/database.js';
import { initialAccessToken, register, send } from '../support/http.js';
import { saveTemplate } from '../support/templates.js';
import { adminToken, startApp, type TestApp } from '../support/test-app.js';
import { makeRegistrar, tokenOf } from '../token-service/sign-in-as.js';
import { expectAnswer } from './answers.js';
import { exchange, hangUp, type Received, type Written } from './exchange.js';
import { cases, origin, patience } from './fuzz.js';
import { heapAfterCollection } from './heap.js';
import { Pool } from './pool.js';
import { type Invented, requestsTo } from './requests.js';
import type { ApiDocument } from './schema.js';

/** Beyond this, more cases say little that a new seed would not. */
const numRuns = Math.min(cases, 500_000);
const megabyte = 2 ** 20;

let program: TestApp;
let pool: Pool;
let requests: fc.Arbitrary<Invented>;

beforeAll(async () => {
  // Each caller is from an address of its own, so that what is for one address only holds nobody off.
  program = await startApp({ TRUST_PROXY: '127.0.0.0/8,::1' });
  const anyone = { id: 'anyone', access: { anonymous: true }, default_for: ['anonymous'] };
  await saveTemplate(program, anyone);
  const manager = await makeRegistrar(program);
  pool = await Pool.of(program, {
    registrar: await initialAccessToken(program.url, { uses: 1_000_000 }),
    manager: await tokenOf(program, manager, 'dcrm'),
  });
  const document = apiDocument(program.app) as unknown as ApiDocument;
  const routes = routesOf(program.app).map(({ method, path }) => requestsTo(method, path, document));
  // Most that is made up comes in here.
  requests = fc.oneof(
    { weight: 4, arbitrary: fc.oneof(...routes) },
    { weight: 1, arbitrary: requestsTo('POST', '/register', document) },
    { weight: 1, arbitrary: requestsTo('PUT', '/register/{client_id}', document) },
  );
});
afterAll(async () => {
  hangUp();
  await program.close();
});

const statuses = new Map<number, number>();

async function sendAny(invented: Invented): Promise<void> {
  const { written, credentials } = await pool.write(invented);
  const received = await exchange(program.url, written);
  statuses.set(received.status, (statuses.get(received.status) ?? 0) + 1);
  expectAnswer(written, received);
  expectNoCredential(received, credentials, written);
  pool.note(written, received);
}

/** What a caller sent to prove who it is comes back to nobody, but for a client that reads itself (RFC 7592 section 3). */
function expectNoCredential({ status, text }: Received, credentials: readonly string[], { path }: Written): void {
  const isOwn = status < 300 && /^\/(register|my)/.test(path);
  const found = credentials.filter((credential) => credential !== '' && text.includes(credential));
  if (!isOwn && found.length > 0) throw new Error(`a credential is in ${text}`);
}

describe('any request', () => {
  it(
    'is answered in our one shape, without a fault of ours, and costs no memory that stays',
    async () => {
      let early = 0;
      let done = 0;
      await fc.assert(
        fc.asyncProperty(requests, async (invented) => {
          if (++done === Math.ceil(numRuns / 4)) early = heapAfterCollection();
          await sendAny(invented);
        }),
        { ...origin, numRuns },
      );
      process.stderr.write(`${done} requests, by status: ${JSON.stringify(Object.fromEntries(statuses))}\n`);
      expect((heapAfterCollection() - early) / megabyte).toBeLessThan(48);
      // Else they were only refused.
      expect(statuses.get(201)).toBeGreaterThan(numRuns / 100);
      expect(statuses.get(429) ?? 0).toBeLessThan(numRuns / 100);
      expect(statuses.get(503)).toBeUndefined();
    },
    patience(10 * numRuns),
  );

  it('left as many clients as uses of their token, and an event of each of them', async () => {
    const [row] = await query<{ used: number }>(
      program,
      'SELECT SUM(used) AS used FROM initial_access_token_uses WHERE token_id = ?',
      [pool.registrarId],
    );
    const clients = await count(program, 'clients', 'registrar_token_id = ?', [pool.registrarId]);
    expect({ clients }).toEqual({ clients: Number(row?.used) });
    const events = (action: string) => count(program, 'audit_events', 'action = ? AND outcome = ?', [action, 'done']);
    expect(await events('client.deleted')).toBe(await count(program, 'clients', "status = 'deleted'"));
    const made = (await events('client.registered')) + (await events('client.made'));
    expect(made).toBe(await count(program, 'clients'));
    const rows = await query<{ client_id: string; version: number }>(program, 'SELECT client_id, version FROM clients');
    const perClient = await query<{ client_id: string; n: number }>(
      program,
      "SELECT client_id, COUNT(*) AS n FROM audit_events WHERE outcome = 'done' GROUP BY client_id",
    );
    const changes = new Map(perClient.map(({ client_id, n }) => [client_id, Number(n)]));
    expect(rows.filter(({ client_id, version }) => changes.get(client_id) !== Number(version))).toEqual([]);
  });

  it('left a program that registers as before', async () => {
    expect((await register(program.url)).status).toBe(201);
    expect((await send('GET', `${program.url}/health/ready`)).status).toBe(200);
    expect((await send('GET', `${program.url}/admin/clients`, { token: adminToken })).status).toBe(200);
  });
});
