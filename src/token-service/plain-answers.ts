import type { KoaContextWithOIDC } from 'oidc-provider';
import { submissionPage } from './pages.js';

/** What every answer keeps to: descriptions in plain text (RFC 6749 section 5.2), and when to come again (RFC 9110 section 10.2.3). */
export async function plainAnswers(context: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> {
  // Who may call from which page is settled before (see http/cors.ts); oidc-provider would let everybody.
  const settled = crossOrigin(context);
  await next();
  for (const name of crossOrigin(context)) if (!settled.includes(name)) context.remove(name);
  const body = context.body as { error_description?: unknown } | string | null | undefined;
  if (typeof body === 'object' && typeof body?.error_description === 'string')
    body.error_description = body.error_description.replace(/["\\]|[^\x20-\x7e]/g, "'");
  if (typeof body === 'string') context.body = submissionPage(body) ?? body;
  if (context.status === 503) context.set('Retry-After', '2');
  if (context.status === 429) context.set('Retry-After', '60');
}

const crossOrigin = ({ res }: KoaContextWithOIDC): string[] =>
  res.getHeaderNames().filter((name) => name.startsWith('access-control-'));
