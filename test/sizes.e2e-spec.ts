import { createConnection } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { gzipSync } from 'node:zlib';
import { initialAccessToken, register } from './support/http.js';
import { Instance, startInstances } from './support/instance.js';

const limit = 64 * 1024;
const megabyte = 2 ** 20;

let instance: Instance;
let token: string;

beforeAll(async () => {
  instance = (await startInstances([{}]))[0]!;
  token = await initialAccessToken(instance.url, { uses: 1_000_000 });
});
afterAll(() => instance?.remove());

const text = (value: string) => Buffer.from(value);
const nested = (depth: number) => text(`{"a":${'['.repeat(depth)}${']'.repeat(depth)}}`);
const named = (count: number) =>
  text(JSON.stringify(Object.fromEntries(Array.from({ length: count }, (_, at) => [`a${at}`, 0]))));
const redirects = (count: number) =>
  text(JSON.stringify({ redirect_uris: Array.from({ length: count }, (_, at) => `https://a.example/${at}`) }));
const filled = (size: number) => {
  const around = '{"redirect_uris":["https://a.example/"],"a":""}';
  return text(around.replace('""', `"${'x'.repeat(size - around.length)}"`));
};
const huge = filled(100 * megabyte);
const zipped = ['Content-Encoding: gzip'];

interface Sent {
  readonly body: Buffer;
  readonly headers?: readonly string[];
  /** Another length than the body has. */
  readonly length?: number;
  readonly isChunked?: boolean;
}

const cases: readonly (readonly [string, Sent, number])[] = [
  ['as large as a body may be', { body: filled(limit) }, 201],
  ['one byte larger', { body: filled(limit + 1) }, 413],
  ['one byte larger, in chunks', { body: filled(limit + 1), isChunked: true }, 413],
  ['of 1 MB', { body: filled(megabyte) }, 413],
  ['of 10 MB', { body: filled(10 * megabyte) }, 413],
  ['of 10 MB in chunks', { body: filled(10 * megabyte), isChunked: true }, 413],
  ['of 100 MB', { body: huge }, 413],
  ['of 100 MB in chunks', { body: huge, isChunked: true }, 413],
  ['said to be of 1 TB', { body: text('{}'), length: 2 ** 40 }, 413],
  ['that unpacks to 100 MB', { body: gzipSync(huge), headers: zipped }, 415],
  ['30,000 levels deep', { body: nested(30_000) }, 400],
  ['with 5,000 members', { body: named(5_000) }, 400],
  ['with 10,000 members', { body: named(10_000) }, 413],
  ['with a string of 1 MB', { body: text(JSON.stringify('x'.repeat(megabyte))) }, 413],
  ['with 2,500 redirect URIs', { body: redirects(2_500) }, 400],
  ['with 100,000 redirect URIs', { body: redirects(100_000) }, 413],
  ['with a member twice', { body: text('{"a":1,"a":2}') }, 400],
  ['with a lone surrogate', { body: text('{"redirect_uris":["https://a.example/"],"a":"\\ud800"}') }, 400],
  ['with a byte order mark', { body: text('\ufeff{"redirect_uris":["https://a.example/"]}') }, 201],
  ['in UTF-16', { body: Buffer.from('\ufeff{"a":1}', 'utf16le') }, 400],
];

/** Sends a body over a socket of its own; answers the status, and how long after its last byte that was needed it came. */
function post({ body, headers = [], length = body.length, isChunked = false }: Sent) {
  return new Promise<{ status: number; took: number }>((resolve, reject) => {
    const socket = createConnection({ port: instance.port, host: '127.0.0.1' });
    let decided = Infinity;
    let isAnswered = false;
    socket.once('data', (chunk: Buffer) => {
      isAnswered = true;
      resolve({ status: Number(chunk.toString().split(' ')[1]), took: performance.now() - decided });
      socket.destroy();
    });
    // Whoever still sends after the answer may meet a closed connection.
    socket.on('error', (error) => (isAnswered ? undefined : reject(error)));
    socket.on('close', () => (isAnswered ? undefined : reject(new Error('closed without an answer'))));
    const framing = isChunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${length}`;
    const lines = [`Host: a`, `Authorization: Bearer ${token}`, 'Content-Type: application/json', framing, ...headers];
    socket.write(`POST /register HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
    const first = body.subarray(0, limit + 1);
    const written = isChunked ? chunkOf(first) : first;
    const last = body.subarray(limit + 1);
    const rest = isChunked && last.length > 0 ? chunkOf(last) : last;
    socket.write(written, () => {
      decided = performance.now();
      if (rest.length > 0) socket.write(rest);
      if (isChunked) socket.write('0\r\n\r\n');
    });
  });
}

const chunkOf = (bytes: Buffer) => Buffer.concat([text(`${bytes.length.toString(16)}\r\n`), bytes, text('\r\n')]);

describe('a body', () => {
  it.each(cases)('%s is answered at once (RFC 9110 section 15.5.14)', async (_what, sent, status) => {
    const answers = [await post(sent), await post(sent), await post(sent)];
    expect(answers.map((answer) => answer.status)).toEqual([status, status, status]);
    // Slower is what the machine had to do besides.
    if (status !== 201) expect(Math.min(...answers.map(({ took }) => took))).toBeLessThan(50);
  });

  it('however large costs no memory that stays', async () => {
    const all = async () => {
      for (const [, sent] of cases) await post(sent);
    };
    for (let round = 0; round < 2; round++) await all();
    const before = instance.memory;
    for (let round = 0; round < 3; round++) await all();
    expect((instance.memory - before) / megabyte).toBeLessThan(20);
    expect((await register(instance.url)).status).toBe(201);
  });
});
