import { applyDecorators } from '@nestjs/common';
import { ApiPropertyOptional, type ApiPropertyOptions } from '@nestjs/swagger';
import { ValidateBy, ValidateIf, type ValidationArguments } from 'class-validator';
import type { Failure } from '../errors.js';
import { keySetFaults } from './key-set.js';
import { mostEntries } from './limits.js';
import type { ServerFacts, ServerLists } from './server-support.js';
import { documentFault, textFault } from './text.js';
import { webUriFault, type WebUriUse } from './web-uri.js';

/** What the table says about one member. */
export interface MemberSpec {
  /** What the member is for, in one sentence. */
  readonly summary: string;
  /** Where it is defined, and what a violation cites. */
  readonly clause: string;
  /** The error code when it is refused (RFC 7591 section 3.2.2); `invalid_client_metadata` when absent. */
  readonly failure?: Failure;
  /** The list of the server's metadata that holds what may be asked for. */
  readonly boundedBy?: keyof ServerLists;
  /** What the server must have before this flag can be true. */
  readonly enforcedBy?: keyof ServerFacts | keyof ServerLists;
  /** The values that the standard closes the member to. */
  readonly among?: readonly string[];
  /** Values that are refused whatever the server offers. */
  readonly never?: readonly string[];
  /** The standard's own default. */
  readonly fallback?: string | boolean | readonly string[];
  /** The member without which there is no default. */
  readonly fallbackBeside?: string;
  /** Whether there is a default only where the server publishes the list that bounds the member. */
  readonly fallbackWhenPublished?: boolean;
  /** Whether it may have variants by language, `name#tag` (RFC 7591 section 2.2). */
  readonly localizable?: boolean;
  readonly example?: unknown;
}

/** Says what is wrong with a value, each fault as the rest of a sentence that starts with the member's name. */
type Judge = (value: unknown, document: object) => readonly string[];

/** One row of the table. */
export interface Member extends MemberSpec {
  readonly name: string;
  /** Whether its value is a list. */
  readonly isList: boolean;
  readonly judge: Judge;
}

const tables = new Map<object, Member[]>();

/** The rows of a table class, its ancestors' first, in the order in which they are written. */
export function membersOf(table: { readonly prototype: object }): readonly Member[] {
  const parent = Object.getPrototypeOf(table.prototype) as object | null;
  return [...(parent ? membersOf({ prototype: parent }) : []), ...(tables.get(table.prototype) ?? [])];
}

const record =
  (spec: MemberSpec, isList: boolean, judge: Judge): PropertyDecorator =>
  (table, name) => {
    tables.set(table, [...(tables.get(table) ?? []), { ...spec, name: String(name), isList, judge }]);
  };

/** Makes the class a document that class-validator can judge, too; the faults of a member are the lines of its message. */
const judged = (judge: Judge) =>
  ValidateBy({
    name: 'metadata',
    validator: {
      validate: (value: unknown, { object }: ValidationArguments) => judge(value, object).length === 0,
      defaultMessage: ({ value, object }: ValidationArguments) => judge(value, object).join('\n'),
    },
  });

const member = (spec: MemberSpec, schema: ApiPropertyOptions, judge: Judge) =>
  applyDecorators(
    record(spec, schema.isArray === true, judge),
    ApiPropertyOptional({
      ...schema,
      description: `${spec.summary} (${spec.clause})`,
      ...(spec.fallback !== undefined && { default: spec.fallback }),
      ...(spec.example !== undefined && { example: spec.example }),
    }),
    ValidateIf((_, value) => value !== undefined),
    judged(judge),
  );

const mostFaults = 5;
const usualLength = 1000;

const none: readonly string[] = [];

const whole = (fault: string | undefined): readonly string[] => (fault === undefined ? none : [fault]);

