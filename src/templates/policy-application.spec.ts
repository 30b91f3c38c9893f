import { describe, expect, it } from '@jest/globals';
import type { TraceEntry } from '../metadata/trace.js';
import type { MetadataPolicy } from './metadata-policy.js';
import { fillByPolicy, limitByPolicy } from './policy-application.js';
import { policyFaults } from './policy-faults.js';

const apply = (document: Record<string, unknown>, policy: MetadataPolicy) => {
  expect(policyFaults(policy)).toEqual([]);
  const trace: TraceEntry[] = [];
  const tell = (entry: TraceEntry) => void trace.push(entry);
  const filled = fillByPolicy(document, policy, {}, tell);
  return { ...limitByPolicy(filled, policy, {}, tell), trace };
};

const result = (document: Record<string, unknown>, policy: MetadataPolicy) => {
  const { document: left, violations } = apply(document, policy);
  return violations.length > 0 ? violations.map(({ message }) => message) : left;
};

describe('the example of a relying party (OpenID Federation 1.0 section 6.1.5)', () => {
  const policy = {
    grant_types: {
      default: ['authorization_code'],
      subset_of: ['authorization_code', 'refresh_token'],
      superset_of: ['authorization_code'],
    },
    token_endpoint_auth_method: { one_of: ['private_key_jwt', 'self_signed_tls_client_auth'], essential: true },
    token_endpoint_auth_signing_alg: { one_of: ['PS256', 'ES256'] },
    subject_type: { value: 'pairwise' },
    contacts: { add: ['desk@federation.example'] },
  };

  it('resolves', () => {
    const document = {
      redirect_uris: ['https://rp.example/callback'],
      token_endpoint_auth_method: 'self_signed_tls_client_auth',
      contacts: ['admins@rp.example'],
    };
    expect(result(document, policy)).toEqual({
      redirect_uris: ['https://rp.example/callback'],
      grant_types: ['authorization_code'],
      token_endpoint_auth_method: 'self_signed_tls_client_auth',
      subject_type: 'pairwise',
      contacts: ['admins@rp.example', 'desk@federation.example'],
    });
  });

  it('refuses all that is outside at once', () => {
    expect(result({ grant_types: ['refresh_token'], token_endpoint_auth_signing_alg: 'RS256' }, policy)).toEqual([
      'grant_types must hold all of: authorization_code',
      'token_endpoint_auth_method must not be left out',
      'token_endpoint_auth_signing_alg must be one of: PS256, ES256',
    ]);
  });
});

describe('each operator (OpenID Federation 1.0 section 6.1.3.1)', () => {
  it.each<[string, Record<string, unknown>, MetadataPolicy, unknown]>([
    ['value sets', {}, { client_name: { value: 'A' } }, { client_name: 'A' }],
    ['value replaces', { client_name: 'B' }, { client_name: { value: 'A' } }, { client_name: 'A' }],
    ['value of null takes away', { client_name: 'B' }, { client_name: { value: null } }, {}],
    ['value of a scope may be a list', {}, { scope: { value: ['a', 'b'] } }, { scope: 'a b' }],
    ['add sets', {}, { contacts: { add: ['a'] } }, { contacts: ['a'] }],
    [
      'add adds what is missing',
      { contacts: ['b', 'a'] },
      { contacts: { add: ['a', 'c'] } },
      { contacts: ['b', 'a', 'c'] },
    ],
    ['add adds words', { scope: 'a' }, { scope: { add: ['b', 'a'] } }, { scope: 'a b' }],
    ['default sets', {}, { contacts: { default: ['a'] } }, { contacts: ['a'] }],
    ['default leaves what is there', { contacts: [] }, { contacts: { default: ['a'] } }, { contacts: [] }],
    ['default comes after add', {}, { contacts: { add: ['a'], default: ['b'] } }, { contacts: ['a'] }],
    [
      'one_of lets pass',
      { subject_type: 'public' },
      { subject_type: { one_of: ['public'] } },
      { subject_type: 'public' },
    ],
    ['one_of lets be absent', {}, { subject_type: { one_of: ['public'] } }, {}],
    [
      'one_of refuses',
      { subject_type: 'pairwise' },
      { subject_type: { one_of: ['public'] } },
      ['subject_type must be one of: public'],
    ],
    ['subset_of drops', { contacts: ['x', 'a', 'y'] }, { contacts: { subset_of: ['b', 'a'] } }, { contacts: ['a'] }],
    ['subset_of drops words', { scope: 'x a y' }, { scope: { subset_of: ['b', 'a'] } }, { scope: 'a' }],
    ['subset_of lets be empty', { contacts: [] }, { contacts: { subset_of: ['a'] } }, { contacts: [] }],
    [
      'subset_of refuses where nothing is left',
      { contacts: ['x'] },
      { contacts: { subset_of: ['a', 'b'] } },
      ['contacts must hold one or more of: a, b'],
    ],
    ['within lets pass', { contacts: ['a'] }, { contacts: { within: ['a', 'b'] } }, { contacts: ['a'] }],
    [
      'within refuses',
      { contacts: ['a', 'x'] },
      { contacts: { within: ['a', 'b'] } },
      ['contacts must hold only values out of: a, b'],
    ],
    ['within can close', { contacts: ['x'] }, { contacts: { within: [] } }, ['contacts must be empty']],
    ['superset_of lets pass', { scope: 'x a b' }, { scope: { superset_of: ['b', 'a'] } }, { scope: 'x a b' }],
    ['superset_of lets be absent', {}, { scope: { superset_of: ['a'] } }, {}],
    ['superset_of refuses', { scope: 'x a' }, { scope: { superset_of: ['b', 'a'] } }, ['scope must hold all of: b, a']],
    [
      'superset_of is judged on what subset_of left',
      { contacts: ['x', 'a'] },
      { contacts: { subset_of: ['a', 'b'], superset_of: ['b'] } },
      ['contacts must hold all of: b'],
    ],
    ['essential lets pass', { client_name: 'A' }, { client_name: { essential: true } }, { client_name: 'A' }],
    ['essential refuses', {}, { client_name: { essential: true } }, ['client_name must not be left out']],
    [
      'essential takes an empty list for absent',
      { redirect_uris: [] },
      { redirect_uris: { essential: true } },
      ['redirect_uris must not be empty'],
    ],
    ['essential can be off', {}, { client_name: { essential: false } }, {}],
    ['essential is met by a default', {}, { client_name: { default: 'A', essential: true } }, { client_name: 'A' }],
    [
      'leaves a value of a wrong type to its own rules',
      { contacts: 5 },
      { contacts: { add: ['a'], subset_of: ['a'], superset_of: ['a'] } },
      { contacts: 5 },
    ],
    [
      'names no value that an answer must not repeat',
      { client_name: 'x' },
      { client_name: { one_of: ['"'] } },
      ['client_name must be one of the values that its template allows'],
    ],
  ])('%s', (_title, document, policy, expected) => {
    expect(result(document, policy)).toEqual(expected);
  });
});

