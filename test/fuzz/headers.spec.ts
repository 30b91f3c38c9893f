import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Refusal } from '../../src/errors.js';
import { bearerToken, invalidToken, tokenChallenge } from '../../src/http/bearer.js';
import { foreignCredential } from '../../src/http/foreign-credential.js';
import { idempotencyKey } from '../../src/http/idempotency-key.js';
import { entityTag, matches } from '../../src/http/if-match.js';
import { demandMediaType } from '../../src/http/media-type.js';
import { attempt, expectSame, holdsForAll, patience, swiftly } from './fuzz.js';
import { mutatedText } from './mutation.js';

/** As Node gives it: what cannot stand in a header is gone, and blanks around it, too. */
const asHeader = (text: string) => text.replace(/[^\t\x20-\x7e\x80-\xff]/g, '').replace(/^[ \t]+|[ \t]+$/g, '');
const headerOf = (wellFormed: fc.Arbitrary<string>) => mutatedText(wellFormed).map(asHeader);
const severalOf = (wellFormed: fc.Arbitrary<string>) => fc.array(headerOf(wellFormed), { minLength: 1, maxLength: 2 });

const tokens = fc.string({ unit: fc.constantFrom(...'aZ09-._~+/'), minLength: 1, maxLength: 60 });
const authorizations = fc
  .tuple(fc.constantFrom('Bearer ', 'bearer  ', 'BEARER ', 'Basic ', 'SSWS ', ''), fc.constantFrom('', 'ciat_'), tokens)
  .map((parts) => parts.join(''));

describe('Authorization', () => {
  it(
    'has no token, one that is malformed, or one that stands in it and that nothing can be hidden in (RFC 6750 section 2.1)',
    () => {
      holdsForAll(severalOf(authorizations), (authorization) => {
        const request = { headersDistinct: { authorization } };
        const read = swiftly(() => bearerToken(request));
        if (read.kind === 'token') {
          expectSame(authorization.length, 1);
          expectSame(authorization[0]!.replace(/^bearer +/i, ''), read.token);
          expectSame(/^[A-Za-z0-9._~+/-]+=*$/.test(read.token), true);
        } else if (/^bearer /i.test(authorization[0]!)) expectSame(read.kind, 'malformed');
        expectSame(swiftly(() => invalidToken(request)) instanceof Refusal, true);
        const isTold = read.kind !== 'none';
        expectSame(tokenChallenge(request), `Bearer realm="clientele"${isTold ? ', error="invalid_token"' : ''}`);
        const foreign = swiftly(() => foreignCredential(request));
        // Nobody is let in twice, and nobody by a header with more in it than the token.
        if (foreign)
          expectSame([read.kind === 'token', authorization.join(',').includes(foreign.token)], [false, true]);
      });
    },
    patience(),
  );
});

const versions = fc.tuple(fc.nat({ max: 3 }), fc.constantFrom('active', 'expired', 'retired'));
const conditions = fc
  .tuple(
    fc.array(
      fc.oneof(
        versions.map(([version, status]) => entityTag(version, status)),
        fc.constantFrom('*', 'W/"1"', '""', '"a,b"', ''),
      ),
      { maxLength: 4 },
    ),
    fc.constantFrom(', ', ',', ' ,\t'),
  )
  .map(([tags, comma]) => tags.join(comma));

describe('If-Match', () => {
  it(
    'that is well-formed holds exactly for the versions that it lists, and damaged for none that it does not (RFC 9110 section 13.1.1)',
    () => {
      holdsForAll(
        fc.tuple(fc.array(versions, { maxLength: 4 }), headerOf(conditions), versions),
        ([listed, other, now]) => {
          const header = listed.map(([version, status]) => entityTag(version, status)).join(', ');
          const isListed = listed.some(([version, status]) => entityTag(version, status) === entityTag(...now));
          expectSame(
            swiftly(() => matches(header, ...now)),
            isListed,
          );
          const holds = swiftly(() => matches(other, ...now));
          if (holds)
            expectSame(other.trim() === '*' || other.replace(/W\/"[^"]*"/g, '').includes(entityTag(...now)), true);
        },
      );
    },
    patience(),
  );
});

const keys = fc.string({ unit: fc.constantFrom(...'aZ09-._~!#"\\ '), minLength: 1, maxLength: 255 });
const quoted = (key: string) => `"${key.replace(/["\\]/g, '\\$&')}"`;

describe('Idempotency-Key', () => {
  it(
    'gives the key back that was quoted in it, and else a key only of visible text (RFC 9651 section 3.3.3)',
    () => {
      holdsForAll(fc.tuple(keys, severalOf(keys.map(quoted))), ([key, others]) => {
        const read = (values: string[]) =>
          swiftly(() => idempotencyKey({ headersDistinct: { 'idempotency-key': values } }));
        expectSame(read([quoted(key)]), { kind: 'key', key });
        if (!/^"|[ ]/.test(key)) expectSame(read([key]), { kind: 'key', key });
        const found = read(others);
        if (others.length > 1) expectSame(found, { kind: 'malformed' });
        if (found.kind === 'key') expectSame(/^[\x20-\x7e]{1,255}$/.test(found.key), true);
      });
    },
    patience(),
  );
});

const mediaTypes = fc
  .tuple(
    fc.constantFrom(
      'application/json',
      'Application/JSON',
      'application/merge-patch+json',
      'text/plain',
      'application/jso',
    ),
    fc.array(fc.constantFrom('; charset=utf-8', ';charset="UTF-8"', '; q="a;\\"b"', ';', ' ;x=y', '; charset=utf-16')),
  )
  .map(([essence, parameters]) => essence + parameters.join(''));

describe('Content-Type', () => {
  it(
    'is taken only where it begins with the media type and names no charset but UTF-8 (RFC 9110 section 8.3)',
    () => {
      let taken = 0;
      holdsForAll(severalOf(mediaTypes), (values) => {
        const request = { headers: {}, headersDistinct: { 'content-type': values } };
        if (attempt(() => demandMediaType(request, ['application/json']), Refusal).refusal) return;
        taken += 1;
        expectSame([values.length, /^application\/json([ \t]*;|$)/i.test(values[0]!)], [1, true]);
        const charsets = values[0]!.replace(
          /=("(?:[^"\\]|\\.)*")/g,
          (_, text: string) => `=${text.slice(1, -1).replace(/;/g, '')}`,
        );
        expectSame(/;[ \t]*charset=(?!utf-8[ \t]*(;|$))/i.test(charsets), false);
      });
      expect(taken).toBeGreaterThan(0);
    },
    patience(),
  );
});
