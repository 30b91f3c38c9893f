import type { IncomingMessage } from 'node:http';
import { mountPath } from './addresses.js';

/**
 * What a proxy may say of the address that was asked for, never believed (RFC 7239 section 8.1); and the origin, since
 * CORS is answered before.
 */
const dropped = [
  'forwarded',
  'x-forwarded-for',
  'x-forwarded-port',
  'x-forwarded-prefix',
  'x-forwarded-server',
  'origin',
];

/**
 * Makes a request look as if it came straight to the public address, whatever it says: oidc-provider builds every address
 * that it hands out from the request.
 */
export function atPublicAddress(
  request: IncomingMessage & { originalUrl?: string },
  { host, protocol }: Pick<URL, 'host' | 'protocol'>,
): void {
  const { headers } = request;
  for (const name of dropped) if (name in headers) delete headers[name];
  headers.host = host;
  headers['x-forwarded-host'] = host;
  headers['x-forwarded-proto'] = protocol.slice(0, -1);
  // The target may be absolute, and name another host (RFC 9112 section 3.2.2).
  const target = (request.originalUrl ?? request.url ?? '/').replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '');
  request.originalUrl = target;
  request.url = target.slice(mountPath.length);
}
