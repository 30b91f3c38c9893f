import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { AuditTrail } from '../audit/audit-trail.js';
import { newId } from '../clients/credentials.js';
import { Clock } from '../clock.js';
import { DataSources } from '../data-sources/data-sources.service.js';
import type { Account, Upstream } from '../users/account.entity.js';
import { AccountStore } from '../users/account.store.js';
import { newAccount } from '../users/new-account.js';

/** What an OpenID provider says of somebody who has signed in there. */
export interface UpstreamUser extends Upstream {
  readonly email?: string;
}

/** The accounts of users who sign in at an OpenID provider; made when they first come. */
@Injectable()
export class UpstreamAccounts {
  constructor(
    private readonly accounts: AccountStore,
    private readonly audit: AuditTrail,
    private readonly dataSources: DataSources,
    private readonly clock: Clock,
  ) {}

  /** The account of a user, which takes note of the sign-in; nothing where an administrator has disabled it. */
  async find(user: UpstreamUser): Promise<Account | undefined> {
    const digest = digestOf(user);
    const account = (await this.accounts.findByUpstream(digest)) ?? (await this.make(user, digest));
    if (account.status !== 'active') return undefined;
    const { email = null } = user;
    const changed = account.email !== email && { email, updatedAt: this.clock.now() };
    await this.accounts.succeed(account.id, { lastSignedInAt: this.clock.now(), ...changed });
    return account;
  }

  private async make({ issuer, subject, email }: UpstreamUser, digest: string): Promise<Account> {
    const known = { upstream: { issuer, subject }, upstreamDigest: digest, email: email ?? null };
    const account = newAccount(newId(), this.clock.now(), known);
    const changes = { id: { after: account.id }, status: { after: 'active' }, upstream: {} };
    const event = this.audit.eventOf({ action: 'account.made', actor: { type: 'system' }, changes });
    try {
      await this.audit.record(event, (transaction) => this.accounts.add(account, transaction));
      return account;
    } catch (error) {
      // The user may come in two windows at once.
      const there = this.dataSources.isOutage(error) ? undefined : await this.accounts.findByUpstream(digest);
      if (!there) throw error;
      return there;
    }
  }
}

/** Only both together name a user (OpenID Connect Core 1.0 section 5.7). */
const digestOf = ({ issuer, subject }: Upstream): string =>
  createHash('sha256')
    .update(JSON.stringify([issuer, subject]))
    .digest('hex');
