import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CompactSign } from 'jose';
import { FetchFailure } from '../src/fetching/fetch-failure.js';
import { GuardedFetcher } from '../src/fetching/guarded-fetcher.js';
import { type DocumentServer, LoopbackDialer, serveDocuments, TableResolver } from './support/documents.js';
import { register, send, webClient } from './support/http.js';
import { saveTemplate } from './support/templates.js';
import { adminToken, startApp, type TestApp } from './support/test-app.js';

let app: TestApp;
let host: DocumentServer;
let canary: DocumentServer;

const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });

beforeAll(async () => {
  host = await serveDocuments(
    ({ url }, response) => {
      if (url === '/moved')
        return void response.writeHead(302, { Location: `https://docs.test:${canary.port}/` }).end();
      const document = url === '/keys' ? { keys: [publicKey.export({ format: 'jwk' })] } : webClient.redirect_uris;
      response.setHeader('Content-Type', 'application/json').end(JSON.stringify(document));
    },
    { tls: true },
  );
  canary = await serveDocuments((_, response) => void response.end('[]'), { tls: true });
  app = await startApp({ FETCH_ALLOW: `docs.test:${host.port}` });
  // The fetcher of the program itself, but for the two ends that could leave loopback.
  const fetcher = app.app.get(GuardedFetcher);
  Reflect.deleteProperty(fetcher, 'fetchJson');
  Object.assign(fetcher, {
    resolver: new TableResolver({ 'docs.test': ['127.0.0.1'] }),
    dialer: new LoopbackDialer(),
  });
});
afterAll(async () => {
  await app.close();
  await Promise.all([host.close(), canary.close()]);
});

const at = (sector_identifier_uri: string) => register(app.url, { ...webClient, sector_identifier_uri });

describe('registration', () => {
  it('fetches the document of the sector from a host that proves its name', async () => {
    const sector_identifier_uri = `https://docs.test:${host.port}/sector`;
    expect(await at(sector_identifier_uri)).toMatchObject({ status: 201, body: { sector_identifier_uri } });
  });

  it('says the same after the same time whatever keeps it from a document', async () => {
    const begin = performance.now();
    const addresses = [
      `https://docs.test:${host.port}/moved`,
      `https://docs.test:${canary.port}/`,
      `https://127.0.0.1:${canary.port}/`,
      'https://127.0.0.1/',
      'https://nobody.test/',
    ];
    const answers = await Promise.all(
      addresses.map(async (address) => ({ answer: await at(address), time: performance.now() - begin })),
    );
    const message = `sector_identifier_uri ${FetchFailure.sentence}`;
    for (const { answer, time } of answers) {
      expect(answer).toMatchObject({ status: 400 });
      expect(answer.body).toEqual({
        error: 'invalid_client_metadata',
        error_description: message,
        violations: [{ member: 'sector_identifier_uri', rule: 'OpenID Connect Registration 1.0 section 5', message }],
      });
      expect(time).toBeGreaterThanOrEqual(2_990);
    }
    expect(canary.connections()).toBe(0);
  });

  it('fetches nothing else that a client names', async () => {
    const address = `https://docs.test:${canary.port}/x`;
    const shown = ['client_uri', 'logo_uri', 'tos_uri', 'policy_uri', 'jwks_uri', 'initiate_login_uri'];
    const called = ['backchannel_logout_uri', 'signed_jwks_uri', 'information_uri', 'organization_uri'];
    const named = Object.fromEntries([...shown, ...called].map((member) => [member, address]));
    const answer = await register(app.url, { ...webClient, ...named, request_uris: [address] });
    expect(answer).toMatchObject({ status: 201, body: named });
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
      `https://docs.test:${host.port}/moved`,
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
