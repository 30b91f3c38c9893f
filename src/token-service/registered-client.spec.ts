import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Client as ProviderClient } from 'oidc-provider';
import { readEnvironment } from '../config/read-environment.js';
import { Refusal } from '../errors.js';
import { metadataMembers } from '../metadata/client-metadata.js';
import { fillDefaults } from '../metadata/defaults.js';
import { readMetadata } from '../metadata/read-metadata.js';
import { check, type CheckedMetadata } from '../metadata/rulebook.js';
import { builtInServerMetadata, supportedValues } from '../metadata/server-support.js';
import { needsSecretInTheClear } from '../metadata/secret-need.js';
import type { Client } from '../clients/client.entity.js';
import { Provider } from './oidc-provider.js';
import { providerConfiguration } from './provider-configuration.js';
import { providerMetadata, registeredOf } from './registered-client.js';

const issuer = 'http://localhost:3000';
const server = builtInServerMetadata(issuer, ['openid', 'profile']);
const environment = readEnvironment({ SECRET_KEY: 'A'.repeat(43) });

const privateJwk = (use: 'sig' | 'enc', kind: 'rsa' | 'ec') => {
  const { privateKey } =
    kind === 'rsa'
      ? generateKeyPairSync('rsa', { modulusLength: 2048 })
      : generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { ...privateKey.export({ format: 'jwk' }), use, kid: `${use}-${kind}` };
};
const keys = {
  jwks: {
    keys: [privateJwk('sig', 'rsa'), privateJwk('sig', 'ec'), privateJwk('enc', 'rsa'), privateJwk('enc', 'ec')],
  },
  subjects: Buffer.alloc(32),
};

const unused = {
  keySets: undefined as never,
  fetcher: undefined as never,
  users: undefined as never,
  consents: undefined as never,
};
const adapter = () => ({}) as never;
const provider = new Provider(issuer, providerConfiguration({ environment, server, keys, adapter, ...unused }));
const ProvidersClient = provider.Client as unknown as new (metadata: object) => ProviderClient;

/** What the token service makes of metadata. */
function accepted(metadata: CheckedMetadata): ProviderClient {
  const client = { clientId: 'a client', metadata } as Client;
  const registered = {
    version: 1,
    grant_types: metadata.grant_types ?? [],
    dpop_bound_access_tokens: false,
    scopes: [],
    secrets: [],
    keys: needsSecretInTheClear(metadata) ? ['s'.repeat(64)] : [],
  };
  return new ProvidersClient(providerMetadata(client, registered));
}

const judged = (document: object): CheckedMetadata =>
  check(fillDefaults(readMetadata(document as never), server), server, {});

const publicJwk = (more: object = {}) => {
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { ...publicKey.export({ format: 'jwk' }), ...more };
};
const jwks = fc.constantFrom(
  { keys: [publicJwk()] },
  { keys: [publicJwk({ use: 'sig', kid: '' }), publicJwk({ use: 'enc', alg: '' })] },
  { keys: [publicJwk(), { kty: 'AKP', pub: 'AAAA' }, { kty: 'new', whatever: 1 }] },
  { keys: [] },
);
const uri = fc.constantFrom(
  'https://app.example/a',
  'https://app.example:8443/a',
  'https://b.example/',
  'http://localhost/cb',
  'com.app:/cb',
);
const special: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  redirect_uris: fc.array(uri, { maxLength: 3 }),
  post_logout_redirect_uris: fc.array(uri, { maxLength: 2 }),
  claims_redirect_uris: fc.array(uri, { maxLength: 1 }),
  contacts: fc.constantFrom(['somebody'], ['a@b.example'], []),
  jwks,
  scope: fc.constantFrom('openid', 'profile', 'openid unheard-of'),
  default_acr_values: fc.constantFrom(['urn:acr:1'], []),
  default_max_age: fc.constantFrom(0, 60),
  authorization_details_types: fc.constantFrom(['payment'], []),
  sector_identifier_uri: fc.constant('https://sector.example/uris'),
  application_type: fc.constantFrom('web', 'native'),
  tls_client_auth_subject_dn: fc.constant('CN=app,O=Example'),
  tls_client_auth_san_dns: fc.constant('app.example'),
  tls_client_auth_san_ip: fc.constant('192.0.2.1'),
  tls_client_auth_san_email: fc.constant('a@b.example'),
  tls_client_auth_san_uri: fc.constant('urn:app'),
  backchannel_token_delivery_mode: fc.constantFrom('poll', 'push'),
};
const lists = new Set(['grant_types', 'response_types', 'response_modes']);