/** Judges each entry of a list, and no entry of a list that is too long. */
const listFaults = (value: unknown, judgeEntry: (entry: unknown) => string | undefined): readonly string[] => {
  if (!Array.isArray(value)) return ['must be a list of strings'];
  if (value.length > mostEntries) return [`must not have more than ${mostEntries} entries`];
  const faults: string[] = [];
  for (let index = 0; index < value.length && faults.length < mostFaults; index++) {
    const fault = judgeEntry(value[index]);
    if (fault !== undefined) faults.push(`[${index}] ${fault}`);
  }
  return faults;
};

const valueFault = ({ among, never }: MemberSpec, value: unknown): string | undefined => {
  const fault = textFault(value, usualLength);
  if (fault !== undefined) return fault;
  if (among?.includes(value as string) === false) return `must be one of: ${among.join(', ')}`;
  return never?.includes(value as string) ? `must not be ${value as string}` : undefined;
};

const oneString: ApiPropertyOptions = { type: 'string' };
const manyStrings: ApiPropertyOptions = { type: 'string', isArray: true };

/** Free text for people, kept exactly as sent. */
export const Text = (spec: MemberSpec, longest = usualLength) =>
  member(spec, { type: 'string', maxLength: longest }, (value) => whole(textFault(value, longest)));

/** Text that follows a grammar. */
export const Phrase = (spec: MemberSpec, isOne: (text: string) => boolean, message: string, longest = usualLength) =>
  member(spec, oneString, (value) =>
    whole(textFault(value, longest) ?? (isOne(value as string) ? undefined : message)),
  );

/** A list of free texts. */
export const TextList = (spec: MemberSpec, { atLeastOne = false } = {}) =>
  member(spec, manyStrings, (value) =>
    atLeastOne && Array.isArray(value) && value.length === 0
      ? ['must not be empty']
      : listFaults(value, (entry) => textFault(entry, usualLength)),
  );

/** One value out of those that the standard or the server knows. */
export const Choice = (spec: MemberSpec) =>
  member(spec, { ...oneString, ...(spec.among && { enum: [...spec.among] }) }, (value) =>
    whole(valueFault(spec, value)),
  );

/** Several values out of those that the standard or the server knows. */
export const ChoiceList = (spec: MemberSpec) =>
  member(spec, manyStrings, (value) => listFaults(value, (entry) => valueFault(spec, entry)));

/** A web address; its use decides what it may look like. */
export const WebUri = (spec: MemberSpec, use: WebUriUse) =>
  member(spec, { type: 'string', format: 'uri' }, (value) => whole(webUriFault(value, use)));

/** A list of web addresses of one use. */
export const WebUriList = (spec: MemberSpec, use: WebUriUse) =>
  member(spec, manyStrings, (value) => listFaults(value, (entry) => webUriFault(entry, use)));

/** A list of addresses that are judged in the light of the whole document. */
export const UriList = (spec: MemberSpec, judgeEntry: (document: object) => (uri: unknown) => string | undefined) =>
  member(spec, manyStrings, (value, document) => listFaults(value, judgeEntry(document)));

/** True or false, never their spelling. */
export const Flag = (spec: MemberSpec) =>
  member(spec, { type: 'boolean' }, (value) => (typeof value === 'boolean' ? none : ['must be true or false']));

const mostSeconds = 2_147_483_647;

/** A whole number of seconds. */
export const Seconds = (spec: MemberSpec) =>
  member(spec, { type: 'integer', minimum: 0, maximum: mostSeconds }, (value) =>
    Number.isInteger(value) && (value as number) >= 0 && (value as number) <= mostSeconds
      ? []
      : [`must be a whole number from 0 to ${mostSeconds}`],
  );

/** A JWK Set of public keys. */
export const KeySet = (spec: MemberSpec) =>
  member(spec, { type: 'object', additionalProperties: true }, (value) => keySetFaults(value));

/** A JSON object of the standard's own shape. */
export const JsonDocument = (spec: MemberSpec) =>
  member(spec, { type: 'object', additionalProperties: true }, (value) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? whole(documentFault(value))
      : ['must be a JSON object'],
  );