describe('language variants (RFC 7591 section 2.2)', () => {
  it.each<[string, MetadataPolicy, unknown]>([
    ['value', { client_name: { value: 'A' } }, { client_name: 'A', 'client_name#de': 'A' }],
    ['value of null', { client_name: { value: null } }, {}],
    ['one_of', { client_name: { one_of: ['x'] } }, ['client_name#de must be one of: x']],
  ])('are bound by %s', (_title, policy, expected) => {
    expect(result({ client_name: 'x', 'client_name#de': 'y' }, policy)).toEqual(expected);
  });

  it('are neither filled in nor take the place of the member itself', () => {
    expect(result({ 'client_name#de': 'y' }, { client_name: { default: 'A' } })).toEqual({
      client_name: 'A',
      'client_name#de': 'y',
    });
    const { trace } = apply({ 'client_name#de': 'y' }, { client_name: { default: 'A', essential: true } });
    expect(trace.map(({ member }) => member)).toEqual(['client_name', 'client_name']);
    expect(result({ 'client_name#de': 'y' }, { client_name: { essential: true } })).toEqual([
      'client_name must not be left out',
    ]);
  });
});

describe('the trace of a policy', () => {
  it('has every rule that passed, changed or refused, at its place in the template and in the order of the operators', () => {
    const policy = {
      contacts: { subset_of: ['a', 'b'], add: ['b'] },
      client_name: { one_of: ['A'] },
      subject_type: { essential: true, default: 'public' },
    };
    expect(apply({ contacts: ['x', 'a'], client_name: 'B' }, policy).trace).toEqual([
      {
        step: 'fill_in',
        member: 'contacts',
        rule: 'template: metadata.contacts.add',
        outcome: 'changed',
        before: ['x', 'a'],
        after: ['x', 'a', 'b'],
      },
      {
        step: 'fill_in',
        member: 'subject_type',
        rule: 'template: metadata.subject_type.default',
        outcome: 'changed',
        after: 'public',
      },
      {
        step: 'fill_in',
        member: 'contacts',
        rule: 'template: metadata.contacts.subset_of',
        outcome: 'changed',
        before: ['x', 'a', 'b'],
        after: ['a', 'b'],
      },
      {
        step: 'fill_in',
        member: 'client_name',
        rule: 'template: metadata.client_name.one_of',
        outcome: 'refused',
        before: 'B',
      },
      { step: 'fill_in', member: 'subject_type', rule: 'template: metadata.subject_type.essential', outcome: 'passed' },
    ]);
  });

  it('names the same place as the violation', () => {
    expect(apply({ client_name: 'B' }, { client_name: { one_of: ['A'] } }).violations).toEqual([
      {
        member: 'client_name',
        rule: 'template: metadata.client_name.one_of',
        message: 'client_name must be one of: A',
      },
    ]);
  });
});
