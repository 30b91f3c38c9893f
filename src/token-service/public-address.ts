import type { IncomingMessage } from 'node:http';
import { mountPath } from './addresses.js';

/** What a proxy may say of the address that was asked for; never believed (RFC 7239 section 8.1). */
const forwarded = ['forwarded', 'x-forwarded-for', 'x-forwarded-port', 'x-forwarded-prefix', 'x-forwarded-server'];

/**
 * Makes a request look as if it came straight to the public address, whatever it says: oidc-provider builds every address
 * that it hands out from the request. The origin goes too, since CORS is answered before.
 */
export function atPublicAddress(request: IncomingMessage & { originalUrl?: string }, publicUrl: string): void {
  const { host, protocol } = new URL(publicUrl);
  const { headers } = request;
  for (const name of forwarded) delete headers[name];
  delete headers.origin;
  headers.host = host;
  headers['x-forwarded-host'] = host;
  headers['x-forwarded-proto'] = protocol.slice(0, -1);
  // The target may be absolute, and name another host (RFC 9112 section 3.2.2).
  const target = (request.originalUrl ?? request.url ?? '/').replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '');
  request.originalUrl = target;
  request.url = target.slice(mountPath.length);
}
