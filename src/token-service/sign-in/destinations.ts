import { isLoopbackUri, redirectHost } from '../../metadata/redirect-uri.js';
import { escaped } from '../page.js';

const most = 5;

/** Where a client can have users sent back to, in words and as HTML; where this request leads comes first. */
export function destinations(registered: readonly string[], asked?: string): string[] {
  const first = asked ?? registered[0];
  const all = [...new Set([...(first === undefined ? [] : [first]), ...registered].map(inWords))];
  return all.length > most ? [...all.slice(0, most), `and ${all.length - most} more`] : all;
}

function inWords(uri: string): string {
  if (isLoopbackUri(uri)) return 'a program on this computer';
  const host = redirectHost(uri);
  if (host !== undefined) return escaped(host);
  return `an app on this device, which answers to <code>${escaped(uri.slice(0, uri.indexOf(':') + 1))}</code>`;
}
