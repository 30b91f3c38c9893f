import type { Request, Response } from 'express';
import { failures, type Refusal } from '../errors.js';
import { retryAfter } from './bare-refusal.js';
import { tokenChallenge } from './bearer.js';
import { jsonType, noStore } from './headers.js';
import { drain } from './read-body.js';
import { refusalBody } from './refusal-body.js';
import { refusalPage } from './refusal-page.js';

/** Answers a request with a refusal, in the one shape of errors or in the words that the response was given. */
export function answerRefusal(refusal: Refusal, request: Request, response: Response): void {
  response
    .status(failures[refusal.failure])
    .set({ ...noStore, ...defaultHeaders(refusal, request), ...refusal.headers });
  const page = refusalPage(response, refusal);
  const body = page ?? JSON.stringify(refusalBody(response, refusal));
  response.set({
    'Content-Type': page === undefined ? jsonType : 'text/html; charset=utf-8',
    'Content-Length': String(Buffer.byteLength(body)),
  });
  response.write(body);
  drain(request, () => response.end());
}

/** What a status owes its caller (RFC 9110 sections 11.6.1 and 10.2.3), unless the refusal says it more exactly. */
function defaultHeaders({ failure }: Refusal, request: Request): Record<string, string> {
  const after = retryAfter[failure];
  return {
    ...(failure === 'invalid_token' && { 'WWW-Authenticate': tokenChallenge(request) }),
    ...(after !== undefined && { 'Retry-After': after }),
  };
}
