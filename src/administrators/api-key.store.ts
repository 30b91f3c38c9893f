import { Injectable } from '@nestjs/common';
import { type EntityManager, IsNull, Like, MoreThan } from 'typeorm';
import { Keyring } from '../clients/keyring.js';
import { DataSources } from '../data-sources/data-sources.service.js';
import { change, selectBy } from '../data-sources/statements.js';
import { ApiKey } from './api-key.entity.js';

/** The only code that knows the table of API keys. Nothing of it is kept, so that a revocation holds at once everywhere. */
@Injectable()
export class ApiKeyStore {
  constructor(
    private readonly dataSources: DataSources,
    private readonly keyring: Keyring,
  ) {}

  async add(key: ApiKey, transaction: EntityManager): Promise<void> {
    await transaction.insert(ApiKey, key);
  }

  /** Whether a key was ever made. */
  hasAny(transaction: EntityManager): Promise<boolean> {
    return transaction.existsBy(ApiKey, {});
  }

  /** The key with this text, whatever its state. */
  async findByText(text: string): Promise<ApiKey | undefined> {
    const digests = this.keyring.digests(text);
    const [key] = await this.dataSources.read('dynamic', (reader) => selectBy(reader, ApiKey, 'digest', digests));
    if (key && !this.keyring.isCurrent(key.digest)) await this.renew(key, text);
    return key;
  }

  async find(id: string): Promise<ApiKey | undefined> {
    const [key] = await this.dataSources.read('dynamic', (reader) => selectBy(reader, ApiKey, 'id', [id]));
    return key;
  }

  /** Keys in the order in which they were made, after the one with this id. */
  list(limit: number, after?: string): Promise<ApiKey[]> {
    const where = after === undefined ? {} : { id: MoreThan(after) };
    return this.dataSources.read('dynamic', (reader) =>
      reader.find(ApiKey, { where, order: { id: 'ASC' }, take: limit }),
    );
  }

  /** Ends a key for good; false when it was ended before. */
  async revoke(id: string, now: number, transaction: EntityManager): Promise<boolean> {
    const { affected } = await transaction.update(ApiKey, { id, revokedAt: IsNull() }, { revokedAt: now });
    return affected === 1;
  }

  /** Stores when a key was last used, unless something later is stored already. */
  async use(id: string, at: number, transaction: EntityManager): Promise<void> {
    const statement =
      'UPDATE api_keys SET last_used_at = ? WHERE id = ? AND (last_used_at IS NULL OR last_used_at < ?)';
    await change(transaction, statement, [at, id, at]);
  }

  /** How many keys that were not revoked are stored under the key of the keyring with this id. */
  countUnder(keyId: string): Promise<number> {
    const where = { digest: Like(`${keyId}.%`), revokedAt: IsNull() };
    return this.dataSources.read('dynamic', (reader) => reader.countBy(ApiKey, where));
  }

  private async renew({ id }: ApiKey, text: string): Promise<void> {
    const digest = this.keyring.digest(text);
    await this.dataSources.storeIfPossible('dynamic', (writer) => writer.update(ApiKey, { id }, { digest }));
  }
}
