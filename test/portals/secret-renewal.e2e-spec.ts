import { setImmediate, setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ClientManagementService } from '../../src/dynamic-clients/client-management.service.js';
import { ClientManagers } from '../../src/dynamic-clients/client-managers.js';
import { aSecret, failure } from '../support/builders.js';
import { eventsOf } from '../support/database.js';
import { initialAccessToken, register, send } from '../support/http.js';
import { saveTemplate } from '../support/templates.js';
import { adminToken, startApp, type TestApp } from '../support/test-app.js';

type Client = Record<string, any>;

let program: TestApp;

beforeAll(async () => {
  program = await startApp({ REQUIRE_IF_MATCH: 'on' });
  const access = { initial_access_token: true };
  await saveTemplate(program, { id: 'strict', access });
  await saveTemplate(program, { id: 'overlapping', access, secrets: { overlap: 3, ttl: 1000 } });
  await saveTemplate(program, { id: 'shown', access, secrets: { recoverable: true } });
});
afterAll(() => program.close());

const service = { client_name: 'Report', grant_types: ['client_credentials'] };

const made = async (template: string, metadata: object = service): Promise<Client> =>
  (await register(program.url, metadata, { template })).body;

const renew = (client: Client, sending: object = {}, method = 'POST') =>
  send(method, `${client.registration_client_uri}/secret`, { token: client.registration_access_token, ...sending });

