import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { FetchFailure } from '../src/fetching/fetch-failure.js';
import { GuardedFetcher } from '../src/fetching/guarded-fetcher.js';
import { type DocumentServer, LoopbackDialer, serveDocuments, TableResolver } from './support/documents.js';
import { register, send, webClient } from './support/http.js';
import { startApp, type TestApp } from './support/test-app.js';

let app: TestApp;
let host: DocumentServer;
let canary: DocumentServer;

beforeAll(async () => {
  host = await serveDocuments(
    ({ url }, response) => {
      if (url === '/moved')
        return void response.writeHead(302, { Location: `https://docs.test:${canary.port}/` }).end();
      response.setHeader('Content-Type', 'application/json').end(JSON.stringify(webClient.redirect_uris));
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

describe('/metrics', () => {
  it('counts how fetches ended', async () => {
    const { text } = await send('GET', `${app.url}/metrics`);
    expect(text).toMatch(/^clientele_fetches_total\{outcome="fetched"\} \d+$/m);
    expect(text).toMatch(/^clientele_fetches_total\{outcome="network_refused"\} \d+$/m);
    expect(text).toMatch(/^clientele_fetches_total\{outcome="redirected"\} \d+$/m);
  });
});
