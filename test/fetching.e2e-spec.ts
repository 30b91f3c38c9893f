import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { CompactSign } from 'jose';
import { Clock } from '../src/clock.js';
import { FetchFailure } from '../src/fetching/fetch-failure.js';
import { FetchLimits } from '../src/fetching/fetch-limits.js';
import { GuardedFetcher } from '../src/fetching/guarded-fetcher.js';
import { ExpiryRunner } from '../src/lifecycle/expiry-runner.js';
import { metadataMembers } from '../src/metadata/client-metadata.js';
import { type DocumentServer, LoopbackDialer, serveDocuments, TableResolver } from './support/documents.js';
import { fetchedMembers, publicKey as memberKey, refusals } from './support/fetched-members.js';
import { register, replacementOf, send, webClient } from './support/http.js';
import { ipv4Spellings } from './support/spellings.js';
import { saveTemplate } from './support/templates.js';
import { adminToken, startApp, type TestApp } from './support/test-app.js';
import { User } from './token-service/user.js';

let app: TestApp;
let host: DocumentServer;
let canary: DocumentServer;
let moving: DocumentServer;
let secondCanary: DocumentServer;
let dialer: LoopbackDialer;
/** Where the name that moves leads, to the fetcher's question of each time. */
let leadsTo: () => readonly string[];

const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const keys = { keys: [publicKey.export({ format: 'jwk' }), memberKey] };
/** Whoever asks for a document with one of these paths is answered so. */
const answers: Record<string, readonly [status: number, type: string, body: string]> = {
  '/keys': [200, 'application/json', JSON.stringify(keys)],
  '/sector': [200, 'application/json', JSON.stringify(webClient.redirect_uris)],
  '/page': [200, 'text/html', JSON.stringify(webClient.redirect_uris)],
  '/missing': [404, 'application/json', JSON.stringify(webClient.redirect_uris)],
  '/created': [201, 'application/json', JSON.stringify(webClient.redirect_uris)],
  '/broken': [500, 'application/json', JSON.stringify(webClient.redirect_uris)],
  '/half': [200, 'application/json', JSON.stringify(webClient.redirect_uris).slice(0, -1)],
  '/large': [200, 'application/json', JSON.stringify([...webClient.redirect_uris, 'x'.repeat(65_536)])],
};

beforeAll(async () => {
  const serve = ({ url = '' }: { url?: string }, response: Parameters<Parameters<typeof serveDocuments>[0]>[1]) => {
    const moved = /^\/moved\/(\d+)$/.exec(url)?.[1];
    if (moved !== undefined)
      return void response.writeHead(Number(moved), { Location: `https://docs.test:${canary.port}/` }).end();
    const [status, type, body] = answers[url] ?? answers['/missing']!;
    response.writeHead(status, { 'Content-Type': type }).end(body);
  };
  host = await serveDocuments(serve, { tls: true });
  const itself = { client_id: `https://docs.test:${host.port}/client`, redirect_uris: webClient.redirect_uris };
  answers['/client'] = [200, 'application/json', JSON.stringify(itself)];
  canary = await serveDocuments((_, response) => void response.end('[]'), { tls: true });
  moving = await serveDocuments(serve, { tls: true, host: '127.0.0.2' });
  secondCanary = await serveDocuments(serve, { tls: true, host: '127.0.0.3', port: moving.port });
  app = await startApp({
    FETCH_ALLOW: `docs.test:${host.port},127.0.0.2/32`,
    METADATA_DOCUMENT_TEMPLATE: 'described',
    TRUST_PROXY: '127.0.0.1,::1',
  });
  await saveTemplate(app, { id: 'described', access: { metadata_document: true } });
  // The fetcher of the program itself, but for the two ends that could leave loopback: every name leads there.
  const fetcher = app.app.get(GuardedFetcher);
  Reflect.deleteProperty(fetcher, 'fetchJson');
  dialer = new LoopbackDialer();
  leadsTo = () => ['127.0.0.2'];
  const names = { 'docs.test': (port: number) => (port === moving.port ? leadsTo() : ['127.0.0.1']) };
  const known = { has: () => true, get: (_: object, name: string) => names[name as 'docs.test'] ?? ['127.0.0.1'] };
  Object.assign(fetcher, { resolver: new TableResolver(new Proxy({}, known)), dialer });
});
afterAll(async () => {
  await app.close();
  await Promise.all([host, canary, moving, secondCanary].map((server) => server.close()));
});

const hurry = (toldAfter: number) =>
  Object.assign(app.app.get(GuardedFetcher), { limits: { ...new FetchLimits(), toldAfter } });
