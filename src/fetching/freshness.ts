import type { IncomingHttpHeaders } from 'node:http';

const usual = 60;
/** Shorter would have a host asked for every signature, longer would keep a key that was withdrawn. */
const shortest = 10;
const longest = 600;

/** For how many seconds an answer stays fresh: by `Expires`, else by `max-age`, else a minute (RFC 9111 section 4.2.1). */
export function freshSeconds({ expires, 'cache-control': control = '' }: IncomingHttpHeaders, now: number): number {
  const end = expires === undefined ? NaN : Date.parse(expires) / 1000;
  const age = /(?:^|[,\s])max-age="?(\d{1,9})/i.exec(control)?.[1];
  // A time that is over mostly stands beside a max-age that is meant.
  const asked = end > now ? Math.floor(end - now) : age === undefined ? (Number.isNaN(end) ? usual : 0) : Number(age);
  return Math.min(longest, Math.max(shortest, asked));
}
