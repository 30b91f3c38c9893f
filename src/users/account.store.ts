import { Injectable } from '@nestjs/common';
import { type EntityManager, MoreThan } from 'typeorm';
import { DataSources } from '../data-sources/data-sources.service.js';
import { change, insert, numbered, selectBy } from '../data-sources/statements.js';
import { Account } from './account.entity.js';

/** The only code that knows the table of accounts. */
@Injectable()
export class AccountStore {
  constructor(private readonly dataSources: DataSources) {}

  find(id: string): Promise<Account | undefined> {
    return this.findBy('id', id);
  }

  findByUsername(usernameKey: string): Promise<Account | undefined> {
    return this.findBy('username_key', usernameKey);
  }

  findByUpstream(digest: string): Promise<Account | undefined> {
    return this.findBy('upstream_digest', digest);
  }

  /** Accounts in the order in which they were made, after the one with this id. */
  list(limit: number, after?: string): Promise<Account[]> {
    const where = after === undefined ? {} : { id: MoreThan(after) };
    return this.dataSources.read('dynamic', (reader) =>
      reader.find(Account, { where, order: { id: 'ASC' }, take: limit }),
    );
  }

  async add(account: Account, transaction: EntityManager): Promise<void> {
    await insert(transaction, Account, account);
  }

  /** Changes an account as it was read; false when it has another version by now, or is gone. */
  async change({ id, version }: Account, changes: Partial<Account>, transaction: EntityManager): Promise<boolean> {
    const { affected } = await transaction.update(Account, { id, version }, changes);
    return affected === 1;
  }

  /** Removes an account; false when it was not there. */
  async remove(id: string, transaction: EntityManager): Promise<boolean> {
    const { affected } = await transaction.delete(Account, { id });
    return affected === 1;
  }

  /** Counts a wrong password up to `most`. Answers whether this one reached it. */
  async fail(id: string, most: number, transaction: EntityManager): Promise<boolean> {
    const counting = 'UPDATE accounts SET failures = failures + 1 WHERE id = ? AND failures < ?';
    if ((await change(transaction, counting, [id, most])) === 0) return false;
    const [account] = await selectBy(transaction, Account, 'id', [id]);
    return account?.failures === most;
  }

  /** Takes note that somebody signed in. */
  async succeed(id: string, changes: Partial<Account>): Promise<void> {
    await this.dataSources.write('dynamic', (writer) => writer.update(Account, { id }, changes as object));
  }

  /** How many passwords are sealed under the key of the keyring with this id. */
  async countUnder(keyId: string): Promise<number> {
    const [row] = await this.dataSources.read('dynamic', (reader) => {
      const text = numbered(reader.dataSource, 'SELECT COUNT(*) AS n FROM accounts WHERE password LIKE ?');
      return reader.query<[{ n: number | string }]>(text, [`"${keyId}.%`]);
    });
    return Number(row.n);
  }

  private async findBy(column: string, value: string): Promise<Account | undefined> {
    const [account] = await this.dataSources.read('dynamic', (reader) => selectBy(reader, Account, column, [value]));
    return account;
  }
}
