import { failures, type Failure, type Refusal } from '../errors.js';
import { jsonType, noStore } from './headers.js';

/** Seconds after which to come again, where a refusal does not say it more exactly (RFC 9110 section 10.2.3). */
export const retryAfter: Readonly<Partial<Record<Failure, string>>> = {
  rate_limited: '60',
  temporarily_unavailable: '2',
};

/** An answer that is there before, or without, a request that the application has seen. */
export interface BareAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A refusal in the one shape of errors, whoever it is for. */
export function bareRefusal(refusal: Refusal): BareAnswer {
  const { failure } = refusal;
  const body = JSON.stringify(refusal.body);
  const after = retryAfter[failure];
  return {
    status: failures[failure],
    headers: {
      'Content-Type': jsonType,
      'Content-Length': String(Buffer.byteLength(body)),
      ...noStore,
      ...(after !== undefined && { 'Retry-After': after }),
      ...refusal.headers,
    },
    body,
  };
}
