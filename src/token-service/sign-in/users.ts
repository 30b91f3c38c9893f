import { Injectable } from '@nestjs/common';
import type { Account as ProviderAccount } from 'oidc-provider';
import type { Account } from '../../users/account.entity.js';
import { AccountStore } from '../../users/account.store.js';

/** The claims that there are, by the scope that they are told for (OpenID Connect Core 1.0 section 5.4). */
export const claimsByScope = { openid: ['sub'], profile: ['preferred_username'], email: ['email'] };

/** A user as oidc-provider knows them, and the version of their account. */
export interface User extends ProviderAccount {
  readonly version: number;
}

/** The users that the token service knows: those whose accounts are there and not disabled at this moment. */
@Injectable()
export class Users {
  constructor(private readonly accounts: AccountStore) {}

  async find(accountId: string): Promise<User | undefined> {
    const account = await this.accounts.find(accountId);
    return account?.status === 'active' ? userOf(account) : undefined;
  }

  /** What a user is called here. */
  async nameOf(accountId: string): Promise<string> {
    const account = await this.accounts.find(accountId);
    return account?.username ?? account?.email ?? accountId;
  }
}

const userOf = ({ id, username, email, version }: Account): User => ({
  accountId: id,
  version,
  claims: () => ({
    sub: id,
    ...(username !== null && { preferred_username: username }),
    ...(email !== null && { email }),
  }),
});
