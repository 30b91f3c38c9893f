import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AdmissionService } from '../src/admission/admission.service.js';
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
  const token = await initialAccessToken(program.url, { template: id, uses: 100 });
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
