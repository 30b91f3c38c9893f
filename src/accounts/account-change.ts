import { readStrictly, refuse } from '../http/strict-document.js';
import type { JsonObject } from '../http/strict-json.js';
import type { AskedChange } from './accounts.service.js';
import { AccountChange } from './dto/account.dto.js';

/** Reads a merge patch of an account: `null` takes a member away where there may be none (RFC 7396 section 2). */
export function readChange(patch: JsonObject): AskedChange {
  const change = readStrictly(AccountChange, patch);
  const needed = (['username', 'password', 'status'] as const).filter((member) => patch[member] === null);
  refuse(
    needed.map((member) => ({ member, rule: 'document', message: `${member} can be changed, but not taken away` })),
  );
  return patch.email === null ? { ...change, email: null } : change;
}
