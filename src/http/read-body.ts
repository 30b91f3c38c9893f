import type { IncomingMessage } from 'node:http';
import { Refusal } from '../errors.js';

/** The largest body that is read, in bytes. */
export const bodyLimit = 64 * 1024;

const drainLimit = 16 * 1024 * 1024;

/** The caller hung up before its request was whole: nobody is there to be answered. */
export class CallerGone extends Error {}

/** Reads a whole body of at most {@link bodyLimit} bytes, counted as they arrive (RFC 9110 section 15.5.14). */
export function readBody(request: IncomingMessage): Promise<Uint8Array> {
  const tooLarge = () => new Refusal('payload_too_large', `the body must not be larger than ${bodyLimit} bytes`);
  return new Promise((resolve, reject) => {
    if (request.destroyed) return reject(new CallerGone());
    if (Number(request.headers['content-length']) > bodyLimit) return reject(tooLarge());
    const chunks: Buffer[] = [];
    let size = 0;
    const collect = (chunk: Buffer) => {
      size += chunk.length;
      if (size <= bodyLimit) {
        chunks.push(chunk);
      } else {
        request.off('data', collect);
        reject(tooLarge());
      }
    };
    request.on('data', collect);
    const gone = () => reject(new CallerGone());
    request.once('end', () => {
      request.off('close', gone);
      resolve(Buffer.concat(chunks));
    });
    request.once('error', gone);
    request.once('close', gone);
  });
}

/**
 * Lets the rest of a refused body flow away, up to a bound, and then calls back. An answer must not end before: Node would
 * close the connection, and a caller that is still sending would meet a reset instead of its answer (RFC 9112 section 9.6).
 */
export function drain(request: IncomingMessage, done: () => void): void {
  if (request.complete || request.destroyed) return done();
  let left = drainLimit;
  request.on('error', () => {});
  request.once('close', done);
  request.on('data', (chunk: Buffer) => {
    left -= chunk.length;
    if (left < 0) request.socket.destroy();
  });
}
