import { describe, expect, it } from '@jest/globals';
import { metadataChoices } from './metadata-choices.js';
import { readMetadata, untagged } from './read-metadata.js';

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
