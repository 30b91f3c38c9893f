import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { AdmissionService } from '../src/admission/admission.service.js';
import { Clock } from '../src/clock.js';
import { failure, plainText } from './support/builders.js';
import { apiKey, dump, eventsOf, query } from './support/database.js';
import { initialAccessToken, send } from './support/http.js';
import { saveTemplate } from './support/templates.js';
import { adminToken, startApp, type TestApp } from './support/test-app.js';

let program: TestApp;

beforeAll(async () => {
  program = await startApp();
});

afterAll(() => program.close());

const apply = (id: string, more = '', token = adminToken) =>
  send('POST', `${program.url}/admin/templates/${id}/apply${more}`, { token });

const web = { redirect_uris: ['https://app.example/callback'] };
const lookUp = async (clientId: string) =>
  (await send('GET', `${program.url}/lookup/clients/${clientId}`, { token: adminToken })).body;

const versionOf = async (clientId: string) => (await lookUp(clientId)).template_version;

let made = 0;

/** A template with clients of its own: one as it is, one with another name, one with a second grant. */
async function population(first: object = {}) {
  const id = `kind-${++made}`;
  const save = (document: object) => saveTemplate(program, { id, access: { initial_access_token: true }, ...document });
  await save(first);
  const token = await initialAccessToken(program.url, { template: id, uses: 100, expires_in: 864_000 });
  const register = (metadata: object) =>
    send('POST', `${program.url}/register`, { token, json: { ...web, ...metadata } }).then(({ body }) => body);
  return { id, save, register };
}

