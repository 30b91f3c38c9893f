import { describe, expect, it } from '@jest/globals';
import { administratorScopes } from '../config/scopes.js';
import type { MemberPolicy } from '../templates/metadata-policy.js';
import { givableScopes, scopesNeededFor } from './reserved-scopes.js';
import { scopeRules, type ScopeSources } from './scope-rules.js';
import { narrowScope } from './scope.js';
import { Trace } from './trace.js';

const rulesOf = (policy?: MemberPolicy, sources: Partial<ScopeSources> = {}) =>
  scopeRules({ server: ['openid', 'email'], isOpen: true, policy, bounds: {}, outside: 'drop', ...sources });

const narrowed = (scope: unknown, rules = rulesOf()) => {
  const { document, violations } = narrowScope({ scope }, rules, new Trace());
  return violations.length > 0 ? violations.map(({ message }) => message) : document['scope'];
};

describe('a scope that is asked for (RFC 7591 section 2)', () => {
  it('loses what may not be given, and says each once', () => {
    expect(narrowed('email admin email openid')).toBe('email openid');
  });

  it('is all that may be given where nothing is asked, or nothing is left', () => {
    expect(narrowed(undefined)).toBe('openid email');
    expect(narrowed('')).toBe('openid email');
    expect(narrowed('', rulesOf(undefined, { outside: 'refuse' }))).toBe('openid email');
    expect(narrowed('', rulesOf({ within: ['openid'] }))).toBe('openid');
    expect(narrowed('admin')).toBe('openid email');
  });

  it('is within the scope of the token, each word once', () => {
    const rules = rulesOf(undefined, { bounds: { scope: 'email gone email' } });
    expect(narrowed(undefined, rules)).toBe('email');
    expect(narrowed('openid email', rules)).toBe('email');
  });

  it('is refused where the token leaves nothing', () => {
    const message = 'scope of the initial access token is not on offer any more; ask for another token';
    expect(narrowed(undefined, rulesOf(undefined, { bounds: { scope: 'gone' } }))).toEqual([message]);
  });

  it('is none on a server that has none', () => {
    expect(narrowed('openid', rulesOf(undefined, { server: [] }))).toBeUndefined();
    expect(narrowed('', rulesOf(undefined, { server: [] }))).toBeUndefined();
  });

  it.each([5, ['openid'], 'openid  email', ' '])('stays as it is to be refused: %j', (scope) => {
    expect(narrowed(scope)).toBe(scope);
  });

  it('is refused where an administrator asks for more than there is', () => {
    const rules = rulesOf(undefined, { outside: 'refuse', further: ['audit:read'] });
    expect(narrowed('openid audit:read', rules)).toBe('openid audit:read');
    const own = rulesOf(undefined, { outside: 'refuse', further: ['audit:read', 'audit:read'] });
    expect(narrowed('openid orders', own)).toEqual(['scope must hold only scopes out of: openid email audit:read']);
    expect(narrowed(undefined, rules)).toBe('openid email');
  });
});

describe('a template for scopes (OpenID Federation 1.0 section 6.1.3.1.8)', () => {
  it.each<[string, MemberPolicy, unknown, unknown]>([
    ['drops', { subset_of: ['openid', 'orders'] }, 'openid email orders', 'openid orders'],
    [
      'gives its default where nothing is left',
      { subset_of: ['openid', 'orders'], default: 'orders' },
      'email',
      'orders',
    ],
    ['gives all it allows where it has no default', { subset_of: ['openid', 'orders'] }, 'email', 'openid orders'],
    ['gives all it allows where nothing is asked', { within: ['openid', 'orders'] }, undefined, 'openid orders'],
    [
      'refuses',
      { within: ['openid', 'orders'] },
      'openid email',
      ['scope must hold only scopes out of: openid orders'],
    ],
    ['offers what it adds', { add: ['orders'] }, 'email orders', 'email orders'],
    ['offers what it demands', { superset_of: ['orders'] }, 'email orders', 'email orders'],
    ['never gives what is reserved', { subset_of: ['openid', 'dcr'] }, 'openid dcr', 'openid'],
  ])('%s', (_title, policy, scope, expected) => {
    expect(narrowed(scope, rulesOf(policy))).toEqual(expected);
  });

  it('gives of its default what the token allows, else what both allow', () => {
    const policy = { subset_of: ['openid', 'email', 'orders'], default: 'openid orders' };
    expect(narrowed(undefined, rulesOf(policy, { bounds: { scope: 'orders email' } }))).toBe('orders');
    expect(narrowed(undefined, rulesOf(policy, { bounds: { scope: 'email' } }))).toBe('email');
  });

  it('offers no more than a server that says itself what it has', () => {
    expect(narrowed('openid orders', rulesOf({ subset_of: ['openid', 'orders'] }, { isOpen: false }))).toBe('openid');
  });
});

describe('the trace of a scope', () => {
  it('says what the offer and the token dropped, and what it fell back to', () => {
    const trace = new Trace();
    const rules = rulesOf({ subset_of: ['openid', 'orders'], default: 'openid' }, { bounds: { scope: 'openid' } });
    narrowScope({ scope: 'email orders' }, rules, trace);
    const entry = { step: 'fill_in', member: 'scope', outcome: 'changed' };
    expect(trace.entries).toEqual([
      { ...entry, rule: 'template: metadata.scope.subset_of', before: 'email orders', after: 'orders' },
      { ...entry, rule: 'bounds of the initial access token', before: 'orders', after: '' },
      { ...entry, rule: 'template: metadata.scope.default', before: '', after: 'openid' },
    ]);
  });
});

describe('reserved scopes', () => {
  it('are given away only by who has what they give', () => {
    expect(givableScopes(['tokens:issue', 'audit:read'])).toEqual(['dcr', 'tokens:issue', 'audit:read']);
    expect(givableScopes(administratorScopes)).toEqual(['dcr', 'dcrm', ...administratorScopes]);
    expect(scopesNeededFor(['openid', 'dcr', 'dcrm', 'audit:read'])).toEqual([
      'tokens:issue',
      'clients:write',
      'audit:read',
    ]);
  });
});