/** Whether the token service lets the client in with a secret. */
async function works({ client_id }: Client, client_secret: string): Promise<boolean> {
  const { status } = await send('POST', `${program.url}/oauth/token`, {
    headers: {
      authorization: `Basic ${Buffer.from(`${client_id}:${client_secret}`).toString('base64')}`,
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: 'grant_type=client_credentials',
  });
  return status === 200;
}

describe('a client that renews its secret', () => {
  it.each(['POST', 'PUT', 'PATCH'])('gets all that is registered, with a new secret, by %s', async (method) => {
    const client = await made('strict');
    const { status, body, headers } = await renew(client, {}, method);
    expect(status).toBe(200);
    expect(body).toEqual({ ...client, client_secret: aSecret });
    expect([await works(client, client.client_secret), await works(client, body.client_secret)]).toEqual([false, true]);
    const read = await send('GET', client.registration_client_uri, { token: client.registration_access_token });
    expect([headers.get('etag'), read.headers.get('etag')]).toEqual(['"2"', '"2"']);
    const [, event] = await eventsOf(program, client.client_id);
    expect([event!.action, event!.actor]).toEqual([
      'client.secret_issued',
      { type: 'client', client_id: client.client_id },
    ]);
  });

  it('may send a body, which says nothing', async () => {
    const client = await made('strict');
    expect((await renew(client, { json: { overlap: 60 } })).status).toBe(200);
    expect((await renew(client, { body: 'x'.repeat(100_000) })).status).toBe(200);
    expect((await renew(client)).status).toBe(200);
  });

  it('uses the old one beside it for the overlap of its template', async () => {
    const client = await made('overlapping');
    const { body } = await renew(client);
    expect(body.client_secret_expires_at).toBeGreaterThan(client.client_id_issued_at + 900);
    expect([await works(client, client.client_secret), await works(client, body.client_secret)]).toEqual([true, true]);
    await wait(3_500);
    expect([await works(client, client.client_secret), await works(client, body.client_secret)]).toEqual([false, true]);
  });

  it('has the ten newest at most', async () => {
    const client = await made('overlapping');
    for (let turn = 0; turn < 11; turn++) expect((await renew(client)).status).toBe(200);
    const { body } = await send('GET', `${program.url}/admin/clients/${client.client_id}/secrets`, {
      token: adminToken,
    });
    expect(body.items).toHaveLength(10);
  });

  it('leaves a portal that takes over each answer with a secret that works, whichever of many calls at once is last', async () => {
    const client = await made('strict');
    let state = client;
    await Promise.all(
      [1, 2, 3, 4].map(async () => {
        const { status, body } = await renew(client);
        expect(status).toBe(200);
        state = body;
      }),
    );
    expect(await works(client, state.client_secret)).toBe(true);
    expect(await works(client, client.client_secret)).toBe(false);
  });

  it('ends no secret that was made since a call was let in, until the next call', async () => {
    const client = await made('strict');
    const secrets = await together(client);
    for (const secret of secrets) expect(await works(client, secret)).toBe(true);
    expect(new Set(secrets).size).toBe(3);
    const { body } = await renew(client);
    for (const secret of secrets) expect(await works(client, secret)).toBe(false);
    expect(await works(client, body.client_secret)).toBe(true);
  });

  it('gets the same secret by calls that were let in together, where it can be shown again', async () => {
    const client = await made('shown');
    const secrets = await together(client);
    expect(new Set(secrets).size).toBe(1);
    const events = await eventsOf(program, client.client_id);
    expect(events.map(({ action }) => action)).toEqual(['client.registered', 'client.secret_issued']);
  });

  it.each([
    ['strict', 2],
    ['shown', 1],
  ])('ends no secret that is on its way to another caller: %s', async (template, distinct) => {
    const client = await made(template);
    const secrets = await overtaking(client);
    expect(new Set(secrets).size).toBe(distinct);
    for (const secret of secrets) expect(await works(client, secret)).toBe(true);
    const { body } = await renew(client);
    for (const secret of secrets) expect(await works(client, secret)).toBe(false);
    expect(await works(client, body.client_secret)).toBe(true);
  });

  it('says of which version, where it likes, and need not where others have to', async () => {
    const client = await made('strict');
    const stale = await renew(client, { headers: { 'if-match': '"7"' } });
    expect([stale.status, stale.body]).toEqual([412, failure('precondition_failed')]);
    expect((await renew(client, { headers: { 'if-match': '"1"' } })).status).toBe(200);
    expect((await renew(client)).status).toBe(200);
  });

  it('is refused where it has no use for one', async () => {
    const client = await made('strict', {
      redirect_uris: ['https://app.example/cb'],
      token_endpoint_auth_method: 'none',
    });
    const { status, body } = await renew(client);
    expect([status, body]).toEqual([409, failure('conflict')]);
  });
});

/** The secrets that three renewals are answered with, all of which are let in before the first is decided. */
async function together(client: Client): Promise<string[]> {
  const managed = await program.app
    .get(ClientManagers, { strict: false })
    .admit(client.client_id, client.registration_access_token);
  const management = program.app.get(ClientManagementService, { strict: false });
  const answers = await Promise.all([1, 2, 3].map(() => management.renewSecret(managed!, undefined)));
  return answers.map(({ information }) => information.client_secret!);
}

/** The secrets of two renewals, of which the second is let in when the first is stored, and not answered yet. */
async function overtaking(client: Client): Promise<string[]> {
  const managers = program.app.get(ClientManagers, { strict: false });
  const management = program.app.get(ClientManagementService, { strict: false });
  const admit = async () => (await managers.admit(client.client_id, client.registration_access_token))!;
  const early = await admit();
  let isAnswered = false;
  const first = management.renewSecret(early, undefined).finally(() => (isAnswered = true));
  let late = early;
  while (!isAnswered && late.client.version === early.client.version) {
    await setImmediate();
    late = await admit();
  }
  // Servers show what is stored when it is answered, and no earlier.
  const second = management.renewSecret(isAnswered ? early : late, undefined);
  return (await Promise.all([first, second])).map(({ information }) => information.client_secret!);
}

describe('the address where secrets are renewed', () => {
  it('lets in the token that made the client and manages, and no other, with one answer for all of them', async () => {
    const managing = await initialAccessToken(program.url, { template: 'strict', manages: true });
    const { body: client } = await send('POST', `${program.url}/register`, { token: managing, json: service });
    const { registration_access_token: _, ...hidden } = client;
    const renewed = await renew(client, { token: managing });
    expect(renewed.body).toEqual({ ...hidden, client_secret: aSecret });

    const foreign = await initialAccessToken(program.url, { manages: true });
    for (const token of [foreign, adminToken, 'nobody', undefined]) {
      const { status, body } = await renew(client, { token });
      expect([status, body]).toEqual([401, failure('invalid_token')]);
    }
    const unknown = await send('POST', `${program.url}/register/nobody/secret`, { token: foreign });
    expect([unknown.status, unknown.body]).toEqual([401, failure('invalid_token')]);
    expect((await send('POST', `${program.url}/register`, { token: foreign, json: service })).status).toBe(201);
    expect(await works(client, renewed.body.client_secret)).toBe(true);
  });

  it('is shut while the client is suspended, and for good once it is deleted', async () => {
    const client = await made('strict');
    const address = `${program.url}/admin/clients/${client.client_id}`;
    const headers = { 'if-match': '*' };
    await send('PATCH', address, { token: adminToken, json: { status: 'suspended' }, headers });
    expect((await renew(client)).status).toBe(403);
    await send('PATCH', address, { token: adminToken, json: { status: 'active' }, headers });
    expect((await renew(client)).status).toBe(200);
    await send('DELETE', address, { token: adminToken, headers });
    expect((await renew(client)).status).toBe(401);
  });

  it('has no other methods', async () => {
    const client = await made('strict');
    const { status, headers } = await renew(client, {}, 'GET');
    expect([status, headers.get('allow')]).toEqual([405, 'OPTIONS, PATCH, POST, PUT']);
  });
});
