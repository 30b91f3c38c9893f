import { generateKeyPairSync, type JsonWebKey } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { certificate, certifiedKey } from '../../test/support/metadata-language.js';
import { keySetFaults } from './key-set.js';

const jwk = (type: 'ec' | 'rsa' | 'ed25519' | 'ed448' | 'x25519' | 'x448', options: object = {}): JsonWebKey =>
  (generateKeyPairSync as (type: string, options: object) => { publicKey: { export(as: object): JsonWebKey } })(
    type,
    options,
  ).publicKey.export({ format: 'jwk' });

const rsa = jwk('rsa', { modulusLength: 2048 });
const ec = jwk('ec', { namedCurve: 'P-256' });

describe('a key set', () => {
  it.each([
    ['RSA', rsa],
    ['P-256', ec],
    ['P-384', jwk('ec', { namedCurve: 'P-384' })],
    ['P-521', jwk('ec', { namedCurve: 'P-521' })],
    ['secp256k1', jwk('ec', { namedCurve: 'secp256k1' })],
    ['Ed25519', jwk('ed25519')],
    ['Ed448', jwk('ed448')],
    ['X25519', jwk('x25519')],
    ['X448', jwk('x448')],
    ['AKP', { kty: 'AKP', alg: 'ML-DSA-44', pub: 'AAAA' }],
    ['an unknown type', { kty: 'new', anything: [1] }],
    ['an unknown curve', { kty: 'EC', crv: 'P-999', x: 'AA', y: 'AA' }],
    ['a key with members of its own', { ...ec, kid: 'a', use: 'sig', alg: 'ES256', key_ops: ['verify'], x: ec.x }],
  ])('may hold %s (RFC 7517 section 5)', (_, key) => {
    expect(keySetFaults({ keys: [key], extra: true })).toEqual([]);
  });

  it('may be empty', () => {
    expect(keySetFaults({ keys: [] })).toEqual([]);
  });

  it.each([
    ['must be a JSON object', '{"keys":[]}'],
    ['must be a JSON object', []],
    ['.keys must be a list of keys', {}],
    ['.keys must be a list of keys', { keys: {} }],
    ['.keys must not hold more than 32 keys', { keys: Array.from({ length: 33 }, () => ec) }],
    ['.keys[1] must be a JSON object', { keys: [ec, 'x'] }],
    ['.keys[0] must be a JSON object', { keys: [null] }],
    ['.keys[0] must have a kty', { keys: [{}] }],
    ['.keys[0] must have a string as kid', { keys: [{ ...ec, kid: 5 }] }],
    ['.keys[0] must have a string as n', { keys: [{ kty: 'RSA', e: 'AQAB' }] }],
    ['.keys[0] must have a string as crv', { keys: [{ kty: 'EC', x: ec.x, y: ec.y }] }],
    ['.keys[0] must have a string as x', { keys: [{ kty: 'OKP', crv: 'Ed25519' }] }],
    ['.keys[0] must have a string as pub', { keys: [{ kty: 'AKP' }] }],
    ['.keys[0] must have a base64url value as x', { keys: [{ ...ec, x: 'a=+/' }] }],
    ['.keys[0] must be a valid EC key', { keys: [{ ...ec, y: ec.x }] }],
    ['.keys[0] must be a valid OKP key', { keys: [{ kty: 'OKP', crv: 'Ed25519', x: 'AAAA' }] }],
    ['.keys[0] must be a valid EC key', { keys: [{ kty: 'EC', crv: 'Ed25519', x: 'AAAA', y: 'AAAA' }] }],
    ['.keys[0] must have a modulus of 2048 to 8192 bits', { keys: [jwk('rsa', { modulusLength: 1024 })] }],
    ['modulus of 2048 to 8192 bits', { keys: [{ ...rsa, n: 'A'.repeat(4000) }] }],
    ['.keys[0] must have a modulus of 2048 to 8192 bits', { keys: [{ ...rsa, n: '_'.repeat(1500) }] }],
    ['odd public exponent', { keys: [{ ...rsa, e: 'AQ' }] }],
    ['odd public exponent', { keys: [{ ...rsa, e: 'Ag' }] }],
    ['odd public exponent', { keys: [{ ...rsa, e: '_'.repeat(40) }] }],
    ['must not contain control characters or broken Unicode', { keys: [{ ...ec, kid: 'a\u0000' }] }],
  ])('is refused: %s', (fault, set) => {
    expect(keySetFaults(set)).toEqual([expect.stringContaining(fault)]);
  });

  it.each(['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv'])(
    'has no private member %s, whatever the type of the key (OpenID Connect Registration 1.0 section 2)',
    (member) => {
      for (const key of [rsa, ec, { kty: 'new' }]) {
        expect(keySetFaults({ keys: [ec, { ...key, [member]: 'AA' }] })).toEqual([
          '.keys[1] must not hold private members',
        ]);
      }
    },
  );

  it('has no symmetric key (OpenID Connect Registration 1.0 section 2)', () => {
    expect(keySetFaults({ keys: [{ kty: 'oct', k: 'AA' }] })).toEqual(['.keys[0] must not be a symmetric key']);
  });

  it('says of every key what it is for when some sign and others encrypt (OpenID Connect Registration 1.0 section 2)', () => {
    const [sig, enc] = ['sig', 'enc'].map((use) => ({ ...ec, use }));
    expect(keySetFaults({ keys: [sig, enc, ec] })).toEqual(['.keys[2] must have a use']);
    expect(keySetFaults({ keys: [sig, enc] })).toEqual([]);
    expect(keySetFaults({ keys: [sig, ec] })).toEqual([]);
  });

  it('has the key of the first certificate beside the certificates (RFC 7517 section 4.7)', () => {
    const chain = (key: object, x5c: unknown) => keySetFaults({ keys: [{ ...key, x5c }] });
    expect(chain(certifiedKey, [certificate])).toEqual([]);
    expect(chain(certifiedKey, [certificate, certificate])).toEqual([]);
    expect(chain({ kty: 'new' }, [certificate])).toEqual([]);
    expect(chain(ec, [certificate])).toEqual(['.keys[0] must have the key of the first certificate in x5c']);
  });

  it.each(['x', [], [5], ['AAAA'], ['not base64'], [`${certificate} `], Array.from({ length: 9 }, () => certificate)])(
    'has certificates in base64 (RFC 7517 section 4.7), case %#',
    (x5c) => {
      expect(keySetFaults({ keys: [{ ...certifiedKey, x5c }] })).toEqual([expect.stringContaining('x5c')]);
      expect(keySetFaults({ keys: [{ kty: 'new', x5c }] })).toEqual([expect.stringContaining('x5c')]);
    },
  );
});
