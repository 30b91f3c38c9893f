import type { Adapter, KoaContextWithOIDC } from 'oidc-provider';
import { errors } from './oidc-provider.js';
import { submissionPage } from './pages.js';

/** Turns an outage of the data source into what OAuth calls it (RFC 6749 section 4.1.2.1), so that it is no error of ours. */
export function sayingOutages(adapter: Adapter, isOutage: (error: unknown) => boolean): Adapter {
  const call =
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

/** What every answer keeps to: descriptions in plain text (RFC 6749 section 5.2), and when to come again (RFC 9110 section 10.2.3). */
export async function plainAnswers(context: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> {
  // Who may call from which page is settled before (see http/cors.ts); oidc-provider would let everybody.
  const settled = crossOrigin(context);
  await next();
  for (const name of crossOrigin(context)) if (!settled.includes(name)) context.remove(name);
  const body = context.body as { error_description?: unknown } | string | undefined;
  if (typeof body === 'object' && typeof body.error_description === 'string')
    body.error_description = body.error_description.replace(/["\\]|[^\x20-\x7e]/g, "'");
  if (typeof body === 'string') context.body = submissionPage(body) ?? body;
  if (context.status === 503) context.set('Retry-After', '2');
}

const crossOrigin = ({ response }: KoaContextWithOIDC): string[] =>
  Object.keys(response.headers).filter((name) => name.startsWith('access-control-'));
