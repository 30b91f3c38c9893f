import { Injectable } from '@nestjs/common';
import { type EntityManager, MoreThan } from 'typeorm';
import { DataSources } from '../data-sources/data-sources.service.js';
import { insert, selectBy } from '../data-sources/statements.js';
import { TrustedIssuer } from './trusted-issuer.entity.js';

/** The only code that knows the table of trusted issuers. */
@Injectable()
export class TrustedIssuerStore {
  constructor(private readonly dataSources: DataSources) {}

  find(id: string): Promise<TrustedIssuer | undefined> {
    return this.findBy('id', id);
  }

  /** The issuer with this name, letter by letter. */
  findByIssuer(issuer: string): Promise<TrustedIssuer | undefined> {
    return this.findBy('issuer', issuer);
  }

  /** Issuers in the order in which they were made, after the one with this id. */
  list(limit: number, after?: string): Promise<TrustedIssuer[]> {
    const where = after === undefined ? {} : { id: MoreThan(after) };
    return this.dataSources.read('dynamic', (reader) =>
      reader.find(TrustedIssuer, { where, order: { id: 'ASC' }, take: limit }),
    );
  }

  async add(issuer: TrustedIssuer, transaction: EntityManager): Promise<void> {
    await insert(transaction, TrustedIssuer, issuer);
  }

  /** Changes an issuer, if it still is as it was read. */
  async change({ id, version }: TrustedIssuer, after: TrustedIssuer, transaction: EntityManager): Promise<boolean> {
    const { affected } = await transaction.update(TrustedIssuer, { id, version }, after as never);
    return affected === 1;
  }

  /** Forgets an issuer, if it still is as it was read. */
  async remove({ id, version }: TrustedIssuer, transaction: EntityManager): Promise<boolean> {
    const { affected } = await transaction.delete(TrustedIssuer, { id, version });
    return affected === 1;
  }

  private async findBy(column: 'id' | 'issuer', value: string): Promise<TrustedIssuer | undefined> {
    const [found] = await this.dataSources.read('dynamic', (reader) =>
      selectBy(reader, TrustedIssuer, column, [value]),
    );
    return found;
  }
}