function valueOf({ name, boundedBy }: (typeof metadataMembers)[number]): fc.Arbitrary<unknown> {
  const known = special[name];
  if (known) return known;
  const offered = boundedBy && supportedValues(server, boundedBy);
  if (offered) return lists.has(name) ? fc.subarray([...offered]) : fc.constantFrom(...offered);
  return fc.constantFrom<unknown>(true, false, 'a text', 'https://app.example/page', 'https://app.example/page#x', [
    'a text',
  ]);
}

const likely = ['redirect_uris', 'grant_types', 'token_endpoint_auth_method', 'jwks', 'subject_type'];
const document = fc
  .tuple(
    fc.record(
      Object.fromEntries(
        metadataMembers.filter(({ name }) => likely.includes(name)).map((one) => [one.name, valueOf(one)]),
      ),
      {
        requiredKeys: [],
      },
    ),
    fc
      .array(fc.nat({ max: metadataMembers.length - 1 }), { maxLength: 6 })
      .chain((numbers) =>
        fc.record(
          Object.fromEntries(numbers.map((number) => metadataMembers[number]!).map((one) => [one.name, valueOf(one)])),
        ),
      ),
  )
  .map(([usual, rare]) => ({ ...usual, ...rare }));

describe('a client that may be registered', () => {
  it('is one that the token service accepts, with all of its grants', () => {
    let registrable = 0;
    fc.assert(
      fc.property(document, (requested) => {
        let metadata: CheckedMetadata;
        try {
          metadata = judged(requested);
        } catch (error) {
          if (error instanceof Refusal) return;
          throw error;
        }
        registrable += 1;
        const client = accepted(metadata);
        expect(client.tokenEndpointAuthMethod).toBe(metadata.token_endpoint_auth_method);
        expect(registeredOf(client).grant_types).toEqual(metadata.grant_types);
        expect(client.redirectUris).toEqual(metadata.redirect_uris ?? []);
      }),
      { numRuns: 4000 },
    );
    expect(registrable).toBeGreaterThan(200);
  });

  it.each<[string, object]>([
    [
      'pairwise subjects at several ports',
      { redirect_uris: ['https://a.example/1', 'https://a.example:444/2'], subject_type: 'pairwise' },
    ],
    [
      'pairwise subjects and the device grant',
      {
        redirect_uris: ['https://a.example/'],
        grant_types: ['authorization_code', 'urn:ietf:params:oauth:grant-type:device_code'],
        subject_type: 'pairwise',
      },
    ],
    ['contacts that are no addresses', { redirect_uris: ['https://a.example/'], contacts: ['The desk, 2nd floor'] }],
    [
      'authentication contexts',
      { redirect_uris: ['https://a.example/'], default_acr_values: ['urn:mace:incommon:iap:silver'] },
    ],
    [
      'userinfo that is encrypted only',
      {
        redirect_uris: ['https://a.example/'],
        jwks: { keys: [publicJwk()] },
        userinfo_encrypted_response_alg: 'ECDH-ES',
      },
    ],
    ['no response modes', { redirect_uris: ['https://a.example/'], response_modes: [] }],
  ])('may have %s', (_what, requested) => {
    expect(accepted(judged(requested)).clientId).toBe('a client');
  });
});

describe('a client without a secret in the clear', () => {
  it('has no key that anybody could know or that is stored', () => {
    const client = accepted(judged({ redirect_uris: ['https://a.example/'] }));
    expect(client.clientSecret).toMatch(/^[A-Za-z0-9_-]{64}$/);
  });
});