beforeEach(() => hurry(0));

const members = Object.keys(fetchedMembers);
const at = (sector_identifier_uri: string) => register(app.url, { ...webClient, sector_identifier_uri });
const sentence = `sector_identifier_uri ${FetchFailure.sentence}`;
const cannotBeRead = {
  error: 'invalid_client_metadata',
  error_description: sentence,
  violations: [
    { member: 'sector_identifier_uri', rule: 'OpenID Connect Registration 1.0 section 5', message: sentence },
  ],
};

describe('registration', () => {
  it('fetches the document of the sector from a host that proves its name', async () => {
    const sector_identifier_uri = `https://docs.test:${host.port}/sector`;
    expect(await at(sector_identifier_uri)).toMatchObject({ status: 201, body: { sector_identifier_uri } });
  });

  it.each(['/page', '/missing', '/created', '/broken', '/half', '/large'])(
    'takes no other document of a sector than one that comes whole as JSON with 200, unlike %s',
    async (path) => {
      expect(await at(`https://docs.test:${host.port}${path}`)).toMatchObject({ status: 400, body: cannotBeRead });
    },
  );

  it('says the same after the same time whatever keeps it from a document', async () => {
    hurry(new FetchLimits().toldAfter);
    const begin = performance.now();
    const addresses = [
      `https://docs.test:${host.port}/moved/302`,
      `https://docs.test:${host.port}/page`,
      `https://docs.test:${canary.port}/`,
      `https://127.0.0.1:${canary.port}/`,
      'https://127.0.0.1/',
      'https://nobody.test/',
    ];
    const told = await Promise.all(
      addresses.map(async (address) => ({ answer: await at(address), time: performance.now() - begin })),
    );
    for (const { answer, time } of told) {
      expect(answer.status).toBe(400);
      expect(answer.body).toEqual(cannotBeRead);
      expect(time).toBeGreaterThanOrEqual(2_990);
    }
    expect(canary.connections()).toBe(0);
  });

  it('fetches nothing for metadata that is refused anyway', async () => {
    const before = host.connections();
    const sector_identifier_uri = `https://docs.test:${host.port}/sector`;
    const answer = await register(app.url, { ...webClient, sector_identifier_uri, logo_uri: 'javascript:alert(1)' });
    expect(answer).toMatchObject({ status: 400 });
    expect(host.connections()).toBe(before);
  });
});

describe('the token service', () => {
  it('reads the document of a client from a host that proves its name (Client ID Metadata Document section 4)', async () => {
    const ask = fetchedMembers['client_id that is an address']!;
    const before = host.requests();
    // It is known, and asked for what it left out of its request.
    const { status, body } = await ask(app, `https://docs.test:${host.port}/client`);
    expect([status, body.error, host.requests() - before]).toEqual([400, 'invalid_request', 1]);
  });
});

describe('a simulation', () => {
  const simulate = fetchedMembers['sector_identifier_uri in a simulation']!;

  it('looks at the document of the sector as a registration does', async () => {
    const before = host.requests();
    const { body } = await simulate(app, `https://docs.test:${host.port}/sector`);
    expect([body.outcome, host.requests() - before]).toEqual(['registered', 1]);
  });

  it('speaks of it with the sentence of a registration', async () => {
    const { body } = await simulate(app, `https://docs.test:${canary.port}/`);
    expect(body).toMatchObject({ outcome: 'refused', violations: cannotBeRead.violations });
  });
});

/** What is done with each address that a client may have; who adds one says what is done with it. */
const uses = {
  'asked for when it is registered': ['sector_identifier_uri'],
  'asked for when a signature needs it': ['jwks_uri'],
  'told of events': ['backchannel_logout_uri'],
  'shown or stored, and asked for by nobody here': [
    ...['client_uri', 'logo_uri', 'tos_uri', 'policy_uri', 'information_uri', 'organization_uri'],
    ...['redirect_uris', 'post_logout_redirect_uris', 'claims_redirect_uris', 'request_uris', 'initiate_login_uri'],
    ...['frontchannel_logout_uri', 'signed_jwks_uri', 'tls_client_auth_san_uri', 'credential_offer_endpoint'],
    ...['command_endpoint', 'backchannel_client_notification_endpoint'],
  ],
};

