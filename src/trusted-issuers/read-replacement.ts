import type { Violation } from '../errors.js';
import { judgeStrictly, refuse } from '../http/strict-document.js';
import type { JsonObject } from '../http/strict-json.js';
import { TrustedIssuerRequest, type TrustedIssuerView } from './dto/trusted-issuer.dto.js';

const serversOwn = ['id', 'created_at', 'updated_at', 'version'] as const;

/**
 * Reads what shall be said of an issuer from now on. What only the server sets may stand in it as it is, so that an issuer
 * can be read, changed and sent back. Throws `invalid_request` with everything that is wrong.
 */
export function readReplacement(document: JsonObject, current: TrustedIssuerView): TrustedIssuerRequest {
  const written = Object.entries(document).filter(([name]) => !serversOwn.some((own) => own === name));
  const { instance, violations } = judgeStrictly(TrustedIssuerRequest, Object.fromEntries(written));
  refuse([...serversOwn.flatMap((name) => anotherThan(name, current[name], document[name])), ...violations]);
  return instance;
}

function anotherThan(member: string, value: string | number, sent: unknown): Violation[] {
  if (sent === undefined || sent === null || sent === value) return [];
  return [{ member, rule: 'document', message: `${member} must be left out, or be ${value} as it is` }];
}
