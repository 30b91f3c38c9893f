import { describe, expect, it } from '@jest/globals';
import { metadataChoices } from './metadata-choices.js';
import { ignoredFaults, readMetadata, untagged } from './read-metadata.js';

describe('reading a document', () => {
  it('ignores members that nobody knows (RFC 7591 section 2)', () => {
    expect(readMetadata({ client_name: 'x', x_unknown: { a: 1 }, Client_Name: 'y' })).toEqual({ client_name: 'x' });
  });

  it.each([
    'client_id',
    'client_secret',
    'client_id_issued_at',
    'client_secret_expires_at',
    'registration_access_token',
  ])('never takes %s from a client (RFC 7591 section 3.2.1)', (name) => {
    expect(readMetadata({ [name]: 'x' })).toEqual({});
  });

  it('is not led astray by names that objects inherit', () => {
    const document = JSON.parse('{"__proto__": {"client_name": "x"}, "constructor": "x", "toString": "x"}') as object;
    const metadata = readMetadata({ ...document, hasOwnProperty: 'x' });
    expect(Object.keys(metadata)).toEqual([]);
    expect(metadata.client_name).toBeUndefined();
    expect(readMetadata(document as Record<string, unknown>)).toEqual({});
    expect(readMetadata(Object.create({ client_name: 'x' }) as Record<string, unknown>)).toEqual({});
  });

  it('takes null for absent, but no other empty value (RFC 7592 section 2.2)', () => {
    expect(readMetadata({ client_uri: null, 'client_name#fr': null, client_name: '', grant_types: [] })).toEqual({
      client_name: '',
      grant_types: [],
    });
  });

  it('keeps variants of members for people exactly as spelled, and no others (RFC 7591 section 2.2)', () => {
    const variants = { 'client_name#ja-Jpan-JP': 'a', 'client_name#': 'b', 'tos_uri#FR': 'c', 'client_name#a#b': 'd' };
    const others = { 'scope#fr': 'a', 'redirect_uris#fr': [], 'unknown#fr': 'b', '#fr': 'c', '__proto__#fr': 'd' };
    expect(readMetadata({ ...variants, ...others })).toEqual(variants);
    expect(untagged('client_name#a#b')).toBe('client_name');
  });

  it('counts repeated strings of a list once, in the order of the first', () => {
    expect(readMetadata({ contacts: ['b', 'a', 'b', 'A'] })).toEqual({ contacts: ['b', 'a', 'A'] });
    expect(readMetadata({ contacts: ['b', 5, 'b'] })).toEqual({ contacts: ['b', 5, 'b'] });
  });

  it('judges nothing', () => {
    const document = { redirect_uris: 5, grant_types: {}, jwks: [null] };
    expect(readMetadata(document)).toEqual(document);
  });

  it('knows the lists to choose from (OpenID Connect RP Metadata Choices 1.0 section 2)', () => {
    const document = Object.fromEntries(metadataChoices.map(({ list }) => [list, ['x']]));
    expect(Object.keys(readMetadata(document))).toHaveLength(19);
  });
});

describe('reading what is no metadata', () => {
  it('drops members that are null, however deep (RFC 7592 section 2.2)', () => {
    const vp_formats_supported = { jwt_vp: { alg: ['ES256'], note: null } };
    expect(readMetadata({ client_uri: null, vp_formats_supported })).toEqual({
      vp_formats_supported: { jwt_vp: { alg: ['ES256'] } },
    });
  });

  it('keeps a list that is too long as it is, to be refused', () => {
    const redirect_uris = Array.from({ length: 101 }, () => 'https://app.example/cb');
    expect(readMetadata({ redirect_uris })).toEqual({ redirect_uris });
  });

  it.each([
    ['a NUL', { x_unknown: 'a\u0000b' }],
    ['a control character in a name', { 'x\u0007': 1 }],
    ['a lone surrogate, however deep', { x_unknown: [{ a: '\ud800' }] }],
    ['a number beyond all bounds', JSON.parse('{"x_unknown": 1e400}') as object],
  ])('does not ignore %s (RFC 8259 section 8)', (_what, document) => {
    expect(ignoredFaults(document as Record<string, unknown>)).toEqual([
      {
        member: 'unknown members',
        rule: 'RFC 8259 section 8',
        message: expect.stringMatching(/^unknown members must/),
      },
    ]);
  });

  it('ignores everything else', () => {
    expect(ignoredFaults({ x_unknown: { a: [null, 'b', 1] }, x_other: null, client_name: '\u0000' })).toEqual([]);
  });
});
