import fc from 'fast-check';
import { metadataMembers } from '../../src/metadata/client-metadata.js';
import { addresses, dictionary, names, words } from './dictionary.js';

/** The text without lone surrogates, which cannot be written in UTF-8. */
export const wellFormed = (text: string): string => Buffer.from(text).toString();

/** Any text, often one that means something. */
export const texts: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...dictionary) },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 20 }) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 20 }) },
);

const numbers = fc.oneof(fc.integer(), fc.constantFrom(0, -0, 1.5, 2 ** 31, 2 ** 53, 1e308, -1), fc.double());

/** Any JSON value, of a few levels. */
export const values: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    texts,
    fc.constantFrom(null, true, false),
    numbers,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.oneof(fc.constantFrom(...names), texts), tie('value'), { maxKeys: 4, noNullPrototype: true }),
  ),
})).value;

const oneKey = {
  kty: 'EC',
  crv: 'P-256',
  x: 'Zh9U9iWbn5C2_0PMRpN3J1YSON-DNsQZzsmU-LLqZQ0',
  y: 'YY8d0ODAFVrESSmZduf04JZEgKJVMpbk1BlRPd2H55U',
};
const keys = fc.record({
  keys: fc.array(
    fc.record(
      {
        kty: fc.constantFrom('EC', 'RSA', 'OKP', 'oct'),
        crv: fc.constantFrom('P-256', 'Ed25519'),
        x: fc.constantFrom(oneKey.x, oneKey.y, ''),
        y: fc.constant(oneKey.y),
        kid: texts,
        use: fc.constantFrom('sig', 'enc', ''),
        d: fc.constant(oneKey.x),
        n: fc.constant('sXchDaQebHnPiGvyDOAT4saGEUetSyo9MKLOoWFsueri'),
        e: fc.constantFrom('AQAB', 'AA'),
      },
      { requiredKeys: ['kty'] },
    ),
    { maxLength: 3 },
  ),
});

const uris = fc.oneof(
  fc.constantFrom(
    'https://app.example/cb',
    'https://app.example/two',
    'http://localhost:8080/cb',
    'com.example.app:/cb',
  ),
  fc.constantFrom(...addresses),
);

/** What a member of the table could be, more often than not of the type that it has. */
function likely({ name, isList, among, example, fallback }: (typeof metadataMembers)[number]): fc.Arbitrary<unknown> {
  if (name === 'jwks') return fc.oneof(fc.constant({ keys: [oneKey] }), keys);
  const known = [...(among ?? []), ...(Array.isArray(fallback) ? (fallback as string[]) : [])];
  const one: fc.Arbitrary<unknown> = fc.oneof(
    ...(known.length > 0 ? [fc.constantFrom(...known), fc.constantFrom(...known)] : []),
    /uris?$/.test(name) ? uris : fc.constantFrom(...words),
    texts,
  );
  if (isList) return fc.array(one, { maxLength: 3 });
  const given = [example, fallback].filter((value) => value !== undefined);
  return given.length > 0
    ? fc.oneof(fc.constantFrom(...given), one, fc.boolean())
    : fc.oneof(one, fc.nat(), fc.boolean());
}

const wishes = metadataMembers.map(
  (member) => [member, fc.oneof({ weight: 9, arbitrary: likely(member) }, { weight: 1, arbitrary: values })] as const,
);

/** What the member with this name could be, or anything else now and then. */
export const wishFor = (name: string): fc.Arbitrary<unknown> =>
  wishes.find(([member]) => member.name === name)?.[1] ?? values;

/** One member, or a variant of it by language. */
const wish: fc.Arbitrary<[string, unknown]> = fc
  .tuple(
    fc.nat({ max: wishes.length - 1 }),
    fc.constantFrom('', '', '', '', '', '', '#de', '#en-US', '#', '#de-', '#DE'),
  )
  .chain(([index, tag]) => wishes[index]![1].map((value): [string, unknown] => [wishes[index]![0].name + tag, value]));

const base: readonly Record<string, unknown>[] = [
  { redirect_uris: ['https://app.example/cb'] },
  { redirect_uris: ['http://localhost:8080/cb'], application_type: 'native', token_endpoint_auth_method: 'none' },
  { grant_types: ['client_credentials'] },
  {
    redirect_uris: ['https://app.example/cb'],
    token_endpoint_auth_method: 'private_key_jwt',
    jwks: { keys: [oneKey] },
  },
  {},
];

/** What a caller could ask to be registered with: what works, and some wishes more. */
export const metadata: fc.Arbitrary<Record<string, unknown>> = fc
  .tuple(
    fc.constantFrom(...base),
    fc.array(wish, { maxLength: 4 }),
    fc.oneof(
      { weight: 9, arbitrary: fc.constant({}) },
      { weight: 1, arbitrary: fc.dictionary(texts, values, { maxKeys: 3, noNullPrototype: true }) },
    ),
  )
  .map(([usual, wished, others]) => ({ ...usual, ...Object.fromEntries(wished), ...others }));
