import { describe, expect, it } from '@jest/globals';
import type { TraceEntry } from '../metadata/trace.js';
import { type Compatibility, compatibilities } from './portals.js';
import type { Occasion } from './quirk.js';
import { translated } from './translate.js';

type Document = Record<string, unknown>;

function translation(compatibility: Compatibility, document: Document, occasion: Occasion = {}) {
  const trace: TraceEntry[] = [];
  return { document: translated(document, compatibility, occasion, (entry) => trace.push(entry)), trace };
}

const onReplacement = { clientId: 'the-client' };

/** What portals send, and what it means: for a new client, and for one that is replaced. */
const known: readonly (readonly [Compatibility, Document, Document, Occasion?])[] = [
  ['gloo', { id: 'weather' }, { client_name: 'weather', grant_types: ['client_credentials'] }],
  [
    'gloo',
    { id: 'weather', client_name: 'Weather', grant_types: ['authorization_code'] },
    { client_name: 'Weather', grant_types: ['authorization_code'] },
  ],
  ['gloo', { id: 7 }, { id: 7 }],
  ['gravitee', { scope: ['orders:read', 'orders:write'] }, { scope: 'orders:read orders:write' }],
  ['gravitee', { scope: [''] }, {}],
  ['gravitee', { metadata: { tenant: 'acme' } }, { portal_metadata: { tenant: 'acme' } }],
  ['gravitee', { metadata: 'acme' }, { metadata: 'acme' }],
  ['gravitee', { scope: 'orders:read' }, { scope: 'orders:read' }],
  ['gravitee', { scope: ['orders:read', 1] }, { scope: ['orders:read', 1] }],
  [
    'gravitee',
    { application_type: 'BROWSER', grant_types: ['authorization_code'], response_types: ['code'] },
    {
      application_type: 'web',
      grant_types: ['authorization_code'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
      portal_application_type: 'browser',
    },
  ],
  [
    'gravitee',
    { application_type: 'browser', token_endpoint_auth_method: 'client_secret_post' },
    {
      application_type: 'web',
      token_endpoint_auth_method: 'client_secret_post',
      portal_application_type: 'browser',
    },
  ],
  [
    'gravitee',
    { application_type: 'backend_to_backend', grant_types: [] },
    { grant_types: ['client_credentials'], portal_application_type: 'backend_to_backend' },
  ],
  ['gravitee', { application_type: 'NATIVE' }, { application_type: 'native' }],
  ['gravitee', { application_type: 'toaster' }, { application_type: 'toaster' }],
  [
    'gravitee',
    { grant_types: ['authorization_code'], response_types: ['code', 'token', 'id_token'] },
    { grant_types: ['authorization_code'], response_types: ['code'] },
  ],
  [
    'tyk',
    { application_type: 'service', grant_types: ['client_credentials'], response_types: ['token'] },
    { grant_types: ['client_credentials'], portal_application_type: 'service' },
  ],
  [
    'tyk',
    {
      grant_types: ['pkce', 'authorization_code', 'device_code', 'none'],
      response_types: ['code', 'it_token', 'none'],
    },
    {
      grant_types: ['authorization_code', 'urn:ietf:params:oauth:grant-type:device_code'],
      response_types: ['code'],
    },
  ],
  ['tyk', { grant_types: ['client-credentials'] }, { grant_types: ['client_credentials'] }],
  [
    'tyk',
    { client_id: 'the-client', registration_access_token: 'crat_x', registration_client_uri: 'https://as.example/r' },
    { client_id: 'the-client' },
    onReplacement,
  ],
  // A new client cannot have had an answer: what it says there is ignored, as with anyone.
  ['tyk', { client_id_issued_at: 1 }, { client_id_issued_at: 1 }],
  // What is asked for and can never be given is left to be refused.
  [
    'mulesoft',
    { grant_types: ['implicit'], response_types: ['id_token token'] },
    { grant_types: ['implicit'], response_types: ['id_token token'] },
  ],
  [
    'mulesoft',
    { grant_types: ['client_credentials'], response_types: ['code'] },
    { grant_types: ['client_credentials'] },
  ],
  ['wso2', { client_id: null }, { client_id: 'the-client' }, onReplacement],
  ['wso2', { client_id: 'another' }, { client_id: 'another' }, onReplacement],
  ['wso2', { client_id: null }, { client_id: null }],
  ['wso2', { grant_types: ['client_credentials', 'refresh_token'] }, { grant_types: ['client_credentials'] }],
  [
    'wso2',
    { grant_types: ['authorization_code', 'refresh_token'] },
    { grant_types: ['authorization_code', 'refresh_token'] },
  ],
  ['kong', { scopes: ['orders:read', 'orders:write'] }, { scope: 'orders:read orders:write' }],
  ['kong', { scopes: ['orders:read', 1] }, { scope: ['orders:read', 1] }],
  ['kong', { scopes: {}, scope: 'orders:write' }, { scope: 'orders:write' }],
  ['kong', { scopes: null }, { scopes: null }],
  ['kong', { scopes: ['orders:read'], scope: ['orders:write'] }, { scope: 'orders:write' }],
];

const sayings = known.map(
  ([compatibility, said, meant, occasion]) => [compatibility, said, meant, occasion ?? {}] as const,
);

describe('what portals send', () => {
  it.each(sayings)('%s: %j means %j', (compatibility, said, meant, occasion) => {
    const { document, trace } = translation(compatibility, said, occasion);
    expect(document).toEqual(meant);
    const isTold = trace.every(
      ({ step, rule, outcome }) =>
        step === 'normalize' && rule.startsWith(`compatibility ${compatibility}: `) && outcome === 'changed',
    );
    expect(isTold).toBe(true);
    expect(trace.length > 0).toBe(JSON.stringify(document) !== JSON.stringify(said));
  });

  it.each(sayings)(
    '%s: %j says in its own words nothing new once it is translated',
    (compatibility, said, _, occasion) => {
      const { document } = translation(compatibility, said, occasion);
      expect(translation(compatibility, document, occasion)).toEqual({ document, trace: [] });
    },
  );

  it.each(sayings)('%s: %j is the very same at a strict template', (_compatibility, said, _, occasion) => {
    const { document, trace } = translation('strict', said, occasion);
    expect(document).toBe(said);
    expect(trace).toEqual([]);
  });

  it('tells what it changed, and no credentials', () => {
    expect(translation('gravitee', { scope: ['a', 'b'] }).trace).toEqual([
      {
        step: 'normalize',
        member: 'scope',
        rule: 'compatibility gravitee: scope as a list',
        outcome: 'changed',
        before: ['a', 'b'],
        after: 'a b',
      },
    ]);
    const said = { client_id: 'the-client', registration_access_token: 'crat_x' };
    expect(translation('tyk', said, onReplacement).trace).toEqual([
      {
        step: 'normalize',
        member: 'registration_access_token',
        rule: 'compatibility tyk: registration_access_token of the last answer',
        outcome: 'changed',
      },
    ]);
  });

  it.each(compatibilities)('%s: leaves what every standard client sends as it is', (compatibility) => {
    const web = {
      redirect_uris: ['https://app.example/cb'],
      application_type: 'web',
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      scope: 'openid profile',
      'client_name#de': 'Wetter',
    };
    expect(translation(compatibility, web).document).toBe(web);
  });
});
