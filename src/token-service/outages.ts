import type { Adapter } from 'oidc-provider';
import { failures, Refusal } from '../errors.js';
import { errors } from './oidc-provider.js';

const notNow = (description: string, status: number, cause: unknown): Error =>
  Object.assign(new errors.TemporarilyUnavailable(description, cause as never), { status, statusCode: status });

/** Says in the words of OAuth why a client is not served (RFC 6749 section 5.2). */
export function refusalsInOAuth(error: unknown): never {
  if (!(error instanceof Refusal)) throw error;
  const { failure, description } = error;
  if (failure === 'temporarily_unavailable' || failure === 'rate_limited')
    throw notNow(description, failures[failure], error);
  throw new errors.InvalidClient(description);
}

/** Turns an outage of the data source into what OAuth calls it (RFC 6749 section 4.1.2.1), so that it is no error of ours. */
export const sayingOutage =
  (isOutage: (error: unknown) => boolean) =>
  <A extends unknown[], T>(method: (...args: A) => Promise<T>) =>
  async (...args: A): Promise<T> => {
    try {
      return await method(...args);
    } catch (error) {
      if (!isOutage(error)) throw error;
      throw notNow('a part of this service is out of order; try again soon', 503, error);
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
