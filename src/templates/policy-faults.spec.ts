import { describe, expect, it } from '@jest/globals';
import type { Extensions } from './extension-value.js';
import { type Operator, operators } from './metadata-policy.js';
import { policyFaults } from './policy-faults.js';

const faults = (policy: unknown, extensions?: Extensions) =>
  policyFaults(policy, extensions).map(({ path, message }) => `${path} ${message}`);

describe('a metadata policy (OpenID Federation 1.0 section 6.1)', () => {
  it('may say nothing, and anything of members and extensions', () => {
    expect(faults({})).toEqual([]);
    expect(faults({ grant_types: {}, client_name: { essential: true } })).toEqual([]);
    expect(faults({ x_department: { one_of: ['sales'] } }, { x_department: { type: 'string' } })).toEqual([]);
  });

  it.each([
    [5, ' must be a JSON object'],
    [[], ' must be a JSON object'],
    [{ grant_type: {} }, 'grant_type is neither a member of client metadata nor one of the extensions'],
    [{ constructor: {} }, 'constructor is neither a member of client metadata nor one of the extensions'],
    [
      { 'client_name#de': {} },
      'client_name#de must be written without a language: a rule holds for each variant of its member',
    ],
    [{ grant_types: ['x'] }, `grant_types must be a JSON object of operators: ${operators.join(', ')}`],
    [{ scope: { subsetOf: ['a'] } }, `scope.subsetOf is not one of the operators: ${operators.join(', ')}`],
    [{ scope: { toString: ['a'] } }, `scope.toString is not one of the operators: ${operators.join(', ')}`],
  ])('is refused as %j', (policy, message) => {
    expect(faults(policy)).toEqual([message]);
  });

  it('is told everything that is wrong with it', () => {
    expect(faults({ nothing: {}, scope: { essential: 1, one_of: ['a'] } })).toEqual([
      'nothing is neither a member of client metadata nor one of the extensions',
      'scope.essential must be true or false',
      'scope.one_of must not be used: scope is a list, for which there are subset_of and within',
    ]);
  });
});

describe('the values of operators (OpenID Federation 1.0 section 6.1.3.1)', () => {
  it.each([
    [{ grant_types: { add: 'refresh_token' } }, 'grant_types.add must be a list'],
    [{ application_type: { one_of: 'web' } }, 'application_type.one_of must be a list'],
    [{ application_type: { one_of: [] } }, 'application_type.one_of must not be empty'],
    [{ grant_types: { subset_of: [] } }, 'grant_types.subset_of must not be empty'],
    [{ application_type: { add: ['web'] } }, 'application_type.add must not be used: application_type is not a list'],
    [
      { application_type: { subset_of: ['web'] } },
      'application_type.subset_of must not be used: application_type is not a list',
    ],
    [
      { contacts: { one_of: [['a@b.example']] } },
      'contacts.one_of must not be used: contacts is a list, for which there are subset_of and within',
    ],
    [{ client_name: { default: null } }, 'client_name.default must not be null'],
    [{ client_name: { value: 5 } }, 'client_name.value must be a string'],
    [{ application_type: { one_of: ['web', 'desktop'] } }, 'application_type.one_of [1] must be one of: web, native'],
    [{ default_max_age: { default: -1 } }, 'default_max_age.default must be a whole number from 0 to 2147483647'],
    [{ scope: { subset_of: ['openid', 'a b'] } }, 'scope.subset_of [1] must be one scope token'],
    [{ scope: { default: 'openid  email' } }, 'scope.default must be scope tokens separated by single blanks'],
    [{ scope: { value: null } }, 'scope.value must not be null: a client without a scope gets all that is on offer'],
    [{ scope: { value: [] } }, 'scope.value must not be empty'],
    [{ scope: { default: [] } }, 'scope.default must not be empty'],
    [{ redirect_uris: { default: ['https://*/cb'] } }, 'redirect_uris.default [0] must not contain a wildcard'],
  ])('are refused in %j', (policy, message) => {
    expect(faults(policy)).toEqual([message]);
  });

  it.each([
    { grant_types: { value: ['authorization_code', 'refresh_token'] } },
    { scope: { value: ['openid', 'email'] } },
    { scope: { default: 'openid email', subset_of: ['openid', 'email'] } },
    { initiate_login_uri: { value: null } },
    { redirect_uris: { within: ['https://a.example/cb', 'com.example.app:/cb', 'http://127.0.0.1/cb'] } },
    { redirect_uris: { default: ['https://a.example/cb'], superset_of: ['https://a.example/cb'], essential: true } },
    { jwks: { essential: true } },
    { contacts: { within: [] } },
  ])('are taken in %j', (policy) => {
    expect(faults(policy)).toEqual([]);
  });

  it('are judged by the rules of an extension', () => {
    const extensions = { x_floor: { type: 'integer', maximum: 9 } } as const;
    expect(faults({ x_floor: { default: 10 } }, extensions)).toEqual(['x_floor.default must not be more than 9']);
    expect(faults({ x_floor: { add: [1] } }, extensions)).toEqual([
      'x_floor.add must not be used: x_floor is not a list',
    ]);
  });
});