describe('a template that is applied', () => {
  it('moves its clients to the newest version; those that it would break keep theirs', async () => {
    const { id, save, register } = await population();
    const plain = await register({});
    const wide = await register({ grant_types: ['authorization_code', 'refresh_token'] });
    const foreign = await register({ redirect_uris: ['https://evil.example/'] });
    await save({
      metadata: { grant_types: { subset_of: ['authorization_code'] } },
      redirect_uris: { hosts: ['app.example'] },
    });
    const violations = [{ member: 'redirect_uris', rule: 'template: redirect_uris.hosts', message: plainText }];
    const expected = {
      ...{ unchanged: 1, changed: 1, broken: 1 },
      clients: [
        { client_id: foreign.client_id, outcome: 'broken', violations },
        { client_id: wide.client_id, outcome: 'changed' },
        { client_id: plain.client_id, outcome: 'unchanged' },
      ],
    };
    const { status, body } = await apply(id);
    expect(status).toBe(200);
    expect(body).toEqual(expected);
    expect(await versionOf(plain.client_id)).toBe(2);
    expect(await versionOf(foreign.client_id)).toBe(1);
    const { template_version, metadata } = await lookUp(wide.client_id);
    expect([template_version, metadata.grant_types]).toEqual([2, ['authorization_code']]);
    expect((await apply(id)).body).toMatchObject({ unchanged: 2, changed: 0, broken: 1 });
  });

  it('says with dry_run what would become of them, and changes nothing', async () => {
    const { id, save, register } = await population();
    const { client_id } = await register({ grant_types: ['authorization_code', 'refresh_token'] });
    await save({ metadata: { grant_types: { subset_of: ['authorization_code'] } } });
    const before = await dump(program);
    const { body } = await apply(id, '?dry_run=true');
    expect(body).toEqual({ unchanged: 0, changed: 1, broken: 0, clients: [{ client_id, outcome: 'changed' }] });
    expect(await dump(program)).toBe(before);
    expect((await apply(id, '?dry_run=false')).body).toEqual(body);
  });

  it('leaves an event in the audit trail for each client that was moved, and none for the others', async () => {
    const { id, save, register } = await population();
    const { client_id } = await register({ client_name: 'Weather' });
    const other = await register({ client_name: 'Bank' });
    await save({ metadata: { client_name: { one_of: ['Weather'] }, subject_type: { value: 'pairwise' } } });
    await apply(id);
    await apply(id);
    const [, moved, ...more] = await eventsOf(program, client_id);
    expect(moved).toMatchObject({
      action: 'client.template_applied',
      actor: { type: 'administrator' },
      changes: {
        template_version: { before: 1, after: 2 },
        subject_type: { before: 'public', after: 'pairwise' },
      },
      trace: [
        {
          ...{ step: 'fill_in', member: 'subject_type', rule: 'template: metadata.subject_type.value' },
          ...{ outcome: 'changed', before: 'public', after: 'pairwise' },
        },
      ],
    });
    expect(more).toEqual([]);
    expect(await eventsOf(program, other.client_id)).toHaveLength(1);
  });

  it('keeps the bounds of the token that made a client', async () => {
    const id = `kind-${++made}`;
    const access = { initial_access_token: true };
    await saveTemplate(program, { id, access });
    const token = await initialAccessToken(program.url, { template: id, scope: 'openid' });
    const { body } = await send('POST', `${program.url}/register`, { token, json: web });
    await saveTemplate(program, { id, access, metadata: { scope: { add: ['email'] } } });
    expect((await apply(id)).body).toMatchObject({ unchanged: 1, changed: 0, broken: 0 });
    expect((await lookUp(body.client_id)).metadata.scope).toBe('openid');
  });

  it('holds for the scope of database clients, but for the reserved ones that administrators gave them', async () => {
    const { id, save } = await population({ metadata: { scope: { subset_of: ['openid', 'email'] } } });
    const json = { template: id, metadata: { ...web, scope: 'openid email audit:read' } };
    const { body } = await send('POST', `${program.url}/admin/clients`, { token: adminToken, json });
    await save({ metadata: { scope: { subset_of: ['openid'] } } });
    expect((await apply(id)).body).toEqual({
      ...{ unchanged: 0, changed: 1, broken: 0 },
      clients: [{ client_id: body.client_id, outcome: 'changed' }],
    });
    expect((await lookUp(body.client_id)).metadata.scope).toBe('openid audit:read');
  });

  it('changes no client whose scope is more than that of who applies it', async () => {
    const { id, save } = await population();
    const json = { template: id, metadata: { ...web, scope: 'openid keys:write' } };
    const { body } = await send('POST', `${program.url}/admin/clients`, { token: adminToken, json });
    await save({ metadata: { client_uri: { value: 'https://other.example' } } });
    const token = await apiKey(program, ['templates:write', 'clients:write']);
    const violations = [{ member: 'scope', rule: 'scope of an administrator', message: plainText }];
    expect((await apply(id, '', token)).body).toEqual({
      ...{ unchanged: 0, changed: 0, broken: 1 },
      clients: [{ client_id: body.client_id, outcome: 'broken', violations }],
    });
    expect(await versionOf(body.client_id)).toBe(1);
    expect((await apply(id)).body).toMatchObject({ changed: 1, broken: 0 });
  });

  it('does not give a client a secret that nobody is told, and takes away one that it needs no more', async () => {
    const { id, save, register } = await population();
    const open = await register({ token_endpoint_auth_method: 'none' });
    const closed = await register({});
    await save({ metadata: { token_endpoint_auth_method: { value: 'client_secret_basic' } } });
    expect((await apply(id)).body).toMatchObject({
      ...{ unchanged: 1, changed: 0, broken: 1 },
      clients: [
        {
          ...{ client_id: open.client_id, outcome: 'broken' },
          violations: [{ member: 'token_endpoint_auth_method', rule: 'RFC 7591 section 3.2.1', message: plainText }],
        },
        { client_id: closed.client_id, outcome: 'unchanged' },
      ],
    });
    await save({ metadata: { token_endpoint_auth_method: { value: 'none' } } });
    expect((await apply(id)).body).toMatchObject({ unchanged: 1, changed: 1, broken: 0 });
    const read = await send('GET', closed.registration_client_uri, { token: closed.registration_access_token });
    expect(read.body).not.toHaveProperty('client_secret_expires_at');
  });

  it('moves more clients than one batch has, each once, and leaves deleted ones alone', async () => {
    const { id, save, register } = await population();
    const gone = await register({});
    await send('DELETE', gone.registration_client_uri, { token: gone.registration_access_token });
    const { client_id } = await register({});
    // As if two hundred and fifty had registered in the same second.
    const columns = await query<Record<string, unknown>>(program, 'SELECT * FROM clients WHERE client_id = ?', [
      client_id,
    ]);
    for (let index = 0; index < 250; index++) {
      const row = { ...columns[0], client_id: `${client_id}-${index}`, registration_token_digest: null };
      const names = Object.keys(row);
      const marks = names.map(() => '?').join(', ');
      await query(program, `INSERT INTO clients (${names.join(', ')}) VALUES (${marks})`, Object.values(row));
    }
    await save({ metadata: { subject_type: { value: 'pairwise' } } });
    const { body } = await apply(id);
    expect([body.changed, body.unchanged, body.broken, body.clients.length]).toEqual([251, 0, 0, 251]);
    const listed = new Set(body.clients.map((client: Record<string, string>) => client['client_id']));
    expect(listed.size).toBe(251);
    const versions = await query(
      program,
      'SELECT template_version, COUNT(*) AS n FROM clients WHERE template_id = ? GROUP BY template_version ORDER BY 1',
      [id],
    );
    expect(versions.map(Object.values).map((row) => row.map(Number))).toEqual([
      [1, 1],
      [2, 251],
    ]);
  });

  it('decides again on a client that replaces itself in between, and loses nothing of it', async () => {
    const { id, save, register } = await population();
    const { client_id, registration_client_uri: address, registration_access_token: token } = await register({});
    await save({ metadata: { subject_type: { value: 'pairwise' } } });
    const admission = program.app.get(AdmissionService);
    const readmit = admission.readmit.bind(admission);
    // The client comes after it was read to be moved, and before it is moved.
    admission.readmit = async (...question) => {
      admission.readmit = readmit;
      const json = { ...web, client_id, client_name: 'Replaced' };
      expect((await send('PUT', address, { token, json })).status).toBe(200);
      return readmit(...question);
    };
    const { body } = await apply(id);
    expect(body).toEqual({ unchanged: 0, changed: 1, broken: 0, clients: [{ client_id, outcome: 'changed' }] });
    const { template_version, metadata } = await lookUp(client_id);
    expect([template_version, metadata.client_name, metadata.subject_type]).toEqual([2, 'Replaced', 'pairwise']);
  });

  it('needs both to write templates and to write clients', async () => {
    const { id } = await population();
    for (const scope of ['templates:write', 'clients:write'] as const) {
      const { status, headers } = await apply(id, '', await apiKey(program, [scope]));
      expect(status).toBe(403);
      const missing = scope === 'templates:write' ? 'clients:write' : 'templates:write';
      expect(headers.get('www-authenticate')).toContain(`scope="${missing}"`);
    }
    expect((await apply(id, '', await apiKey(program, ['templates:write', 'clients:write']))).status).toBe(200);
  });

  it('is one that there is, with parameters that there are', async () => {
    const { id } = await population();
    expect((await apply('nobody-made-it')).status).toBe(404);
    expect((await apply('nobody-made-it')).body).toEqual(failure('not_found'));
    for (const parameters of ['?dry_run=yes', '?dry_run', '?dry-run=true', '?dry_run=true&dry_run=true']) {
      const { status, body } = await apply(id, parameters);
      expect(status).toBe(400);
      expect(body).toEqual(failure('invalid_request'));
    }
  });
});