describe('an address in metadata', () => {
  it('has a use that is known', () => {
    const named = metadataMembers.map(({ name }) => name).filter((name) => /_(uris?|endpoint)$/.test(name));
    expect(Object.values(uses).flat().sort()).toEqual([...named].sort());
  });

  it('is asked for nowhere in the life of a client, unless a document or a key there is needed', async () => {
    const address = `https://docs.test:${host.port}/never`;
    const asked = new Set(['redirect_uris', 'sector_identifier_uri', 'tls_client_auth_san_uri']);
    const named = Object.values(uses)
      .flat()
      .filter((name) => !asked.has(name) && name !== 'backchannel_client_notification_endpoint');
    const metadata = {
      ...Object.fromEntries(named.map((name) => [name, name.endsWith('s') ? [address] : address])),
      redirect_uris: [address],
      grant_types: ['authorization_code', 'refresh_token'],
    };
    const fetcher = app.app.get(GuardedFetcher);
    const [connections, outcomes] = [host.connections(), [...fetcher.outcomes]];

    const registered = await register(app.url, metadata);
    expect(registered).toMatchObject({ status: 201, body: metadata });
    const { client_id, registration_client_uri, registration_access_token: token } = registered.body;
    const admin = { token: adminToken };
    const lookUp = `${app.url}/lookup/clients/${client_id}`;
    const inTurn = [
      () => send('GET', registration_client_uri, { token }),
      () => send('PUT', registration_client_uri, { token, json: replacementOf(registered.body, { client_name: 'b' }) }),
      () => send('GET', `${app.url}/admin/clients/${client_id}`, admin),
      () => send('GET', `${app.url}/admin/clients?kind=dynamic`, admin),
      () => send('GET', `${app.url}/admin/audit-events`, admin),
      () => send('POST', `${app.url}/admin/clients`, { ...admin, json: { metadata } }),
      () =>
        send('POST', `${app.url}/admin/simulations`, {
          ...admin,
          json: { registrar: { type: 'initial_access_token' }, metadata },
        }),
      () => send('GET', lookUp, admin),
      () => send('POST', `${lookUp}/authenticate`, { ...admin, json: { client_secret: 'x' } }),
    ];
    for (const step of inTurn) {
      const { status, text } = await step();
      expect(status < 300 ? 'done' : text).toBe('done');
    }
    const query = new URLSearchParams({
      ...{ client_id, response_type: 'code', redirect_uri: address, scope: 'openid' },
      ...{ code_challenge: 'A'.repeat(43), code_challenge_method: 'S256' },
    });
    const consent = await new User(app, 'ada').agree(`${app.url}/oauth/authorize?${query.toString()}`);
    expect(consent.status).toBeLessThan(400);
    await app.app.get(ExpiryRunner).turn();
    expect((await send('DELETE', registration_client_uri, { token })).status).toBe(204);

    expect([host.connections(), [...fetcher.outcomes]]).toEqual([connections, outcomes]);
  });
});

/** What could be written to get at the canary, from what names it plainly to what only some would take for its address. */
const ways = [
  ...Object.values(ipv4Spellings).map((spell) => `${spell('127.0.0.1')}:`),
  ...['[::1]:', '[::]:', '[0:0:0:0:0:0:0:1]:', '0.0.0.0:', '0:', '127.0.0.2.:', '[::ffff:127.0.0.2]:'],
  ...['localhost:', 'LOCALHOST:', 'localhost.:', 'a.localhost:', 'localhost.localdomain:', 'ip6-localhost:'],
  ...['docs.test:', 'DOCS.test:', 'docs.test.:', 'docs%2etest:', 'docs\uff0etest:', 'inner.test:', 'xn--dcs-tna.test:'],
  ...['docs.test:443@127.0.0.1:', 'docs.test@docs.test:', 'docs.test\\@127.0.0.1:', '127.0.0.1:443:', '/127.0.0.1:'],
  ...['docs.test#@127.0.0.1:', 'docs.test?@127.0.0.1:', ' 127.0.0.1:', '127.0.0.1\n:', '127.0.0.1%00.test:'],
];

describe('a host that is neither public nor allowed', () => {
  it.each(members)('is never called, however it is written: %s', async (member) => {
    const addresses = ways.flatMap((way) => [
      `https://${way}${canary.port}/sector`,
      `http://${way}${canary.port}/sector`,
      `https://${way.slice(0, -1)}/sector`,
    ]);
    const called = dialer.dialled.length;
    const ask = async (address: string) => {
      const { status, body } = await fetchedMembers[member]!(app, address);
      return `${status} ${body.outcome ?? body.error}`;
    };
    // Those that are no address at all are refused as such, before anybody would fetch them.
    const expected = [refusals[member]!.join(' '), '400 invalid_client_metadata', '400 invalid_request'];
    while (addresses.length > 0)
      for (const outcome of await Promise.all(addresses.splice(0, 16).map(ask))) expect(expected).toContain(outcome);
    expect([canary.connections(), dialer.dialled.slice(called)]).toEqual([0, []]);
  });

  it.each(members)('is never called for a redirect: %s', async (member) => {
    for (const status of [301, 302, 303, 307, 308]) {
      const answer = await fetchedMembers[member]!(app, `https://docs.test:${host.port}/moved/${status}`);
      expect([answer.status, answer.body.outcome ?? answer.body.error]).toEqual(refusals[member]);
    }
    expect(canary.connections()).toBe(0);
  });
});

