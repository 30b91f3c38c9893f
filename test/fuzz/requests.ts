import fc from 'fast-check';
import { dictionary, words } from './dictionary.js';
import { metadata, texts, wellFormed } from './documents.js';
import { mutated, mutatedText } from './mutation.js';
import { type ApiDocument, type ApiOperation, described } from './schema.js';

/** Who sends a request. */
export const callers = ['nobody', 'registrar', 'client', 'administrator', 'manager', 'liar'] as const;

/** A request as it is made up: what it names that has to exist, is found when it is sent. */
export interface Invented {
  readonly method: string;
  /** With its parameters still in braces. */
  readonly path: string;
  readonly caller: (typeof callers)[number];
  /** Which of those that there are. */
  readonly pick: number;
  readonly parameters: Readonly<Record<string, string | undefined>>;
  readonly query: string;
  readonly headers: readonly string[];
  readonly body?: Uint8Array;
  /** What is done to the address in the end. */
  readonly twist: string;
}

const encoder = new TextEncoder();
const twists = ['/', '//', ';x', '%2e', '%00', '/..', '?', '%2F..', '.json', '%', '%zz', '\\', '/.', '%c0%af'];
const header = (value: fc.Arbitrary<string>) =>
  mutatedText(value).map((text) => text.replace(/[^\t\x20-\x7e\x80-\xff]/g, '').slice(0, 4_000));

const tags = fc.constantFrom('*', '"1"', '"2"', 'W/"1"', '"1", "2"', '"3-expired"', '');
const further: fc.Arbitrary<readonly string[]> = fc.oneof(
  tags.map((tag) => ['If-Match', tag]),
  header(tags).map((tag) => ['If-Match', tag]),
  header(fc.constantFrom('a', '"a key"', 'a'.repeat(255), '')).map((key) => ['Idempotency-Key', key]),
  fc.constantFrom('text/html', '*/*', 'application/xml').map((type) => ['Accept', type]),
  header(fc.constantFrom('req-1', 'x y')).map((id) => ['X-Request-Id', id]),
  fc.constantFrom('https://app.example', 'null', '').map((one) => ['Origin', one]),
  header(fc.constantFrom('10.0.0.1, 127.0.0.1', '[::1]:80')).map((one) => ['X-Forwarded-For', one]),
  fc.constantFrom('X-HTTP-Method-Override', 'X-Original-URL', 'X-Forwarded-Host').map((name) => [name, 'DELETE']),
  fc.constantFrom('gzip', 'identity', 'br, gzip', '').map((one) => ['Content-Encoding', one]),
  header(fc.constantFrom('ciat_abc', '')).map((token) => ['X-Api-Key', token]),
  header(fc.constantFrom('session=a', '__proto__=a; a=b')).map((one) => ['Cookie', one]),
  fc.constantFrom('100-continue', 'wonders').map((one) => ['Expect', one]),
);
const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND', 'QUERY', 'PURGE'];
const seldom = <T>(usual: fc.Arbitrary<T>, other: fc.Arbitrary<T>, weight = 12) =>
  fc.oneof({ weight, arbitrary: usual }, { weight: 1, arbitrary: other });

/** Bodies for a route: what its documentation says, written as JSON or as a form, and damaged now and then. */
function bodyOf(
  path: string,
  { requestBody }: ApiOperation,
  document: ApiDocument,
): fc.Arbitrary<[string, Uint8Array?]> {
  const content = Object.entries(requestBody?.content ?? {});
  const either = content.map(([type, { schema }]) => {
    const isMetadata = path.startsWith('/register');
    const meant = isMetadata ? fc.oneof(metadata, described(schema, document)) : described(schema, document);
    const bytes = meant.map((value) => encoder.encode(type.includes('form') ? formOf(value) : JSON.stringify(value)));
    return seldom<Uint8Array>(bytes, mutated(bytes), 4).map((body): [string, Uint8Array] => [type, body]);
  });
  const nothing = fc.constant<[string, Uint8Array?]>(['application/json']);
  const anything = fc.tuple(
    fc.constantFrom('application/json', 'text/plain'),
    mutated(fc.constant(encoder.encode('{}'))),
  );
  return either.length > 0
    ? seldom<[string, Uint8Array?]>(fc.oneof(...either), fc.oneof(nothing, anything))
    : seldom<[string, Uint8Array?]>(nothing, anything);
}

const formOf = (value: unknown): string =>
  new URLSearchParams(
    typeof value === 'object' && value !== null
      ? Object.entries(value).map(([name, one]): [string, string] => [
          name,
          typeof one === 'string' ? one : JSON.stringify(one),
        ])
      : [],
  ).toString();

/** Requests to one route of the program. */
export function requestsTo(method: string, path: string, document: ApiDocument): fc.Arbitrary<Invented> {
  const operation = document.paths[path]?.[method.toLowerCase()] ?? {};
  const inQuery = (operation.parameters ?? []).filter((one) => one.in === 'query');
  const parameter = fc
    .tuple(
      seldom<string>(inQuery.length > 0 ? fc.constantFrom(...inQuery.map(({ name }) => name)) : texts, texts, 6),
      fc.oneof(fc.constantFrom('1', '200', 'true', 'active', 'dynamic', ...words), texts),
    )
    .map(([name, value]) => `${encodeURIComponent(wellFormed(name))}=${encodeURIComponent(wellFormed(value))}`);
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!);
  const place = seldom<string | undefined>(
    fc.constant(undefined),
    fc.oneof(fc.constantFrom(...dictionary), texts).map((text) => encodeURIComponent(wellFormed(text.slice(0, 300)))),
    6,
  );
  return fc
    .record({
      method: seldom<string>(fc.constant(method), fc.constantFrom(...methods), 15),
      path: fc.constant(path),
      caller: fc.constantFrom(...callers, ...callersOf(path)),
      pick: fc.nat({ max: 9_999 }),
      parameters: fc.record(Object.fromEntries(names.map((name) => [name, place]))),
      query: seldom<string>(
        fc.constant(''),
        fc.array(parameter, { maxLength: 3 }).map((all) => all.join('&')),
        2,
      ),
      headers: seldom<readonly string[]>(
        fc.constant([]),
        fc.array(further, { maxLength: 3 }).map((all) => all.flat()),
        2,
      ),
      sent: bodyOf(path, operation, document),
      contentType: seldom<string | undefined>(
        fc.constant(undefined),
        header(fc.constantFrom('application/json; charset=utf-8', 'application/merge-patch+json', 'text/json', '')),
        15,
      ),
      twist: seldom<string>(fc.constant(''), fc.constantFrom(...twists), 15),
    })
    .map(({ sent: [type, body], contentType, headers, ...rest }) => ({
      ...rest,
      headers: [...headers, ...(body ? ['Content-Type', contentType ?? type] : [])],
      ...(body && { body }),
    }));
}

/** Who gets furthest there comes most often. */
function callersOf(path: string): readonly (typeof callers)[number][] {
  const usual = places.find(([below]) => path.startsWith(below))?.[1] ?? 'administrator';
  return Array.from({ length: 3 * callers.length }, () => usual);
}

const places: readonly (readonly [string, (typeof callers)[number]])[] = [
  ['/register/', 'client'],
  ['/register', 'registrar'],
  ['/portals/', 'registrar'],
  ['/my/', 'manager'],
];
