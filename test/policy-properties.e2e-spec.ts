import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Answer, initialAccessToken, send } from './support/http.js';
import { saveTemplate } from './support/templates.js';
import { adminToken, startApp, type TestApp } from './support/test-app.js';

let program: TestApp;
const tokens = new Map<string, string>();

const access = { initial_access_token: true };

/** Templates that fill in, force, drop, refuse and declare: each of their rules meets documents on both of its sides. */
const templates = [
  { id: 'none', access },
  {
    id: 'shaping',
    access,
    metadata: {
      client_name: { default: 'Weather' },
      contacts: { add: ['desk@portal.example'], subset_of: ['desk@portal.example', 'me@app.example'] },
      grant_types: { subset_of: ['authorization_code', 'refresh_token'], default: ['authorization_code'] },
      scope: { subset_of: ['openid', 'orders:read'], default: 'openid' },
      subject_type: { value: 'public' },
      initiate_login_uri: { value: null },
    },
  },
  {
    id: 'strict',
    access,
    metadata: {
      client_name: { one_of: ['Weather', 'Wetter'], essential: true },
      token_endpoint_auth_method: { one_of: ['none', 'client_secret_basic'] },
      grant_types: { within: ['authorization_code'], superset_of: ['authorization_code'] },
      scope: { within: ['openid', 'email'] },
    },
    redirect_uris: { hosts: ['app.example', 'localhost'], schemes: ['https', 'com.example.app'], loopback: true },
    unknown_members: 'refuse',
    extensions: { x_floor: { type: 'integer', maximum: 9 } },
  },
];

beforeAll(async () => {
  program = await startApp();
  for (const template of templates) {
    await saveTemplate(program, template);
    tokens.set(template.id, await initialAccessToken(program.url, { template: template.id, uses: 10_000 }));
  }
});

afterAll(() => program.close());

const some = <T>(...values: T[]) => fc.subarray(values);
const junk = fc.constantFrom<unknown>(5, null, '', [], {}, [5]);

/** Often what everybody takes, so that whole documents are taken too. */
const usually = (usual: unknown, others: fc.Arbitrary<unknown>) =>
  fc.oneof(
    { weight: 32, arbitrary: fc.constant(usual) },
    { weight: 4, arbitrary: others },
    { weight: 1, arbitrary: junk },
  );
const seldom = (others: fc.Arbitrary<unknown>) => usually(undefined, others);

const uris = [
  ...['https://app.example/callback', 'https://other.example/', 'http://localhost/callback'],
  ...['com.example.app:/callback', 'https://app.example/#no', 'nowhere'],
];
const document = fc.record({
  redirect_uris: usually(uris.slice(0, 1), some(...uris)),
  token_endpoint_auth_method: seldom(fc.constantFrom('none', 'client_secret_basic', 'client_secret_jwt', 'other')),
  grant_types: seldom(some('authorization_code', 'refresh_token', 'client_credentials', 'implicit')),
  response_types: seldom(some('code', 'token')),
  application_type: seldom(fc.constantFrom('web', 'native')),
  client_name: usually('Weather', fc.constantFrom('Wetter', 'Bank')),
  'client_name#de': seldom(fc.constantFrom('Wetter', 'Bank')),
  scope: seldom(some('openid', 'email', 'orders:read', 'dcr').map((words) => words.join(' ') || 'unknown')),
  contacts: seldom(some('me@app.example', 'you@app.example')),
  subject_type: seldom(fc.constantFrom('public', 'pairwise')),
  initiate_login_uri: seldom(fc.constant('https://app.example/login')),
  x_floor: seldom(fc.constantFrom(3, 10)),
  x_other: seldom(fc.constant('anything')),
});

const issued = [
  ...['client_id', 'client_id_issued_at', 'client_secret', 'client_secret_expires_at'],
  ...['registration_access_token', 'registration_client_uri'],
];

/** What an answer says of a document: what is registered, or what is wrong. */
const verdict = ({ status, body }: Answer) => ({
  isTaken: status === 200 || status === 201,
  document: Object.fromEntries(Object.entries(body).filter(([name]) => !issued.includes(name))),
});

const register = (template: string, json: unknown) =>
  send('POST', `${program.url}/register`, { token: tokens.get(template), json });

async function replace({ body }: Answer, requested: object): Promise<Answer> {
  const { client_id, registration_client_uri, registration_access_token: token } = body;
  return send('PUT', registration_client_uri, { token, json: { ...requested, client_id } });
}

const plain = { redirect_uris: ['https://app.example/callback'], client_name: 'Weather', scope: 'openid' };
const runs = { numRuns: 80, endOnFailure: true };

describe.each(templates.map(({ id }) => id))('under the template %s, any document', (template) => {
  it('is judged alike whether a client registers it or is replaced by it, whatever it was before', async () => {
    let taken = 0;
    await fc.assert(
      fc.asyncProperty(document, document, async (before, requested) => {
        const first = await register(template, before);
        const client = first.status === 201 ? first : await register(template, plain);
        const registered = verdict(await register(template, requested));
        expect(verdict(await replace(client, requested))).toEqual(registered);
        if (registered.isTaken) taken += 1;
      }),
      runs,
    );
    // Else the property says nothing.
    expect(taken).toBeGreaterThan(0);
    expect(taken).toBeLessThan(runs.numRuns);
  });

  it('comes to what the simulation says', async () => {
    await fc.assert(
      fc.asyncProperty(document, async (requested) => {
        const { isTaken, document } = verdict(await register(template, requested));
        const json = { registrar: { type: 'initial_access_token' }, template, metadata: requested };
        const { body } = await send('POST', `${program.url}/admin/simulations`, { token: adminToken, json });
        expect(body.outcome).toBe(isTaken ? 'registered' : 'refused');
        expect(isTaken ? body.client : body.violations).toEqual(isTaken ? document : document['violations']);
      }),
      { ...runs, numRuns: 40 },
    );
  });

  it('stays what it is when a client sends back what it was told', async () => {
    await fc.assert(
      fc.asyncProperty(document, async (requested) => {
        const client = await register(template, requested);
        if (client.status !== 201) return;
        const { document } = verdict(client);
        expect(verdict(await replace(client, document)).document).toEqual(document);
      }),
      { ...runs, numRuns: 40 },
    );
  });
});
