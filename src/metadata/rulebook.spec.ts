import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  builtIn,
  refusalOf,
  registered,
  unbounded,
  violationsOf,
  webClient,
} from '../../test/support/metadata-language.js';
import { Refusal } from '../errors.js';
import { metadataMembers } from './client-metadata.js';
import { fillDefaults } from './defaults.js';
import { metadataChoices } from './metadata-choices.js';
import { check } from './rulebook.js';

const ciba = 'urn:openid:params:grant-type:ciba';

describe('a refusal (RFC 7591 section 3.2.2)', () => {
  const bad = {
    jwks: { keys: [{ kty: 'oct', k: 'AAAA' }] },
    token_endpoint_auth_method: 'private_key_jwt',
    subject_type: 'secret',
    response_types: [],
    client_name: 5,
    redirect_uris: ['https://app.example/#', 'nope'],
  };

  it('tells everything at once, members first, then bounds, then rules', () => {
    expect(refusalOf(bad)?.body).toEqual({
      error: 'invalid_redirect_uri',
      error_description: 'redirect_uris[0] must not contain a fragment',
      violations: [
        ['redirect_uris', 'RFC 7591 section 2', 'redirect_uris[0] must not contain a fragment'],
        ['redirect_uris', 'RFC 7591 section 2', 'redirect_uris[1] must be an absolute URI with a scheme'],
        ['client_name', 'RFC 7591 section 2', 'client_name must be a string'],
        ['jwks', 'RFC 7591 section 2', 'jwks.keys[0] must not be a symmetric key'],
        ['subject_type', 'OpenID Connect Registration 1.0 section 2', 'subject_type must be one of: public, pairwise'],
        ['response_types', 'RFC 7591 section 2.1', 'response_types must contain code for the authorization_code grant'],
      ].map(([name, rule, message]) => ({ member: name, rule, message })),
    });
  });

  it('does not depend on the order of the document', () => {
    const reversed = Object.fromEntries(Object.entries(bad).reverse());
    expect(violationsOf(reversed)).toEqual(violationsOf(bad));
  });

  it('gives what is registered in the order of the table', () => {
    const names = Object.keys(registered({ scope: 'openid', client_name: 'x', ...webClient }));
    expect(names.slice(0, 6)).toEqual([
      ...['redirect_uris', 'token_endpoint_auth_method', 'grant_types', 'response_types', 'client_name', 'scope'],
    ]);
  });

  it('leaves out names beyond the table that nobody declared', () => {
    const document = fillDefaults({ ...webClient, x_department: 'a', client_id: 'b' }, builtIn);
    expect(check(document, builtIn)).not.toHaveProperty('x_department');
    expect(check(document, builtIn, { extensions: ['x_department'] })).toHaveProperty('x_department', 'a');
    expect(check(document, builtIn, { extensions: ['x_department'] })).not.toHaveProperty('client_id');
  });

  const words = fc.constantFrom(
    ...['none', 'code', 'implicit', 'authorization_code', 'private_key_jwt', 'client_secret_jwt', 'pairwise', 'native'],
    ...[
      'RS256',
      'HS256',
      'RSA-OAEP',
      'dir',
      'A128GCM',
      'ping',
      ciba,
      'https://app.example/cb',
      'com.app:/',
      'nope',
      '',
    ],
  );
  const key = fc.dictionary(
    fc.constantFrom('kty', 'crv', 'n', 'e', 'x', 'y', 'x5c', 'use'),
    fc.oneof(fc.jsonValue(), fc.constantFrom('RSA', 'EC', 'P-256', 'AQAB', 'sig', 'enc')),
  );
  const value = fc.oneof(words, fc.array(words), fc.jsonValue(), fc.boolean(), fc.record({ keys: fc.array(key) }));
  const name = fc.constantFrom(
    ...metadataMembers.map((one) => one.name),
    ...metadataChoices.map(({ list }) => list),
    ...['client_name#fr', 'client_name#!', 'scope#fr', '__proto__', 'constructor', 'toString', 'x_unknown'],
  );

  it('is the only thing that is thrown, whatever was sent', () => {
    fc.assert(
      fc.property(
        fc.dictionary(name, value, { maxKeys: 12 }),
        fc.constantFrom(builtIn, unbounded),
        (document, server) => {
          for (const judge of [() => registered(document, server), () => check(document, server)]) {
            try {
              judge();
            } catch (error) {
              expect(error).toBeInstanceOf(Refusal);
              const { description, violations, failure } = error as Refusal;
              expect(violations.length).toBeGreaterThan(0);
              expect(violations[0]!.message).toBe(description);
              expect(failure).toBe(
                violations[0]!.member === 'redirect_uris' ? 'invalid_redirect_uri' : 'invalid_client_metadata',
              );
              for (const { message } of violations) expect(message).toMatch(/^[\x20\x21\x23-\x5b\x5d-\x7e]+$/);
            }
          }
        },
      ),
      { numRuns: 1500 },
    );
  });
});
