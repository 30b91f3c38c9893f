import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { ConfigurationFault, readEnvironment } from './read-environment.js';

const folder = mkdtempSync(join(tmpdir(), 'clientele-'));
afterAll(() => rmSync(folder, { recursive: true }));

const key = 'A'.repeat(43);
const read = (source: Record<string, string> = {}) => readEnvironment({ SECRET_KEY: key, ...source });

function faultsOf(source: Record<string, string>): readonly string[] {
  try {
    read(source);
  } catch (error) {
    if (error instanceof ConfigurationFault) return error.faults;
    throw error;
  }
  return [];
}

describe('the environment', () => {
  it('has a default for everything but the key', () => {
    expect(read()).toMatchObject({
      PORT: 3000,
      HOST: '127.0.0.1',
      PUBLIC_URL: 'http://localhost:3000',
      SCOPES: ['openid', 'profile', 'email', 'address', 'phone', 'offline_access'],
      CORS_ORIGINS: '*',
      ADMIN_CORS_ORIGINS: [],
      dataSources: { default: { address: { engine: 'sqlite', path: 'data/clientele.db' }, poolSize: 10 } },
    });
  });

  it.each<[Record<string, string>, string]>([
    [{ UPSTREAM_ISSUER: 'http://id.example', UPSTREAM_CLIENT_ID: 'x' }, 'UPSTREAM_ISSUER: write an https address'],
    [{ UPSTREAM_ISSUER: 'https://id.example/?a', UPSTREAM_CLIENT_ID: 'x' }, 'UPSTREAM_ISSUER: write scheme, host'],
    [{ UPSTREAM_ISSUER: 'id.example', UPSTREAM_CLIENT_ID: 'x' }, 'UPSTREAM_ISSUER: write an https address'],
    [{ UPSTREAM_ISSUER: 'https://id.example' }, 'UPSTREAM_CLIENT_ID: set it and UPSTREAM_ISSUER together'],
    [{ UPSTREAM_CLIENT_ID: 'x' }, 'UPSTREAM_CLIENT_ID: set it and UPSTREAM_ISSUER together'],
    [{ UPSTREAM_CLIENT_SECRET: 'x' }, 'UPSTREAM_CLIENT_SECRET: name the UPSTREAM_ISSUER'],
  ])('takes a whole upstream provider, and not %j', (source, fault) => {
    expect(faultsOf(source)).toEqual([expect.stringContaining(fault)]);
    const whole = { UPSTREAM_ISSUER: 'https://id.example/tenant', UPSTREAM_CLIENT_ID: 'x' };
    expect(read(whole)).toMatchObject(whole);
  });

  it('derives the public address from the port', () => {
    expect(read({ PORT: '4000' }).PUBLIC_URL).toBe('http://localhost:4000');
  });

  it('drops a closing slash of the public address', () => {
    expect(read({ PUBLIC_URL: 'https://id.example/' }).PUBLIC_URL).toBe('https://id.example');
  });

  it('names all faults together', () => {
    const faults = faultsOf({
      PORT: '0',
      PUBLIC_URL: 'https://id.example/path',
      LOG_LEVEL: 'loud',
      ADMIN_TOKEN: 'short',
    });
    expect(faults).toEqual([
      'PORT: write a port between 1 and 65535',
      'PUBLIC_URL: write scheme, host and port only, without a path',
      'ADMIN_TOKEN: use at least 32 characters',
      'LOG_LEVEL: write one of trace, debug, info, warn, error, fatal, silent',
    ]);
  });

  it('names contradictions together with other faults, but not of variables that are wrong themselves', () => {
    const faults = faultsOf({
      PORT: 'abc',
      PUBLIC_URL: 'http://id.example',
      SCOPES: 'dcr',
      DYNAMIC_CLIENTS_DATA_SOURCE: 'nope',
      OPS_PORT: '3000',
    });
    expect(faults.map((fault) => fault.split(':')[0])).toEqual([
      'PORT',
      'PUBLIC_URL',
      'DYNAMIC_CLIENTS_DATA_SOURCE',
      'SCOPES',
    ]);
  });

  it('takes no clients by documents where another server would have to read them', () => {
    const settings = { METADATA_DOCUMENT_TEMPLATE: 'mcp', TOKEN_SERVICE: 'off' };
    expect(faultsOf(settings)).toEqual([expect.stringContaining('METADATA_DOCUMENT_TEMPLATE: ')]);
    expect(read({ METADATA_DOCUMENT_TEMPLATE: 'mcp' }).METADATA_DOCUMENT_TEMPLATE).toBe('mcp');
  });

  it.each([
    ['sqlite:data/a.db', 'sqlite:./data/../data/a.db'],
    ['mysql://u:p@a,b:3306/d', 'mariadb://other@B,A/d'],
    ['postgres://u@h/d', 'postgresql://u@h:5432/d?tls=on'],
  ])('refuses one database under two names: %s and %s', (one, other) => {
    const settings = {
      DATA_SOURCES: 'default,one,other',
      DATA_SOURCE_DEFAULT_URL: 'sqlite:x.db',
      DATA_SOURCE_ONE_URL: one,
    };
    expect(faultsOf({ ...settings, DATA_SOURCE_OTHER_URL: other })).toEqual([
      'DATA_SOURCES: one and other are one database; name it once, and let both roles use that name',
    ]);
    expect(faultsOf({ ...settings, SECRET_KEY: key, DATA_SOURCE_OTHER_URL: `${other.split('?')[0]}2` })).toEqual([]);
  });

  it.each([
    ['PORT', '65536'],
    ['PORT', 'http'],
    ['PUBLIC_URL', 'id.example'],
    ['PUBLIC_URL', 'ftp://id.example'],
    ['PUBLIC_URL', 'https://user@id.example'],
    ['PUBLIC_URL', 'https://id.example?x'],
    ['PUBLIC_URL', 'http://id.example'],
    ['PUBLIC_URL', 'http://localhost.id.example'],
    ['DATA_SOURCES', 'Default'],
    ['DATA_SOURCES', 'default,default'],
    ['DATA_SOURCE_DEFAULT_URL', 'oracle://db'],
    ['DATA_SOURCE_DEFAULT_URL', 'sqlite:'],
    ['DATA_SOURCE_DEFAULT_URL', 'mysql://u@h/d?tls=on&tls_ca=/nowhere.pem'],
    ['DYNAMIC_CLIENTS_DATA_SOURCE', 'elsewhere'],
    ['DATABASE_CLIENTS_DATA_SOURCE', 'elsewhere'],
    ['MIGRATE', 'yes'],
    ['SECRET_KEY', 'short'],
    ['SECRET_KEY', `${key},short`],
    ['SECRET_KEY', `${key},${key}`],
    ['SECRET_KEY', `${'!'.repeat(10)}${key}`],
    ['DATA_SOURCE_DEFAULT_POOL_SIZE', 'many'],
    ['SCOPES', 'openid dcr'],
    ['SCOPES', 'openid "quoted"'],
    ['CORS_ORIGINS', 'https://a.example/path'],
    ['DOCS', 'true'],
    ['OPS_PORT', '3000'],
    ['SERVER_METADATA', join(folder, 'nowhere.json')],
    ['ADMIN_TOKEN_FILE', join(folder, 'nowhere')],
  ])('refuses %s=%s', (name, value) => {
    expect(faultsOf({ [name]: value })).toEqual([expect.stringMatching(new RegExp(`^${name.replace(/_FILE$/, '')}`))]);
  });

  it('takes http for a public address only where it is told to', () => {
    const source = { PUBLIC_URL: 'http://id.example', REQUIRE_HTTPS_PUBLIC_URL: 'off' };
    expect(read(source).PUBLIC_URL).toBe('http://id.example');
  });

  it('reads a variable from the file that its _FILE names', () => {
    const path = join(folder, 'admin-token');
    writeFileSync(path, `${'t'.repeat(32)}\n`);
    expect(read({ ADMIN_TOKEN_FILE: path }).ADMIN_TOKEN).toBe('t'.repeat(32));
    expect(faultsOf({ ADMIN_TOKEN_FILE: path, ADMIN_TOKEN: 't'.repeat(32) })).toEqual([
      'ADMIN_TOKEN: set either ADMIN_TOKEN or ADMIN_TOKEN_FILE, not both',
    ]);
  });

  it('takes the metadata of a foreign server only in place of the built-in one', () => {
    const path = join(folder, 'server.json');
    writeFileSync(path, JSON.stringify({ issuer: 'https://as.example', response_types_supported: ['code'] }));
    expect(faultsOf({ SERVER_METADATA: path })).toHaveLength(1);
    expect(read({ SERVER_METADATA: path, TOKEN_SERVICE: 'off' }).SERVER_METADATA).toMatchObject({
      issuer: 'https://as.example',
      grant_types_supported: ['authorization_code'],
      token_endpoint_auth_methods_supported: ['client_secret_basic'],
    });
  });

  it.each([
    '{"issuer":"https://as.example","response_types_supported":["code"],"grant_types_supported":"password"}',
    '[]',
    '{',
    '{"issuer":"https://as.example"}',
    '{"issuer":5,"response_types_supported":["code"]}',
  ])('refuses %s as the metadata of a server', (document) => {
    const path = join(folder, 'bad.json');
    writeFileSync(path, document);
    expect(faultsOf({ SERVER_METADATA: path, TOKEN_SERVICE: 'off' })).toHaveLength(1);
  });
});

describe('the secret key', () => {
  const url = (name: string) => ({ DATA_SOURCE_DEFAULT_URL: `sqlite:${join(folder, name, 'clientele.db')}` });
  const keyFile = (name: string) => join(folder, name, 'secret.key');

  it('is made beside a new database, for its owner alone, and found again', () => {
    const made = readEnvironment(url('new')).SECRET_KEY[0]!;
    expect(made).toHaveLength(32);
    expect(readFileSync(keyFile('new'), 'utf8').trim()).toBe(made.toString('base64url'));
    expect(statSync(keyFile('new')).mode & 0o777).toBe(0o600);
    expect(readEnvironment(url('new')).SECRET_KEY[0]).toEqual(made);
  });

  it('is not made anew for a database that has lost it', () => {
    readEnvironment(url('lost'));
    rmSync(keyFile('lost'));
    writeFileSync(join(folder, 'lost', 'clientele.db'), 'rows');
    expect(() => readEnvironment(url('lost'))).toThrow(/secret\.key is gone: restore it, or set SECRET_KEY/);
  });

  it('can be a list', () => {
    expect(read({ SECRET_KEY: `${key},${'B'.repeat(42)}A` }).SECRET_KEY).toHaveLength(2);
  });
});