describe('a name that moves', () => {
  const sector = () => `https://docs.test:${moving.port}/sector`;

  it('is called at no address that was not judged, although the next answer holds it', async () => {
    let turn = 0;
    leadsTo = () => (turn++ % 2 === 0 ? ['127.0.0.2'] : ['127.0.0.3']);
    const statuses: number[] = [];
    for (let round = 0; round < 40; round++) statuses.push((await at(sector())).status);
    expect(statuses).toEqual(Array.from({ length: 40 }, (_, round) => (round % 2 === 0 ? 201 : 400)));
    expect([turn, moving.connections(), secondCanary.connections()]).toEqual([40, 20, 0]);
  });

  it.each([
    [['127.0.0.2', '127.0.0.3']],
    [['127.0.0.3', '127.0.0.2']],
    [['127.0.0.2', '::ffff:127.0.0.3']],
    [['127.0.0.2', '::1']],
  ])('is called nowhere when one of its addresses is refused: %j', async (addresses) => {
    leadsTo = () => addresses;
    const before = moving.connections();
    expect((await at(sector())).status).toBe(400);
    expect([moving.connections() - before, secondCanary.connections()]).toEqual([0, 0]);
  });

  it('is judged each time it is used, and not only when it is written', async () => {
    const clock = jest.spyOn(app.app.get(Clock), 'now');
    const start = Math.floor(Date.now() / 1000);
    try {
      const signs = fetchedMembers['jwks_uri of a client that signs']!;
      const address = `https://docs.test:${moving.port}/keys`;
      leadsTo = () => ['127.0.0.2'];
      expect((await signs(app, address)).status).toBe(200);
      leadsTo = () => ['127.0.0.3'];
      clock.mockReturnValue(start + 600);
      expect((await signs(app, address)).status).toBe(401);
      expect(secondCanary.connections()).toBe(0);
    } finally {
      clock.mockRestore();
    }
  });
});

describe('the keys of a trusted issuer', () => {
  /** What a client is answered that comes with a statement of an issuer whose keys are there. */
  const vouchedBy = async (jwks_uri: string) => {
    const iss = `issuer of ${jwks_uri}`;
    const trust = { issuer: iss, uses: ['software_statements'], jwks_uri };
    const made = await send('POST', `${app.url}/admin/trusted-issuers`, { token: adminToken, json: trust });
    expect(made.status).toBe(201);
    await saveTemplate(app, { id: 'vouched', access: { software_statement: { issuers: [iss] } } });
    const claims = { iss, exp: Math.floor(Date.now() / 1000) + 600, software_id: 'vouched', ...webClient };
    const software_statement = await new CompactSign(Buffer.from(JSON.stringify(claims)))
      .setProtectedHeader({ alg: 'ES256' })
      .sign(privateKey);
    return send('POST', `${app.url}/register`, { json: { software_statement } });
  };

  it('are fetched from a host that proves its name', async () => {
    expect((await vouchedBy(`https://docs.test:${host.port}/keys`)).status).toBe(201);
  });

  it('are fetched from nowhere inside, although an administrator says so', async () => {
    const addresses = [
      `https://docs.test:${host.port}/moved/302`,
      `https://docs.test:${canary.port}/`,
      `https://127.0.0.1:${canary.port}/`,
      `https://[::1]:${canary.port}/`,
    ];
    for (const address of addresses)
      expect(await vouchedBy(address)).toMatchObject({ status: 503, body: { error: 'temporarily_unavailable' } });
    expect(canary.connections()).toBe(0);
  });
});

describe('/metrics', () => {
  it('counts how fetches ended', async () => {
    const { text } = await send('GET', `${app.url}/metrics`);
    expect(text).toMatch(/^clientele_fetches_total\{outcome="fetched"\} \d+$/m);
    expect(text).toMatch(/^clientele_fetches_total\{outcome="network_refused"\} \d+$/m);
    expect(text).toMatch(/^clientele_fetches_total\{outcome="redirected"\} \d+$/m);
  });
});
