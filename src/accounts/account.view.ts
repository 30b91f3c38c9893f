import type { Account } from '../users/account.entity.js';
import { isLocked } from './account-lock.js';
import type { AccountView } from './dto/account.dto.js';

/** An account as administrators see it: never its password, and absent members left out. */
export const accountView = (account: Account): AccountView => ({
  id: account.id,
  status: isLocked(account) ? 'locked' : account.status,
  ...(account.username !== null && { username: account.username }),
  ...(account.email !== null && { email: account.email }),
  ...(account.upstream && { upstream: account.upstream }),
  created_at: account.createdAt,
  updated_at: account.updatedAt,
  ...(account.lastSignedInAt !== null && { last_signed_in_at: account.lastSignedInAt }),
});
