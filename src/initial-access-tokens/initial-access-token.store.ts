import { randomInt } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { type EntityManager, IsNull, Like, MoreThan } from 'typeorm';
import { Keyring } from '../clients/keyring.js';
import { DataSources } from '../data-sources/data-sources.service.js';
import { carryOut, changing, selectWhere, type Step } from '../data-sources/statements.js';
import { InitialAccessToken, InitialAccessTokenUses } from './initial-access-token.entity.js';

/** A token and how many of its uses are spent. */
export type CountedToken = InitialAccessToken & { readonly used: number };

/** In the statement that reads the token, since every registration asks for both. */
const used = 'SELECT SUM(used) FROM initial_access_token_uses WHERE token_id = initial_access_tokens.id';

/** Tokens of more uses than this spread them over several rows. */
const usesOfOneShare = 100;
const mostShares = 16;

const spending =
  'UPDATE initial_access_token_uses SET used = used + 1 WHERE token_id = ? AND share = ? AND used < uses';

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
    const token = await this.findCounted('digest', this.keyring.digests(text));
    if (token && !this.keyring.isCurrent(token.digest)) await this.renew(token, text);
    return token;
  }

  find(id: string): Promise<CountedToken | undefined> {
    return this.findCounted('id', [id]);
  }

  /** Tokens in the order in which they were made, after the one with this id. */
  list(limit: number, after = ''): Promise<CountedToken[]> {
    return this.dataSources.read('dynamic', async (reader) => {
      const found = selectWhere(reader, InitialAccessToken, 'id > ? ORDER BY id LIMIT ?', [after, limit], { used });
      return (await found).map(counted);
    });
  }

  /** Whether any token was ever made. */
  hasAny(): Promise<boolean> {
    return this.dataSources.read('dynamic', (reader) => reader.existsBy(InitialAccessToken, {}));
  }

  /**
   * Spends one use; false when none is left. One conditional update decides, so that any number of parallel calls get
   * exactly as many uses as there are. The shares are tried from a random one on.
   */
  async spend(token: Pick<InitialAccessToken, 'id' | 'uses'>, transaction: EntityManager): Promise<boolean> {
    const count = shareCount(token.uses);
    const first = randomInt(count);
    for (let turn = 0; turn < count; turn++) {
      if ((await carryOut(spendingOf(token, (first + turn) % count), transaction)) === 1) return true;
    }
    return false;
  }

  /** The step that spends a use of one share, a random one; others may have uses left where it has none. */
  spending(token: Pick<InitialAccessToken, 'id' | 'uses'>): Step {
    return spendingOf(token, randomInt(shareCount(token.uses)));
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
  countUnder(keyId: string, now: number): Promise<number> {
    return this.dataSources.read('dynamic', (reader) =>
      reader
        .createQueryBuilder(InitialAccessToken, 'token')
        .where({ digest: Like(`${keyId}.%`), revokedAt: IsNull(), expiresAt: MoreThan(now) })
        .andWhere((query) => {
          const left = query.subQuery().select('1').from(InitialAccessTokenUses, 'share');
          const hasUses = left.where('share.token_id = token.id AND share.used < share.uses').getQuery();
          return `(token.manages = TRUE OR EXISTS ${hasUses})`;
        })
        .getCount(),
    );
  }

  private async findCounted(column: 'id' | 'digest', values: readonly string[]): Promise<CountedToken | undefined> {
    const token = await this.dataSources.readBy('dynamic', InitialAccessToken, column, values, { used });
    return token && counted(token);
  }

  private async renew({ id }: InitialAccessToken, text: string): Promise<void> {
    const digest = this.keyring.digest(text);
    await this.dataSources.storeIfPossible('dynamic', (writer) =>
      writer.update(InitialAccessToken, { id }, { digest }),
    );
  }
}

/** Engines give a sum as a number or as a text. */
const counted = (token: InitialAccessToken & { readonly used: unknown }): CountedToken => ({
  ...token,
  used: Number(token.used),
});

const spendingOf = ({ id }: Pick<InitialAccessToken, 'id'>, share: number): Step => changing(spending, [id, share]);

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
