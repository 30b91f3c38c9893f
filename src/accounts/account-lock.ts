import type { Account } from '../users/account.entity.js';

/** Wrong passwords in a row after which only an administrator opens the account again (NIST SP 800-63B-4 section 3.2.2). */
export const mostFailures = 100;

/** Whether an account that no administrator has disabled lets nobody in, since too many passwords were wrong. */
export const isLocked = ({ status, failures }: Pick<Account, 'status' | 'failures'>): boolean =>
  status === 'active' && failures >= mostFailures;
