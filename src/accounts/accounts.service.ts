import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Administrator } from '../administrators/administrators.service.js';
import type { AuditEvent, Changes } from '../audit/audit-event.entity.js';
import { AuditTrail } from '../audit/audit-trail.js';
import { newId } from '../clients/credentials.js';
import { Clock } from '../clock.js';
import { DataSources } from '../data-sources/data-sources.service.js';
import { Refusal } from '../errors.js';
import { refuse } from '../http/strict-document.js';
import type { Account } from '../users/account.entity.js';
import { AccountStore } from '../users/account.store.js';
import { newAccount } from '../users/new-account.js';
import { accountView } from './account.view.js';
import type { AccountChange, AccountRequest, AccountView } from './dto/account.dto.js';
import { passwordFault } from './password-rules.js';
import { Passwords } from './passwords.js';
import { usernameKey } from './username.js';

/** What an administrator asks to change; `null` takes the address away. */
export type AskedChange = Omit<AccountChange, 'email'> & { readonly email?: string | null };

/** Makes, shows, changes and removes accounts. */
@Injectable()
export class Accounts {
  constructor(
    private readonly store: AccountStore,
    private readonly passwords: Passwords,
    private readonly audit: AuditTrail,
    private readonly dataSources: DataSources,
    private readonly clock: Clock,
  ) {}

  /** Makes an account with a password. Throws `conflict` for a username that somebody has. */
  async make({ username, password, email }: AccountRequest, { actor }: Administrator): Promise<AccountView> {
    const id = newId();
    const now = this.clock.now();
    const stored = await this.passwords.stored(id, password);
    const own = { username, usernameKey: usernameKey(username), password: stored, email: email ?? null };
    const account = newAccount(id, now, own);
    const changes = { id: { after: id }, status: { after: 'active' }, ...named({ username, password, email }) };
    const event = this.audit.eventOf({ action: 'account.made', actor, changes });
    await this.write(event, account, (transaction) => this.store.add(account, transaction));
    return accountView(account);
  }

  /** Accounts in the order in which they were made. */
  async list(limit: number, after?: string): Promise<AccountView[]> {
    return (await this.store.list(limit, after)).map(accountView);
  }

  /** Changes an account. Throws `not_found`, and `conflict` for a username that somebody has. */
  async change(id: string, asked: AskedChange, { actor }: Administrator): Promise<AccountView> {
    const account = await this.found(id);
    const { username, password, email, status } = asked;
    demandOwn(account, asked);
    const ends = password !== undefined || (status === 'disabled' && account.status === 'active');
    const changed: Partial<Account> = {
      ...(username !== undefined && { username, usernameKey: usernameKey(username) }),
      ...(password !== undefined && { password: await this.passwords.stored(id, password) }),
      ...(email !== undefined && { email }),
      ...(status !== undefined && { status }),
      ...((password !== undefined || status === 'active') && { failures: 0 }),
      ...(ends && { version: account.version + 1 }),
      updatedAt: this.clock.now(),
    };
    const after: Account = { ...account, ...changed };
    const before = accountView(account).status;
    const changes = {
      id: { before: id, after: id },
      ...(before !== accountView(after).status && { status: { before, after: accountView(after).status } }),
      ...named({ username, password, email }),
    };
    const event = this.audit.eventOf({ action: 'account.changed', actor, changes });
    await this.write(event, after, async (transaction) => {
      if (!(await this.store.change(account, changed, transaction)))
        throw new Refusal('conflict', 'the account was changed at the same time; send the request again');
    });
    return accountView(after);
  }

  /** Removes an account with all that was issued for it. Throws `not_found`. */
  async remove(id: string, { actor }: Administrator): Promise<void> {
    const account = await this.found(id);
    const changes = { id: { before: id }, status: { before: accountView(account).status } };
    const event = this.audit.eventOf({ action: 'account.removed', actor, changes });
    await this.audit.record(event, (transaction) => this.store.remove(id, transaction));
  }

  private async found(id: string): Promise<Account> {
    const account = await this.store.find(id);
    if (!account) throw new Refusal('not_found', 'there is no account with this id');
    return account;
  }

  private async write(
    event: AuditEvent,
    account: Account,
    work: (transaction: EntityManager) => Promise<void>,
  ): Promise<void> {
    await this.refuseTaken(account);
    try {
      await this.audit.record(event, (transaction) => work(transaction));
    } catch (error) {
      if (!this.dataSources.isOutage(error)) await this.refuseTaken(account);
      throw error;
    }
  }

  private async refuseTaken({ id, usernameKey: key }: Account): Promise<void> {
    const holder = key === null ? undefined : await this.store.findByUsername(key);
    if (holder && holder.id !== id) throw new Refusal('conflict', 'somebody has this username; choose another one');
  }
}

/** Throws for what somebody who signs in elsewhere has no use for, and for a password that is made of the username. */
function demandOwn({ upstream, username, email }: Account, asked: AskedChange): void {
  const { password } = asked;
  if (upstream && (asked.username !== undefined || password !== undefined))
    throw new Refusal('invalid_request', 'this user signs in at an OpenID provider, and has no password here');
  if (password === undefined) return;
  const own = [asked.username ?? username, asked.email ?? email].filter((text) => typeof text === 'string');
  const fault = passwordFault(password, own);
  if (fault !== undefined) refuse([{ member: 'password', rule: 'document', message: `password ${fault}` }]);
}

/** That a member changed, without its value: it is about a person, or secret. */
const named = (members: Readonly<Record<string, unknown>>): Changes =>
  Object.fromEntries(
    Object.entries(members)
      .filter(([, value]) => value !== undefined)
      .map(([member]) => [member, {}]),
  );
