import { mostEntries } from '../metadata/limits.js';
import { isMember } from '../metadata/read-metadata.js';
import { extensionFaults, type ExtensionRules, usualLength } from './extension-value.js';
import type { PolicyFault } from './policy-faults.js';

/** What a member of an answer, or of a request, is called that is no metadata. */
const ofTheProtocol: ReadonlySet<string> = new Set([
  ...['client_id', 'client_secret', 'client_id_issued_at', 'client_secret_expires_at'],
  ...['registration_access_token', 'registration_client_uri', 'software_statement'],
]);

/** What administrators see of a client beside its metadata, also in the audit trail: one name must not mean two things. */
const ofAdministration: ReadonlySet<string> = new Set([
  ...['kind', 'status', 'template_id', 'template_version', 'bounds', 'registrar', 'owner', 'tags', 'notes'],
  ...['verification', 'metadata', 'secrets', 'created_at', 'updated_at', 'last_used_at', 'expires_at', 'version'],
]);

const nameForm = /^[A-Za-z][A-Za-z0-9_.:/-]{0,127}$/;
const longestText = 4000;

/** The keywords that each type has besides `type` and `enum`. */
const keywords: Readonly<Record<ExtensionRules['type'], readonly string[]>> = {
  string: ['minLength', 'maxLength'],
  integer: ['minimum', 'maximum'],
  number: ['minimum', 'maximum'],
  boolean: [],
  array: ['items'],
  object: [],
};
const everyKeyword: ReadonlySet<string> = new Set(['type', 'enum', ...Object.values(keywords).flat()]);

/** What is wrong with the members that a template declares; the message is the rest of a sentence that starts with the path. */
export function declarationFaults(extensions: object): readonly PolicyFault[] {
  const entries = Object.entries(extensions);
  if (entries.length > mostEntries) return [{ path: '', message: `must not have more than ${mostEntries} members` }];
  return entries.flatMap(([name, rules]) => {
    const fault = nameFault(name);
    return [...(fault === undefined ? [] : [{ path: '', message: fault }]), ...rulesFaults(rules)].map((one) =>
      under(name, one),
    );
  });
}

function nameFault(name: string): string | undefined {
  if (isMember(name)) return 'must not be declared: it is a member of the standards';
  if (ofTheProtocol.has(name)) return 'must not be declared: it is a member of the protocol';
  if (ofAdministration.has(name))
    return 'must not be declared: it is a member that administrators see beside the metadata';
  // What every object inherits would be taken for declared everywhere.
  if (!nameForm.test(name) || name in Object.prototype)
    return 'must be a name of 1 to 128 letters, digits and any of _ . : / -, a letter first';
  return undefined;
}

function rulesFaults(rules: unknown, depth = 1): readonly PolicyFault[] {
  if (!isObject(rules)) return [{ path: '', message: 'must be a JSON object with a type' }];
  const { type } = rules as { type?: unknown };
  if (typeof type !== 'string' || !Object.hasOwn(keywords, type))
    return [{ path: 'type', message: `must be one of: ${Object.keys(keywords).join(', ')}` }];
  const known = ['type', 'enum', ...keywords[type as ExtensionRules['type']]];
  const faults = Object.entries(rules).flatMap(([keyword, value]) => {
    if (!known.includes(keyword))
      return [
        {
          path: keyword,
          message: everyKeyword.has(keyword) ? `says nothing of a value of type ${type}` : 'is not a known keyword',
        },
      ];
    if (keyword === 'items') return itemsFaults(value, depth);
    const message = keywordFault(keyword, value);
    return message === undefined ? [] : [{ path: keyword, message }];
  });
  // What is wrong alone says nothing of how it goes together.
  return faults.length > 0 ? faults : contradictions(rules as ExtensionRules);
}

const itemsFaults = (items: unknown, depth: number): readonly PolicyFault[] =>
  depth === 2
    ? [{ path: 'items', message: 'must not be declared for a list within a list' }]
    : rulesFaults(items, depth + 1).map((one) => under('items', one));

function keywordFault(keyword: string, value: unknown): string | undefined {
  switch (keyword) {
    case 'enum':
      return Array.isArray(value) && value.length > 0 && value.length <= mostEntries
        ? undefined
        : `must be a list of 1 to ${mostEntries} values`;
    case 'minLength':
    case 'maxLength':
      return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= longestText
        ? undefined
        : `must be a whole number from 0 to ${longestText}`;
    case 'minimum':
    case 'maximum':
      return Number.isFinite(value) ? undefined : 'must be a number';
    default:
      return undefined;
  }
}

function contradictions({ enum: values, ...rules }: ExtensionRules): readonly PolicyFault[] {
  const { minLength = 0, maxLength = usualLength, minimum = -Infinity, maximum = Infinity } = rules;
  if (minLength > maxLength) return [{ path: 'minLength', message: 'must not be more than maxLength' }];
  if (minimum > maximum) return [{ path: 'minimum', message: 'must not be more than maximum' }];
  return (values ?? []).flatMap((value, index) =>
    extensionFaults(rules, value).map((message) => ({ path: `enum[${index}]`, message })),
  );
}

const under = (name: string, { path, message }: PolicyFault): PolicyFault => ({
  path: path === '' ? name : `${name}.${path}`,
  message,
});

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