describe('the lifetimes of a template that is applied', () => {
  const day = 86_400;
  let now = 1_800_000_000;
  const wait = (seconds: number) => {
    now += seconds;
    jest.spyOn(program.app.get(Clock), 'now').mockReturnValue(now);
  };
  afterEach(() => {
    jest.restoreAllMocks();
  });

  const report = async (...clients: { client_id: string }[]) => {
    const items = clients.map(({ client_id }) => ({ client_id, last_used_at: now }));
    const sent = await send('POST', `${program.url}/lookup/usage`, { token: adminToken, json: { items } });
    expect(sent.status).toBe(204);
  };
  const endOf = async ({ client_id }: { client_id: string }) => {
    const { status, expires_at } = await lookUp(client_id);
    return [status, expires_at];
  };
  const resume = ({ client_id }: { client_id: string }) =>
    send('PATCH', `${program.url}/admin/clients/${client_id}`, { token: adminToken, json: { status: 'active' } });

  it('count from where the old ones did: the registration, and the last use', async () => {
    wait(100 * day);
    const begun = now;
    const { id, save, register } = await population({
      lifecycle: { ttl: 30 * day, unused_ttl: 9 * day, idle_ttl: 15 * day },
    });
    const [unused, used] = [await register({}), await register({})];
    await report();
    wait(day);
    await report(used);
    wait(day);
    await report();
    await save({ lifecycle: { ttl: 20 * day, unused_ttl: 4 * day, idle_ttl: 6 * day } });
    expect((await apply(id)).body).toMatchObject({ unchanged: 0, changed: 2, broken: 0 });
    expect(await endOf(unused)).toEqual(['active', begun + 20 * day]);
    const [, moved] = await eventsOf(program, unused.client_id);
    expect(moved!.changes).toMatchObject({ expires_at: { before: begun + 30 * day, after: begun + 20 * day } });
    const seen: unknown[] = [];
    for (let turn = 3; turn <= 8; turn++) {
      wait(day);
      await report();
      seen.push([turn, (await endOf(unused))[0], (await endOf(used))[0]]);
    }
    expect(seen).toEqual([
      [3, 'active', 'active'],
      [4, 'expired', 'active'],
      [5, 'expired', 'active'],
      [6, 'expired', 'active'],
      [7, 'expired', 'expired'],
      [8, 'expired', 'expired'],
    ]);
  });

  it('begin with the move where the old template had none of its kind', async () => {
    wait(100 * day);
    const { id, save, register } = await population();
    const client = await register({});
    await report();
    wait(day);
    await report();
    await save({ lifecycle: { unused_ttl: 2 * day } });
    expect((await apply(id)).body).toMatchObject({ unchanged: 0, changed: 1, broken: 0 });
    wait(day);
    await report();
    wait(day - 1);
    expect((await endOf(client))[0]).toBe('active');
    wait(1);
    expect((await endOf(client))[0]).toBe('expired');
  });

  it('count from a use that comes in between, too', async () => {
    wait(100 * day);
    const { id, save, register } = await population({ lifecycle: { unused_ttl: 2 * day, idle_ttl: 9 * day } });
    await report();
    const client = await register({});
    wait(day);
    await save({ lifecycle: { unused_ttl: 2 * day, idle_ttl: 5 * day } });
    const admission = program.app.get(AdmissionService);
    const readmit = admission.readmit.bind(admission);
    admission.readmit = async (...question) => {
      admission.readmit = readmit;
      await report(client);
      return readmit(...question);
    };
    expect((await apply(id)).body).toMatchObject({ unchanged: 0, changed: 1, broken: 0 });
    for (let turn = 0; turn < 4; turn++) {
      wait(day);
      await report();
      expect((await endOf(client))[0]).toBe('active');
    }
    wait(day);
    await report();
    expect((await endOf(client))[0]).toBe('expired');
  });

  it('that are over by then are named by the trial, and end what is moved, which can be restored', async () => {
    wait(100 * day);
    const { id, save, register } = await population();
    const client = await register({});
    wait(2 * day);
    const young = await register({});
    await save({ lifecycle: { ttl: day } });
    const before = await dump(program);
    const { body } = await apply(id, '?dry_run=true');
    expect(body).toEqual({
      ...{ unchanged: 0, changed: 2, broken: 0, ending: 1 },
      clients: [
        { client_id: client.client_id, outcome: 'changed', ends: true },
        { client_id: young.client_id, outcome: 'changed' },
      ],
    });
    expect(await dump(program)).toBe(before);
    expect((await apply(id)).body).toEqual(body);
    expect((await endOf(client))[0]).toBe('expired');
    expect(await endOf(young)).toEqual(['active', now + day]);
    expect((await resume(client)).status).toBe(200);
    expect(await endOf(client)).toEqual(['active', now + day]);
    await save({ lifecycle: { ttl: 3 * day } });
    expect((await apply(id)).body).toMatchObject({ unchanged: 0, changed: 2, broken: 0 });
    expect(await endOf(client)).toEqual(['active', now + 3 * day]);
  });

  it('bring nobody back who has ended', async () => {
    wait(100 * day);
    const { id, save, register } = await population({ lifecycle: { ttl: day } });
    const client = await register({});
    wait(day);
    await save({ lifecycle: { ttl: 9 * day } });
    const { client_id } = client;
    const clients = [{ client_id, outcome: 'unchanged' }];
    expect((await apply(id)).body).toEqual({ unchanged: 1, changed: 0, broken: 0, clients });
    expect(await endOf(client)).toEqual(['expired', now]);
    expect((await resume(client)).status).toBe(200);
    expect(await endOf(client)).toEqual(['active', now + 9 * day]);
  });
});
