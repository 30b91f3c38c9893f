import {
  Catch,
  HttpException,
  Inject,
  Logger,
  NotFoundException,
  Optional,
  type ArgumentsHost,
  type ExceptionFilter,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { Request, Response } from 'express';
import { Refusal } from '../errors.js';
import { allowedMethods } from './allowed-methods.js';
import { answerRefusal } from './answer-refusal.js';
import { invalidToken } from './bearer.js';
import type { Router } from './express-router.js';
import { isUndecodable, refusalOfFramework } from './framework-errors.js';
import { noStore } from './headers.js';
import { CallerGone } from './read-body.js';

/** Names the predicate that tells an outage of what we depend on from a bug. */
export const IS_OUTAGE = Symbol('IS_OUTAGE');

export type IsOutage = (error: unknown) => boolean;

/** Names who hears of each refusal. */
export const ON_REFUSAL = Symbol('ON_REFUSAL');

export type OnRefusal = (refusal: Refusal, request: Request) => void;

/** Everything that is thrown, in the one shape of errors: refusals in words, anything else without details. */
@Catch()
export class ErrorFilter implements ExceptionFilter {
  private readonly logger = new Logger(ErrorFilter.name);

  constructor(
    private readonly adapterHost: HttpAdapterHost,
    @Optional() @Inject(IS_OUTAGE) private readonly isOutage: IsOutage = () => false,
    @Optional() @Inject(ON_REFUSAL) private readonly onRefusal: OnRefusal = () => undefined,
  ) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<Request>();
    const response = host.switchToHttp().getResponse<Response>();
    if (error instanceof CallerGone) return;
    if (isUnmatched(error) && request.method === 'OPTIONS') {
      const methods = this.methodsAt(request);
      if (methods.length > 0) {
        response.status(204).set(noStore).set('Allow', methods.join(', ')).end();
        return;
      }
    }
    const refusal = this.refusalFor(error, request);
    if (response.headersSent) {
      // Too late for an answer of ours: a cut connection at least shows that this one is not whole.
      if (!response.writableEnded) response.destroy();
      return;
    }
    this.onRefusal(refusal, request);
    answerRefusal(refusal, request, response);
  }

  private refusalFor(error: unknown, request: Request): Refusal {
    if (error instanceof Refusal) return error;
    if (isUndecodable(error)) return nothingHere(request);
    if (isUnmatched(error)) return this.unmatched(request);
    if (this.isOutage(error)) {
      this.logger.warn(error);
      return new Refusal('temporarily_unavailable', 'a part of this service is out of order; try again soon');
    }
    const known = error instanceof HttpException ? refusalOfFramework(error) : undefined;
    if (known) return known;
    this.logger.error(error);
    return new Refusal('server_error', 'something went wrong here; the request itself may be fine');
  }

  private unmatched(request: Request): Refusal {
    const methods = this.methodsAt(request);
    if (methods.length === 0 || methods.includes(request.method)) return nothingHere(request);
    const allow = methods.join(', ');
    return new Refusal('method_not_allowed', `the methods of this address are ${allow}`, [], { Allow: allow });
  }

  private methodsAt(request: Request): string[] {
    const { router } = this.adapterHost.httpAdapter.getInstance<{ router: Router }>();
    return allowedMethods(router, request.path);
  }
}

const isUnmatched = (error: unknown) => error instanceof NotFoundException;

/** Below `/register/` nobody learns what exists without a token for it (RFC 7592 section 2.1). */
function nothingHere(request: Request): Refusal {
  return request.path.startsWith('/register/')
    ? invalidToken(request)
    : new Refusal('not_found', 'nothing lives at this address');
}
