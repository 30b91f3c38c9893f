import type { Adapter } from 'oidc-provider';
import { errors } from './oidc-provider.js';

/** Turns an outage of the data source into what OAuth calls it (RFC 6749 section 4.1.2.1), so that it is no error of ours. */
export const sayingOutage =
  (isOutage: (error: unknown) => boolean) =>
  <A extends unknown[], T>(method: (...args: A) => Promise<T>) =>
  async (...args: A): Promise<T> => {
    try {
      return await method(...args);
    } catch (error) {
      if (!isOutage(error)) throw error;
      const refusal = new errors.TemporarilyUnavailable(
        'a part of this service is out of order; try again soon',
        error as never,
      );
      throw Object.assign(refusal, { status: 503, statusCode: 503 });
    }
  };

/** An adapter that says so in all that it does. */
export function sayingOutages(adapter: Adapter, isOutage: (error: unknown) => boolean): Adapter {
  const call = sayingOutage(isOutage);
  return {
    upsert: call((...args: Parameters<Adapter['upsert']>) => adapter.upsert(...args)),
    find: call((id: string) => adapter.find(id)),
    findByUid: call((uid: string) => adapter.findByUid(uid)),
    findByUserCode: call((code: string) => adapter.findByUserCode(code)),
    consume: call((id: string) => adapter.consume(id)),
    destroy: call((id: string) => adapter.destroy(id)),
    revokeByGrantId: call((id: string) => adapter.revokeByGrantId(id)),
  };
}
