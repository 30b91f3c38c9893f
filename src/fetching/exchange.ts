import { type IncomingMessage, request as httpRequest } from 'node:http';
import type { Socket } from 'node:net';
import { FetchFailure } from './fetch-failure.js';
import type { Target } from './target.js';

/** What came back, whole. */
export interface Response {
  readonly body: Buffer;
  readonly headers: IncomingMessage['headers'];
}

const jsonType = /^[ \t]*application\/(?:[a-z0-9!#$&^_.+-]+\+)?json[ \t]*(?:;|$)/i;

/**
 * Sends one GET without credentials over a connection, and reads the answer up to `mostBytes`. Only a JSON document
 * counts, with status 200 and without a content coding, so that nothing can grow while it is unpacked.
 */
export async function exchange(socket: Socket, { url }: Target, mostBytes: number): Promise<Response> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const request = httpRequest({
      createConnection: () => socket,
      setHost: false,
      path: url.pathname + url.search,
      maxHeaderSize: 16 * 1024,
      headers: {
        Host: url.host,
        Accept: 'application/json',
        'Accept-Encoding': 'identity',
        'User-Agent': 'clientele',
        Connection: 'close',
      },
    });
    request.on('response', resolve);
    request.on('upgrade', () => reject(new FetchFailure('status_refused')));
    request.on('error', reject);
    request.end();
  });
  judge(response, mostBytes);
  return { body: await readBody(response, mostBytes), headers: response.headers };
}

function judge({ statusCode = 0, headers }: IncomingMessage, mostBytes: number): void {
  if (statusCode >= 300 && statusCode < 400) throw new FetchFailure('redirected');
  if (statusCode >= 500) throw new FetchFailure('server_failed');
  if (statusCode !== 200) throw new FetchFailure('status_refused');
  if (!jsonType.test(headers['content-type'] ?? '')) throw new FetchFailure('type_refused');
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
