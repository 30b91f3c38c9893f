import { randomInt } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { type EntityManager, In, IsNull, Like, MoreThan } from 'typeorm';
import { Keyring } from '../clients/keyring.js';
import { DataSources } from '../data-sources/data-sources.service.js';
import { InitialAccessToken, InitialAccessTokenUses } from './initial-access-token.entity.js';

/** A token and how many of its uses are spent. */
export type CountedToken = InitialAccessToken & { readonly used: number };

/** Tokens of more uses than this spread them over several rows. */
const usesOfOneShare = 100;
const mostShares = 16;

/** The only code that knows the tables of initial access tokens. */
@Injectable()
export class InitialAccessTokenStore {
  constructor(
    private readonly dataSources: DataSources,
    private readonly keyring: Keyring,
  ) {}

  /** Stores a new token with none of its uses spent. */
  async add(token: InitialAccessToken, transaction: EntityManager): Promise<void> {
    await transaction.insert(InitialAccessToken, token);
    await transaction.insert(InitialAccessTokenUses, shares(token));
  }

  /** The token with this text, whatever its state. */
  async findByText(text: string): Promise<CountedToken | undefined> {
    const token = await this.reader.findOneBy(InitialAccessToken, { digest: In(this.keyring.digests(text)) });
    if (!token) return undefined;
    if (!this.keyring.isCurrent(token.digest))
      await this.reader.update(InitialAccessToken, { id: token.id }, { digest: this.keyring.digest(text) });
    return (await this.counted([token]))[0];
  }

  async find(id: string): Promise<CountedToken | undefined> {
    const token = await this.reader.findOneBy(InitialAccessToken, { id });
    return token ? (await this.counted([token]))[0] : undefined;
  }

  /** Tokens in the order in which they were made, after the one with this id. */
  async list(limit: number, after?: string): Promise<CountedToken[]> {
    const tokens = await this.reader.find(InitialAccessToken, {
      where: after === undefined ? {} : { id: MoreThan(after) },
      order: { id: 'ASC' },
      take: limit,
    });
    return this.counted(tokens);
  }

  /** Whether any token was ever made. */
  async hasAny(): Promise<boolean> {
    return this.reader.existsBy(InitialAccessToken, {});
  }

  /**
   * Spends one use; false when none is left. One conditional update decides, so that any number of parallel calls get
   * exactly as many uses as there are. The shares are tried from a random one on.
   */
  async spend(token: Pick<InitialAccessToken, 'id' | 'uses'>, transaction: EntityManager): Promise<boolean> {
    const count = shareCount(token.uses);
    const first = randomInt(count);
    for (let turn = 0; turn < count; turn++) {
      const { affected } = await transaction
        .createQueryBuilder()
        .update(InitialAccessTokenUses)
        .set({ used: () => 'used + 1' })
        .where('token_id = :id AND share = :share AND used < uses', { id: token.id, share: (first + turn) % count })
        .execute();
      if (affected === 1) return true;
    }
    return false;
  }

  /** Ends a token, its unspent uses with it; false when it was ended before. */
  async revoke(id: string, now: number, transaction: EntityManager): Promise<boolean> {
    const { affected } = await transaction.update(InitialAccessToken, { id, revokedAt: IsNull() }, { revokedAt: now });
    await transaction
      .createQueryBuilder()
      .update(InitialAccessTokenUses)
      .set({ uses: () => 'used' })
      .where('token_id = :id', { id })
      .execute();
    return affected === 1;
  }

  /** How many tokens that can still register or manage are stored under the key with this id. */
  async countUnder(keyId: string, now: number): Promise<number> {
    return this.reader
      .createQueryBuilder(InitialAccessToken, 'token')
      .where({ digest: Like(`${keyId}.%`), revokedAt: IsNull(), expiresAt: MoreThan(now) })
      .andWhere((query) => {
        const left = query.subQuery().select('1').from(InitialAccessTokenUses, 'share');
        return `(token.manages = TRUE OR EXISTS ${left.where('share.token_id = token.id AND share.used < share.uses').getQuery()})`;
      })
      .getCount();
  }

  private get reader(): EntityManager {
    return this.dataSources.reader('dynamic');
  }

  private async counted(tokens: InitialAccessToken[]): Promise<CountedToken[]> {
    if (tokens.length === 0) return [];
    const uses = await this.reader.findBy(InitialAccessTokenUses, { tokenId: In(tokens.map(({ id }) => id)) });
    return tokens.map((token) => ({
      ...token,
      used: uses.filter(({ tokenId }) => tokenId === token.id).reduce((sum, share) => sum + share.used, 0),
    }));
  }
}

const shareCount = (uses: number): number => Math.min(mostShares, Math.ceil(uses / usesOfOneShare));

function shares({ id, uses }: InitialAccessToken): InitialAccessTokenUses[] {
  const count = shareCount(uses);
  return Array.from({ length: count }, (_, share) => ({
    tokenId: id,
    share,
    uses: Math.floor(uses / count) + (share < uses % count ? 1 : 0),
    used: 0,
  }));
}
