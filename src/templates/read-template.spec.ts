import { describe, expect, it } from '@jest/globals';
import { Refusal } from '../errors.js';
import { builtIn } from './built-in/built-in.js';
import { completeTemplate } from './complete-template.js';
import { readTemplate } from './read-template.js';

/** The template of an API portal, with every part. */
const whole = {
  id: 'partner-portal',
  status: 'active',
  description: 'Apps that partners make in the API portal',
  default_for: [],
  access: {
    initial_access_token: true,
    access_token: { by: ['client', 'user'], clients: ['portal-registrar'] },
    software_statement: { issuers: ['https://directory.example'], required: false },
    anonymous: false,
    approval: false,
  },
  metadata: {
    grant_types: { subset_of: ['authorization_code', 'refresh_token'], default: ['authorization_code'] },
    token_endpoint_auth_method: { value: 'private_key_jwt' },
    scope: { subset_of: ['openid', 'orders:read'], default: 'openid' },
    redirect_uris: { essential: true },
    x_department: { default: 'it' },
  },
  redirect_uris: { hosts: ['*.partners.example'], schemes: ['https'], loopback: false },
  secrets: { ttl: 15552000, recoverable: false, overlap: 604800 },
  registration_access_token: { issue: true, ttl: 31536000, rotation: 'never' },
  lifecycle: { ttl: 0, unused_ttl: 2592000, idle_ttl: 15552000 },
  limits: { clients: 10000, per_registrar: 50, per_minute: 60 },
  unknown_members: 'ignore',
  compatibility: 'strict',
  extensions: { x_department: { type: 'string', maxLength: 64 } },
};

const faultsOf = (document: object): string[] => {
  try {
    readTemplate(document as never);
    return [];
  } catch (error) {
    return (error as Refusal).violations.map(({ member, message }) => {
      expect(message).toMatch(/^[\x20\x21\x23-\x5b\x5d-\x7e]+$/);
      expect(message).toContain(member);
      return member;
    });
  }
};
/** What is wrong with a template that has only this besides its id. */
const faults = (parts: object) => faultsOf({ id: 'a', ...parts });

describe('a template as it is written', () => {
  it('is read as it is', () => expect(readTemplate(whole as never)).toEqual(whole));

  it('needs nothing but its id, and then lets nobody in and restricts nothing', () => {
    expect(completeTemplate(readTemplate({ id: 'a' }), 1)).toEqual({
      id: 'a',
      version: 1,
      status: 'active',
      default_for: [],
      access: {
        initial_access_token: false,
        access_token: false,
        software_statement: false,
        anonymous: false,
        metadata_document: false,
        approval: false,
      },
      metadata: {},
      redirect_uris: { loopback: true },
      secrets: { ttl: 0, recoverable: false, overlap: 0 },
      registration_access_token: { issue: true, ttl: 0, rotation: 'never' },
      lifecycle: { ttl: 0, unused_ttl: 0, idle_ttl: 0 },
      limits: { clients: 0, per_registrar: 0, per_minute: 0 },
      unknown_members: 'ignore',
      compatibility: 'strict',
      extensions: {},
    });
  });

  it('takes null for what is left out, in its parts too', () => {
    const nothing = { description: null, access: { anonymous: null }, redirect_uris: { hosts: null }, metadata: null };
    expect(readTemplate({ id: 'a', ...nothing })).toEqual({ id: 'a', access: {}, redirect_uris: {} });
  });

  it.each([
    [true, { by: ['client', 'user'], single_use: true }],
    [false, false],
    [undefined, false],
    [{}, { by: ['client', 'user'], single_use: true }],
    [
      { by: ['client'], clients: ['c'], single_use: false },
      { by: ['client'], clients: ['c'], single_use: false },
    ],
  ])('lets access tokens in by %j', (access_token, complete) =>
    expect(completeTemplate(readTemplate({ id: 'a', access: { access_token } }), 1).access.access_token).toEqual(
      complete,
    ),
  );

  it.each([...builtIn])('is sound when it comes with the program: %s', (_id, document) =>
    expect(readTemplate({ ...document })).toEqual(document),
  );
});