describe('what no template can allow', () => {
  it.each([
    [{ value: ['implicit'] }, 'grant_types.value [0] must not be implicit'],
    [{ add: ['password'] }, 'grant_types.add [0] must not be password'],
    [{ default: ['password'] }, 'grant_types.default [0] must not be password'],
    [{ subset_of: ['authorization_code', 'implicit'] }, 'grant_types.subset_of [1] must not be implicit'],
    [{ within: ['authorization_code', 'password'] }, 'grant_types.within [1] must not be password'],
    [{ superset_of: ['implicit'] }, 'grant_types.superset_of [0] must not be implicit'],
  ])('is the implicit grant or the password grant, as in %j (RFC 9700 section 2)', (rules, message) => {
    expect(faults({ grant_types: rules })).toEqual([message]);
  });

  it.each(['value', 'add', 'one_of', 'subset_of'])('is to replace redirect URIs by %s', (operator) => {
    expect(faults({ redirect_uris: { [operator]: ['https://a.example/cb'] } })).toEqual([
      `redirect_uris.${operator} must not be used: a template never replaces redirect URIs; it takes default, within, superset_of, essential`,
    ]);
  });
});

/** The table of OpenID Federation 1.0 section 6.1.3.1: whether two operators may stand together, given fitting values. */
const mayCombine: Readonly<Record<string, string>> = {
  value: 'add default one_of subset_of within superset_of essential',
  add: 'value default subset_of within superset_of essential',
  default: 'value add one_of subset_of within superset_of essential',
  one_of: 'value default essential',
  subset_of: 'value add default superset_of essential',
  within: 'value add default superset_of essential',
  superset_of: 'value add default subset_of within essential',
  essential: 'value add default one_of subset_of within superset_of',
};

describe('two operators (OpenID Federation 1.0 section 6.1.3.1)', () => {
  const pairs = operators.flatMap((one) =>
    operators.filter((other) => other > one).map((other) => [one, other] as const),
  );

  const ofList = {
    ...{ value: ['a', 'b'], add: ['a'], default: ['a', 'b'] },
    ...{ subset_of: ['a', 'b', 'c'], within: ['a', 'b', 'c'], superset_of: ['a'], essential: true },
  };
  const ofText = { value: 'a', default: 'a', one_of: ['a', 'b'], essential: true };

  it.each(pairs)('%s and %s stand together as the table says', (one, other) => {
    const isOfText = one === 'one_of' || other === 'one_of';
    const [member, values] = isOfText ? ['client_name', ofText] : ['contacts', ofList];
    const pick = (operator: Operator) => (values as Record<string, unknown>)[operator] ?? ['a'];
    const said = faults({ [member]: { [one]: pick(one), [other]: pick(other) } });
    expect(said.length === 0).toBe(mayCombine[one]!.split(' ').includes(other));
  });

  it.each([
    [{ value: ['a'], add: ['b'] }, 'contacts.add must hold only values out of value'],
    [{ value: null, default: ['a'] }, 'contacts.default must not be combined with a value of null'],
    [{ value: ['a'], subset_of: ['b'] }, 'contacts.value must hold only values out of subset_of'],
    [{ value: ['a'], within: ['b'] }, 'contacts.value must hold only values out of within'],
    [{ value: ['a'], superset_of: ['a', 'b'] }, 'contacts.value must hold every value of superset_of'],
    [{ value: null, superset_of: ['a'] }, 'contacts.value must hold every value of superset_of'],
    [{ value: null, essential: true }, 'contacts.essential must not be true, combined with a value of null'],
    [{ add: ['a'], subset_of: ['b'] }, 'contacts.add must hold only values out of subset_of'],
    [{ add: ['a'], within: ['b'] }, 'contacts.add must hold only values out of within'],
    [{ default: ['a'], subset_of: ['b'] }, 'contacts.default must hold only values out of subset_of'],
    [{ default: ['a'], within: ['b'] }, 'contacts.default must hold only values out of within'],
    [{ default: ['a'], superset_of: ['b'] }, 'contacts.default must hold every value of superset_of'],
    [{ subset_of: ['a'], within: ['a'] }, 'contacts.within must not be combined with subset_of'],
    [{ subset_of: ['a'], superset_of: ['b'] }, 'contacts.subset_of must hold every value of superset_of'],
    [{ within: ['a'], superset_of: ['b'] }, 'contacts.within must hold every value of superset_of'],
  ])('contradict each other in %j', (rules, message) => {
    expect(faults({ contacts: rules })).toEqual([message]);
  });

  it.each([
    [{ value: 'a', one_of: ['b'] }, 'client_name.value must be one of the values in one_of'],
    [{ value: null, one_of: ['b'] }, 'client_name.value must be one of the values in one_of'],
    [{ default: 'a', one_of: ['b'] }, 'client_name.default must be one of the values in one_of'],
  ])('contradict each other in %j', (rules, message) => {
    expect(faults({ client_name: rules })).toEqual([message]);
  });

  it('take a scope for the list of its words (OpenID Federation 1.0 section 6.1.3.1.8)', () => {
    expect(faults({ scope: { default: 'openid email', subset_of: ['openid'] } })).toEqual([
      'scope.default must hold only values out of subset_of',
    ]);
    expect(faults({ scope: { value: 'openid email', superset_of: ['email'] } })).toEqual([]);
  });

  it('compare JSON objects whatever the order of their members', () => {
    const jwks = { keys: [{ kty: 'OKP', crv: 'Ed25519', x: 'A'.repeat(43) }] };
    const same = { keys: [{ crv: 'Ed25519', x: 'A'.repeat(43), kty: 'OKP' }] };
    expect(faults({ jwks: { value: jwks, one_of: [same] } })).toEqual([]);
  });
});
