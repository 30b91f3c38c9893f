import { type IncomingMessage, request as httpRequest } from 'node:http';
import type { Socket } from 'node:net';
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
  readonly headers: IncomingMessage['headers'];
}

const jsonType = /^[ \t]*application\/(?:[a-z0-9!#$&^_.+-]+\+)?json[ \t]*(?:;|$)/i;

/**
 * Sends one request over a connection, and reads the answer up to `mostBytes`: a GET without credentials, to which only a
 * JSON document with status 200 is an answer, or what is to be sent, to which most is. Never one with a content coding, so
 * that nothing can grow while it is unpacked.
 */
export async function exchange(
  socket: Socket,
  { url }: Target,
  mostBytes: number,
  sending?: Sending,
): Promise<Response> {
  const { method = 'GET', body, headers } = sending ?? {};
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const request = httpRequest({
      createConnection: () => socket,
      setHost: false,
      method,
      path: url.pathname + url.search,
      maxHeaderSize: 16 * 1024,
      headers: {
        Host: url.host,
        Accept: 'application/json',
        ...headers,
        ...(body !== undefined && { 'Content-Length': String(Buffer.byteLength(body)) }),
        'Accept-Encoding': 'identity',
        'User-Agent': 'clientele',
        Connection: 'close',
      },
    });
    request.on('response', resolve);
    request.on('upgrade', () => reject(new FetchFailure('status_refused')));
    request.on('error', reject);
    request.end(body);
  });
  judge(response, mostBytes, sending === undefined);
  const { statusCode: status = 0, headers: answered } = response;
  return { status, body: await readBody(response, mostBytes), headers: answered };
}

function judge({ statusCode = 0, headers }: IncomingMessage, mostBytes: number, isDocument: boolean): void {
  if (statusCode >= 300 && statusCode < 400) throw new FetchFailure('redirected');
  if (statusCode >= 500) throw new FetchFailure('server_failed');
  if (isDocument && statusCode !== 200) throw new FetchFailure('status_refused');
  if (isDocument && !jsonType.test(headers['content-type'] ?? '')) throw new FetchFailure('type_refused');
  if ((headers['content-encoding'] ?? 'identity').toLowerCase() !== 'identity') throw new FetchFailure('type_refused');
  if (Number(headers['content-length'] ?? 0) > mostBytes) throw new FetchFailure('too_large');
}

async function readBody(response: IncomingMessage, mostBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > mostBytes) throw new FetchFailure('too_large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
