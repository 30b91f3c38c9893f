import type { Account } from './account.entity.js';

type Known = Partial<Pick<Account, 'username' | 'usernameKey' | 'password' | 'email' | 'upstream' | 'upstreamDigest'>>;

/** An account that nobody has signed in to yet, with what is known of its user. */
export const newAccount = (id: string, now: number, known: Known): Account => ({
  id,
  username: null,
  usernameKey: null,
  password: null,
  email: null,
  upstream: null,
  upstreamDigest: null,
  ...known,
  status: 'active',
  failures: 0,
  version: 1,
  createdAt: now,
  updatedAt: now,
  lastSignedInAt: null,
});
