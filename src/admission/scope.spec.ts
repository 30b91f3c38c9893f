import { describe, expect, it } from '@jest/globals';
import { narrowScope, scopesWithin } from './scope.js';

describe('the scopes that may be given', () => {
  it('are those on offer, each once, within the scope of the token', () => {
    expect(scopesWithin(['openid', 'email'], undefined)).toEqual(['openid', 'email']);
    expect(scopesWithin(['openid', 'email'], 'email gone email')).toEqual(['email']);
  });
});

describe('a scope that is asked for (RFC 7591 section 2)', () => {
  const given = (scope: unknown, allowed = ['openid', 'email']) => narrowScope({ scope }, allowed).scope;

  it('loses what may not be given, and says each once', () => {
    expect(given('email admin email openid')).toBe('email openid');
  });

  it('is all that may be given where nothing is asked, or nothing is left', () => {
    expect(given(undefined)).toBe('openid email');
    expect(given('admin')).toBe('openid email');
  });

  it('is never widened where nothing may be given', () => {
    expect(given(undefined, [])).toBeUndefined();
  });

  it.each([5, ['openid'], 'openid  email', ''])('stays as it is to be refused: %j', (scope) => {
    expect(given(scope)).toBe(scope);
  });
});
