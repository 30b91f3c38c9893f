import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { AuditTrail } from '../audit/audit-trail.js';
import { Keyring } from '../clients/keyring.js';
import { Clock } from '../clock.js';
import { RateLimits } from '../rate-limits/rate-limits.js';
import type { Account } from '../users/account.entity.js';
import { AccountStore } from '../users/account.store.js';
import { isLocked, mostFailures } from './account-lock.js';
import { Passwords } from './passwords.js';
import { usernameKey } from './username.js';

const ofOneName = { most: 10, told: 'this username was tried 10 times within a minute' };

/** One address may be a whole office behind a router. */
const ofOneNetwork = { most: 60, told: 'your network has tried to sign in 60 times within a minute' };

/** Milliseconds after which a failure is told: what it cost must not tell whether there is such an account. */
const toldAfter = 250;

/** Lets users in by their passwords, and nobody by guessing them. */
@Injectable()
export class SignIns {
  constructor(
    private readonly accounts: AccountStore,
    private readonly passwords: Passwords,
    private readonly rates: RateLimits,
    private readonly audit: AuditTrail,
    private readonly keyring: Keyring,
    private readonly clock: Clock,
  ) {}

  /**
   * The account with this name and password; nothing alike for a wrong password, an unknown name, and an account that is
   * disabled or locked. Throws `rate_limited` for the guesses of one network, or at one name, known or not.
   */
  async find(username: string, password: string, network: string): Promise<Account | undefined> {
    const key = usernameKey(username);
    await this.countFrom(network);
    await this.rates.count({ id: `sign-in as ${this.keyring.digest(key)}`, ...ofOneName });
    const begin = Date.now();
    const account = await this.accounts.findByUsername(key);
    const isOpen = account?.status === 'active' && !isLocked(account);
    if ((await this.passwords.matches(account, password)) && account && isOpen) {
      await this.succeed(account);
      return account;
    }
    if (account && isOpen) await this.fail(account);
    await sleep(Math.max(0, begin + toldAfter - Date.now()));
    return undefined;
  }

  /** Counts an attempt to sign in, here or elsewhere. Throws `rate_limited` when it is one too many within the minute. */
  async countFrom(network: string): Promise<void> {
    await this.rates.count({ id: `sign-in from ${network}`, ...ofOneNetwork });
  }

  private async succeed(account: Account): Promise<void> {
    const password = this.passwords.renewed(account);
    const lastSignedInAt = this.clock.now();
    await this.accounts.succeed(account.id, { failures: 0, lastSignedInAt, ...(password && { password }) });
  }

  private async fail({ id }: Account): Promise<void> {
    const changes = { id: { before: id, after: id }, status: { before: 'active', after: 'locked' } };
    const event = this.audit.eventOf({ action: 'account.locked', actor: { type: 'system' }, changes });
    await this.audit.record(event, (transaction) => this.accounts.fail(id, mostFailures, transaction));
  }
}
