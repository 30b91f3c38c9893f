import { HttpException } from '@nestjs/common';
import { Refusal, type Failure } from '../errors.js';

/** What the framework's own refusals are called here; any other status of its own is a bad request or a bug. */
const meanings: Readonly<Record<number, Failure>> = {
  401: 'invalid_token',
  403: 'access_denied',
  404: 'not_found',
  405: 'method_not_allowed',
  408: 'request_timeout',
  409: 'conflict',
  412: 'precondition_failed',
  413: 'payload_too_large',
  415: 'unsupported_media_type',
  429: 'rate_limited',
  431: 'headers_too_large',
  503: 'temporarily_unavailable',
};

/** The refusal that stands for an exception of the framework, whose own text is never shown; none for a fault of ours. */
export function refusalOfFramework(error: HttpException): Refusal | undefined {
  const status = error.getStatus();
  const failure = meanings[status] ?? (status < 500 ? 'invalid_request' : undefined);
  return failure && new Refusal(failure, `the request was refused: ${failure.replaceAll('_', ' ')}`);
}

/** A path with percent-encoding that cannot be decoded (RFC 3986 section 2.1); it names nothing. */
export function isUndecodable(error: unknown): boolean {
  return error instanceof URIError || (error instanceof HttpException && error.cause instanceof URIError);
}
