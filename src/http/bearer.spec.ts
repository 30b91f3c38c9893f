import { describe, expect, it } from '@jest/globals';
import { bearerToken, challenge } from './bearer.js';

const token = (...authorization: string[]) => bearerToken({ headersDistinct: { authorization } });

describe('the bearer token', () => {
  it.each(['Bearer abc', 'bearer abc', 'BEARER abc', 'Bearer   abc'])(
    'is found in %j (RFC 9110 section 11.1)',
    (header) => {
      expect(token(header)).toEqual({ kind: 'token', token: 'abc' });
    },
  );

  it('may use all of b64token (RFC 6750 section 2.1)', () => {
    expect(token('Bearer aZ09-._~+/==')).toEqual({ kind: 'token', token: 'aZ09-._~+/==' });
  });

  it.each(['', 'Basic YTpi', 'Bearertoken abc', 'Digest bearer abc', 'DPoP abc', 'abc'])(
    'is not there in %j (RFC 6750 section 3.1)',
    (header) => {
      expect(token(header)).toEqual({ kind: 'none' });
    },
  );

  it('is not there without the header', () => {
    expect(bearerToken({ headersDistinct: {} })).toEqual({ kind: 'none' });
  });

  it.each([
    'Bearer',
    'Bearer a b',
    'Bearer\tabc',
    'Bearer a,Bearer b',
    'Bearer "abc"',
    'Bearer =',
    'Bearer a=b',
    'Bearer ä',
  ])('is malformed in %j (RFC 6750 section 2.1)', (header) => {
    expect(token(header)).toEqual({ kind: 'malformed' });
  });

  it('is malformed where two headers name one (RFC 6750 section 2)', () => {
    expect(token('Bearer a', 'Bearer a')).toEqual({ kind: 'malformed' });
    expect(token('Basic YTpi', 'Bearer a')).toEqual({ kind: 'malformed' });
  });

  it('is at most 4096 characters long', () => {
    expect(token(`Bearer ${'a'.repeat(4096)}`).kind).toBe('token');
    expect(token(`Bearer ${'a'.repeat(4097)}`).kind).toBe('malformed');
  });
});

describe('a challenge', () => {
  it('has the form of RFC 6750 section 3', () => {
    expect(challenge()).toBe('Bearer realm="clientele"');
    expect(challenge({ error: 'invalid_token' })).toBe('Bearer realm="clientele", error="invalid_token"');
    expect(challenge({ error: 'insufficient_scope', scope: 'clients:read' })).toBe(
      'Bearer realm="clientele", error="insufficient_scope", scope="clients:read"',
    );
  });
});