describe('a template that cannot be', () => {
  it.each([
    [{}, ['id']],
    [{ id: '' }, ['id']],
    [{ id: 7 }, ['id']],
    [{ id: '.' }, ['id']],
    [{ id: 'a b' }, ['id']],
    [{ id: 'a/b' }, ['id']],
    [{ id: 'x'.repeat(65) }, ['id']],
  ])('has no proper id: %j', (document, paths) => expect(faultsOf(document)).toEqual(paths));

  it.each([
    [{ colour: 'red' }, ['colour']],
    [{ constructor: 'red' }, ['constructor']],
    [{ 'a "b"': 1 }, ['a member']],
    [{ access: { colour: true, toString: 1 } }, ['access.colour', 'access.toString']],
    [{ access: { access_token: { by: ['client'], secret: 1 } } }, ['access.access_token.secret']],
    [{ secrets: { tll: 1 } }, ['secrets.tll']],
    [{ limits: { per_hour: 1 }, lifecycle: { ttl: 1, max: 2 } }, ['lifecycle.max', 'limits.per_hour']],
  ])('has members that nobody knows: %j', (parts, paths) => expect(faults(parts)).toEqual(paths));

  it.each([
    [{ status: 'retired' }, ['status']],
    [{ description: 'a\u0000' }, ['description']],
    [{ default_for: 'anonymous' }, ['default_for']],
    [{ default_for: ['administrator'] }, ['default_for']],
    [{ default_for: ['anonymous', 'anonymous'], access: { anonymous: true } }, ['default_for']],
    [{ access: true }, ['access']],
    [{ access: { anonymous: 'yes', approval: 1 } }, ['access.anonymous', 'access.approval']],
    [{ access: { access_token: 'client' } }, ['access.access_token']],
    [{ access: { access_token: { by: [] } } }, ['access.access_token.by']],
    [{ access: { access_token: { by: ['administrator'] } } }, ['access.access_token.by']],
    [{ access: { access_token: { clients: [''] } } }, ['access.access_token.clients']],
    [{ access: { access_token: { clients: 'c' } } }, ['access.access_token.clients']],
    [{ access: { software_statement: true } }, ['access.software_statement']],
    [{ access: { software_statement: {} } }, ['access.software_statement.issuers']],
    [{ access: { software_statement: { issuers: [] } } }, ['access.software_statement.issuers']],
    [{ metadata: [] }, ['metadata']],
    [{ redirect_uris: { hosts: [] } }, ['redirect_uris.hosts']],
    [{ redirect_uris: { hosts: ['https://app.example'] } }, ['redirect_uris.hosts']],
    [{ redirect_uris: { hosts: ['*'] } }, ['redirect_uris.hosts']],
    [{ redirect_uris: { hosts: ['a.*.example'] } }, ['redirect_uris.hosts']],
    [{ redirect_uris: { hosts: ['App.example'] } }, ['redirect_uris.hosts']],
    [{ redirect_uris: { schemes: ['https:'] } }, ['redirect_uris.schemes']],
    [{ redirect_uris: { loopback: 'no' } }, ['redirect_uris.loopback']],
    [{ secrets: { ttl: -1 } }, ['secrets.ttl']],
    [{ secrets: { ttl: 1.5, recoverable: 0 } }, ['secrets.ttl', 'secrets.recoverable']],
    [{ registration_access_token: { rotation: 'always' } }, ['registration_access_token.rotation']],
    [{ lifecycle: { unused_ttl: '30d' } }, ['lifecycle.unused_ttl']],
    [{ limits: { clients: 1e10 } }, ['limits.clients']],
    [{ unknown_members: 'keep' }, ['unknown_members']],
    [{ compatibility: 'keycloak' }, ['compatibility']],
    [{ extensions: 'x' }, ['extensions']],
  ])('has values of another kind: %j', (parts, paths) => expect(faults(parts)).toEqual(paths));

  it.each([
    [{ grant_types: { subset: ['code'] } }, ['metadata.grant_types.subset']],
    [{ colour: { value: 'red' } }, ['metadata.colour']],
    [{ 'a "b"': { value: 'red' } }, ['metadata']],
    [{ scope: { default: 'openid', subset_of: ['email'] } }, ['metadata.scope.default']],
    [{ grant_types: { value: ['implicit'] } }, ['metadata.grant_types.value']],
    [{ redirect_uris: { value: ['https://app.example/cb'] } }, ['metadata.redirect_uris.value']],
  ])('has a policy that cannot be: %j', (metadata, paths) => expect(faults({ metadata })).toEqual(paths));

  it.each([
    [{ client_name: { type: 'string' } }, ['extensions.client_name']],
    [
      { token_endpoint_auth_methods_supported: { type: 'array' } },
      ['extensions.token_endpoint_auth_methods_supported'],
    ],
    [{ client_secret: { type: 'string' } }, ['extensions.client_secret']],
    [{ status: { type: 'string' } }, ['extensions.status']],
    [{ expires_at: { type: 'integer' } }, ['extensions.expires_at']],
    [{ 'x_name#de': { type: 'string' } }, ['extensions']],
    [{ toString: { type: 'string' } }, ['extensions.toString']],
    [{ x: 'string' }, ['extensions.x']],
    [{ x: {} }, ['extensions.x.type']],
    [{ x: { type: 'date' } }, ['extensions.x.type']],
    [{ x: { type: 'toString' } }, ['extensions.x.type']],
    [{ x: { type: 'string', pattern: '.*' } }, ['extensions.x.pattern']],
    [{ x: { type: 'string', maximum: 1 } }, ['extensions.x.maximum']],
    [{ x: { type: 'string', minLength: -1, maxLength: 'a' } }, ['extensions.x.minLength', 'extensions.x.maxLength']],
    [{ x: { type: 'string', minLength: 3, maxLength: 2 } }, ['extensions.x.minLength']],
    [{ x: { type: 'string', minLength: 1001 } }, ['extensions.x.minLength']],
    [{ x: { type: 'integer', minimum: 3, maximum: 2 } }, ['extensions.x.minimum']],
    [{ x: { type: 'integer', enum: [1, 'b', 2.5] } }, ['extensions.x.enum[1]', 'extensions.x.enum[2]']],
    [{ x: { type: 'integer', enum: [] } }, ['extensions.x.enum']],
    [{ x: { type: 'integer', maximum: 1, enum: [1, 2] } }, ['extensions.x.enum[1]']],
    [{ x: { type: 'array', items: { type: 'date' } } }, ['extensions.x.items.type']],
    [{ x: { type: 'array', items: { type: 'array', items: { type: 'string' } } } }, ['extensions.x.items.items']],
    [{ x: { type: 'array', items: true } }, ['extensions.x.items']],
  ])('declares members that cannot be: %j', (extensions, paths) => {
    expect(faults({ extensions })).toEqual(paths);
  });

  it('says of a declaration that is wrong only that it is wrong', () => {
    const document = { extensions: { x: { type: 'date' } }, metadata: { x: { default: 1 }, y: { default: 1 } } };
    expect(faults(document)).toEqual(['extensions.x.type', 'metadata.y']);
  });

  it.each([
    [{ default_for: ['anonymous', 'access_token'] }, ['default_for', 'default_for']],
    [{ metadata: { scope: { default: 'openid dcr' } } }, ['metadata.scope.default']],
    [{ metadata: { scope: { subset_of: ['openid', 'clients:read'] } } }, ['metadata.scope.subset_of']],
    [{ redirect_uris: { schemes: ['https', 'javascript'] } }, ['redirect_uris.schemes']],
    [{ redirect_uris: { schemes: ['http'], loopback: false } }, ['redirect_uris.schemes']],
    [{ redirect_uris: { hosts: ['app.example'], schemes: ['cursor'], loopback: false } }, ['redirect_uris.hosts']],
    [
      { redirect_uris: { hosts: ['app.example'] }, metadata: { redirect_uris: { default: ['https://b.example/cb'] } } },
      ['metadata.redirect_uris.default'],
    ],
    [
      { redirect_uris: { loopback: false }, metadata: { redirect_uris: { superset_of: ['http://localhost/cb'] } } },
      ['metadata.redirect_uris.superset_of'],
    ],
    [{ secrets: { ttl: 60, overlap: 60 } }, ['secrets.overlap']],
    [
      { registration_access_token: { issue: false, ttl: 60, rotation: 'on_update' } },
      ['registration_access_token.ttl', 'registration_access_token.rotation'],
    ],
  ])('contradicts itself: %j', (parts, paths) => expect(faults(parts)).toEqual(paths));

  it('is told of all its faults at once', () => {
    const document = { id: 7, colour: 1, access: { x: 1 }, metadata: { y: {} }, extensions: { z: {} } };
    expect(faultsOf(document)).toEqual(['colour', 'id', 'access.x', 'extensions.z.type', 'metadata.y']);
  });
});
