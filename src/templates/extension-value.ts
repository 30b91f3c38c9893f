import { mostEntries } from '../metadata/limits.js';
import { documentFault, textFault } from '../metadata/text.js';
import { holds } from './json-values.js';

/** What a template says of the value of a member of its own. */
export interface ExtensionRules {
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'array' | 'object';
  readonly enum?: readonly unknown[];
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  /** What each entry of a list is; any JSON when it is absent. */
  readonly items?: ExtensionRules;
}

/** The members that a template adds to the table, by their names. */
export type Extensions = Readonly<Record<string, ExtensionRules>>;

/** How long a text may be where nothing is said. */
export const usualLength = 1000;

/** What is wrong with the value of a declared member, each fault as the rest of a sentence that starts with its name. */
export function extensionFaults(rules: ExtensionRules, value: unknown): readonly string[] {
  const fault = judges[rules.type](value, rules);
  if (fault.length > 0) return fault;
  if (rules.enum && !holds(rules.enum, value)) return ['must be one of the values declared'];
  return [];
}

const whole = (fault: string | undefined): readonly string[] => (fault === undefined ? [] : [fault]);

const judges: Readonly<Record<ExtensionRules['type'], (value: unknown, rules: ExtensionRules) => readonly string[]>> = {
  string: (value, { minLength = 0, maxLength = usualLength }) => {
    if (value === '' && minLength === 0) return [];
    const fault = textFault(value, maxLength);
    if (fault !== undefined) return [fault];
    return [...(value as string)].length < minLength ? [`must not be shorter than ${minLength} characters`] : [];
  },
  integer: (value, rules) => (Number.isSafeInteger(value) ? range(value as number, rules) : ['must be a whole number']),
  number: (value, rules) => (Number.isFinite(value) ? range(value as number, rules) : ['must be a number']),
  boolean: (value) => (typeof value === 'boolean' ? [] : ['must be true or false']),
  array: (value, { items }) => {
    if (!Array.isArray(value)) return ['must be a list'];
    if (value.length > mostEntries) return [`must not have more than ${mostEntries} entries`];
    if (!items) return whole(documentFault(value));
    return value.flatMap((entry, index) =>
      extensionFaults(items, entry).map((fault) =>
        fault.startsWith('[') ? `[${index}]${fault}` : `[${index}] ${fault}`,
      ),
    );
  },
  object: (value) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? whole(documentFault(value))
      : ['must be a JSON object'],
};

function range(value: number, { minimum = -Infinity, maximum = Infinity }: ExtensionRules): readonly string[] {
  if (value < minimum) return [`must not be less than ${minimum}`];
  return value > maximum ? [`must not be more than ${maximum}`] : [];
}
