import { plainToInstance } from 'class-transformer';
import { validateSync, type ValidationError } from 'class-validator';
import { Refusal, type Violation } from '../errors.js';

/**
 * Reads a document of the administration into its class: strict at the desk, so that a misspelt member is refused and not
 * ignored. Throws `invalid_request` with every violation.
 */
export function readStrictly<T extends object>(type: new () => T, document: object): T {
  const instance = plainToInstance(type, document, { exposeUnsetFields: false });
  const violations = validateSync(instance, {
    whitelist: true,
    forbidNonWhitelisted: true,
    stopAtFirstError: true,
  }).map(toViolation);
  if (violations.length > 0) throw new Refusal('invalid_request', violations[0]!.message, violations);
  return instance;
}

function toViolation({ property, constraints = {} }: ValidationError): Violation {
  const unknown = 'whitelistValidation' in constraints;
  const member = /^[A-Za-z0-9_.#-]{1,64}$/.test(property) ? property : 'a member';
  const message = unknown ? `${member} is not a member of this document` : Object.values(constraints)[0]!;
  return { member, rule: 'document', message };
}
