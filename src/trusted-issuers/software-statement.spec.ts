import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { untagged } from '../metadata/read-metadata.js';
import { metadataOf, withStatement } from './software-statement.js';

const member = fc.constantFrom(
  'client_name',
  'client_name#de',
  'redirect_uris',
  'scope',
  'logo_uri',
  'iss',
  'exp',
  'constructor',
);
const document = fc.dictionary(member, fc.jsonValue({ maxDepth: 1 }), { noNullPrototype: false });

describe('a document with a statement', () => {
  it('is what the statement says wherever it says something, in every language (RFC 7591 section 3.1.1)', () => {
    fc.assert(
      fc.property(document, document, (requested, signed) => {
        const claims = metadataOf(signed);
        const { software_statement, ...effective } = withStatement(requested, { issuer: 'a', claims, text: 'signed' });
        expect(software_statement).toBe('signed');
        const said = Object.keys(claims).map(untagged);
        for (const [name, value] of Object.entries(effective))
          expect(value).toEqual(said.includes(untagged(name)) ? claims[name] : requested[name]);
        for (const name of Object.keys(claims)) expect(effective).toHaveProperty([name]);
      }),
    );
  });

  it('has nothing of what the statement says about itself (RFC 7519 section 4.1)', () => {
    const about = { iss: 'a', sub: 'b', aud: 'c', exp: 1, nbf: 1, iat: 1, jti: 'd' };
    expect(metadataOf({ ...about, client_name: 'Weather' })).toEqual({ client_name: 'Weather' });
  });
});
