import type { IncomingHttpHeaders } from 'node:http';
import type { Client } from 'undici';
import { FetchFailure } from './fetch-failure.js';
import type { Target } from './target.js';

/** What is sent instead of a question for a JSON document. */
export interface Sending {
  readonly method: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** What came back, whole. */
export interface Response {
  readonly status: number;
  readonly body: Buffer;
  readonly headers: IncomingHttpHeaders;
}

const jsonType = /^[ \t]*application\/(?:[a-z0-9!#$&^_.+-]+\+)?json[ \t]*(?:;|$)/i;

/**
 * Sends one request, and reads the answer: a GET without credentials, to which only a JSON document with status 200 is an
 * answer, or what is to be sent, to which most is. Never one with a content coding, so that nothing can grow while it is
 * unpacked, and never one that announces more than `mostBytes`.
 */
export async function exchange(
  line: Client,
  { url }: Target,
  signal: AbortSignal,
  mostBytes: number,
  { method, headers: sent, body }: Partial<Sending> = {},
): Promise<Response> {
  const response = await line.request({
    method: method ?? 'GET',
    path: url.pathname + url.search,
    headers: { accept: 'application/json', ...sent, 'accept-encoding': 'identity', 'user-agent': 'clientele' },
    body,
    // No other request comes over this line.
    reset: true,
    signal,
  });
  const { statusCode: status, headers } = response;
  if (status >= 300 && status < 400) throw new FetchFailure('redirected');
  if (status >= 500) throw new FetchFailure('server_failed');
  if (!method && status !== 200) throw new FetchFailure('status_refused');
  if (!method && !jsonType.test(String(headers['content-type'] ?? ''))) throw new FetchFailure('type_refused');
  if (String(headers['content-encoding'] ?? 'identity').toLowerCase() !== 'identity')
    throw new FetchFailure('type_refused');
  if (Number(headers['content-length'] ?? 0) > mostBytes) throw new FetchFailure('too_large');
  return { status, headers, body: Buffer.from(await response.body.arrayBuffer()) };
}
