import type { IncomingMessage } from 'node:http';
import { readBody } from '../http/read-body.js';

/**
 * Hands oidc-provider the body of a request in one piece. It reads by the iterator of the stream, which takes a turn and
 * several promises for each piece, and for the end another one. What it does not take it refuses as before.
 */
export function readAtOnce(request: IncomingMessage): void {
  Object.assign(request, { iterator: () => [readBody(request)] });
}
