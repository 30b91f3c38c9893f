import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { failure, plainText } from './support/builders.js';
import { count, query } from './support/database.js';
import { type Answer, initialAccessToken, patiently, replacementOf, send, type Sending } from './support/http.js';
import { saveTemplate } from './support/templates.js';
import { adminToken, startApp, type TestApp } from './support/test-app.js';

let program: TestApp;
let callers = 0;

beforeAll(async () => {
  program = await startApp({ TRUST_PROXY: '127.0.0.1,::1' });
});

afterAll(() => program.close());

const json = { redirect_uris: ['https://app.example/'] };
const tokens = { initial_access_token: true };

const call = (sending: Sending) =>
  patiently(() =>
    send('POST', `${program.url}/register`, {
      json,
      ...sending,
      headers: { 'x-forwarded-for': `198.19.${callers >> 8}.${callers++ & 255}`, ...sending.headers },
    }),
  );

const save = (id: string, limits: object, access: object = tokens) => saveTemplate(program, { id, access, limits });
const tokenFor = (template: string) => initialAccessToken(program.url, { template, uses: 1000 });
const anonymously = (software_id: string) => call({ json: { ...json, software_id } });
const remove = ({ body }: Answer) =>
  send('DELETE', body.registration_client_uri, { token: body.registration_access_token });
const many = <T>(times: number, make: (turn: number) => Promise<T>) =>
  Promise.all(Array.from({ length: times }, (_, turn) => make(turn)));

