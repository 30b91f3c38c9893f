import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { judgeDocument } from '../../src/admission/judge-document.js';
import { scopeRules } from '../../src/admission/scope-rules.js';
import { Trace } from '../../src/admission/trace.js';
import { Refusal } from '../../src/errors.js';
import type { ClientTemplate } from '../../src/templates/client-template.js';
import { completeTemplate } from '../../src/templates/complete-template.js';
import { operators } from '../../src/templates/metadata-policy.js';
import { readTemplate } from '../../src/templates/read-template.js';
import { builtIn } from '../support/metadata-language.js';
import { metadata, texts, values, wishFor } from './documents.js';
import { attempt, expectSame, holdsForAll, patience } from './fuzz.js';
import { expectInWords } from './words.js';

type Document = Record<string, unknown>;

const governed = [
  ...[
    'redirect_uris',
    'grant_types',
    'response_types',
    'token_endpoint_auth_method',
    'scope',
    'contacts',
    'client_name',
  ],
  ...['subject_type', 'application_type', 'default_max_age', 'require_auth_time', 'client_uri', 'jwks', 'x_floor'],
];
const most = { maxLength: 3 };
const scopes = fc.subarray(['openid', 'profile', 'email', 'orders:read', 'dcr']);

/** The rules of one member, which go together more often than not. */
const rulesFor = (name: string): fc.Arbitrary<unknown> => {
  const value = name === 'scope' ? scopes : wishFor(name);

  return fc.oneof(
    fc.record(
      {
        value: fc.oneof(value, fc.constant(null)),
        add: value,
        default: value,
        one_of: fc.array(value, most),
        subset_of: value,
        within: value,
        superset_of: value,
        essential: fc.boolean(),
      },
      { requiredKeys: [] },
    ),
    // One of them alone is seldom a contradiction.
    fc.constantFrom(...operators).chain((operator) =>
      (operator === 'essential' ? fc.boolean() : operator === 'one_of' ? fc.array(value, most) : value).map(
        (given) => ({
          [operator]: given,
        }),
      ),
    ),
  );
};
const policies = fc
  .array(
    fc.constantFrom(...governed).chain((name) => rulesFor(name).map((rules): [string, unknown] => [name, rules])),
    most,
  )
  .map((entries) => Object.fromEntries(entries));

const templates: fc.Arbitrary<Document> = fc
  .tuple(
    fc.record(
      {
        metadata: policies,
        redirect_uris: fc.record(
          {
            hosts: fc.subarray(['app.example', '*.example', 'localhost', 'APP', '*']),
            schemes: fc.subarray(['https', 'http', 'com.example.app', 'javascript']),
            loopback: fc.boolean(),
          },
          { requiredKeys: [] },
        ),
        unknown_members: fc.constantFrom('ignore', 'refuse', 'other'),
        extensions: fc.constantFrom<unknown>(
          { x_floor: { type: 'integer', maximum: 9 } },
          { x_floor: {} },
          { scope: {} },
        ),
        limits: fc.dictionary(fc.constantFrom('clients', 'per_minute', 'per_day'), fc.nat(), { maxKeys: 2 }),
        compatibility: fc.constantFrom('strict', 'kong', 'gloo', 'gravitee', 'nobody'),
      },
      { requiredKeys: ['metadata'] },
    ),
    fc.oneof(
      { weight: 9, arbitrary: fc.constant({}) },
      fc.dictionary(texts, values, { maxKeys: 2, noNullPrototype: true }),
    ),
  )
  .map(([template, others]) => ({ id: 'fuzzed', ...template, ...others }));

/** What a document becomes under a template, for a caller whose token bounds nothing. */
function judge(document: Document, template: ClientTemplate, trace = new Trace(true)): Document {
  const scopes = scopeRules({
    server: builtIn.scopes_supported ?? [],
    isOpen: false,
    policy: template.metadata['scope'],
    bounds: {},
    outside: 'drop',
  });
  const circumstances = { server: builtIn, template, bounds: {}, scopes, isStrict: false, further: [] };
  return judgeDocument(document, circumstances, trace) as unknown as Document;
}

const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const has = (list: unknown, value: unknown) =>
  listOf(list).some((one) => JSON.stringify(one) === JSON.stringify(value));

/** Holds what was registered to each limit of its template by itself. */
function expectWithin(
  document: Document,
  { metadata: policy, redirect_uris: { hosts, schemes } }: ClientTemplate,
): void {
  for (const [name, rules] of Object.entries(policy)) {
    const found = document[name];
    if (name === 'scope') {
      const given = typeof found === 'string' ? found.split(' ') : [];
      const limit = rules.subset_of ?? rules.within ?? given;
      expectSame(
        given.filter((word) => !has(limit, word)),
        [],
      );
      continue;
    }
    if (rules.essential) expectSame(found === undefined || (Array.isArray(found) && found.length === 0), false);
    if (rules.one_of && found !== undefined) expectSame(has(rules.one_of, found), true);
    for (const limit of [rules.subset_of, rules.within])
      if (limit)
        expectSame(
          listOf(found).filter((one) => !has(limit, one)),
          [],
        );
    if (rules.superset_of && found !== undefined)
      expectSame(
        rules.superset_of.filter((one) => !has(found, one)),
        [],
      );
    if (rules.add)
      expectSame(
        rules.add.filter((one) => !has(found, one)),
        [],
      );
    if (rules.value !== undefined && rules.value !== null && !rules.add) expectSame(sorted(found), sorted(rules.value));
  }
  for (const uri of listOf(document['redirect_uris']) as string[]) {
    const { protocol, hostname } = new URL(uri);
    if (schemes) expectSame(has(schemes, protocol.slice(0, -1)) || protocol === 'http:', true);
    if (hosts && protocol === 'https:')
      expectSame(
        hosts.some((host) => (host.startsWith('*.') ? hostname.endsWith(host.slice(1)) : hostname === host)),
        true,
      );
  }
}
const sorted = (value: unknown) =>
  Array.isArray(value) ? [...new Set(value.map((one) => JSON.stringify(one)))].sort() : value;

/** What a client wishes of the members that a template speaks of. */
const wished = fc.record(Object.fromEntries(governed.map((name) => [name, wishFor(name)])), { requiredKeys: [] });

describe('a template', () => {
  it(
    'is refused in words when it is written, or holds for every document, which it also leaves as it made it',
    () => {
      const counts = { templates: 0, documents: 0 };
      holdsForAll(fc.tuple(templates, metadata, wished), ([written, usual, wishes]) => {
        const read = attempt(() => completeTemplate(readTemplate(written), 1), Refusal);
        if (read.refusal) return expectInWords(read.refusal);
        counts.templates += 1;
        const spoken = Object.entries(wishes).filter(([name]) => Object.hasOwn(read.value.metadata, name));
        const document = { ...usual, ...Object.fromEntries(spoken) };
        const { value: registered, refusal } = attempt(() => judge(document, read.value), Refusal);
        if (refusal) return expectInWords(refusal);
        counts.documents += 1;
        expectWithin(registered, read.value);
        expectSame(judge(registered, read.value, new Trace()), registered);
      });
      expect(counts.templates).toBeGreaterThan(0);
      expect(counts.documents).toBeGreaterThan(0);
    },
    patience(),
  );
});
