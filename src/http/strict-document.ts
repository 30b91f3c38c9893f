import { plainToInstance } from 'class-transformer';
import { getMetadataStorage, validateSync, type ValidationError } from 'class-validator';
import { Refusal, type Violation } from '../errors.js';

/**
 * Reads a document of the administration into its class: `null` is absent, and a member that the class does not have is
 * refused and not ignored. Throws `invalid_request` with every violation.
 */
export function readStrictly<T extends object>(type: new () => T, document: object): T {
  const known = membersOf(type);
  const present = Object.entries(document).filter(([, value]) => value !== null);
  const instance = plainToInstance(type, Object.fromEntries(present.filter(([name]) => known.has(name))));
  const violations = [
    ...present.filter(([name]) => !known.has(name)).map(([name]) => unknownMember(name)),
    ...validateSync(instance).map(toViolation),
  ];
  if (violations.length > 0) throw new Refusal('invalid_request', violations[0]!.message, violations);
  return instance;
}

/** The members that a class has rules for. */
const membersOf = (type: new () => object): ReadonlySet<string> =>
  new Set(
    getMetadataStorage()
      .getTargetValidationMetadatas(type, '', false, false)
      .map(({ propertyName }) => propertyName),
  );

function unknownMember(name: string): Violation {
  // The name is the caller's text, and is repeated only where it is harmless.
  const member = /^[A-Za-z0-9_.#-]{1,64}$/.test(name) ? name : 'a member';
  return { member, rule: 'document', message: `${member} is not a member of this document` };
}

/** What is said first: of what type a value has to be. */
const types = ['isString', 'isInt', 'isBoolean', 'isArray'];

function toViolation({ property, constraints = {} }: ValidationError): Violation {
  const wrongType = types.find((type) => type in constraints);
  return {
    member: property,
    rule: 'document',
    message: constraints[wrongType ?? ''] ?? Object.values(constraints)[0]!,
  };
}
