import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { In, LessThanOrEqual } from 'typeorm';
import { Clock } from '../clock.js';
import { DataSources } from '../data-sources/data-sources.service.js';
import { insertingIfNew, selectBy, type Step } from '../data-sources/statements.js';
import type { AccessToken } from './access-tokens.js';
import { SpentAccessToken } from './spent-access-token.entity.js';

/** Seconds that a row stays after the end of its token, since the clocks of instances differ. */
const grace = 300;

/** Remembers which access tokens have registered a client; the only code that knows its table. */
@Injectable()
export class SpentAccessTokens {
  constructor(
    private readonly dataSources: DataSources,
    private readonly clock: Clock,
  ) {}

  async has({ id }: AccessToken): Promise<boolean> {
    const found = await this.dataSources.read('dynamic', (reader) =>
      selectBy(reader, SpentAccessToken, 'digest', [digestOf(id)]),
    );
    return found.length > 0;
  }

  /** The step that spends a token; it meets no row when the token was spent before, be it by a parallel call. */
  spending({ id, expiresAt }: AccessToken): Step {
    return insertingIfNew(SpentAccessToken, { digest: digestOf(id), uses: 1, expiresAt });
  }

  /** Forgets some of the tokens that have ended; answers how many. */
  async sweep(size: number): Promise<number> {
    const where = { expiresAt: LessThanOrEqual(this.clock.now() - grace) };
    return this.dataSources.write('dynamic', async (writer) => {
      const ended = await writer.find(SpentAccessToken, { select: { digest: true }, where, take: size });
      if (ended.length > 0) await writer.delete(SpentAccessToken, { digest: In(ended.map(({ digest }) => digest)) });
      return ended.length;
    });
  }
}

const digestOf = (id: string): string => createHash('sha256').update(`access token ${id}`).digest('base64url');
