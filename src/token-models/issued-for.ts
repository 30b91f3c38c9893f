import { Injectable } from '@nestjs/common';
import type { AdapterPayload, InteractionResults } from 'oidc-provider';
import type { Account } from '../users/account.entity.js';
import { AccountStore } from '../users/account.store.js';

/** Under which the version of the account is kept beside what oidc-provider knows. */
const versionMember = 'accountVersion';

/** Ties what is issued to the account that it is issued for, so that all of it can be ended at once. */
@Injectable()
export class IssuedFor {
  constructor(private readonly accounts: AccountStore) {}

  /** What is to be stored, with the version of its account; nothing when that is gone or disabled. */
  async stamped(
    payload: AdapterPayload,
    known?: { readonly accountId: string; readonly version: number },
  ): Promise<AdapterPayload | undefined> {
    const accountId = accountOf(payload);
    if (accountId === undefined) return payload;
    const version = known?.accountId === accountId ? known.version : (await this.active(accountId))?.version;
    return version === undefined ? undefined : { ...payload, [versionMember]: version };
  }

  /** Whether the user of something that was issued is still let in, and has the same password as then. */
  async stillHolds(payload: AdapterPayload): Promise<boolean> {
    const accountId = accountOf(payload);
    return accountId === undefined || (await this.active(accountId))?.version === payload[versionMember];
  }

  private async active(accountId: string): Promise<Account | undefined> {
    const account = await this.accounts.find(accountId);
    return account?.status === 'active' ? account : undefined;
  }
}

/** Whose a model is; somebody who has just signed in is known by the result of the interaction alone. */
function accountOf(payload: AdapterPayload): string | undefined {
  const { result, session } = payload as { result?: InteractionResults; session?: { accountId?: string } };
  return payload.accountId ?? result?.login?.accountId ?? session?.accountId;
}
