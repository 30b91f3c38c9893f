import { createHash } from 'node:crypto';
import type { KoaContextWithOIDC } from 'oidc-provider';
import { headStart } from './server-keys.js';

/** Seconds for which the list of keys may be kept: the next key is in every copy long before it signs anything. */
const keptFor = headStart / 2;

/** Lets who verifies tokens keep the public keys for a while, and ask whether they have changed (RFC 9110 section 8.8.3). */
export async function keyList(context: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> {
  await next();
  if (context.oidc?.route !== 'jwks' || context.status !== 200) return;
  context.remove('Pragma');
  context.set('Cache-Control', `public, max-age=${keptFor}`);
  context.etag = createHash('sha256').update(JSON.stringify(context.body)).digest('base64url');
  // Not what Koa calls fresh: whoever asks with `no-cache` wants to know, and this tells (RFC 9111 section 5.2.1.4).
  if (context.get('If-None-Match').includes(context.response.get('ETag'))) context.status = 304;
}
