import { Injectable } from '@nestjs/common';
import { In, LessThanOrEqual } from 'typeorm';
import { Clock } from '../clock.js';
import { DataSources } from '../data-sources/data-sources.service.js';
import { change, selectBy } from '../data-sources/statements.js';
import { RateCount } from './rate-count.entity.js';

/** The length of every window, in seconds. */
export const minute = 60;

const counting = 'UPDATE rate_counts SET attempts = attempts + 1 WHERE id = ? AND ends_at > ?';
const opening = 'UPDATE rate_counts SET attempts = 1, ends_at = ? WHERE id = ? AND ends_at <= ?';
const batchSize = 500;

/** Counts attempts over all instances; the only code that knows its table. */
@Injectable()
export class RateCountStore {
  constructor(
    private readonly dataSources: DataSources,
    private readonly clock: Clock,
  ) {}

  /** Counts one attempt, in a transaction of its own that no registration waits for; answers the count with it. */
  async add(id: string): Promise<RateCount> {
    const now = this.clock.now();
    const endsAt = now + minute;
    return this.dataSources.transaction(
      'dynamic',
      async (transaction) => {
        const isCounted =
          (await change(transaction, counting, [id, now])) === 1 ||
          (await change(transaction, opening, [endsAt, id, now])) === 1;
        if (!isCounted) {
          const first = { id, attempts: 0, endsAt };
          // Another instance may make the row at the same time.
          await transaction.createQueryBuilder().insert().into(RateCount).values(first).orIgnore().execute();
          await change(transaction, counting, [id, now]);
        }
        const [found] = await selectBy(transaction, RateCount, 'id', [id]);
        return found!;
      },
      () => Promise.resolve(true),
    );
  }

  /** Forgets some of the windows that have ended; answers how many. */
  async sweep(): Promise<number> {
    const endsAt = LessThanOrEqual(this.clock.now());
    const batch = await this.dataSources.read('dynamic', (reader) =>
      reader.find(RateCount, { select: { id: true }, where: { endsAt }, take: batchSize }),
    );
    if (batch.length === 0) return 0;
    const id = In(batch.map((count) => count.id));
    await this.dataSources.write('dynamic', (writer) => writer.delete(RateCount, { id, endsAt }));
    return batch.length;
  }
}