function statusesOf(answers: readonly Answer[]): Record<number, number> {
  const counts: Record<number, number> = {};
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

const livingUnder = (id: string) => count(program, 'clients', "template_id = ? AND status <> 'deleted'", [id]);

describe('clients of a template', () => {
  it('is the exact number of clients under a crowd, and whoever is refused has spent nothing', async () => {
    await save('crowd', { clients: 7 });
    const [one, other] = [await tokenFor('crowd'), await tokenFor('crowd')];
    const answers = await many(40, (turn) => call({ token: turn % 2 ? one : other }));
    expect(statusesOf(answers)).toEqual({ 201: 7, 403: 33 });
    expect(answers.find(({ status }) => status === 403)?.body).toEqual(failure('access_denied'));
    expect(await livingUnder('crowd')).toBe(7);
    const mine = "SELECT registrar_token_id FROM clients WHERE template_id = 'crowd'";
    const spent = `SELECT SUM(used) AS n FROM initial_access_token_uses WHERE token_id IN (${mine})`;
    expect(Number((await query<{ n: number }>(program, spent))[0]?.n)).toBe(7);
    const { body } = await send('GET', `${program.url}/admin/audit-events?action=client.registered&limit=200`, {
      token: adminToken,
    });
    expect(body.items.filter(({ outcome }: any) => outcome === 'done')).toHaveLength(await count(program, 'clients'));
  });

  it('has room again for each client that is deleted, and for no more', async () => {
    await save('garden', { clients: 4 });
    const token = await tokenFor('garden');
    const answers = await many(4, () => call({ token }));
    expect(statusesOf(answers)).toEqual({ 201: 4 });
    expect((await call({ token })).status).toBe(403);
    for (const answer of answers.slice(0, 2)) expect((await remove(answer)).status).toBe(204);
    expect(statusesOf(await many(6, () => call({ token })))).toEqual({ 201: 2, 403: 4 });
    expect(await livingUnder('garden')).toBe(4);
  });

  it.each(['pending', 'suspended', 'expired'])('counts those that are %s, since they may come back', async (status) => {
    await save(status, { clients: 1 });
    const token = await tokenFor(status);
    const { body } = await call({ token });
    await query(program, 'UPDATE clients SET status = ? WHERE client_id = ?', [status, body.client_id]);
    expect((await call({ token })).status).toBe(403);
  });

  it('does not count those that have become database clients', async () => {
    await save('nest', { clients: 1 });
    const token = await tokenFor('nest');
    const { body } = await call({ token });
    await query(program, "UPDATE clients SET kind = 'database' WHERE client_id = ?", [body.client_id]);
    expect(statusesOf(await many(2, () => call({ token })))).toEqual({ 201: 1, 403: 1 });
  });

  it('counts those that were there before the limit was set, whatever it is changed to', async () => {
    await save('house', {});
    const token = await tokenFor('house');
    const [first] = [await call({ token }), await call({ token }), await call({ token })];
    await save('house', { clients: 3 });
    expect((await call({ token })).status).toBe(403);
    await save('house', { clients: 5 });
    expect(statusesOf(await many(4, () => call({ token })))).toEqual({ 201: 2, 403: 2 });
    await save('house', {});
    expect((await call({ token })).status).toBe(201);
    await save('house', { clients: 7 });
    expect(statusesOf(await many(4, () => call({ token })))).toEqual({ 201: 1, 403: 3 });
    await save('house', { clients: 2 });
    expect((await call({ token })).status).toBe(403);
    expect(await livingUnder('house')).toBe(7);
    const { body } = first;
    const replacement = { token: body.registration_access_token, json: replacementOf(body, { client_name: 'Stays' }) };
    expect((await send('PUT', body.registration_client_uri, replacement)).status).toBe(200);
  });

  it('is told before what is wrong with the metadata, and by a simulation, which takes no room', async () => {
    await save('shelf', { clients: 2 });
    const token = await tokenFor('shelf');
    const trial = async () => {
      const registrar = { type: 'initial_access_token' };
      const tried = { token: adminToken, json: { registrar, template: 'shelf', metadata: json } };
      return (await send('POST', `${program.url}/admin/simulations`, tried)).body;
    };
    for (let turn = 0; turn < 4; turn++) expect(await trial()).toMatchObject({ outcome: 'registered' });
    expect((await trial()).trace).toContainEqual({
      step: 'admit',
      rule: 'template: limits.clients',
      outcome: 'passed',
    });
    expect(statusesOf(await many(2, () => call({ token })))).toEqual({ 201: 2 });
    expect((await call({ token, json: { redirect_uris: ['#'] } })).body).toEqual(failure('access_denied'));
    expect(await trial()).toMatchObject({
      outcome: 'refused',
      violations: [{ member: 'registrar', rule: 'template: limits.clients', message: plainText }],
    });
  });

  it('holds nobody back from hearing again what was registered', async () => {
    await save('echo', { clients: 1 });
    const token = await tokenFor('echo');
    const headers = { 'idempotency-key': 'the-only-one' };
    const answers = await many(6, () => call({ token, headers }));
    expect(statusesOf(answers)).toEqual({ 201: 6 });
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect((await call({ token })).status).toBe(403);
    expect((await call({ token, headers })).text).toBe(answers[0]!.text);
  });

  it('neither holds nor counts what an administrator makes', async () => {
    await save('desk', { clients: 1 });
    const make = () =>
      send('POST', `${program.url}/admin/clients`, { token: adminToken, json: { metadata: json, template: 'desk' } });
    expect((await make()).status).toBe(201);
    expect((await call({ token: await tokenFor('desk') })).status).toBe(201);
    expect((await call({ token: await tokenFor('desk') })).status).toBe(403);
    expect((await make()).status).toBe(201);
  });

  it('keeps a fifth for callers with a token where both may register', async () => {
    await save('shared', { clients: 5 }, { ...tokens, anonymous: true });
    const token = await tokenFor('shared');
    const anonymous = await many(12, () => anonymously('shared'));
    expect(statusesOf(anonymous)).toEqual({ 201: 4, 403: 8 });
    expect(statusesOf(await many(3, () => call({ token })))).toEqual({ 201: 1, 403: 2 });
    await remove(anonymous.find(({ status }) => status === 201)!);
    expect(statusesOf(await many(3, () => call({ token })))).toEqual({ 201: 1, 403: 2 });
    expect((await anonymously('shared')).status).toBe(403);
  });

  it('is all of it for anonymous callers where nobody else may register', async () => {
    await save('theirs', { clients: 3 }, { anonymous: true });
    expect(statusesOf(await many(6, () => anonymously('theirs')))).toEqual({ 201: 3, 403: 3 });
  });
});

describe('per_registrar of a template', () => {
  it('is the exact number of clients of each registrar', async () => {
    await save('fair', { per_registrar: 3 });
    const [one, other] = [await tokenFor('fair'), await tokenFor('fair')];
    const answers = await many(20, (turn) => call({ token: turn % 2 ? one : other }));
    expect(statusesOf(answers)).toEqual({ 201: 6, 403: 14 });
    const mine = answers.filter(({ status }, turn) => status === 201 && turn % 2);
    expect(mine).toHaveLength(3);
    await remove(mine[0]!);
    expect(statusesOf(await many(3, () => call({ token: one })))).toEqual({ 201: 1, 403: 2 });
    expect((await call({ token: other })).status).toBe(403);
    expect((await call({ token: await tokenFor('fair') })).status).toBe(201);
  });

  it('takes all anonymous callers together for one registrar', async () => {
    await save('kiosk', { per_registrar: 2, clients: 100 }, { ...tokens, anonymous: true });
    expect(statusesOf(await many(5, () => anonymously('kiosk')))).toEqual({ 201: 2, 403: 3 });
    expect((await call({ token: await tokenFor('kiosk') })).status).toBe(201);
  });

  it('counts under each template for itself', async () => {
    await save('left', { per_registrar: 1 }, { ...tokens, anonymous: true });
    await save('right', { per_registrar: 1 }, { ...tokens, anonymous: true });
    for (const id of ['left', 'right']) expect((await anonymously(id)).status).toBe(201);
    for (const id of ['left', 'right']) expect((await anonymously(id)).status).toBe(403);
  });
});

describe('a template without limits', () => {
  it('counts nothing', async () => {
    await save('plain', {});
    const token = await tokenFor('plain');
    const before = [await count(program, 'registration_rooms'), await count(program, 'rate_counts')];
    expect((await call({ token })).status).toBe(201);
    expect([await count(program, 'registration_rooms'), await count(program, 'rate_counts')]).toEqual(before);
  });
});
