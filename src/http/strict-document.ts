import { getMetadataStorage, ValidateBy, validateSync, type ValidationError } from 'class-validator';
import { Refusal, type Violation } from '../errors.js';

type Document = new () => object;

const parts = new Map<object, Map<string, () => Document>>();

/** A member that is an object of its own, or `true` or `false` where it may be; its members are judged like the document's. */
export const Part = (
  type: () => Document,
  { or = [] }: { readonly or?: readonly boolean[] } = {},
): PropertyDecorator => {
  const rule = ValidateBy({
    name: 'part',
    validator: {
      validate: (value: unknown) => isObject(value) || or.some((flag) => flag === value),
      defaultMessage: () => `$property must be ${[...or, 'an object'].join(' or ')}`,
    },
  });
  return (target, name) => {
    parts.set(target, (parts.get(target) ?? new Map<string, () => Document>()).set(String(name), type));
    rule(target, name);
  };
};

/**
 * Reads a document of the administration into its class: `null` is absent, and a member that the class does not have is
 * refused and not ignored, whatever its value. Throws `invalid_request` with every violation.
 */
export function readStrictly<T extends object>(type: new () => T, document: object): T {
  const { instance, violations } = judgeStrictly(type, document);
  refuse(violations);
  return instance;
}

/** Throws `invalid_request` with these violations, if there are any. */
export function refuse(violations: readonly Violation[]): void {
  if (violations.length > 0) throw new Refusal('invalid_request', violations[0]!.message, violations);
}

/** A document in its class, and all that is wrong with it. */
export function judgeStrictly<T extends object>(
  type: new () => T,
  document: object,
  path = '',
): { instance: T; violations: Violation[] } {
  const known = membersOf(type);
  const instance = new type();
  const violations: Violation[] = [];
  const inside = new Map<string, Violation[]>();
  for (const [name, value] of Object.entries(document) as [string, unknown][]) {
    if (!known.has(name)) violations.push(unknownMember(path, name));
    if (!known.has(name) || value === null) continue;
    const part = parts.get(type.prototype as object)?.get(name);
    const read = part && isObject(value) ? judgeStrictly(part(), value, `${path}${name}.`) : undefined;
    if (read) inside.set(name, read.violations);
    Object.assign(instance, { [name]: read ? read.instance : value });
  }
  const faults = new Map(validateSync(instance).map((error) => [error.property, toViolation(path, error)]));
  for (const name of known) violations.push(...(inside.get(name) ?? []), ...(faults.get(name) ?? []));
  return { instance, violations };
}

const members = new WeakMap<Document, ReadonlySet<string>>();

/** The members that a class has rules for. */
function membersOf(type: Document): ReadonlySet<string> {
  const known = members.get(type);
  if (known) return known;
  const rules = getMetadataStorage().getTargetValidationMetadatas(type, '', false, false);
  const found = new Set(rules.map(({ propertyName }) => propertyName));
  members.set(type, found);
  return found;
}

/** A name that is the caller's text, as it may be repeated: only where it is harmless. */
export const harmlessName = (name: string): string => (/^[A-Za-z0-9_.#-]{1,64}$/.test(name) ? name : 'a member');

function unknownMember(path: string, name: string): Violation {
  const member = path + harmlessName(name);
  return { member, rule: 'document', message: `${member} is not a member of this document` };
}

/** What is said first: of what type a value has to be. */
const types = ['isString', 'isInt', 'isBoolean', 'isArray', 'part'];

function toViolation(path: string, { property, constraints = {} }: ValidationError): Violation[] {
  const wrongType = types.find((type) => type in constraints);
  const message = constraints[wrongType ?? ''] ?? Object.values(constraints)[0]!;
  return [{ member: path + property, rule: 'document', message: message.replace(property, () => path + property) }];
}

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
